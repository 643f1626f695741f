"""What people ask for about their working time, decisions about days, and the end of a month."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from hrm.attendance.choices import DayProblem, OvertimeClass, Resolution, Settlement
from hrm.attendance.computing import compute_attendance
from hrm.attendance.models import AttendanceDay, Outing, OvertimeRequest
from hrm.attendance.overtime import LimitWarning, check_limits, may_be_compensated, require_reason
from hrm.attendance.protecting import refuse_protected_overtime
from hrm.attendance.requesting import draft_of, require_days_open, tell
from hrm.attendance.selectors import as_overtime, overtime_of_month
from hrm.attendance.shift import parse_time
from hrm.calendar.choices import LIVE_REQUESTS, RequestStatus
from hrm.calendar.engine import DayKind
from hrm.calendar.events import MonthClosed
from hrm.calendar.locks import close_time, one_at_a_time
from hrm.calendar.requests import refuse_own
from hrm.calendar.selectors import day_kinds, month_range
from hrm.calendar.services import close_month, require_open
from hrm.leave.accounts import type_of
from hrm.leave.choices import LeaveKind
from hrm.org.models import Employee
from suite import events
from suite.access.models import User
from suite.core.errors import DomainError, InvalidInput
from suite.documents.approvables import decided_by_flow
from suite.documents.approval import needs_approval
from suite.jobs.models import Job
from suite.jobs.services import start_job
from suite.masters.models import Company

COMPUTE_JOB = "hrm.compute_attendance"
LONGEST = 366


class ExceptionsOpen(DomainError):
    """Days of the month still wait for a decision."""

    code = "exceptions-open"


@transaction.atomic
def create_outing(
    *, employee: Employee, starts_at: datetime, ends_at: datetime, actor: User, at: datetime, **details: Any
) -> Outing:
    """
    Draw up an outing or a business trip.

    :raises InvalidInput: when it ends before it begins.
    """
    outing = Outing(employee=employee, starts_at=starts_at, ends_at=ends_at, created_by=actor, **details)
    _check_outing(outing)
    outing.save()
    return outing


@transaction.atomic
def update_outing(
    *, outing: Outing, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> Outing:
    """
    Change an outing that is still a draft.

    :raises InvalidInput: when it was handed in, or ends before it begins.
    """
    locked = draft_of(Outing, outing, expected_version, changes)
    _check_outing(locked)
    locked.save()
    return locked


@transaction.atomic
def submit_outing(*, outing: Outing, actor: User, at: datetime) -> Outing:
    """
    Hand an outing in; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: when there is another one at that time.
    :raises MonthLocked: for days of a closed month.
    """
    locked = Outing.objects.lock(outing)
    require_days_open(locked)
    one_at_a_time("hrm_outing", locked.employee_id)
    others = Outing.objects.filter(employee=locked.employee_id, status__in=LIVE_REQUESTS).exclude(pk=locked.pk)
    if others.filter(starts_at__lt=locked.ends_at, ends_at__gt=locked.starts_at).exists():
        raise InvalidInput(_("There is another outing at this time."), field="starts_at")
    locked.become(RequestStatus.APPROVING, actor=actor, at=at)
    if not needs_approval(locked, actor=actor, at=at):
        with decided_by_flow(locked):
            return approve_outing(outing=locked, actor=actor, at=at)
    return locked


@transaction.atomic
def approve_outing(*, outing: Outing, actor: User, at: datetime, reason: str = "") -> Outing:
    """
    Approve an outing: the time counts as worked.

    :raises WrongState: unless it waits for approval.
    :raises MonthLocked: for days of a closed month.
    """
    locked = Outing.objects.lock(outing)
    require_days_open(locked)
    refuse_own(locked.employee, actor, locked)
    locked.become(RequestStatus.APPROVED, actor=actor, at=at, reason=reason)
    tell(locked)
    return locked


@transaction.atomic
def reject_outing(*, outing: Outing, reason: str, actor: User, at: datetime) -> Outing:
    """
    Refuse an outing.

    :raises WrongState: unless it waits for approval.
    """
    return Outing.objects.lock(outing).become(RequestStatus.REJECTED, actor=actor, at=at, reason=reason)


@transaction.atomic
def cancel_outing(*, outing: Outing, actor: User, at: datetime, reason: str = "") -> Outing:
    """
    Take an outing back, also one that was approved.

    :raises WrongState: when it was refused or cancelled already.
    :raises MonthLocked: for days of a closed month.
    """
    locked = Outing.objects.lock(outing)
    require_days_open(locked)
    locked.become(RequestStatus.CANCELLED, actor=actor, at=at, reason=reason)
    tell(locked)
    return locked


def _check_outing(outing: Outing) -> None:
    if outing.ends_at <= outing.starts_at:
        raise InvalidInput(_("It ends before it begins."), field="ends_at")
    if (outing.ends_at - outing.starts_at).days > LONGEST:
        raise InvalidInput(_("This is longer than a year."), field="ends_at")


@transaction.atomic
def create_overtime(
    *, employee: Employee, date: date, start: str, end: str, actor: User, at: datetime, **details: Any
) -> OvertimeRequest:
    """
    Draw up a request for overtime; its class follows from the calendar.

    :param start, end: "HH:MM" of the day, past midnight up to 47:59.
    :param details: settlement, reason, limit_reason.
    :raises InvalidInput: for times out of order, or time off where only pay is lawful.
    :raises UnknownYear: for a day that the calendar does not have.
    """
    request = OvertimeRequest(employee=employee, date=date, start=start, end=end, created_by=actor, **details)
    _prepare_overtime(request)
    request.save()
    return request


@transaction.atomic
def update_overtime(
    *, overtimerequest: OvertimeRequest, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> OvertimeRequest:
    """
    Change a request that is still a draft.

    :raises InvalidInput: when it was handed in; and as :func:`create_overtime`.
    """
    request = draft_of(OvertimeRequest, overtimerequest, expected_version, changes)
    _prepare_overtime(request)
    request.save()
    return request


@transaction.atomic
def submit_overtime(*, overtimerequest: OvertimeRequest, actor: User, at: datetime) -> OvertimeRequest:
    """
    Hand a request for overtime in; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises ReasonRequired: beyond 3 hours of a day or 36 of a month without a reason (劳动法 41).
    :raises InvalidInput: when other overtime has the time, time off has no type of leave, or the person nurses a child
        under one year.
    :raises MonthLocked: for a day of a closed month.
    """
    request = OvertimeRequest.objects.lock(overtimerequest)
    require_days_open(request)
    refuse_protected_overtime(request)
    one_at_a_time("hrm_overtime", request.employee_id)
    _prepare_overtime(request)
    _check_overtime_overlap(request)
    require_reason(overtime_warnings(request), request.limit_reason)
    request.save(update_fields=["kind", "planned_minutes"])
    request.become(RequestStatus.APPROVING, actor=actor, at=at)
    if not needs_approval(request, actor=actor, at=at):
        with decided_by_flow(request):
            return approve_overtime(overtimerequest=request, actor=actor, at=at)
    return request


@transaction.atomic
def approve_overtime(
    *, overtimerequest: OvertimeRequest, actor: User, at: datetime, approved_minutes: int | None = None
) -> OvertimeRequest:
    """
    Approve overtime, or the first part of it: what of that is worked counts.

    :param approved_minutes: None: all.
    :raises WrongState: unless it waits for approval.
    :raises InvalidInput: for more than was asked for.
    :raises MonthLocked: for a day of a closed month.
    """
    request = OvertimeRequest.objects.lock(overtimerequest)
    refuse_own(request.employee, actor, request)
    require_days_open(request)
    minutes = request.planned_minutes if approved_minutes is None else approved_minutes
    if not 0 < minutes <= request.planned_minutes:
        raise InvalidInput(
            _("Approve from 1 to %(most)s minutes.") % {"most": request.planned_minutes}, field="approved_minutes"
        )
    request.become(RequestStatus.APPROVED, actor=actor, at=at, values={"approved_minutes": minutes})
    tell(request)
    return request


@transaction.atomic
def reject_overtime(*, overtimerequest: OvertimeRequest, reason: str, actor: User, at: datetime) -> OvertimeRequest:
    """
    Refuse overtime.

    :raises WrongState: unless it waits for approval.
    """
    request = OvertimeRequest.objects.lock(overtimerequest)
    return request.become(RequestStatus.REJECTED, actor=actor, at=at, reason=reason)


@transaction.atomic
def cancel_overtime(
    *, overtimerequest: OvertimeRequest, actor: User, at: datetime, reason: str = ""
) -> OvertimeRequest:
    """
    Take overtime back, also when it was approved; time off that it gave is taken back as far as it was not used.

    :raises WrongState: when it was refused or cancelled already.
    :raises MonthLocked: for a day of a closed month.
    """
    request = OvertimeRequest.objects.lock(overtimerequest)
    require_days_open(request)
    request.become(RequestStatus.CANCELLED, actor=actor, at=at, reason=reason)
    tell(request)
    return request


def overtime_warnings(request: OvertimeRequest) -> list[LimitWarning]:
    """Which limits a request would exceed, with the other overtime of its month."""
    mine = as_overtime(request)
    found = check_limits([*overtime_of_month(request), mine])
    return [warning for warning in found if warning.date in (mine.date, mine.date.replace(day=1))]


def _prepare_overtime(request: OvertimeRequest) -> None:
    start, end = parse_time(request.start), parse_time(request.end)
    if end <= start:
        raise InvalidInput(_("It ends before it begins."), field="end")
    kind = day_kinds(request.date, request.date)[request.date]
    request.kind, request.planned_minutes = OvertimeClass(kind.value), end - start
    if request.settlement == Settlement.COMP:
        if not may_be_compensated(DayKind(kind)):
            raise InvalidInput(
                _("Only overtime on a day of rest can become time off; this one is paid."), field="settlement"
            )
        type_of(LeaveKind.COMP)


def _check_overtime_overlap(request: OvertimeRequest) -> None:
    day = timedelta(days=1)
    near = OvertimeRequest.objects.filter(
        employee=request.employee_id, status__in=LIVE_REQUESTS, date__range=(request.date - day, request.date + day)
    ).exclude(pk=request.pk)
    first, last = request.span
    for other in near:
        shift = (other.date - request.date).days * 24 * 60
        start, end = other.span
        if start + shift < last and first < end + shift:
            raise InvalidInput(_("There is other overtime at this time."), field="start")


@transaction.atomic
def resolve_day(
    *, attendanceday: AttendanceDay, resolution: str, note: str, actor: User, at: datetime
) -> AttendanceDay:
    """
    Decide what a day with exceptions came to; its unresolved minutes go where the decision says.

    :raises InvalidInput: without exceptions or reason, or when minutes are left without a decision.
    :raises MonthLocked: for a day of a closed month.
    :raises NotAllowed: for the own day.
    """
    refuse_own(attendanceday.employee, actor)
    require_open(attendanceday.employee.company_id, attendanceday.date, attendanceday.date)
    # Before the row: a computation that is going on writes rows while it holds this.
    one_at_a_time("hrm_attendance", attendanceday.employee.company_id)
    row = AttendanceDay.objects.lock(attendanceday)
    if not row.problems:
        raise InvalidInput(_("There is nothing to decide about this day."))
    if not note.strip():
        raise InvalidInput(_("Give the reason."), field="note")
    is_unplanned = any(each["problem"] == DayProblem.UNPLANNED for each in row.problems)
    if resolution == Resolution.WORKED and is_unplanned:
        raise InvalidInput(_("Enter the roster of the day first."), field="resolution")
    if resolution == Resolution.IGNORED and row.unresolved:
        raise InvalidInput(_("Say whether the missing time was worked."), field="resolution")
    row.resolution, row.resolution_note, row.resolved_by = resolution, note.strip(), actor
    row.save(update_fields=["resolution", "resolution_note", "resolved_by"])
    compute_attendance(
        company=row.employee.company,
        first=row.date,
        last=row.date,
        employees=[row.employee_id],
        actor=actor,
        at=at,
    )
    row.refresh_from_db()
    return row


def request_computation(*, company: Company, first: date, last: date, actor: User, at: datetime) -> Job:
    """
    Compute a period as a job.

    :raises InvalidInput: for a period that ends before it begins or is longer than a year.
    :raises MonthLocked: when a month of it is closed.
    """
    if last < first:
        raise InvalidInput(_("The period ends before it begins."), field="last")
    if (last - first).days >= LONGEST:
        raise InvalidInput(_("This is longer than a year."), field="last")
    with transaction.atomic():
        require_open(company.pk, first, last)
        return start_job(
            COMPUTE_JOB,
            owner=actor,
            at=at,
            params={"company": company.pk, "first": first.isoformat(), "last": last.isoformat()},
            subject=f"{first} – {last}",
        )


@transaction.atomic
def lock_month(
    *,
    company: Company,
    month: date,
    actor: User | None,
    at: datetime,
    reference: str = "",
) -> int:
    """
    Make the working time of a month final, once its pay run is locked; return how many days are.

    Nothing about it changes any more by any way: page, API, shell or statement. Again, it changes nothing.

    :param month: any day of it.
    :param reference: of the pay run.
    :raises ExceptionsOpen: while days wait for a decision, or to be computed again.
    """
    close_time(company.pk)
    first, last = month_range(month)
    rows = AttendanceDay.objects.filter(employee__company=company, date__range=(first, last))
    waiting = rows.filter(has_exception=True, is_locked=False).count()
    if waiting:
        raise ExceptionsOpen(
            _("%(number)d days of this month still wait for a decision.") % {"number": waiting}, number=waiting
        )
    if rows.filter(computed_at=None, is_locked=False).exists():
        raise ExceptionsOpen(_("Days of this month are being computed again. Try again in a moment."), number=0)
    closed = close_month(company=company, month=first, actor=actor, at=at, reference=reference)
    locked = AttendanceDay.objects.filter(pk__in=rows.filter(is_locked=False).order_by().values("pk")).update(
        is_locked=True
    )
    if locked:
        events.publish(MonthClosed(company.pk, closed.month))
    return locked
