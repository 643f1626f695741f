"""The reports on targets register themselves."""

from crm.targets import achievement, ranking

__all__ = ["achievement", "ranking"]
