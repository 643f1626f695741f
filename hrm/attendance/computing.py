"""Results of days for many people at once: a fixed number of queries, whoever they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from hrm.attendance.choices import DayProblem, DayStatus, Resolution, Settlement
from hrm.attendance.comp import settle_comp_time
from hrm.attendance.day import DayResult, End, match_days
from hrm.attendance.models import AttendanceDay, Outing, OvertimeRequest
from hrm.attendance.planning import PlanBook, Planned
from hrm.attendance.selectors import effective_punches
from hrm.attendance.shift import DayPlan, Punch, wall_minute
from hrm.calendar.choices import RequestStatus
from hrm.calendar.engine import DayKind, UnknownYear, classify, dates_between
from hrm.calendar.locks import one_at_a_time
from hrm.calendar.selectors import calendar_rows, require_known
from hrm.calendar.services import require_open
from hrm.leave.selectors import approved_intervals
from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from suite.access.models import User
from suite.core.bulk import copy_rows, update_rows
from suite.masters.models import Company

ONE_DAY = timedelta(days=1)
REPORT_EVERY = 25
Interval = tuple[int, int]
Progress = Callable[..., Any]
# What a computation decides of a row; the keys of the row and what people decided are not among them.
FIGURES = (
    "kind",
    "shift_id",
    "system",
    "statuses",
    "problems",
    "has_exception",
    "came_at",
    "left_at",
    "planned",
    "worked",
    "late",
    "left_early",
    "absent",
    "on_leave",
    "elsewhere",
    "unresolved",
    "statutory_worked",
    "overtime_workday",
    "overtime_rest",
    "overtime_statutory",
    "comp",
    "resolution",
    "resolution_note",
    "resolved_by_id",
)


@dataclass(frozen=True)
class Computed:
    """
    What a computation did.

    :param people: whose time is planned by somebody.
    :param days: results that there are now.
    :param changed: of these new or other than before.
    :param exceptions: days that somebody has to look into.
    """

    people: int
    days: int
    changed: int
    exceptions: int


@dataclass
class Gathered:
    """Everything about some people in a period, with a day before and two after it."""

    kinds: dict[date, DayKind]
    book: PlanBook
    punches: dict[int, list[tuple[int, datetime]]]
    leave: dict[int, dict[date, tuple[Interval, ...]]]
    outings: dict[int, list[Interval]]
    overtime: dict[int, dict[date, list[OvertimeRequest]]]
    zone: Any = field(default_factory=timezone.get_default_timezone)

    def wall(self, moment: datetime) -> int:
        """The number of a moment's minute on the clock on the wall."""
        local = moment.astimezone(self.zone)
        return wall_minute(local.date(), local.hour * 60 + local.minute)


@transaction.atomic
def compute_attendance(
    *,
    company: Company,
    first: date,
    last: date,
    actor: User | None,
    at: datetime,
    employees: Collection[int] | None = None,
    progress: Progress = lambda *_args: None,
) -> Computed:
    """
    Compute the results of days of all people of a company, or of some; the same again changes nothing.

    People whose time nobody plans get no results. Time off for overtime follows the results.

    :param employees: keys; None: everybody who worked there in the period.
    :raises UnknownYear: when the calendar lacks a day of it.
    :raises MonthLocked: when a month of it is closed.
    """
    # In this order, as everywhere: what closes a month waits for whoever changes its time.
    require_open(company.pk, first, last)
    one_at_a_time("hrm_attendance", company.pk)
    require_known(first, last)
    people = list(_people(company, first, last, employees).values_list("pk", "hire_date", "leave_date"))
    pks = [pk for pk, _hired, _left in people]
    gathered = _gather(pks, first, last)
    known = {
        (row.employee_id, row.date): row
        for row in AttendanceDay.objects.filter(employee__in=_scope(company, employees), date__range=(first, last))
    }
    rows: list[AttendanceDay] = []
    for done, (pk, hired, left) in enumerate(people):
        if done % REPORT_EVERY == 0:
            progress(done, len(people))
        days = list(dates_between(max(first, hired), min(last, left or last)))
        rows += _results(gathered, pk, days, known, at)
    changed = _write(rows, known)
    settle_comp_time(company=company, first=first, last=last, employees=pks, actor=actor, at=at)
    exceptions = sum(row.has_exception for row in rows)
    return Computed(len({row.employee_id for row in rows}), len(rows), changed, exceptions)


