"""Shifts and their segments, who works by which schedule, and rosters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext as _

from hrm.attendance.models import AttendanceDay, RosterDay, ScheduleMember, Shift, ShiftSegment, WorkSchedule
from hrm.attendance.protecting import refuse_protected_nights
from hrm.calendar.engine import dates_between
from hrm.calendar.events import WorkingTimeChanged
from hrm.calendar.locks import one_at_a_time
from hrm.calendar.services import require_open
from hrm.org.models import Employee
from suite import events
from suite.access.models import User
from suite.core.bulk import copy_rows
from suite.core.errors import InvalidInput
from suite.masters.models import Company

Row = Mapping[str, Any]
SEGMENT_FIELDS = ("start", "end", "break_start", "break_end")
# What does not change how a day is judged.
HARMLESS = frozenset({"name", "code", "is_active"})
MOST_DAYS = 366
ONE_DAY = timedelta(days=1)


@transaction.atomic
def create_shift(
    *, company: Company, code: str, name: str, lines: Sequence[Row], actor: User | None, at: datetime, **fields: Any
) -> Shift:
    """
    Add a shift with its segments.

    :param lines: start, end, break_start and break_end of each segment as "HH:MM", in order.
    :raises InvalidInput: for segments or limits out of order, or a code that is taken.
    """
    if Shift.objects.filter(company=company, code=code).exists():
        raise InvalidInput(_("The company has a shift with this code already."), field="code")
    shift = Shift.objects.create(company=company, code=code, name=name, **fields)
    _save_segments(shift, lines)
    return shift


@transaction.atomic
def update_shift(
    *,
    shift: Shift,
    lines: Sequence[Row],
    actor: User | None,
    at: datetime,
    expected_version: int | None = None,
    **changes: Any,
) -> Shift:
    """
    Change a shift; one that was worked keeps its times and limits, or what was computed would not be true any more.

    :raises InvalidInput: for segments or limits out of order, or other times of a shift that was worked.
    """
    locked = Shift.objects.lock(shift).check_version(expected_version)
    before = [tuple(getattr(each, name) for name in SEGMENT_FIELDS) for each in locked.segments.all()]
    after = [tuple(line.get(name) or "" for name in SEGMENT_FIELDS) for line in lines]
    judged = {name for name, value in changes.items() if getattr(locked, name) != value} - HARMLESS
    if (judged or before != after) and AttendanceDay.objects.filter(shift=locked, is_locked=True).exists():
        raise InvalidInput(_("This shift was worked in a closed month. Enter the new times as a new shift."))
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save()
    if before != after:
        locked.segments.all().delete()
        _save_segments(locked, lines)
    else:
        _check_shift(locked)
    if judged or before != after:
        _tell_worked(locked.company_id, AttendanceDay.objects.filter(shift=locked))
    return locked


@transaction.atomic
def create_schedule(
    *, company: Company, code: str, name: str, actor: User | None, at: datetime, **fields: Any
) -> WorkSchedule:
    """
    Add a schedule.

    :raises InvalidInput: for a usual shift of another company.
    :raises ValidationError: for a code that is taken, or rest by the calendar without a usual shift.
    """
    schedule = WorkSchedule(company=company, code=code, name=name, **fields)
    _check_schedule(schedule)
    schedule.save()
    return schedule


@transaction.atomic
def update_schedule(
    *,
    workschedule: WorkSchedule,
    actor: User | None,
    at: datetime,
    expected_version: int | None = None,
    **changes: Any,
) -> WorkSchedule:
    """
    Change a schedule; days of months that are not closed are computed by it again.

    :raises InvalidInput: for a usual shift of another company, or another company for people who work by it.
    :raises ValidationError: for a code that is taken, or rest by the calendar without a usual shift.
    """
    locked = WorkSchedule.objects.lock(workschedule).check_version(expected_version)
    before = locked.company_id
    judged = {name for name, value in changes.items() if getattr(locked, name) != value} - HARMLESS
    for name, value in changes.items():
        setattr(locked, name, value)
    if locked.company_id != before and locked.members.exists():
        raise InvalidInput(_("People of the company work by this schedule."), field="company")
    _check_schedule(locked)
    locked.save()
    if judged:
        people = locked.members.order_by().values("employee")
        _tell_worked(locked.company_id, AttendanceDay.objects.filter(employee__in=people))
    return locked


@transaction.atomic
def join_schedule(
    *,
    employee: Employee,
    schedule: WorkSchedule,
    valid_from: date,
    actor: User | None,
    at: datetime,
    valid_to: date | None = None,
) -> ScheduleMember:
    """
    Let somebody work by a schedule from a day on; the one before ends the day before, and goes on after the last.

    :raises InvalidInput: for a schedule of another company, or a period that meets a later one.
    :raises MonthLocked: for days of a closed month.
    """
    if schedule.company_id != employee.company_id:
        raise InvalidInput(_("The schedule belongs to another company."), field="schedule")
    if valid_to is not None and valid_to < valid_from:
        raise InvalidInput(_("The period ends before it begins."), field="valid_to")
    require_open(employee.company_id, valid_from, date.max)
    people = ScheduleMember.objects.select_for_update().filter(employee=employee)
    later = people.filter(valid_from__gte=valid_from).order_by("valid_from").first()
    if later is not None and (valid_to is None or later.valid_from <= valid_to):
        raise InvalidInput(
            _("From %(date)s the person works by “%(schedule)s” already.")
            % {"date": later.valid_from, "schedule": later.schedule},
            field="valid_from",
        )
    for before in people.filter(valid_from__lt=valid_from).exclude(valid_to__lt=valid_from):
        until, before.valid_to = before.valid_to, valid_from - ONE_DAY
        before.save(update_fields=["valid_to"])
        if valid_to is not None and (until is None or until > valid_to):
            # After a while by another schedule the person works by this one again.
            ScheduleMember.objects.create(
                employee=employee,
                schedule=before.schedule,
                valid_from=valid_to + ONE_DAY,
                valid_to=until,
                created_at=at,
            )
    member = ScheduleMember.objects.create(
        employee=employee, schedule=schedule, valid_from=valid_from, valid_to=valid_to, created_at=at
    )
    _tell(employee.company_id, [employee.pk], valid_from, valid_to or valid_from + MOST_DAYS * ONE_DAY)
    return member


@transaction.atomic
def end_membership(*, schedulemember: ScheduleMember, valid_to: date, actor: User | None, at: datetime) -> Any:
    """
    Let somebody work by a schedule up to a day only.

    :raises InvalidInput: for a day before the first, or after the one that is set already.
    :raises MonthLocked: for days of a closed month.
    """
    member = ScheduleMember.objects.lock(schedulemember)
    if valid_to < member.valid_from or (member.valid_to is not None and valid_to > member.valid_to):
        raise InvalidInput(_("The last day lies within the period."), field="valid_to")
    require_open(member.employee.company_id, valid_to + ONE_DAY, member.valid_to or date.max)
    until, member.valid_to = member.valid_to, valid_to
    member.save(update_fields=["valid_to"])
    first = valid_to + ONE_DAY
    _tell(member.employee.company_id, [member.employee_id], first, until or first + MOST_DAYS * ONE_DAY)
    return member


@transaction.atomic
def assign_roster(
    *,
    employees: Collection[Employee],
    first: date,
    last: date,
    actor: User | None,
    at: datetime,
    shift: Shift | None = None,
    weekdays: Collection[int] = (),
    is_cleared: bool = False,
) -> int:
    """
    Plan days for people at once; return how many days that are.

    :param shift: None: days off.
    :param weekdays: only these, Monday 0 to Sunday 6; empty: all.
    :param is_cleared: take what is planned away, so that the schedule counts again.
    :raises InvalidInput: for a period out of order or longer than a year, people of several companies, a shift of
        another company, or night work of somebody who nurses a child under one year.
    :raises MonthLocked: for days of a closed month.
    """
    if last < first or (last - first).days >= MOST_DAYS:
        raise InvalidInput(_("Choose a period of up to a year."), field="last")
    companies = {employee.company_id for employee in employees}
    if len(companies) != 1:
        raise InvalidInput(_("Choose people of one company."), field="employees")
    company = companies.pop()
    if shift is not None and shift.company_id != company:
        raise InvalidInput(_("The shift belongs to another company."), field="shift")
    require_open(company, first, last)
    # Who plans the same days at the same time waits, instead of planning them twice.
    one_at_a_time("hrm_roster", company)
    days = [day for day in dates_between(first, last) if not weekdays or day.weekday() in set(weekdays)]
    refuse_protected_nights(employees, days, shift)
    pks = sorted(employee.pk for employee in employees)
    rows = RosterDay.objects.filter(employee__in=pks, date__in=days)
    if is_cleared:
        rows.delete()
    else:
        known = set(rows.select_for_update().values_list("employee", "date"))
        rows.update(shift=shift)
        copy_rows(
            RosterDay(employee_id=pk, date=day, shift=shift) for pk in pks for day in days if (pk, day) not in known
        )
    _tell(company, pks, first, last)
    return len(pks) * len(days)


def create_roster_day(
    *, employee: Employee, date: date, actor: User | None, at: datetime, shift: Shift | None = None
) -> RosterDay:
    """
    Plan one day of somebody; a day that is planned already is planned anew.

    :raises InvalidInput: for a shift of another company.
    :raises MonthLocked: for a day of a closed month.
    """
    assign_roster(employees=[employee], first=date, last=date, shift=shift, actor=actor, at=at)
    return RosterDay.objects.get(employee=employee, date=date)


def update_roster_day(
    *, rosterday: RosterDay, actor: User | None, at: datetime, expected_version: int | None = None, **changes: Any
) -> RosterDay:
    """
    Plan a day of the roster anew.

    :raises InvalidInput: for another person or day, or a shift of another company.
    :raises MonthLocked: for a day of a closed month.
    """
    rosterday.check_version(expected_version)
    if changes.get("employee", rosterday.employee) != rosterday.employee or changes.get("date", rosterday.date) != (
        rosterday.date
    ):
        raise InvalidInput(_("Plan the other day by itself."), field="date")
    return create_roster_day(
        employee=rosterday.employee, date=rosterday.date, shift=changes.get("shift"), actor=actor, at=at
    )


def delete_roster_day(*, rosterday: RosterDay, actor: User | None, at: datetime) -> None:
    """
    Take a day off the roster, so that the schedule counts again.

    :raises MonthLocked: for a day of a closed month.
    """
    day = rosterday.date
    assign_roster(employees=[rosterday.employee], first=day, last=day, is_cleared=True, actor=actor, at=at)


def _save_segments(shift: Shift, lines: Sequence[Row]) -> None:
    ShiftSegment.objects.bulk_create(
        ShiftSegment(shift=shift, position=position, **{name: line.get(name) or "" for name in SEGMENT_FIELDS})
        for position, line in enumerate(lines, start=1)
    )
    _check_shift(shift)


def _check_shift(shift: Shift) -> None:
    fresh = Shift.objects.prefetch_related("segments").get(pk=shift.pk)
    try:
        made = fresh.to_engine()
    except ValueError as error:
        raise InvalidInput(
            _("Segments follow each other, breaks lie within them, and grace, half day and absence come in this order.")
        ) from error
    for segment in fresh.segments.all():
        if bool(segment.break_start) != bool(segment.break_end):
            raise InvalidInput(_("A break has a beginning and an end."))
    if not made.planned:
        raise InvalidInput(_("A shift has time to work."))


def _check_schedule(schedule: WorkSchedule) -> None:
    shift = schedule.default_shift
    if shift is not None and shift.company_id != schedule.company_id:
        raise InvalidInput(_("The shift belongs to another company."), field="default_shift")
    schedule.full_clean()


def _tell_worked(company_pk: int, results: QuerySet[AttendanceDay]) -> None:
    """Tell that results which are not final rest on something else now."""
    rows = results.filter(is_locked=False).order_by()
    found = rows.aggregate(first=Min("date"), last=Max("date"))
    if found["first"] is not None:
        people = rows.values_list("employee", flat=True).distinct()
        _tell(company_pk, sorted(people), found["first"], found["last"])


def _tell(company_pk: int, employee_pks: Collection[int], first: date, last: date) -> None:
    events.publish(WorkingTimeChanged(company_pk, tuple(employee_pks), first, last))
