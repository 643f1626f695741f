"""Calculating a pay run: people are computed one by one in memory, and written all together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hrm.payroll import iit
from hrm.payroll.choices import FaultCode
from hrm.payroll.commission import settle_commission
from hrm.payroll.explain import ZERO
from hrm.payroll.loading import RunData, load_run
from hrm.payroll.models import PayRun, PayRunFault, Payslip, PayslipLine, YearToDate
from hrm.payroll.person import Fault, PersonPay, compute_person
from hrm.payroll.social import ContributionLine
from suite.core.bulk import copy_rows

Progress = Callable[..., Any]
# How often the progress is told.
EVERY = 50
TEXT_LENGTH = 500
STATE_FIELDS = (
    "month",
    "income",
    "exempt",
    "basic",
    "social",
    "special",
    "other",
    "reduction",
    "withheld",
)


def compute_run(run: PayRun, *, rules_on: date | None = None, progress: Progress | None = None) -> Iterator[Any]:
    """
    Yield the data of a run once, and after it the pay of each person in it; nothing is written.

    :param rules_on: for a trial: the date whose statutes count instead of the pay date's.
    """
    data = load_run(run, rules_on=rules_on)
    yield data
    for number, case in enumerate(data.cases):
        if progress is not None and number % EVERY == 0:
            progress(number, len(data.cases))
        yield compute_person(case, data.rules)


def write_run(run: PayRun, *, at: datetime, progress: Progress | None = None) -> PayRun:
    """Calculate a locked run anew: its payslips, lines and faults are replaced, and its totals set."""
    settle_commission(run)
    data, pays, faults = compute_faults(run, progress=progress)
    PayslipLine.objects.filter(payslip__run=run).delete()
    run.payslips.all().delete()
    run.faults.all().delete()
    slips = copy_rows(make_payslip(run, data, pay) for pay in pays)
    copy_rows(line for slip, pay in zip(slips, pays, strict=True) for line in _lines(slip, pay))
    copy_rows(faults)
    _set_totals(run, pays)
    run.calculated_at = at
    run.save()
    return run


def compute_faults(
    run: PayRun, *, progress: Progress | None = None
) -> tuple[RunData, list[PersonPay], list[PayRunFault]]:
    """Compute a run, and what is wrong in it; what was accepted before stays accepted. Nothing is written."""
    results = compute_run(run, progress=progress)
    data: RunData = next(results)
    pays: list[PersonPay] = list(results)
    accepted = {
        (row.employee_id, row.code, row.text): (row.accepted_by_id, row.reason)
        for row in run.faults.exclude(accepted_by=None)
    }
    return data, pays, list(_faults(run, data, pays, accepted))


def state_data(state: iit.YearToDate) -> dict[str, Any]:
    """Return a year to date in types of JSON, figures as text."""
    return {
        name: value if isinstance(value := getattr(state, name), int) else f"{value:f}"
        for name in ("year", *STATE_FIELDS)
    }


def make_payslip(run: PayRun, data: RunData, pay: PersonPay) -> Payslip:
    """Return the payslip of a person's pay, without its lines and not saved."""
    employee = data.people[pay.employee_pk]
    before = data.before.get(pay.employee_pk)
    state = before.as_state() if before else iit.YearToDate(run.pay_date.year)
    return Payslip(
        run=run,
        employee=employee,
        department_id=employee.department_id,
        gross=pay.gross,
        exempt=pay.exempt,
        bonus=pay.bonus,
        social=pay.social,
        tax=pay.tax + pay.bonus_tax,
        other=pay.other,
        net=pay.net,
        employer_social=pay.employer_social,
        employer_cost=pay.employer_cost,
        tax_snapshot={
            "before_pk": before.pk if before else None,
            "before": state_data(state),
            "after": state_data(pay.after),
            "special": f"{pay.special:f}",
            "wage_tax": f"{pay.tax:f}",
            "bonus_tax": f"{pay.bonus_tax:f}",
        },
        contributions=[_contribution(line) for line in pay.contributions],
        explanation=[step.as_data() for step in pay.steps],
    )