def _scope(company: Company, employees: Collection[int] | None) -> Any:
    people = Employee.objects.filter(company=company).order_by()
    return (people if employees is None else people.filter(pk__in=employees)).values("pk")


def _people(company: Company, first: date, last: date, employees: Collection[int] | None) -> Any:
    people = Employee.objects.filter(company=company, hire_date__lte=last).exclude(status=EmployeeStatus.PENDING)
    people = people.filter(Q(leave_date__isnull=True) | Q(leave_date__gte=first))
    return (people if employees is None else people.filter(pk__in=employees)).order_by("pk")


def _gather(pks: Sequence[int], first: date, last: date) -> Gathered:
    start, end = first - ONE_DAY, last + ONE_DAY
    rows = calendar_rows(start, end + ONE_DAY)
    kinds = {day: classify(day, rows) for day in rows}
    opening, closing = _midnight(start), _midnight(end + 2 * ONE_DAY)
    punches: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    found = effective_punches().filter(employee__in=pks, punched_at__gte=opening, punched_at__lt=closing)
    for pk, employee, moment in found.order_by().values_list("pk", "employee", "punched_at"):
        punches[employee].append((pk, moment))
    gathered = Gathered(
        kinds=kinds,
        book=PlanBook(pks, start, end, kinds),
        punches=punches,
        leave=approved_intervals(pks, start, end),
        outings=defaultdict(list),
        overtime=defaultdict(lambda: defaultdict(list)),
    )
    outings = Outing.objects.filter(
        employee__in=pks, status=RequestStatus.APPROVED, starts_at__lt=closing, ends_at__gt=opening
    )
    for employee, begins, ends in outings.order_by("starts_at").values_list("employee", "starts_at", "ends_at"):
        gathered.outings[employee].append((gathered.wall(begins), gathered.wall(ends)))
    overtime = OvertimeRequest.objects.filter(employee__in=pks, status=RequestStatus.APPROVED, date__range=(start, end))
    for request in overtime.order_by("date", "start", "pk"):
        gathered.overtime[request.employee_id][request.date].append(request)
    return gathered


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


def _results(
    gathered: Gathered, pk: int, days: Sequence[date], known: dict[tuple[int, date], AttendanceDay], at: datetime
) -> list[AttendanceDay]:
    """The rows of one person; none for days that nobody plans."""
    if not days:
        return []
    plans: list[DayPlan] = []
    planned: dict[date, Planned] = {}
    for day in dates_between(days[0] - ONE_DAY, days[-1] + ONE_DAY):
        found = gathered.book.planned(pk, day) if day in gathered.kinds else None
        if found is None and pk in gathered.overtime and day in gathered.overtime[pk]:
            found = Planned(None, None)
        if found is not None:
            planned[day] = found
            plans.append(_plan(gathered, pk, day, found))
    if not any(day in planned for day in days):
        return []
    moments = dict(gathered.punches.get(pk, ()))
    punches = [Punch(key, gathered.wall(moment)) for key, moment in moments.items()]
    try:
        results = match_days(plans, punches)
    except ValueError as error:
        # The one thing left that the engine refuses: work that reaches a day the calendar does not have.
        raise UnknownYear((days[-1] + ONE_DAY).year, days[-1] + ONE_DAY) from error
    wanted = set(days)
    return [
        _row(gathered, pk, result, planned[result.day], moments, known.get((pk, result.day)), at)
        for result in results
        if result.day in wanted
    ]


def _plan(gathered: Gathered, pk: int, day: date, planned: Planned) -> DayPlan:
    shift = gathered.book.engine(planned.shift) if planned.shift is not None else None
    midnight = wall_minute(day)
    if shift is not None and not planned.needs_punches:
        outing: tuple[Interval, ...] = shift.planned_spans
    else:
        outing = tuple(
            (start - midnight, end - midnight)
            for start, end in gathered.outings.get(pk, ())
            if end > midnight and start < midnight + 2 * 24 * 60
        )
    requests = gathered.overtime[pk].get(day, ()) if pk in gathered.overtime else ()
    return DayPlan(
        day=day,
        kind=gathered.kinds[day],
        shift=shift,
        next_kind=gathered.kinds.get(day + ONE_DAY),
        leave=gathered.leave.get(pk, {}).get(day, ()),
        outing=outing,
        overtime=tuple(request.span for request in requests),
        day_cut=planned.day_cut,
    )


