"""
Commission 提成: which part of what customers paid goes to whom, settled receipt by receipt.

A receipt is paid by the first run of the person that is calculated after it was confirmed, whichever month it was
received in; when it is voided later, the next run takes back what was paid. Receipts before the first pay run of a
company were paid outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q
from django.utils.translation import gettext as _

from hrm.payroll.choices import LOCKED_STATES, InputSource
from hrm.payroll.hooks import CommissionClaim, commission_claims
from hrm.payroll.models import CommissionRule, CommissionSettlement, PayInput, PayRun, SalaryArchive
from hrm.payroll.service_days import month_of
from suite.core.bulk import copy_rows
from suite.core.text import listed
from suite.masters.decimals import round_exact

CENTS = 2
HUNDRED = 100
# So many receipts are named; the others are counted.
NAMED = 5
NOTE_LENGTH = 200
Rows = Sequence[CommissionSettlement]


@dataclass(frozen=True)
class Rate:
    """The rate of a person on a day, in percent, and the pay item it is paid as."""

    percent: Decimal
    item_pk: int


@dataclass(frozen=True)
class Rates:
    """The rates of a period: those of persons come before those of their pay groups."""

    rules: Sequence[CommissionRule]
    archives: Sequence[tuple[int, int, date, date | None]]

    def find(self, employee_pk: int, day: date) -> Rate | None:
        """Return the rate of a person on a day; None without one."""
        for rule in self.rules:
            if rule.employee_id == employee_pk and _covers(rule.valid_from, rule.valid_to, day):
                return Rate(rule.rate, rule.item_id)
        group = self._group_of(employee_pk, day)
        for rule in self.rules:
            if group is not None and rule.pay_group_id == group and _covers(rule.valid_from, rule.valid_to, day):
                return Rate(rule.rate, rule.item_id)
        return None

    def _group_of(self, employee_pk: int, day: date) -> int | None:
        members = (row for row in self.archives if row[0] == employee_pk)
        return next((group for _person, group, first, last in members if _covers(first, last, day)), None)


def settle_commission(run: PayRun) -> None:
    """Settle anew, for the people of an open run, what no other run settled: receipts, and those voided since."""
    first, last = month_of(run.month)
    current = SalaryArchive.objects.filter(valid_from__lte=last).filter(Q(valid_to=None) | Q(valid_to__gte=first))
    groups = current.order_by("employee", "-valid_from").distinct("employee").values_list("employee", "pay_group")
    own = {employee for employee, group in groups if group == run.pay_group_id}
    run.commission.all().delete()
    begun = PayRun.objects.filter(company=run.company_id).order_by("month").values_list("month", flat=True).first()
    claims = [each for found in commission_claims(run.company, begun or first, last) for each in found]
    settled = {
        (row.source, row.is_reversal): row
        for row in CommissionSettlement.objects.filter(run__company=run.company_id).select_related("run").order_by()
    }
    rows = copy_rows(
        [
            *_earned(run, [each for each in claims if (each.source, False) not in settled], own),
            *_taken_back(run, [each.source for each in claims if each.is_void], settled, own),
        ]
    )
    PayInput.objects.filter(month=run.month, source=InputSource.COMMISSION, employee__in=own).delete()
    copy_rows(_entries(run, rows))


def _earned(run: PayRun, claims: Iterable[CommissionClaim], own: Collection[int]) -> Iterable[CommissionSettlement]:
    open_claims = [
        (each, each.employee_pk) for each in claims if not each.is_void and each.employee_pk and each.employee_pk in own
    ]
    if not open_claims:
        return
    days = [each.received_on for each, _employee in open_claims]
    rates = rates_between({employee for _claim, employee in open_claims}, min(days), max(days))
    for each, employee in open_claims:
        rate = rates.find(employee, each.received_on)
        if rate is not None:
            yield CommissionSettlement(
                run=run,
                employee_id=employee,
                item_id=rate.item_pk,
                source=each.source,
                number=each.number,
                received_on=each.received_on,
                base=each.base,
                rate=rate.percent,
                amount=commission_on(each.base, rate.percent),
            )


def _taken_back(
    run: PayRun,
    void: Iterable[str],
    settled: dict[tuple[str, bool], CommissionSettlement],
    own: Collection[int],
) -> Iterable[CommissionSettlement]:
    for source in void:
        paid = settled.get((source, False))
        if paid is None or (source, True) in settled or paid.employee_id not in own:
            continue
        # An open run drops the receipt by itself when it is calculated again.
        if paid.run.status in LOCKED_STATES:
            yield CommissionSettlement(
                run=run,
                employee_id=paid.employee_id,
                item_id=paid.item_id,
                source=source,
                number=paid.number,
                received_on=paid.received_on,
                base=-paid.base,
                rate=paid.rate,
                amount=-paid.amount,
                is_reversal=True,
            )


def _entries(run: PayRun, rows: Rows) -> Iterable[PayInput]:
    """One entry for each person and pay item; its note names the rates and receipts."""
    found: dict[tuple[int, int], list[CommissionSettlement]] = defaultdict(list)
    for row in rows:
        found[row.employee_id, row.item_id].append(row)
    for (employee, item), own in found.items():
        amount = sum((row.amount for row in own), Decimal(0))
        if amount:
            note = listed(_explanations(own))[:NOTE_LENGTH]
            yield PayInput(
                employee_id=employee,
                item_id=item,
                month=run.month,
                source=InputSource.COMMISSION,
                amount=amount,
                note=note,
            )


def _explanations(rows: Rows) -> list[str]:
    by_rate: dict[tuple[bool, Decimal], list[CommissionSettlement]] = defaultdict(list)
    for row in rows:
        by_rate[row.is_reversal, row.rate].append(row)
    return [_explanation(rate, own) for (_is_reversal, rate), own in by_rate.items()]


def _explanation(rate: Decimal, rows: Rows) -> str:
    named = listed([row.number for row in rows[:NAMED]])
    more = _(" and %(number)d more") % {"number": len(rows) - NAMED} if len(rows) > NAMED else ""
    return _("%(rate)s %% of %(amount)s (%(receipts)s%(more)s)") % {
        "rate": f"{rate.normalize():f}",
        "amount": f"{sum((row.base for row in rows), Decimal(0)):,.2f}",
        "receipts": named,
        "more": more,
    }


def rates_between(employees: Iterable[int], first: date, last: date) -> Rates:
    """Return the rates of people in a period, by two queries."""
    chosen = list(employees)
    within = Q(valid_from__lte=last) & (Q(valid_to=None) | Q(valid_to__gte=first))
    archives = SalaryArchive.objects.filter(within, employee__in=chosen).order_by()
    members = list(archives.values_list("employee", "pay_group", "valid_from", "valid_to"))
    groups = {group for _person, group, _first, _last in members}
    rules = CommissionRule.objects.filter(within).filter(Q(employee__in=chosen) | Q(pay_group__in=groups))
    return Rates(list(rules.order_by("pk")), members)


def commission_on(amount: Decimal, percent: Decimal) -> Decimal:
    """Return the commission on an amount, rounded half up to 0.01."""
    return round_exact(Fraction(amount) * Fraction(percent) / HUNDRED, CENTS)


def _covers(first: date, last: date | None, day: date) -> bool:
    return first <= day and (last is None or day <= last)
