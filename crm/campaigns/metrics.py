"""The report on campaigns registers itself."""

from crm.campaigns import roi

__all__ = ["roi"]