def _row(
    gathered: Gathered,
    pk: int,
    result: DayResult,
    planned: Planned,
    moments: dict[int, datetime],
    before: AttendanceDay | None,
    at: datetime,
) -> AttendanceDay:
    if not planned.needs_punches:
        result.worked, result.outing = result.worked + result.outing, 0
    came = [moments[used.key] for used in result.used if used.end is End.START]  # type: ignore[index]
    went = [moments[used.key] for used in result.used if used.end is End.END]  # type: ignore[index]
    row = AttendanceDay(
        employee_id=pk,
        date=result.day,
        kind=result.kind.value,
        shift_id=planned.shift.pk if planned.shift is not None else None,
        system=planned.system,
        statuses=[DayStatus.UNPLANNED.value] if planned.is_missing else [status.value for status in result.statuses],
        problems=_problems(result, planned),
        came_at=min(came, default=None),
        left_at=max(went, default=None),
        planned=result.planned,
        worked=result.worked,
        late=result.late,
        left_early=result.early,
        absent=result.absent,
        on_leave=result.leave,
        elsewhere=result.outing,
        unresolved=result.unresolved,
        statutory_worked=result.statutory,
        overtime_workday=result.overtime.get(DayKind.WORKDAY, 0),
        overtime_rest=result.overtime.get(DayKind.REST, 0),
        overtime_statutory=result.overtime.get(DayKind.STATUTORY, 0),
        comp=_comp(result, gathered.overtime[pk].get(result.day, ()) if pk in gathered.overtime else ()),
        computed_at=at,
    )
    if before is not None and before.resolution and before.problems == row.problems:
        row.resolution, row.resolution_note = before.resolution, before.resolution_note
        row.resolved_by_id = before.resolved_by_id
    apply_resolution(row)
    return row


def apply_resolution(row: AttendanceDay) -> None:
    """Put unresolved minutes where the decision about the day says; without one the day waits for it."""
    row.has_exception = bool(row.problems) and not row.resolution
    if row.resolution == Resolution.WORKED:
        if row.kind == DayKind.STATUTORY.value:
            row.statutory_worked += row.unresolved
        row.worked, row.unresolved = row.worked + row.unresolved, 0
    elif row.resolution == Resolution.ABSENT:
        row.absent, row.unresolved = row.absent + row.unresolved, 0


def _problems(result: DayResult, planned: Planned) -> list[dict[str, Any]]:
    found = [{"problem": each.problem.value, "segment": each.segment, "punch": each.key} for each in result.exceptions]
    if planned.is_missing:
        found.append({"problem": DayProblem.UNPLANNED.value, "segment": None, "punch": None})
    return found


def _comp(result: DayResult, requests: Iterable[OvertimeRequest]) -> int:
    """What of the overtime on a day of rest becomes time off: requests take it in their order."""
    left, comp = result.overtime.get(DayKind.REST, 0), 0
    for request in requests:
        share = min(left, request.approved_minutes or 0)
        left -= share
        comp += share if request.settlement == Settlement.COMP else 0
    return comp


def _write(rows: Sequence[AttendanceDay], known: dict[tuple[int, date], AttendanceDay]) -> int:
    """Write what is new or other than before, and take away what is no longer planned; return how much that is."""
    new, changed = [], []
    gone = dict(known)
    for row in rows:
        before = gone.pop((row.employee_id, row.date), None)
        if before is None:
            new.append(row)
        elif before.computed_at is None or any(getattr(before, name) != getattr(row, name) for name in FIGURES):
            row.pk = before.pk
            changed.append(row)
    copy_rows(new)
    update_rows(changed, [*(name.removesuffix("_id") for name in FIGURES), "computed_at"])
    if gone:
        AttendanceDay.objects.filter(pk__in=[row.pk for row in gone.values()]).delete()
    return len(new) + len(changed) + len(gone)