def _contribution(line: ContributionLine) -> dict[str, str]:
    return {
        "project": line.project.value,
        "base": f"{line.base:f}",
        "employer": f"{line.employer:f}",
        "employee": f"{line.employee:f}",
    }


def _lines(slip: Payslip, pay: PersonPay) -> Iterator[PayslipLine]:
    for position, line in enumerate(pay.lines, start=1):
        yield PayslipLine(
            payslip=slip,
            item_id=line.item.pk,
            position=position,
            kind=line.item.kind,
            amount=line.amount,
            basis=line.basis,
        )


def _faults(
    run: PayRun, data: RunData, pays: Sequence[PersonPay], accepted: dict[tuple[int, str, str], tuple[int | None, str]]
) -> Iterator[PayRunFault]:
    """The faults of all people; what was accepted before stays accepted while it is about the same figures."""
    missing = [(employee.pk, Fault(FaultCode.NO_ARCHIVE)) for employee in data.without_archive]
    for employee_pk, fault in [*missing, *((pay.employee_pk, fault) for pay in pays for fault in pay.faults)]:
        text = fault.text[:TEXT_LENGTH]
        by, reason = accepted.get((employee_pk, fault.code, text), (None, ""))
        yield PayRunFault(
            run=run,
            employee_id=employee_pk,
            code=fault.code,
            text=text,
            is_blocking=fault.is_blocking and by is None,
            accepted_by_id=by,
            reason=reason,
        )


def _set_totals(run: PayRun, pays: Sequence[PersonPay]) -> None:
    run.people = len(pays)
    run.gross_total = sum((pay.gross for pay in pays), ZERO)
    run.social_total = sum((pay.social for pay in pays), ZERO)
    run.tax_total = sum((pay.tax + pay.bonus_tax for pay in pays), ZERO)
    run.other_total = sum((pay.other for pay in pays), ZERO)
    run.net_total = sum((pay.net for pay in pays), ZERO)
    run.employer_social_total = sum((pay.employer_social for pay in pays), ZERO)
    run.employer_total = sum((pay.employer_cost for pay in pays), ZERO)


def years_after(run: PayRun) -> list[YearToDate]:
    """Return the years to date that a run's payslips lead to, not yet saved."""
    slips = run.payslips.only("run", "employee", "bonus", "tax_snapshot").order_by("pk")
    known = {row.pk: row for row in YearToDate.objects.filter(pk__in=_before_keys(run))}
    return [_year_after(run, slip, known) for slip in slips]


def _before_keys(run: PayRun) -> list[int]:
    found = run.payslips.values_list("tax_snapshot__before_pk", flat=True)
    return [pk for pk in found if pk is not None]


def _year_after(run: PayRun, slip: Payslip, known: dict[int, YearToDate]) -> YearToDate:
    snapshot = slip.tax_snapshot
    previous = known.get(snapshot["before_pk"] or 0)
    after = {name: value if name == "month" else Decimal(value) for name, value in snapshot["after"].items()}
    month = run.pay_date.month
    is_same_month = previous is not None and previous.month == month
    bonus_tax = Decimal(snapshot["bonus_tax"])
    return YearToDate(
        employee_id=slip.employee_id,
        company_id=run.company_id,
        year=run.pay_date.year,
        months=(previous.months if previous else 0) + (0 if is_same_month else 1),
        bonus=(previous.bonus if previous else ZERO) + slip.bonus,
        bonus_tax=(previous.bonus_tax if previous else ZERO) + bonus_tax,
        is_bonus_used=bool(previous and previous.is_bonus_used) or bool(slip.bonus),
        run=run,
        previous=previous,
        **{name: after[name] for name in STATE_FIELDS},
    )
