"""Payslips, and the difference between two months, as pages show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hrm.org.models import Employee
from hrm.payroll.calculation import compute_run
from hrm.payroll.choices import LOCKED_STATES, ItemKind
from hrm.payroll.explain import ZERO, StepCode
from hrm.payroll.models import PayItem, PayRun, Payslip, PayslipLine
from hrm.payroll.wording import line_in_words, steps_in_words, subject
from suite.core.errors import WrongState

INSURANCE = (StepCode.BASE, StepCode.EMPLOYER_PART, StepCode.EMPLOYEE_PART)
SHOWN = {ItemKind.EARNING: "earnings", ItemKind.DEDUCTION: "deductions", ItemKind.EMPLOYER: "employer"}


def payslip_in_words(payslip: Payslip, *, is_own: bool) -> dict[str, Any]:
    """
    Return a payslip as its page shows it.

    :param is_own: for the person: without items that are not on the payslip.
    """
    lines = list(payslip.lines.select_related("item").order_by("position"))
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in (*SHOWN.values(), "info")}
    for line in lines:
        if not (is_own and not line.item.is_printed):
            groups[SHOWN.get(ItemKind(line.kind), "info")].append({"line": line, "why": line_in_words(line)})
    taxed = [each for each in payslip.explanation if StepCode(each["code"]) not in INSURANCE]
    return {
        "payslip": payslip,
        "groups": groups,
        "contributions": [_contribution(each) for each in payslip.contributions],
        "insurance_steps": steps_in_words(payslip.explanation, *INSURANCE),
        "tax_steps": steps_in_words(taxed),
    }


def _contribution(data: dict[str, str]) -> dict[str, Any]:
    return {
        "project": subject(data["project"]),
        "base": Decimal(data["base"]),
        "employer": Decimal(data["employer"]),
        "employee": Decimal(data["employee"]),
    }


@dataclass(frozen=True)
class Change:
    """One figure of a person in two calculations."""

    title: str
    before: Decimal
    after: Decimal

    @property
    def difference(self) -> Decimal:
        """Return by how much it changed."""
        return self.after - self.before


@dataclass(frozen=True)
class PersonChanges:
    """What changed in the pay of a person; ``state`` says when they are in one of both only."""

    employee: Employee
    state: str
    net: Change
    changes: tuple[Change, ...]


Figures = dict[str, Decimal]


def previous_run(run: PayRun) -> PayRun | None:
    """Return the run of the same group before a run."""
    earlier = PayRun.objects.filter(pay_group=run.pay_group_id, month__lt=run.month, people__gt=0)
    return earlier.order_by("-month").first()


def compare_runs(before: PayRun | None, run: PayRun, slips: QuerySet[Payslip]) -> list[PersonChanges]:
    """
    Return what differs from an earlier run, for each person and figure.

    :param slips: payslips that may be seen.
    """
    ours = _figures(slips.filter(run=run))
    theirs = _figures(slips.filter(run=before)) if before is not None else {}
    return _changes(theirs, ours)


def try_rules(run: PayRun, on: date, slips: QuerySet[Payslip]) -> list[PersonChanges]:
    """
    Return what would differ if the statutes of another date counted; nothing is written.

    :param slips: payslips that may be seen.
    :raises NoStatute: when a parameter is not in force on that date.
    :raises WrongState: for a settled run: what it would be computed from has gone on since.
    """
    if run.status in LOCKED_STATES:
        raise WrongState(_("%(run)s is settled. Try the statutes with a run that is still open.") % {"run": run})
    stored = _figures(slips.filter(run=run))
    results = compute_run(run, rules_on=on)
    next(results)
    tried = {
        pay.employee_pk: {
            _("gross pay"): pay.gross,
            _("own insurance and fund"): pay.social,
            _("wage tax"): pay.tax + pay.bonus_tax,
            _("net pay"): pay.net,
        }
        for pay in results
        if pay.employee_pk in stored
    }
    names = {name for figures in tried.values() for name in figures}
    kept = {pk: {name: figures.get(name, ZERO) for name in names} for pk, figures in stored.items()}
    return _changes(kept, tried)


def _figures(slips: QuerySet[Payslip]) -> dict[int, Figures]:
    found: dict[int, Figures] = defaultdict(dict)
    for slip in slips.only("employee", "run", "gross", "social", "tax", "net").order_by():
        found[slip.employee_id] = {
            _("gross pay"): slip.gross,
            _("own insurance and fund"): slip.social,
            _("wage tax"): slip.tax,
            _("net pay"): slip.net,
        }
    items = dict(PayItem.objects.values_list("pk", "name"))
    lines = PayslipLine.objects.filter(payslip__in=slips.order_by()).exclude(kind=ItemKind.INFO).order_by("position")
    for employee, item, amount in lines.values_list("payslip__employee", "item", "amount"):
        found[employee][items[item]] = amount
    return dict(found)


def _changes(before: dict[int, Figures], after: dict[int, Figures]) -> list[PersonChanges]:
    people = Employee.objects.in_bulk([*(before.keys() | after.keys())])
    found = []
    for pk, employee in people.items():
        old, new = before.get(pk), after.get(pk)
        changes = tuple(_differing(old or {}, new or {}))
        if changes:
            state = _("new") if old is None else _("left out") if new is None else ""
            name = _("net pay")
            net = Change(name, (old or {}).get(name, ZERO), (new or {}).get(name, ZERO))
            found.append(PersonChanges(employee, state, net, changes))
    return sorted(found, key=lambda each: (-abs(each.net.difference), each.employee.number))


def _differing(old: Figures, new: Figures) -> Iterable[Change]:
    for name in dict.fromkeys((*new, *old)):
        change = Change(name, old.get(name, ZERO), new.get(name, ZERO))
        if change.difference:
            yield change
