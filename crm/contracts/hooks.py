"""What contracts answer to payroll: commission on what customers paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from crm.contracts.choices import ReceiptStatus
from crm.contracts.models import Receipt
from hrm.payroll.commission import Rate, commission_on, rates_between
from hrm.payroll.hooks import CommissionEntry, commission_entries
from suite.core.text import listed
from suite.masters.decimals import round_exact
from suite.masters.models import Company

CENTS = 2
# So many receipts are named; the others are counted.
NAMED = 5


@commission_entries.provide
def commission_on_receipts(company: Company, first: date, last: date) -> Sequence[CommissionEntry]:
    """
    Return the commission on receipts of a period that are confirmed, for those responsible for their contracts.

    Each receipt counts in the base currency, by the rate of the day it was received; what all of a person's receipts
    come to at one rate is rounded once.
    """
    receipts = Receipt.objects.filter(
        status=ReceiptStatus.CONFIRMED,
        company=company,
        received_on__range=(first, last),
        contract__owner__employee__isnull=False,
    ).order_by("received_on", "pk")
    rows = list(
        receipts.values_list("contract__owner__employee", "received_on", "amount", "contract__exchange_rate", "number")
    )
    rates = rates_between({row[0] for row in rows}, first, last)
    sums: dict[tuple[int, Rate], Decimal] = defaultdict(Decimal)
    numbers: dict[tuple[int, Rate], list[str]] = defaultdict(list)
    for employee_pk, received_on, amount, exchange_rate, number in rows:
        rate = rates.find(employee_pk, received_on)
        if rate is not None:
            sums[employee_pk, rate] += round_exact(amount * exchange_rate, CENTS)
            numbers[employee_pk, rate].append(number)
    return _entries(sums, numbers)


def _entries(
    sums: dict[tuple[int, Rate], Decimal], numbers: dict[tuple[int, Rate], list[str]]
) -> list[CommissionEntry]:
    """Join what a person gets as the same pay item at several rates."""
    amounts: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    texts: dict[tuple[int, int], list[str]] = defaultdict(list)
    for (employee_pk, rate), total in sums.items():
        key = (employee_pk, rate.item_pk)
        amounts[key] += commission_on(total, rate.percent)
        texts[key].append(_explanation(total, rate, numbers[employee_pk, rate]))
    return [
        CommissionEntry(employee_pk, item_pk, amount, listed(texts[employee_pk, item_pk]))
        for (employee_pk, item_pk), amount in amounts.items()
    ]


def _explanation(total: Decimal, rate: Rate, numbers: Sequence[str]) -> str:
    named = listed(numbers[:NAMED])
    more = _(" and %(number)d more") % {"number": len(numbers) - NAMED} if len(numbers) > NAMED else ""
    return _("%(rate)s %% of %(amount)s (%(receipts)s%(more)s)") % {
        "rate": f"{rate.percent.normalize():f}",
        "amount": f"{total:,.2f}",
        "receipts": named,
        "more": more,
    }
