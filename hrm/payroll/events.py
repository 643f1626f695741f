"""What pay tells others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from suite.events import Event


@dataclass(frozen=True)
class PayrollApproved(Event):
    """
    A pay run was locked: its figures are final.

    ``gross − social − tax − other = net``; ``employer_social`` is what the employer pays on top, ``employer_cost`` all
    that the month costs.
    """

    payrun_pk: int
    company_pk: int
    pay_group_pk: int
    number: str
    month: date
    pay_date: date
    people: int
    gross: Decimal
    social: Decimal
    tax: Decimal
    other: Decimal
    net: Decimal
    employer_social: Decimal
    employer_cost: Decimal
