"""A small company with a calendar, a shift and people who work by it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hrm.attendance.models import AttendanceDay, Punch, Shift, WorkSchedule
from hrm.calendar.services import seed_year
from hrm.org.models import Employee
from suite.masters.models import Company
from tests.factories.hrm import EmployeeFactory
from tests.factories.hrm_time import PunchFactory, ScheduleMemberFactory, ShiftFactory, WorkScheduleFactory
from tests.factories.masters import CompanyFactory

ZONE = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
# A Monday.
MONDAY = date(2026, 3, 2)
DAYTIME = ("09:00", "18:00", "12:00", "13:00")


def moment(day: date, clock: str) -> datetime:
    """A moment by the clock on the wall; "26:00" is two o'clock of the next day."""
    hours, minutes = map(int, clock.split(":"))
    return datetime.combine(day, time(), ZONE) + timedelta(hours=hours, minutes=minutes)


def company_with_calendar(*years: int) -> Company:
    """A company, and the calendar of the years, 2026 without any."""
    for year in years or (2026,):
        seed_year(year=year, actor=None, at=AT)
    return CompanyFactory()


def shift_of(company: Company, *segments: Sequence[str], **fields: Any) -> Shift:
    """A shift of these segments."""
    return ShiftFactory(company=company, hours=segments or (DAYTIME,), **fields)


def schedule_of(company: Company, shift: Shift | None = None, **fields: Any) -> WorkSchedule:
    """A schedule by the calendar."""
    if fields.get("rest_rule") != "ROSTER":
        fields["default_shift"] = shift or shift_of(company)
    return WorkScheduleFactory(company=company, **{"default_shift": None, **fields})


def worker(schedule: WorkSchedule, **fields: Any) -> Employee:
    """Somebody who works by a schedule since 2026."""
    employee = EmployeeFactory(company=schedule.company, **fields)
    ScheduleMemberFactory(employee=employee, schedule=schedule)
    return employee


def punch(employee: Employee, day: date, *clocks: str) -> list[Punch]:
    """Punches of a day by the clock on the wall."""
    return [PunchFactory(employee=employee, punched_at=moment(day, clock)) for clock in clocks]


def result(employee: Employee, day: date) -> AttendanceDay:
    """The result of a day."""
    return AttendanceDay.objects.get(employee=employee, date=day)


def working_days(first: date, number: int, off: Iterable[date] = ()) -> list[date]:
    """So many days from Monday to Friday from a day on."""
    days: list[date] = []
    day = first
    while len(days) < number:
        if day.weekday() < 5 and day not in set(off):
            days.append(day)
        day += timedelta(days=1)
    return days
