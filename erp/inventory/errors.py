"""What the stock ledger refuses."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.utils.translation import gettext as _

from suite.core.errors import DomainError
from suite.core.text import listed
from suite.pages.columns import quantity


class Shortage(NamedTuple):
    """So much of an item was asked for and not there."""

    item: str
    wanted: Decimal
    available: Decimal


class InsufficientStock(DomainError):
    """There is not enough good, free stock."""

    code = "insufficient-stock"

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        each = [
            _("%(item)s: %(wanted)s wanted, %(available)s available")
            % {"item": s.item, "wanted": quantity(s.wanted), "available": quantity(s.available)}
            for s in shortages
        ]
        super().__init__(_("Not enough in stock. %(items)s.") % {"items": listed(each)})
        self.shortages = tuple(shortages)


class PeriodClosed(DomainError):
    """The day is closed for stock."""

    code = "period-closed"


class StockFrozen(DomainError):
    """The item is being counted at the location, and nothing of it comes or goes meanwhile."""

    code = "stock-frozen"
