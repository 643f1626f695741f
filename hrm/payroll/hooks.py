"""What pay asks of the systems above: commission."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from suite.hooks import Gather
from suite.masters.models import Company

ZERO = Decimal(0)


@dataclass(frozen=True)
class CommissionEntry:
    """
    Commission that somebody earned.

    :param item_pk: the pay item it is paid as.
    :param explanation: such as the numbers of the receipts and the rate.
    """

    employee_pk: int
    item_pk: int
    amount: Decimal
    explanation: str


@Gather
def commission_entries(company: Company, first: date, last: date) -> Collection[CommissionEntry]:
    """Return the commission that people of a company earned in a period."""
    raise NotImplementedError
