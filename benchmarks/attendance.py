"""
Attendance of a month, for few and for many people.

Each person has a shift from nine to six, 22 working days with two punches each, every tenth an approved leave of a day
and every fifth overtime. The punches come in by the service that imports the files of machines; the month is computed,
computed again without any change, and summed up for pay. People a second and statements are told for each: statements
do not grow with people.

    python -m benchmarks.attendance [people] [people]
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django

SIZES = (500, 5_000)
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 31)
AT = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
# Of so many people one is on leave for a day, and one works longer.
EACH_ON_LEAVE, EACH_LONGER = 10, 5
CLOCKS = ((8, 55), (18, 5))


def measure(work: Callable[[], Any]) -> tuple[float, int, Any]:
    """Seconds, statements and result of a piece of work."""
    from django.db import connection

    statements = 0

    def counted(execute: Any, *arguments: Any) -> Any:
        nonlocal statements
        statements += 1
        return execute(*arguments)

    begin = time.perf_counter()
    with connection.execute_wrapper(counted):
        result = work()
    return time.perf_counter() - begin, statements, result


def make_company(number: int, code: str) -> tuple[Any, list[Any], list[date]]:
    """A company with so many people on one schedule; the people and the working days of the month."""
    from hrm.attendance.models import ScheduleMember, WorkSchedule
    from hrm.attendance.rosters import create_shift
    from hrm.calendar.selectors import day_kinds
    from hrm.calendar.services import seed_year
    from hrm.org.models import Employee
    from suite.core.bulk import copy_rows
    from suite.masters.models import Company, Currency

    seed_year(year=FIRST.year, actor=None, at=AT)
    company = Company.objects.create(code=code, name=code, base_currency=Currency.objects.get(code="CNY"))
    line = {"start": "09:00", "end": "18:00", "break_start": "12:00", "break_end": "13:00"}
    shift = create_shift(company=company, code="DAY", name="白班", lines=[line], actor=None, at=AT)
    schedule = WorkSchedule.objects.create(company=company, code="OFFICE", name="办公室", default_shift=shift)
    people = copy_rows(
        Employee(company=company, number=f"{code}{n:05}", name=f"员工{n}", hire_date=date(2024, 1, 1))
        for n in range(number)
    )
    _start(company.pk)
    copy_rows(ScheduleMember(employee=person, schedule=schedule, valid_from=date(2026, 1, 1)) for person in people)
    days = [day for day, kind in day_kinds(FIRST, LAST).items() if kind == "WORKDAY"]
    return company, people, days


def _start(company_pk: int) -> None:
    """Let everybody work already; starting them one by one is not what is measured."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("UPDATE hrm_employee SET status = 'REGULAR' WHERE company_id = %s", [company_pk])


def add_requests(people: list[Any], days: list[date]) -> None:
    """Approved leave and overtime of some."""
    from django.db import connection

    from hrm.attendance.models import OvertimeRequest
    from hrm.leave.models import LeaveDay, LeaveRequest, LeaveType
    from suite.access.models import User
    from suite.core.bulk import copy_rows

    clerk, _created = User.objects.get_or_create(username="bench")
    kind, _created = LeaveType.objects.get_or_create(code="BENCH", defaults={"name": "事假"})
    leaves = copy_rows(
        LeaveRequest(
            employee=person, leave_type=kind, first_day=days[3], last_day=days[3], hours=8, days=1, created_by=clerk
        )
        for person in people[::EACH_ON_LEAVE]
    )
    spans = [540, 720, 780, 1080]
    copy_rows(
        LeaveDay(request=leave, employee=leave.employee, date=days[3], spans=spans, charged=480, part=1, plan_part=1)
        for leave in leaves
    )
    copy_rows(
        OvertimeRequest(
            employee=person,
            date=days[5],
            start="18:00",
            end="20:00",
            kind="WORKDAY",
            planned_minutes=120,
            approved_minutes=120,
            created_by=clerk,
        )
        for person in people[::EACH_LONGER]
    )
    with connection.cursor() as cursor:
        cursor.execute("UPDATE hrm_leaverequest SET status = 'APPROVED'")
        cursor.execute("UPDATE hrm_overtimerequest SET status = 'APPROVED'")


def rows_of(people: list[Any], days: list[date]) -> list[dict[str, Any]]:
    """The rows of a machine's file."""
    moments = [datetime(day.year, day.month, day.day, *clock, tzinfo=ZONE) for day in days for clock in CLOCKS]
    rows = [{"employee": person, "punched_at": moment} for person in people for moment in moments]
    return [{**row, "_row": number, "_existing": None} for number, row in enumerate(rows, start=2)]


def run(number: int) -> None:
    """Measure one size and print a line for each step."""
    from hrm.attendance.computing import compute_attendance
    from hrm.attendance.punching import import_punches
    from hrm.attendance.selectors import month_totals

    company, people, days = make_company(number, f"B{number}")
    add_requests(people, days)
    rows = rows_of(people, days)
    pks = [person.pk for person in people]

    def compute() -> Any:
        return compute_attendance(company=company, first=FIRST, last=LAST, actor=None, at=AT + timedelta(days=1))

    steps: list[tuple[str, Callable[[], Any]]] = [
        (f"import {len(rows):,} punches", lambda: import_punches(rows=rows, actor=None, at=AT)),
        ("compute the month", compute),
        ("compute it again", compute),
        ("sum it up for pay", lambda: month_totals(pks, FIRST, LAST)),
    ]
    for name, work in steps:
        seconds, statements, _result = measure(work)
        print(f"{number:>6,} people  {name:<26} {number / seconds:>9,.0f} people/s  {statements:>4} statements")


def main(*sizes: int) -> None:
    """Measure all sizes on the present database."""
    print("Attendance of a month")
    for number in sizes or SIZES:
        run(number)


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "suite.settings"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    django.setup()
    from benchmarks.database import own_database

    with own_database("suite_bench_attendance"):
        main(*[int(argument) for argument in sys.argv[1:]])
