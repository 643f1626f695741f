"""When the people of the demo company come and go: shifts, punches, leave and overtime of the last weeks."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from hrm.attendance.computing import compute_attendance
from hrm.attendance.models import ScheduleMember, WorkSchedule
from hrm.attendance.punching import import_punches
from hrm.attendance.rosters import create_shift
from hrm.attendance.services import create_overtime, submit_overtime
from hrm.calendar.engine import DayKind
from hrm.calendar.selectors import day_kinds
from hrm.leave.accounts import grant_annual_leave
from hrm.leave.choices import LeaveKind
from hrm.leave.models import LeaveType
from hrm.leave.services import request_leave
from hrm.org.models import Employee
from hrm.org.selectors import active_employees
from rollout.demo.dice import Dice
from rollout.demo.timeline import Story
from rollout.demo.world import World

WEEK = timedelta(days=7)
# Days of the story before now for which punches are kept.
KEPT_DAYS = 60
# Code and name of the shift and its schedule, departments, hours.
OFFICE = ("行政", "行政班", "09:00", "18:00", "12:00", "13:00")
PLANT = ("白班", "生产白班", "08:00", "17:30", "12:00", "13:30")
PLANT_DEPARTMENTS = ("PR", "WH", "QA")


def first_working_day(now: datetime) -> datetime:
    """Return the Monday morning from which on punches are kept."""
    day = timezone.localtime(now) - timedelta(days=KEPT_DAYS)
    return (day - timedelta(days=day.weekday())).replace(hour=8, minute=0)


def keep_time(world: World, at: datetime) -> Story:
    """Set up shifts, then read the machine at the gate at the end of each week."""
    people = _schedules(world, at)
    _leave_accounts(world, at)
    while True:
        monday = timezone.localtime(at).date()
        days = _working_days(world, monday)
        away = {}
        for employee in people:
            away[employee.pk] = _absence(world, employee, days, at)
        late = _overtime(world, people, days, away, at)
        at = min(at + WEEK - timedelta(hours=2), world.timeline.now)
        yield at
        _read_machine(world, people, days, away, late, at)
        at = timezone.make_aware(datetime.combine(monday + WEEK, time(8)))
        yield at


def _schedules(world: World, at: datetime) -> list[Employee]:
    common: dict[str, Any] = {"actor": world.users["xiewanting"], "at": at}
    schedules = {}
    for code, name, start, end, rest, again in (OFFICE, PLANT):
        line = {"start": start, "end": end, "break_start": rest, "break_end": again}
        shift = create_shift(
            company=world.company, code=code, name=name, lines=[line], late_grace=3, late=240, early=120, **common
        )
        schedules[code] = WorkSchedule.objects.create(
            company=world.company, code=code, name=f"{name}考勤组", default_shift=shift
        )
    people = list(active_employees().select_related("department", "user").order_by("pk"))
    # Not by the service: nothing is computed yet that each of them would have to have computed again.
    ScheduleMember.objects.bulk_create(
        ScheduleMember(
            employee=employee,
            schedule=schedules[PLANT[0] if _works_in_plant(employee) else OFFICE[0]],
            valid_from=timezone.localtime(at).date(),
        )
        for employee in people
    )
    return people


def _works_in_plant(employee: Employee) -> bool:
    return employee.department is not None and employee.department.code in PLANT_DEPARTMENTS


def _leave_accounts(world: World, at: datetime) -> None:
    """Annual leave follows from when somebody began to work at all, a few years before they came here."""
    people = list(active_employees())
    for employee in people:
        years = Dice(f"years before {employee.name}").number(0, 6)
        employee.work_start_date = employee.hire_date - timedelta(days=365 * years)
    Employee.objects.bulk_update(people, ["work_start_date"])
    grant_annual_leave(year=timezone.localtime(at).year, actor=world.users["xiewanting"], at=at)


def _working_days(world: World, monday: date) -> list[date]:
    """Return the working days of a week that are over before now."""
    last = min(monday + timedelta(days=6), timezone.localtime(world.timeline.now).date() - timedelta(days=1))
    if last < monday:
        return []
    return [day for day, kind in day_kinds(monday, last).items() if kind == DayKind.WORKDAY]


def _absence(world: World, employee: Employee, days: list[date], at: datetime) -> set[date]:
    """Let somebody take a day off now and then, and return the days."""
    dice = Dice(f"leave of {employee.name} {days[0] if days else ''}")
    # Nobody decides about the own leave, and nobody stands above the boss.
    if not days or employee.user == world.users["linzhiyuan"] or not dice.happens(0.05):
        return set()
    kind = dice.by_weight({LeaveKind.ANNUAL: 5, LeaveKind.PERSONAL: 2, LeaveKind.SICK: 2})
    day = dice.one_of(days)
    request_leave(
        employee=employee,
        leave_type=LeaveType.objects.get(kind=kind),
        first_day=day,
        last_day=day,
        reason={LeaveKind.ANNUAL: "家里有事", LeaveKind.PERSONAL: "办理证件", LeaveKind.SICK: "感冒发烧"}[kind],
        actor=world.users["linzhiyuan"],
        at=at,
    )
    return {day}


def _overtime(
    world: World, people: list[Employee], days: list[date], away: dict[int, set[date]], at: datetime
) -> dict[tuple[int, date], int]:
    """Let people of the plant stay two hours longer on some days; return until when they stay, in minutes."""
    late = {}
    for employee in people:
        dice = Dice(f"overtime of {employee.name} {days[0] if days else ''}")
        if employee.department is None or employee.department.code != "PR" or not days or not dice.happens(0.4):
            continue
        day = dice.one_of(days)
        if day in away[employee.pk]:
            continue
        request = create_overtime(
            employee=employee,
            date=day,
            start="18:00",
            end="20:00",
            reason="赶订单",
            actor=world.users["linzhiyuan"],
            at=at,
        )
        submit_overtime(overtimerequest=request, actor=world.users["linzhiyuan"], at=at)
        late[employee.pk, day] = 20 * 60
    return late


def _read_machine(
    world: World,
    people: list[Employee],
    days: list[date],
    away: dict[int, set[date]],
    late: dict[tuple[int, date], int],
    at: datetime,
) -> None:
    """Import the punches of a week and compute its days; in the running month somebody forgets one now and then."""
    if not days:
        return
    this_month = timezone.localtime(world.timeline.now).date().replace(day=1)
    rows = []
    for employee in people:
        begins, ends = (8 * 60, 17 * 60 + 30) if _works_in_plant(employee) else (9 * 60, 18 * 60)
        for day in days:
            if day in away[employee.pk]:
                continue
            dice = Dice(f"punches of {employee.name} {day}")
            come = begins - dice.number(1, 25) if not dice.happens(0.04) else begins + dice.number(5, 25)
            leave = late.get((employee.pk, day), ends) + dice.number(1, 20)
            moments = [come, leave]
            if day >= this_month and dice.happens(0.01):
                moments.pop()
            rows += [{"employee": employee, "punched_at": _moment(day, minute), "device": "大门"} for minute in moments]
    numbered = [{**row, "_row": number} for number, row in enumerate(rows, start=1)]
    import_punches(rows=numbered, actor=world.users["xiewanting"], at=at)
    compute_attendance(company=world.company, first=days[0], last=days[-1], actor=world.users["xiewanting"], at=at)


def _moment(day: date, minute: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(minute // 60, minute % 60)))
