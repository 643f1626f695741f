"""Who decides about working time: never the person, and nobody beyond their data scope."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from hrm.attendance.choices import Resolution
from hrm.attendance.computing import compute_attendance
from hrm.attendance.corrections import create_correction, submit_correction
from hrm.attendance.models import AttendanceDay, OvertimeRequest, ScheduleMember
from hrm.attendance.requesting import days_of
from hrm.attendance.rosters import assign_roster, join_schedule
from hrm.attendance.services import approve_overtime, create_overtime, resolve_day, submit_overtime
from hrm.calendar.choices import RequestStatus
from hrm.leave.accounts import adjust_balance
from hrm.leave.ledger import InsufficientLeave
from hrm.leave.models import LeaveEntry
from hrm.leave.services import request_leave
from hrm.org.models import Employee
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.core.errors import NotAllowed
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_time import LeaveTypeFactory
from tests.hrm.attendance.kit import (
    AT,
    MONDAY,
    company_with_calendar,
    punch,
    result,
    schedule_of,
    shift_of,
    worker,
)

pytestmark = pytest.mark.django_db
D = Decimal


def decider(level: str = ScopeLevel.DEPARTMENT_TREE) -> Group:
    """A role that decides about overtime as far as its scope reaches."""
    return define_role(
        name=f"考勤审批{level}",
        grants={OvertimeRequest: (("view", "add", "change", "approve"), level)},
        actor=None,
        at=AT,
    )


def asked(employee: Employee, actor: User) -> OvertimeRequest:
    """Two hours on Monday evening, handed in."""
    request = create_overtime(
        employee=employee, date=MONDAY, start="19:00", end="21:00", reason="赶工", actor=actor, at=AT
    )
    return submit_overtime(overtimerequest=request, actor=actor, at=AT)


def head_of_department() -> tuple[User, Employee, Employee]:
    """Somebody who decides for a department, themselves in it, and a colleague of theirs."""
    schedule = schedule_of(company_with_calendar())
    department = DepartmentFactory(company=schedule.company)
    head = worker(schedule, department=department, user=UserFactory())
    colleague = worker(schedule, department=department)
    assert head.user is not None
    head.user.groups.add(decider())
    return User.objects.get(pk=head.user_id), head, colleague


def test_own_overtime_waits_for_somebody_else() -> None:
    user, head, colleague = head_of_department()

    own, other = asked(head, user), asked(colleague, user)

    assert (own.status, other.status) == (RequestStatus.APPROVING, RequestStatus.APPROVED)
    with pytest.raises(NotAllowed):
        approve_overtime(overtimerequest=own, actor=user, at=AT)
    assert OvertimeRequest.objects.get(pk=own.pk).status == RequestStatus.APPROVING


def test_what_lies_beyond_the_scope_is_not_approved_by_handing_it_in() -> None:
    user, head, _colleague = head_of_department()
    stranger = worker(schedule_of(head.company, code="X"), department=DepartmentFactory(company=head.company))

    assert asked(stranger, user).status == RequestStatus.APPROVING


def test_nobody_decides_about_the_own_day() -> None:
    user, head, _colleague = head_of_department()
    punch(head, MONDAY, "08:50")
    compute_attendance(company=head.company, first=MONDAY, last=MONDAY, actor=None, at=AT)

    with pytest.raises(NotAllowed):
        resolve_day(attendanceday=result(head, MONDAY), resolution=Resolution.WORKED, note="忘打卡", actor=user, at=AT)
    assert result(head, MONDAY).has_exception


def test_a_decided_day_of_a_statutory_holiday_pays_three_times() -> None:
    """劳动法 44(3): work that a decision confirms is work as that of two punches."""
    holiday = date(2026, 10, 1)
    company = company_with_calendar()
    shift = shift_of(company)
    person = worker(schedule_of(company, shift))
    at = AT + timedelta(days=200)
    assign_roster(employees=[person], first=holiday, last=holiday, shift=shift, actor=None, at=at)
    punch(person, holiday, "08:50")
    compute_attendance(company=company, first=holiday, last=holiday, actor=None, at=at)

    resolve_day(
        attendanceday=result(person, holiday), resolution=Resolution.WORKED, note="忘打卡", actor=UserFactory(), at=at
    )

    row = result(person, holiday)
    assert row.worked > 0
    assert row.statutory_worked == row.worked


def test_a_moved_punch_concerns_both_days() -> None:
    schedule = schedule_of(company_with_calendar())
    person = worker(schedule)
    (wrong,) = punch(person, MONDAY, "08:50")
    boss = UserFactory(is_superuser=True)
    correction = create_correction(
        employee=person,
        punched_at=wrong.punched_at + timedelta(days=2),
        replaces=wrong,
        reason="机器时间错误",
        actor=boss,
        at=AT,
    )
    submit_correction(punchcorrection=correction, actor=boss, at=AT)

    assert days_of(correction) == (MONDAY, MONDAY + timedelta(days=2))


def test_after_a_while_by_another_schedule_the_usual_one_goes_on() -> None:
    usual = schedule_of(company_with_calendar())
    other = schedule_of(usual.company, code="B")
    person = EmployeeFactory(company=usual.company)
    common = {"employee": person, "actor": None, "at": AT}
    join_schedule(schedule=usual, valid_from=date(2026, 1, 1), **common)

    join_schedule(schedule=other, valid_from=date(2026, 3, 1), valid_to=date(2026, 3, 31), **common)

    rows = ScheduleMember.objects.filter(employee=person).order_by("valid_from")
    assert list(rows.values_list("schedule", "valid_from", "valid_to")) == [
        (usual.pk, date(2026, 1, 1), date(2026, 2, 28)),
        (other.pk, date(2026, 3, 1), date(2026, 3, 31)),
        (usual.pk, date(2026, 4, 1), None),
    ]


def test_nothing_is_taken_away_that_is_used_later() -> None:
    person = worker(schedule_of(company_with_calendar()))
    kind = LeaveTypeFactory(needs_balance=True)
    boss = UserFactory(is_superuser=True)
    common = {"employee": person, "leave_type": kind, "actor": boss, "at": AT}
    adjust_balance(hours=D(8), note="补录", on=date(2026, 1, 1), **common)
    request_leave(first_day=date(2026, 5, 6), last_day=date(2026, 5, 6), **common)

    with pytest.raises(InsufficientLeave):
        adjust_balance(hours=D(-8), note="误发", on=date(2026, 4, 1), **common)
    assert LeaveEntry.objects.filter(employee=person).count() == 2


def test_annual_leave_is_granted_within_the_data_scope(client: Client) -> None:
    company = company_with_calendar()
    LeaveTypeFactory(kind="ANNUAL", needs_balance=True)
    inside, outside = DepartmentFactory(company=company), DepartmentFactory(company=company)
    long_ago = date(2010, 1, 1)
    mine, theirs = (
        EmployeeFactory(department=each, hire_date=long_ago, work_start_date=long_ago) for each in (inside, outside)
    )
    officer = EmployeeFactory(department=inside, user=UserFactory())
    role = define_role(
        name="部门人事",
        grants={LeaveEntry: (("view", "add"), ScopeLevel.DEPARTMENT)},
        actor=None,
        at=AT,
    )
    officer.user.groups.add(role)
    client.force_login(officer.user)

    client.post(reverse("hrm:leave-grant"), {"year": timezone.localdate().year})

    granted = set(LeaveEntry.objects.values_list("employee", flat=True))
    assert mine.pk in granted
    assert theirs.pk not in granted
    assert not AttendanceDay.objects.exists()
