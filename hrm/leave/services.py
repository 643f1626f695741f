"""Asking for leave, deciding about it, and taking it back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.attendance.intervals import intersect, length, merge
from hrm.attendance.shift import parse_time, wall_minute
from hrm.calendar import events as calendar_events
from hrm.calendar.choices import LIVE_REQUESTS, RequestStatus
from hrm.calendar.hooks import planned_spans
from hrm.calendar.requests import refuse_own, to_draft
from hrm.calendar.selectors import day_kinds
from hrm.calendar.services import require_open
from hrm.leave.accounts import set_comp_time
from hrm.leave.choices import DayPart, EntrySource
from hrm.leave.ledger import consume
from hrm.leave.locks import lock_account
from hrm.leave.models import LeaveDay, LeaveEntry, LeaveRequest, LeaveType
from hrm.leave.selectors import account_entries, overlapping, taken_days
from hrm.leave.spans import LeaveSpan, PlannedDay, count_days, count_hours
from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from suite import events
from suite.access.models import User
from suite.access.restrict import can_reach
from suite.core.errors import InvalidInput, NotAllowed
from suite.documents.approvables import decided_by_flow
from suite.documents.approval import needs_approval
from suite.masters.decimals import round_exact

__all__ = [
    "approve_leave",
    "cancel_leave",
    "create_leave",
    "measure_leave",
    "reject_leave",
    "reopen_leave",
    "request_leave",
    "set_comp_time",
    "submit_leave",
    "update_leave",
]

ZERO = Decimal(0)
DECIMALS = 4
ONE_DAY = timedelta(days=1)


@transaction.atomic
def create_leave(
    *,
    employee: Employee,
    leave_type: LeaveType,
    first_day: date,
    last_day: date,
    actor: User,
    at: datetime,
    **details: Any,
) -> LeaveRequest:
    """
    Draw up a request for leave; nothing is taken from a balance yet.

    :param details: first_part, last_part, start, end, reason.
    :raises InvalidInput: for times, days or parts that contradict each other.
    :raises MissingPlan: for a day that nobody has planned.
    :raises WrongUnit: for parts that the type does not know.
    :raises UnknownYear: for days that the calendar does not have.
    """
    request = LeaveRequest(
        employee=employee,
        leave_type=leave_type,
        first_day=first_day,
        last_day=last_day,
        created_by=actor,
        **details,
    )
    _measure_into(request)
    request.save()
    return request


@transaction.atomic
def update_leave(
    *, leaverequest: LeaveRequest, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> LeaveRequest:
    """
    Change a request that is still a draft.

    :raises InvalidInput: when it was handed in; and as :func:`create_leave`.
    """
    request = LeaveRequest.objects.lock(leaverequest).check_version(expected_version)
    if request.status != RequestStatus.DRAFT:
        raise InvalidInput(_("It was handed in already. Cancel it and ask anew."))
    for name, value in changes.items():
        setattr(request, name, value)
    _measure_into(request)
    request.save()
    return request


@transaction.atomic
def request_leave(*, actor: User, at: datetime, **details: Any) -> LeaveRequest:
    """Draw up a request for leave and hand it in at once; see :func:`create_leave` and :func:`submit_leave`."""
    return submit_leave(leaverequest=create_leave(actor=actor, at=at, **details), actor=actor, at=at)


@transaction.atomic
def submit_leave(*, leaverequest: LeaveRequest, actor: User, at: datetime) -> LeaveRequest:
    """
    Hand a request in: its hours leave the balance now, and it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises MonthLocked: for days of a closed month.
    :raises InvalidInput: when nothing is planned then, another leave has the time, or there is more of it than the
        type gives.
    :raises InsufficientLeave: when the balance does not permit it.
    """
    request = LeaveRequest.objects.lock(leaverequest)
    require_open(request.employee.company_id, request.first_day, request.last_day)
    lock_account(request.employee_id)
    span, plans = _measure_into(request)
    _check_limits(request)
    _check_overlap(request, span)
    if request.leave_type.needs_balance and request.hours:
        ledger = account_entries([(request.employee_id, request.leave_type_id)])
        entries = [entry.to_engine() for found in ledger.values() for entry in found]
        consume(entries, request.hours, request.first_day, permitted=request.leave_type.overdraft_hours)
        LeaveEntry.objects.create(
            employee=request.employee,
            leave_type=request.leave_type,
            hours=-request.hours,
            on=request.first_day,
            source=EntrySource.REQUEST,
            request=request,
            created_by=actor,
        )
    request.save(update_fields=["hours", "days"])
    _save_shares(request, span, plans)
    request.become(RequestStatus.APPROVING, actor=actor, at=at)
    if not needs_approval(request, actor=actor, at=at):
        with decided_by_flow(request):
            return approve_leave(leaverequest=request, actor=actor, at=at)
    return request


@transaction.atomic
def approve_leave(*, leaverequest: LeaveRequest, actor: User, at: datetime, reason: str = "") -> LeaveRequest:
    """
    Approve a leave: its days count as leave from now on.

    :raises WrongState: unless it waits for approval.
    :raises MonthLocked: for days of a closed month.
    """
    request = LeaveRequest.objects.lock(leaverequest)
    refuse_own(request.employee, actor, request)
    require_open(request.employee.company_id, request.first_day, request.last_day)
    request.become(RequestStatus.APPROVED, actor=actor, at=at, reason=reason)
    _tell(request)
    return request


@transaction.atomic
def reject_leave(*, leaverequest: LeaveRequest, reason: str, actor: User, at: datetime) -> LeaveRequest:
    """
    Refuse a leave; its hours come back.

    :raises WrongState: unless it waits for approval.
    """
    request = LeaveRequest.objects.lock(leaverequest)
    lock_account(request.employee_id)
    request.become(RequestStatus.REJECTED, actor=actor, at=at, reason=reason)
    _give_back(request, actor, at)
    return request


@transaction.atomic
def cancel_leave(*, leaverequest: LeaveRequest, reason: str = "", actor: User, at: datetime) -> LeaveRequest:
    """
    Take a leave back, also one that was approved 销假; its hours come back to the grants they were taken from.

    Whether somebody was there after all on a day that is over, whoever decides about the leave says.

    :raises NotAllowed: for an approved leave that has begun, unless the actor decides about it and it is not their own.
    :raises WrongState: when it was refused or cancelled already.
    :raises MonthLocked: for days of a closed month.
    """
    request = LeaveRequest.objects.lock(leaverequest)
    require_open(request.employee.company_id, request.first_day, request.last_day)
    lock_account(request.employee_id)
    was_approved = request.status == RequestStatus.APPROVED
    if was_approved and request.first_day < timezone.localdate(at):
        _refuse_taken(request, actor)
    request.become(RequestStatus.CANCELLED, actor=actor, at=at, reason=reason)
    _give_back(request, actor, at)
    if was_approved:
        _tell(request)
    return request


@transaction.atomic
def reopen_leave(*, leaverequest: LeaveRequest, actor: User, at: datetime) -> LeaveRequest:
    """
    Take a refused request back to be changed.

    :raises WrongState: unless it was refused.
    """
    request = LeaveRequest.objects.lock(leaverequest)
    request.shares.all().delete()
    return to_draft(request, actor=actor, at=at)


def measure_leave(request: LeaveRequest) -> tuple[LeaveSpan, dict[date, PlannedDay]]:
    """
    Return what a request would take of the account, and what was planned.

    :raises InvalidInput: for days or times out of order.
    :raises MissingPlan: for a day that nobody has planned.
    :raises WrongUnit: for parts that the type does not know.
    :raises UnknownYear: for days that the calendar does not have.
    """
    first = request.first_day - ONE_DAY if request.is_in_hours else request.first_day
    kinds = day_kinds(first, request.last_day)
    spans = planned_spans([request.employee_id], first, request.last_day)[request.employee_id]
    plans = {day: PlannedDay(kinds[day], found) for day, found in spans.items()}
    try:
        if request.is_in_hours:
            start = wall_minute(request.first_day, parse_time(request.start))
            end = wall_minute(request.last_day, parse_time(request.end))
            return count_hours(start, end, plans, request.leave_type.rule), plans
        return (
            count_days(
                request.first_day,
                request.last_day,
                plans,
                request.leave_type.rule,
                from_second_half=request.first_part == DayPart.SECOND,
                to_first_half=request.last_part == DayPart.FIRST,
            ),
            plans,
        )
    except ValueError as error:
        raise InvalidInput(_("The leave ends before it begins."), field="last_day") from error


def _measure_into(request: LeaveRequest) -> tuple[LeaveSpan, dict[date, PlannedDay]]:
    employee = request.employee
    if employee.status == EmployeeStatus.LEFT and employee.leave_date and request.last_day > employee.leave_date:
        raise InvalidInput(_("%(person)s has left.") % {"person": employee}, field="employee")
    if request.first_day < employee.hire_date:
        raise InvalidInput(_("%(person)s was not here yet.") % {"person": employee}, field="first_day")
    if bool(request.start) != bool(request.end):
        raise InvalidInput(_("Enter both times, or none."), field="end")
    span, plans = measure_leave(request)
    if not span.shares:
        raise InvalidInput(_("Nothing is planned then: no leave is needed."), field="first_day")
    request.hours, request.days = span.hours, span.days
    return span, plans


def _check_limits(request: LeaveRequest) -> None:
    kind = request.leave_type
    if not kind.is_active:
        raise InvalidInput(_("This type of leave is not given any more."), field="leave_type")
    if kind.max_days is not None and request.days > kind.max_days:
        raise InvalidInput(
            _("%(type)s has at most %(days)s days at once.") % {"type": kind, "days": f"{kind.max_days.normalize():f}"},
            field="last_day",
        )
    if kind.max_days_year is None:
        return
    taken = taken_days(request.employee_id, kind, request.first_day.year)
    if taken + request.days > kind.max_days_year:
        raise InvalidInput(
            _("%(type)s has at most %(days)s days in a year, of which %(taken)s are taken.")
            % {"type": kind, "days": f"{kind.max_days_year.normalize():f}", "taken": f"{taken.normalize():f}"},
            field="last_day",
        )


def _check_overlap(request: LeaveRequest, span: LeaveSpan) -> None:
    """Refuse minutes of the plan that another leave has already."""
    mine = {share.date: share.spans for share in span.shares if share.spans}
    taken = LeaveDay.objects.filter(request__in=overlapping(request), date__in=mine, request__status__in=LIVE_REQUESTS)
    for share in taken.select_related("request"):
        if share.spans and intersect(merge(mine[share.date]), merge(share.intervals)):
            raise InvalidInput(
                _("%(person)s has asked for leave on %(date)s already.")
                % {"person": request.employee, "date": share.date},
                field="first_day",
            )


def _save_shares(request: LeaveRequest, span: LeaveSpan, plans: dict[date, PlannedDay]) -> None:
    rows = []
    for share in span.shares:
        planned = length(plans[share.date].spans)
        off = length(share.spans)
        rows.append(
            LeaveDay(
                request=request,
                employee=request.employee,
                date=share.date,
                spans=[minute for pair in share.spans for minute in pair],
                charged=round_exact(share.minutes, DECIMALS),
                part=round_exact(share.part, DECIMALS),
                # A statutory holiday is paid whatever leave it lies in (劳动法 51).
                plan_part=round_exact(Decimal(off) / planned, DECIMALS) if planned and share.minutes else ZERO,
            )
        )
    LeaveDay.objects.bulk_create(rows)


def _refuse_taken(request: LeaveRequest, actor: User) -> None:
    refuse_own(request.employee, actor)
    if not can_reach(request, user=actor, action="approve"):
        raise NotAllowed(_("This leave has begun. Whoever decides about it takes it back."))


def _give_back(request: LeaveRequest, actor: User, at: datetime) -> None:
    """Return what the request took and did not give back yet."""
    for entry in request.entries.filter(source=EntrySource.REQUEST):
        returned = entry.put_right_by.aggregate(total=Sum("hours"))["total"] or ZERO
        if -entry.hours > returned:
            LeaveEntry.objects.create(
                employee_id=entry.employee_id,
                leave_type_id=entry.leave_type_id,
                hours=-entry.hours - returned,
                on=entry.on,
                source=EntrySource.RETURN,
                of=entry,
                request=request,
                created_by=actor,
            )


def _tell(request: LeaveRequest) -> None:
    events.publish(
        calendar_events.WorkingTimeChanged(
            company_pk=request.employee.company_id,
            employee_pks=(request.employee_id,),
            first=request.first_day,
            last=request.last_day,
        )
    )
