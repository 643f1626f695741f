"""What pay asks of the systems above: what earns commission."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from suite.hooks import Gather
from suite.masters.models import Company


@dataclass(frozen=True)
class CommissionClaim:
    """
    A payment of a customer on which somebody earns commission, or that was taken back.

    :param source: key of the payment, the same whenever it is asked for.
    :param number: of the receipt, as people know it.
    :param employee_pk: who earns; None when nobody does, or nobody any more.
    :param base: what was received, in the currency of the company.
    :param is_void: whether it does not count any more: what was paid for it is taken back.
    """

    source: str
    number: str
    employee_pk: int | None
    received_on: date
    base: Decimal
    is_void: bool = False


@Gather
def commission_claims(company: Company, first: date, last: date) -> Collection[CommissionClaim]:
    """Return the payments to a company in a period that are confirmed, or were voided."""
    raise NotImplementedError
