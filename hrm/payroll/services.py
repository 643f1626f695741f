"""Pay runs from the draft to the payment, and what employees do with their payslips."""

from __future__ import annotations

import calendar
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from hrm.attendance.services import lock_month
from hrm.org.models import Employee
from hrm.payroll.calculation import Progress, write_run, years_after
from hrm.payroll.choices import LOCKED_STATES, OPEN_STATES, FaultCode, InputSource, RunStatus
from hrm.payroll.events import PayrollApproved
from hrm.payroll.models import PayGroup, PayInput, PayRun, PayRunFault, Payslip, PayslipConfirmation, YearToDate
from hrm.payroll.person import Fault
from hrm.payroll.verification import NAMED, differing_people
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify
from suite.core.bulk import copy_rows
from suite.core.errors import DomainError, InvalidInput, NotAllowed, WrongState
from suite.core.text import listed
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind
from suite.events import publish
from suite.jobs.services import start_job
from suite.masters.models import Company

RUN_NUMBERS = register_kind("hrm.payrun", pattern="PAY-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("pay run"))
CALCULATE_JOB = "hrm.calculate_pay"


class NotCalculated(DomainError):
    """Nobody is paid by the run yet, or its figures are older than what they come from."""

    code = "not-calculated"


class HasFaults(DomainError):
    """Faults of the run are neither put right nor accepted."""

    code = "has-faults"


@transaction.atomic
def create_run(
    *,
    pay_group: PayGroup,
    month: date,
    actor: User,
    at: datetime,
    pay_date: date | None = None,
    note: str = "",
) -> PayRun:
    """
    Open the pay run of a group for a month.

    :param month: any day of it.
    :param pay_date: by default the pay day of the group in the month after; its year is the tax year.
    :raises ValidationError: when the group has a run of the month already.
    """
    first = month.replace(day=1)
    run = PayRun(
        company=pay_group.company,
        pay_group=pay_group,
        month=first,
        pay_date=pay_date or usual_pay_date(pay_group, first),
        note=note,
        created_by=actor,
        created_at=at,
    )
    run.full_clean(exclude=["status", "number"])
    run.number = next_number(run.company, RUN_NUMBERS, first)
    run.save()
    return run


def usual_pay_date(pay_group: PayGroup, month: date) -> date:
    """Return the pay day of a group in the month after a month."""
    year, follows = divmod(month.year * 12 + month.month, 12)
    last = calendar.monthrange(year, follows + 1)[1]
    return date(year, follows + 1, min(pay_group.pay_day, last))


@transaction.atomic
def update_run(*, payrun: PayRun, actor: User, at: datetime, **changes: Any) -> PayRun:
    """
    Change pay date or note of a run that is not handed in; the figures have to be calculated again.

    :raises WrongState: once it was handed in.
    """
    run = PayRun.objects.lock(payrun)
    _refuse_unless_open(run)
    if changes.get("pay_date") is None:
        changes.pop("pay_date", None)
    for name in ("pay_date", "note"):
        setattr(run, name, changes.get(name, getattr(run, name)))
    run.full_clean(exclude=["status", "number"])
    run.save()
    if run.status == RunStatus.CALCULATED:
        run.become(RunStatus.DRAFT, actor=actor, at=at)
    return run


@transaction.atomic
def delete_run(*, payrun: PayRun, actor: User, at: datetime) -> None:
    """
    Remove a run that was never handed in.

    :raises WrongState: unless it is a draft or calculated.
    """
    run = PayRun.objects.lock(payrun)
    _refuse_unless_open(run)
    earners = run.commission.order_by().values("employee")
    PayInput.objects.filter(month=run.month, source=InputSource.COMMISSION, employee__in=earners).delete()
    run.delete()


@transaction.atomic
def request_calculation(*, payrun: PayRun, actor: User, at: datetime) -> PayRun:
    """
    Calculate a run as a job.

    :raises WrongState: once it was handed in, or while it is being calculated.
    """
    run = PayRun.objects.lock(payrun)
    _refuse_unless_open(run)
    if run.job is not None and not run.job.is_finished:
        raise WrongState(_("%(run)s is being calculated.") % {"run": run})
    run.job = start_job(CALCULATE_JOB, owner=actor, at=at, params={"payrun": run.pk}, subject=str(run))
    run.save(update_fields=["job"])
    return run


@transaction.atomic
def calculate_run(*, payrun: PayRun, actor: User, at: datetime, progress: Progress | None = None) -> PayRun:
    """
    Calculate the pay of everybody in a run; run again, it gives the same figures until something changed.

    The number of statements does not depend on the number of people.

    :raises WrongState: once it was handed in.
    :raises NoStatute: when a parameter that everybody needs is not in force on the pay date.
    """
    run = PayRun.objects.lock(payrun)
    _refuse_unless_open(run)
    write_run(run, at=at, progress=progress)
    if run.status == RunStatus.DRAFT:
        run.become(RunStatus.CALCULATED, actor=actor, at=at)
    return run


@transaction.atomic
def reopen_run(*, payrun: PayRun, actor: User, at: datetime) -> PayRun:
    """
    Take a calculated run back into draft.

    :raises WrongState: unless it is calculated.
    """
    run = PayRun.objects.lock(payrun)
    return run.become(RunStatus.DRAFT, actor=actor, at=at)


@transaction.atomic
def accept_fault(*, fault: PayRunFault, reason: str, actor: User, at: datetime) -> PayRunFault:
    """
    Answer for a fault that the law leaves room for, such as somebody who is insured elsewhere.

    :raises WrongState: once the run was handed in.
    :raises InvalidInput: for a fault that has to be put right.
    """
    run = PayRun.objects.lock(fault.run)
    _refuse_unless_open(run)
    locked = PayRunFault.objects.lock(fault)
    if not Fault(FaultCode(locked.code)).is_acceptable:
        raise InvalidInput(_("This has to be put right; it cannot be accepted."))
    if not reason.strip():
        raise InvalidInput(_("Say why this is right as it is."), field="reason")
    locked.accepted_by, locked.reason, locked.is_blocking = actor, reason.strip(), False
    locked.save(update_fields=["accepted_by", "reason", "is_blocking"])
    return locked


@transaction.atomic
def submit_run(*, payrun: PayRun, actor: User, at: datetime) -> PayRun:
    """
    Hand a run in; it is locked at once when nobody else has to decide.

    :raises WrongState: unless it is calculated.
    :raises HasFaults: while a fault blocks it.
    :raises NotCalculated: when nobody is paid, or an earlier payment was locked since.
    """
    run = PayRun.objects.lock(payrun)
    run.become(RunStatus.APPROVING, actor=actor, at=at)
    _refuse_faults(run)
    return run if needs_approval(run, actor=actor, at=at) else lock_run(payrun=run, actor=actor, at=at)


def approve_run(*, payrun: PayRun, actor: User, at: datetime) -> PayRun:
    """
    Accept a run: it is locked, and nothing of it changes any more.

    :raises WrongState: unless it waits for approval.
    :raises NotCalculated: when an earlier payment was locked since.
    """
    return lock_run(payrun=payrun, actor=actor, at=at)


@transaction.atomic
def reject_run(*, payrun: PayRun, reason: str, actor: User, at: datetime) -> PayRun:
    """
    Send a run back to be calculated again.

    :raises WrongState: unless it waits for approval.
    """
    run = PayRun.objects.lock(payrun)
    return run.become(RunStatus.CALCULATED, actor=actor, at=at, reason=reason)


@transaction.atomic
def lock_run(*, payrun: PayRun, actor: User, at: datetime) -> PayRun:
    """
    Lock a run and continue the year to date of everybody in it.

    Runs of one company are locked one after the other, so that each continues the year that the one before left. The
    working time of the month is final with it.

    :raises WrongState: unless it waits for approval.
    :raises HasFaults: while a fault blocks it.
    :raises NotCalculated: when nobody is paid, or what the figures come from gives others by now.
    :raises ExceptionsOpen: while days of the month wait for a decision.
    """
    run = PayRun.objects.lock(payrun)
    _refuse_unless(run, {RunStatus.APPROVING})
    lock_month(company=run.company, month=run.month, actor=actor, at=at, reference=run.number)
    Company.objects.select_for_update(of=("self",), no_key=True).get(pk=run.company_id)
    _refuse_stale(run)
    run.become(RunStatus.LOCKED, actor=actor, at=at)
    _refuse_faults(run)
    _continue_years(run)
    publish(
        PayrollApproved(
            payrun_pk=run.pk,
            company_pk=run.company_id,
            pay_group_pk=run.pay_group_id,
            number=run.number,
            month=run.month,
            pay_date=run.pay_date,
            people=run.people,
            gross=run.gross_total,
            social=run.social_total,
            tax=run.tax_total,
            other=run.other_total,
            net=run.net_total,
            employer_social=run.employer_social_total,
            employer_cost=run.employer_total,
        )
    )
    return run


@transaction.atomic
def mark_paid(*, payrun: PayRun, actor: User, at: datetime) -> PayRun:
    """
    Record that the bank paid a run.

    :raises WrongState: unless it is locked.
    """
    run = PayRun.objects.lock(payrun)
    return run.become(RunStatus.PAID, actor=actor, at=at, values={"paid_at": at})


@transaction.atomic
def publish_payslips(*, payrun: PayRun, actor: User, at: datetime) -> PayRun:
    """
    Let everybody in a run see their payslip, and tell them.

    :raises WrongState: unless it is locked or paid, or when it was published already.
    """
    run = PayRun.objects.lock(payrun)
    if run.status not in LOCKED_STATES:
        raise WrongState(_("Payslips are published once the run is locked."))
    if run.published_at is not None:
        raise WrongState(_("The payslips were published already."))
    copy_rows(PayslipConfirmation(payslip=slip, published_at=at) for slip in run.payslips.order_by("pk"))
    run.published_at = at
    run.save(update_fields=["published_at"])
    readers = User.objects.filter(employee__in=run.payslips.values("employee"), is_active=True)
    notify(
        recipients=list(readers),
        kind=NotificationKind.REMINDER,
        title=gettext_noop("Your payslip of %(month)s is there"),
        params={"month": f"{run.month:%Y-%m}"},
        url=reverse("hrm:my-payslips"),
        at=at,
    )
    return run


@transaction.atomic
def confirm_payslip(*, payslip: Payslip, actor: User, at: datetime) -> Payslip:
    """
    Confirm the own payslip; the payslip itself does not change.

    :raises NotAllowed: for the payslip of somebody else.
    :raises WrongState: before it is published, or when it was confirmed already.
    """
    if payslip.employee.user_id != actor.pk:
        raise NotAllowed(_("Only the person it belongs to confirms a payslip."))
    found = PayslipConfirmation.objects.select_for_update().filter(payslip=payslip).first()
    if found is None:
        raise WrongState(_("This payslip is not published yet."))
    if found.confirmed_at is not None:
        raise WrongState(_("This payslip was confirmed already."))
    found.confirmed_at = at
    found.save(update_fields=["confirmed_at"])
    return payslip


def _refuse_unless_open(run: PayRun) -> None:
    _refuse_unless(run, OPEN_STATES)


def _refuse_unless(run: PayRun, states: Collection[RunStatus]) -> None:
    if run.status not in states:
        raise WrongState(_("%(number)s is “%(state)s”.") % {"number": run, "state": run.get_status_display()})


def _refuse_faults(run: PayRun) -> None:
    if not run.people:
        raise NotCalculated(_("Nobody is paid by %(run)s.") % {"run": run})
    blocking = run.faults.filter(is_blocking=True).count()
    if blocking:
        raise HasFaults(
            _("Put the faults of %(run)s right or accept them first: %(number)s.") % {"run": run, "number": blocking}
        )


def _refuse_stale(run: PayRun) -> None:
    """
    Prove that the run still is what the calculation gives; salaries of its people wait until it is locked.

    :raises NotCalculated: when the pay of somebody would be another one.
    """
    members = Employee.objects.filter(pk__in=run.payslips.order_by().values("employee"))
    list(members.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk", flat=True))
    people = differing_people(run)
    if people:
        named = [str(each) for each in people[:NAMED]]
        raise NotCalculated(
            _(
                "Entries, salaries, insurance, deductions or working time changed since: the pay of %(number)d people "
                "would be another one (%(people)s). Calculate %(run)s again."
            )
            % {"number": len(people), "people": listed(named), "run": run}
        )


def _continue_years(run: PayRun) -> None:
    """Write the years to date that the run leads to, unless another payment came between."""
    message = _("Another payment of the same people was locked since. Calculate %(run)s again.") % {"run": run}
    rows = years_after(run)
    latest = dict(
        YearToDate.objects.filter(
            company=run.company_id, year=run.pay_date.year, employee__in=[r.employee_id for r in rows], next=None
        ).values_list("employee", "pk")
    )
    if any(latest.get(row.employee_id) != row.previous_id for row in rows):
        raise NotCalculated(message)
    try:
        with transaction.atomic():
            copy_rows(rows)
    except IntegrityError:
        raise NotCalculated(message) from None
