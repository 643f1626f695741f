"""Whether a run still is what the calculation gives: everything is computed anew and compared with what is stored."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from hrm.org.models import Employee
from hrm.payroll.calculation import compute_faults, make_payslip
from hrm.payroll.choices import ACCEPTABLE, WARNINGS
from hrm.payroll.commission import settle_commission
from hrm.payroll.models import PayRun, Payslip, PayslipLine

# So many people are named in a refusal.
NAMED = 5
FIGURES = (
    "gross",
    "exempt",
    "bonus",
    "social",
    "tax",
    "other",
    "net",
    "employer_social",
    "employer_cost",
    "tax_snapshot",
    "contributions",
)
State = tuple[Any, ...]


def differing_people(run: PayRun) -> list[Employee]:
    """
    Return the people whose pay would be another one if a run was calculated now, by a fixed number of queries.

    Compared are all figures, the year to date, the lines, and what is wrong; people who would come or go differ too.
    The commission of the month is settled anew for it, as a calculation does.
    """
    stored, found = _stored(run), _computed(run)
    differing = [pk for pk in stored.keys() | found.keys() if stored.get(pk) != found.get(pk)]
    return list(Employee.objects.filter(pk__in=differing).order_by("number")) if differing else []


def _stored(run: PayRun) -> dict[int, State]:
    lines: dict[int, list[State]] = defaultdict(list)
    rows = PayslipLine.objects.filter(payslip__run=run).order_by("position")
    for employee, item, amount in rows.values_list("payslip__employee", "item", "amount"):
        lines[employee].append((item, amount))
    faults: dict[int, set[State]] = defaultdict(set)
    for employee, code, text in run.faults.order_by().values_list("employee", "code", "text"):
        _add_fault(faults, employee, code, text)
    slips = {slip.employee_id: _figures(slip) for slip in run.payslips.order_by()}
    return {pk: (slips.get(pk), lines.get(pk, []), faults.get(pk, set())) for pk in slips.keys() | faults.keys()}


def _computed(run: PayRun) -> dict[int, State]:
    settle_commission(run)
    data, pays, faults = compute_faults(run)
    wrong: dict[int, set[State]] = defaultdict(set)
    for each in faults:
        _add_fault(wrong, each.employee_id, each.code, each.text)
    found: dict[int, State] = {
        pay.employee_pk: (
            _figures(make_payslip(run, data, pay)),
            [(line.item.pk, line.amount) for line in pay.lines],
            wrong.get(pay.employee_pk, set()),
        )
        for pay in pays
    }
    return found | {pk: (None, [], codes) for pk, codes in wrong.items() if pk not in found}


def _add_fault(faults: dict[int, set[State]], employee: int, code: str, text: str) -> None:
    """Add what blocks; texts count where they may be accepted, others are in the language of who calculated."""
    if code not in WARNINGS:
        faults[employee].add((code, text if code in ACCEPTABLE else ""))


def _figures(slip: Payslip) -> State:
    return tuple(getattr(slip, name) for name in FIGURES)
