"""Two people use one account, or compute one month, at the same moment: real threads, real commits."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from hrm.attendance.computing import Computed, compute_attendance
from hrm.attendance.models import AttendanceDay
from hrm.attendance.services import lock_month
from hrm.calendar.errors import MonthLocked
from hrm.leave.accounts import grant_annual_leave
from hrm.leave.choices import LeaveKind
from hrm.leave.ledger import InsufficientLeave
from hrm.leave.models import LeaveEntry, LeaveRequest
from hrm.leave.selectors import balances
from hrm.leave.services import request_leave
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_time import LeaveEntryFactory, LeaveTypeFactory
from tests.hrm.attendance.kit import AT, MONDAY, company_with_calendar, punch, schedule_of, worker
from tests.hrm.test_concurrency import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("attempt", range(4))
def test_two_requests_for_the_last_day_have_exactly_one_winner(attempt: int) -> None:
    person = worker(schedule_of(company_with_calendar()))
    kind = LeaveTypeFactory(kind=LeaveKind.ANNUAL, needs_balance=True)
    LeaveEntryFactory(employee=person, leave_type=kind, hours=8)
    clerk = UserFactory()

    def ask(day: date) -> LeaveRequest:
        return request_leave(employee=person, leave_type=kind, first_day=day, last_day=day, actor=clerk, at=AT)

    results = at_once(lambda: ask(MONDAY), lambda: ask(MONDAY + timedelta(days=1)))

    (balance,) = balances([person.pk], date(2026, 4, 1))[person.pk]
    assert sorted(type(each).__name__ for each in results) == [InsufficientLeave.__name__, LeaveRequest.__name__]
    assert (balance.hours, LeaveRequest.objects.count(), LeaveEntry.objects.count()) == (Decimal(0), 1, 2)


@pytest.mark.parametrize("attempt", range(3))
def test_two_computations_of_one_month_give_one_result(attempt: int) -> None:
    company = company_with_calendar()
    schedule = schedule_of(company)
    for _number in range(5):
        punch(worker(schedule), MONDAY, "09:00", "18:00")

    def compute() -> Computed:
        return compute_attendance(company=company, first=MONDAY, last=date(2026, 3, 8), actor=None, at=AT)

    results = at_once(compute, compute)

    assert sorted(each.changed for each in results) == [0, 35]
    assert AttendanceDay.objects.count() == 35


@pytest.mark.parametrize("attempt", range(3))
def test_a_month_is_closed_before_or_after_a_computation_and_never_within(attempt: int) -> None:
    company = company_with_calendar()
    person = worker(schedule_of(company))
    punch(person, MONDAY, "09:00", "18:00")

    computed, locked = at_once(
        lambda: compute_attendance(company=company, first=MONDAY, last=MONDAY, actor=None, at=AT),
        lambda: lock_month(company=company, month=MONDAY, actor=None, at=AT),
    )

    if isinstance(computed, MonthLocked):
        assert (locked, AttendanceDay.objects.count()) == (0, 0)
    else:
        assert (computed.days, locked) == (1, 1)
        assert AttendanceDay.objects.get().is_locked


def test_annual_leave_is_granted_once_by_two_at_once() -> None:
    LeaveTypeFactory(kind=LeaveKind.ANNUAL, needs_balance=True)
    EmployeeFactory.create_batch(5, work_start_date=date(2015, 1, 1))

    results = at_once(*[lambda: grant_annual_leave(year=2026, actor=None, at=AT)] * 2)

    assert sorted(each.people for each in results) == [0, 5]
    assert LeaveEntry.objects.count() == 5
