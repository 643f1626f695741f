"""Commission 提成: which part of what customers paid goes to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import Q

from hrm.payroll.models import CommissionRule, SalaryArchive
from suite.masters.decimals import round_exact

CENTS = 2
HUNDRED = 100


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
