"""The figures of sales, and the boards that show them."""

from crm.metrics import boards, figures

__all__ = ["boards", "figures"]
