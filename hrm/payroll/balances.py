"""Which balances of leave a run pays, read for all people together; what a locked run paid is not paid again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from hrm.leave.choices import LeaveKind, PayableReason
from hrm.leave.selectors import payable_balances
from hrm.payroll.choices import LOCKED_STATES, ItemSource
from hrm.payroll.models import PayRun, Payslip, PayslipLine
from hrm.payroll.unused import NOTHING_DUE, Due, Unused

ZERO = Decimal(0)
SOURCES = {LeaveKind.COMP: ItemSource.COMP, LeaveKind.ANNUAL: ItemSource.ANNUAL}
Prepaid = Mapping[tuple[int, str], Decimal]
Wages = Mapping[int, tuple[tuple[Decimal, Decimal], ...]]


def unused_balances(run: PayRun, people: Collection[int]) -> dict[int, Unused]:
    """Return the time not used that a run pays, by person, by a fixed number of queries."""
    found: dict[tuple[int, str], dict[PayableReason, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for each in payable_balances(run.company, run.month):
        if each.employee in people:
            amount = each.days if each.kind == LeaveKind.ANNUAL else each.hours
            found[each.employee, SOURCES[each.kind]][each.why] += amount
    if not found:
        return {}
    payees = {employee for employee, _source in found}
    prepaid, wages = _prepaid(run, payees), _wages(run, payees)
    dues = {
        key: Due(by_reason[PayableReason.EXPIRED], by_reason[PayableReason.LEFT]).less(prepaid.get(key, ZERO))
        for key, by_reason in found.items()
    }
    return {
        pk: Unused(
            comp=dues.get((pk, ItemSource.COMP), NOTHING_DUE),
            annual=dues.get((pk, ItemSource.ANNUAL), NOTHING_DUE),
            wages=wages.get(pk, ()),
        )
        for pk in payees
    }


def _prepaid(run: PayRun, people: Collection[int]) -> Prepaid:
    """What locked runs paid people who were to leave, less what of it covered time that expired later."""
    lines = PayslipLine.objects.filter(
        payslip__employee__in=people,
        payslip__run__status__in=LOCKED_STATES,
        basis__source__in=list(SOURCES.values()),
    ).exclude(payslip__run=run)
    found: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
    for employee, source, due in lines.order_by().values_list("payslip__employee", "basis__source", "basis__due"):
        found[employee, source] += Decimal(due["left"]) - Decimal(due["set_off"])
    return found


def _wages(run: PayRun, people: Collection[int]) -> Wages:
    """Wage and overtime pay of each month of the year before, of locked runs (企业职工带薪年休假实施办法 11)."""
    year_before = run.month.replace(year=run.month.year - 1)
    slips = Payslip.objects.filter(
        employee__in=people,
        run__status__in=LOCKED_STATES,
        run__month__lt=run.month,
        run__month__gte=year_before,
    )
    overtime = _by_month(
        PayslipLine.objects.filter(payslip__in=slips, basis__source__in=[ItemSource.OVERTIME, ItemSource.COMP]),
        "payslip__employee",
        "payslip__run__month",
        "amount",
    )
    found: dict[int, tuple[tuple[Decimal, Decimal], ...]] = defaultdict(tuple)
    for (employee, month), wage in sorted(_by_month(slips, "employee", "run__month", "gross").items()):
        found[employee] += ((wage, overtime.get((employee, month), ZERO)),)
    return found


def _by_month(rows: QuerySet[Any], employee: str, month: str, amount: str) -> dict[tuple[int, date], Decimal]:
    sums = rows.order_by().values(employee, month).annotate(total=Sum(amount))
    return {(row[employee], row[month]): row["total"] for row in sums}
