"""Leave: what a request takes, who decides, what comes back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction

from hrm.attendance.models import AttendanceDay
from hrm.calendar.errors import MonthLocked
from hrm.calendar.services import close_month
from hrm.leave import services
from hrm.leave.choices import LeaveKind
from hrm.leave.ledger import InsufficientLeave
from hrm.leave.models import LeaveDay, LeaveEntry, LeaveRequest, LeaveType
from hrm.leave.selectors import approved_intervals, balances, leave_totals
from hrm.leave.spans import MissingPlan, WrongUnit
from hrm.org.models import Employee
from suite.access.models import User
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.masters.models import Company
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_time import LeaveEntryFactory, LeaveTypeFactory, RosterDayFactory
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
TODAY = date(2026, 4, 1)


@pytest.fixture
def company() -> Company:
    return company_with_calendar()


@pytest.fixture
def annual(db: None) -> LeaveType:
    return LeaveTypeFactory(kind=LeaveKind.ANNUAL, needs_balance=True)


@pytest.fixture
def clerk(db: None) -> User:
    """Somebody who may decide nothing."""
    return UserFactory()


def ask(person: Employee, kind: LeaveType, first: date, last: date, actor: User, **details: Any) -> LeaveRequest:
    return services.request_leave(
        employee=person, leave_type=kind, first_day=first, last_day=last, actor=actor, at=AT, **details
    )


def left(person: Employee, kind: LeaveType) -> Decimal:
    return next(each.hours for each in balances([person.pk], TODAY)[person.pk] if each.leave_type == kind)


def test_a_leave_takes_what_was_planned(company: Company, annual: LeaveType, clerk: User) -> None:
    """Days of rest are not charged: from Thursday to Monday are three days (职工带薪年休假条例 3)."""
    person = worker(schedule_of(company))
    LeaveEntryFactory(employee=person, leave_type=annual, hours=40)

    request = ask(person, annual, MONDAY + timedelta(days=3), MONDAY + timedelta(days=7), clerk)

    assert (request.status, request.days, request.hours) == ("APPROVING", 3, 24)
    assert left(person, annual) == 16
    assert [share.date.day for share in request.shares.order_by("date")] == [5, 6, 9]


def test_half_days_and_hours_follow_the_shift(company: Company, clerk: User) -> None:
    person = worker(schedule_of(company))
    half = LeaveTypeFactory(unit="HALF_DAY")
    hourly = LeaveTypeFactory(unit="HOUR", step_minutes=30)

    morning = ask(person, half, MONDAY, MONDAY, clerk, last_part="FIRST")
    hours = ask(person, hourly, MONDAY, MONDAY, clerk, start="15:10", end="16:00")

    assert (morning.days, morning.hours) == (Decimal("0.5"), 4)
    assert morning.shares.get().intervals == ((540, 720), (780, 840))
    assert (hours.hours, hours.shares.get().intervals) == (1, ((910, 960),))


def test_a_type_of_whole_days_has_no_halves(company: Company, clerk: User) -> None:
    person = worker(schedule_of(company))

    with pytest.raises(WrongUnit):
        ask(person, LeaveTypeFactory(unit="DAY"), MONDAY, MONDAY, clerk, last_part="FIRST")

    assert not LeaveRequest.objects.exists()


def test_maternity_leave_counts_calendar_days(company: Company, clerk: User) -> None:
    """98 days, days of rest included (女职工劳动保护特别规定 7)."""
    person = worker(schedule_of(company))
    kind = LeaveTypeFactory(kind=LeaveKind.MATERNITY, unit="DAY", counts="CALENDAR")

    request = ask(person, kind, MONDAY, MONDAY + timedelta(days=97), clerk)

    assert request.days == 98


def test_an_unplanned_day_is_not_guessed(company: Company, clerk: User) -> None:
    person = worker(schedule_of(company, rest_rule="ROSTER"))
    RosterDayFactory(employee=person, date=MONDAY, shift=shift_of(company))

    with pytest.raises(MissingPlan) as refused:
        ask(person, LeaveTypeFactory(), MONDAY, MONDAY + timedelta(days=1), clerk)

    assert refused.value.day == MONDAY + timedelta(days=1)
    assert not LeaveRequest.objects.exists()


def test_who_has_no_schedule_takes_office_hours(company: Company, clerk: User) -> None:
    person = EmployeeFactory(company=company)

    request = ask(person, LeaveTypeFactory(), MONDAY, MONDAY + timedelta(days=6), clerk)

    assert (request.days, request.hours) == (5, 40)


def test_more_than_the_balance_is_refused_and_changes_nothing(company: Company, annual: LeaveType, clerk: User) -> None:
    person = worker(schedule_of(company))
    LeaveEntryFactory(employee=person, leave_type=annual, hours=8)

    with pytest.raises(InsufficientLeave) as refused:
        ask(person, annual, MONDAY, MONDAY + timedelta(days=1), clerk)

    assert refused.value.missing == 8
    assert left(person, annual) == 8
    assert not LeaveRequest.objects.exists()
    assert not LeaveDay.objects.exists()


def test_leave_may_be_taken_ahead_as_far_as_permitted(company: Company, clerk: User) -> None:
    person = worker(schedule_of(company))
    kind = LeaveTypeFactory(needs_balance=True, overdraft_hours=8)

    ask(person, kind, MONDAY, MONDAY, clerk)
    with pytest.raises(InsufficientLeave):
        ask(person, kind, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1), clerk)

    assert left(person, kind) == -8


def test_what_expires_first_is_taken_first_and_comes_back_to_where_it_was(
    company: Company, annual: LeaveType, clerk: User
) -> None:
    person = worker(schedule_of(company))
    late = LeaveEntryFactory(employee=person, leave_type=annual, hours=16, expires_on=date(2027, 12, 31))
    early = LeaveEntryFactory(employee=person, leave_type=annual, hours=8, expires_on=date(2026, 6, 30))
    request = ask(person, annual, MONDAY, MONDAY + timedelta(days=1), clerk)
    (taken,) = balances([person.pk], TODAY)[person.pk]

    services.cancel_leave(leaverequest=request, actor=clerk, at=AT, reason="计划变更")

    (after,) = balances([person.pk], TODAY)[person.pk]
    assert [(part.grant, part.hours) for part in taken.parts] == [(late.pk, 8)]
    assert [(part.grant, part.hours) for part in after.parts] == [(early.pk, 8), (late.pk, 16)]
    assert LeaveEntry.objects.filter(request=request).count() == 2


def test_a_refused_leave_gives_its_hours_back_once(company: Company, annual: LeaveType, clerk: User) -> None:
    person = worker(schedule_of(company))
    LeaveEntryFactory(employee=person, leave_type=annual, hours=8)
    request = ask(person, annual, MONDAY, MONDAY, clerk)

    services.reject_leave(leaverequest=request, reason="订单高峰", actor=UserFactory(), at=AT)

    assert left(person, annual) == 8
    with pytest.raises(WrongState):
        services.cancel_leave(leaverequest=request, actor=clerk, at=AT)
    assert left(person, annual) == 8


def test_a_refused_leave_is_changed_and_handed_in_again(company: Company, annual: LeaveType, clerk: User) -> None:
    person = worker(schedule_of(company))
    LeaveEntryFactory(employee=person, leave_type=annual, hours=8)
    request = ask(person, annual, MONDAY, MONDAY, clerk)
    services.reject_leave(leaverequest=request, reason="换一天", actor=UserFactory(), at=AT)

    services.reopen_leave(leaverequest=request, actor=clerk, at=AT)
    tuesday = MONDAY + timedelta(days=1)
    services.update_leave(leaverequest=request, first_day=tuesday, last_day=tuesday, actor=clerk, at=AT)
    again = services.submit_leave(leaverequest=request, actor=clerk, at=AT)

    assert (again.status, left(person, annual)) == ("APPROVING", 0)
    assert [share.date for share in again.shares.all()] == [tuesday]


def test_the_same_time_is_not_asked_for_twice(company: Company, clerk: User) -> None:
    person, kind = worker(schedule_of(company)), LeaveTypeFactory()
    ask(person, kind, MONDAY, MONDAY, clerk, last_part="FIRST")

    afternoon = ask(person, kind, MONDAY, MONDAY, clerk, first_part="SECOND")
    with pytest.raises(InvalidInput) as refused:
        ask(person, kind, MONDAY - timedelta(days=3), MONDAY, clerk)

    assert afternoon.status == "APPROVING"
    assert refused.value.field == "first_day"
    assert LeaveRequest.objects.count() == 2


def test_limits_of_a_type_hold(company: Company, clerk: User) -> None:
    """Marriage leave has three days (〔80〕劳总薪字29号)."""
    person = worker(schedule_of(company))
    kind = LeaveTypeFactory(unit="DAY", max_days=Decimal(3), max_days_year=Decimal(3))
    ask(person, kind, MONDAY, MONDAY + timedelta(days=1), clerk)

    with pytest.raises(InvalidInput, match="3"):
        ask(person, kind, MONDAY + timedelta(days=7), MONDAY + timedelta(days=10), clerk)
    with pytest.raises(InvalidInput, match="2"):
        ask(person, kind, MONDAY + timedelta(days=7), MONDAY + timedelta(days=8), clerk)

    assert LeaveRequest.objects.count() == 1


def test_approved_leave_shows_in_attendance(
    company: Company, clerk: User, django_capture_on_commit_callbacks: Any
) -> None:
    from hrm.attendance.computing import compute_attendance

    person = worker(schedule_of(company))
    punch(person, MONDAY, "13:58", "18:00")
    compute_attendance(company=company, first=MONDAY, last=MONDAY, actor=None, at=AT)
    before = result(person, MONDAY).late + result(person, MONDAY).absent
    sick = LeaveTypeFactory(kind=LeaveKind.SICK, paid_percent=80)
    request = ask(person, sick, MONDAY, MONDAY, clerk, last_part="FIRST")

    with django_capture_on_commit_callbacks(execute=True):
        services.approve_leave(leaverequest=request, actor=UserFactory(), at=AT)

    day = result(person, MONDAY)
    assert before == 238
    assert (day.on_leave, day.worked, day.late, day.statuses) == (240, 240, 0, ["LEAVE"])
    assert approved_intervals([person.pk], MONDAY, MONDAY) == {person.pk: {MONDAY: ((540, 720), (780, 840))}}
    (total,) = leave_totals([person.pk], MONDAY, MONDAY)[person.pk]
    assert (total.kind, total.paid_percent, total.days) == (LeaveKind.SICK, 80, Decimal("0.5"))


def test_a_cancelled_leave_is_worked_again(
    company: Company, clerk: User, django_capture_on_commit_callbacks: Any
) -> None:
    from hrm.attendance.computing import compute_attendance

    person = worker(schedule_of(company))
    request = ask(person, LeaveTypeFactory(), MONDAY, MONDAY, clerk)
    services.approve_leave(leaverequest=request, actor=UserFactory(), at=AT)
    compute_attendance(company=company, first=MONDAY, last=MONDAY, actor=None, at=AT)
    assert result(person, MONDAY).on_leave == 480

    with django_capture_on_commit_callbacks(execute=True):
        services.cancel_leave(leaverequest=request, actor=UserFactory(is_superuser=True), at=AT)

    assert (result(person, MONDAY).on_leave, result(person, MONDAY).absent) == (0, 480)


def test_leave_that_has_begun_is_taken_back_by_who_decides_about_it(
    company: Company, annual: LeaveType, clerk: User
) -> None:
    person = worker(schedule_of(company), user=UserFactory(is_superuser=True))
    LeaveEntryFactory(employee=person, leave_type=annual, hours=16)
    taken = ask(person, annual, MONDAY, MONDAY, clerk)
    to_come = ask(person, annual, date(2026, 4, 2), date(2026, 4, 2), clerk)
    for each in (taken, to_come):
        services.approve_leave(leaverequest=each, actor=UserFactory(), at=AT)

    for actor in (clerk, person.user):
        assert actor is not None
        with pytest.raises(NotAllowed):
            services.cancel_leave(leaverequest=taken, actor=actor, at=AT)
    taken.refresh_from_db()
    assert (taken.status, left(person, annual)) == ("APPROVED", 8)
    services.cancel_leave(leaverequest=to_come, actor=clerk, at=AT)
    services.cancel_leave(leaverequest=taken, actor=UserFactory(is_superuser=True), at=AT)

    assert left(person, annual) == 16


def test_leave_of_a_closed_month_stays(company: Company, annual: LeaveType, clerk: User) -> None:
    person = worker(schedule_of(company))
    LeaveEntryFactory(employee=person, leave_type=annual, hours=16)
    request = ask(person, annual, MONDAY, MONDAY, clerk)
    services.approve_leave(leaverequest=request, actor=UserFactory(), at=AT)
    close_month(company=company, month=MONDAY, actor=None, at=AT)

    with pytest.raises(MonthLocked):
        services.cancel_leave(leaverequest=request, actor=clerk, at=AT)
    with pytest.raises(MonthLocked):
        ask(person, annual, MONDAY + timedelta(days=1), MONDAY + timedelta(days=1), clerk)

    request.refresh_from_db()
    assert (request.status, left(person, annual)) == ("APPROVED", 8)
    assert not AttendanceDay.objects.exists()


def test_the_ledger_is_never_changed_by_any_way(company: Company, annual: LeaveType) -> None:
    entry = LeaveEntryFactory(leave_type=annual)
    before = LeaveEntry.objects.filter(pk=entry.pk).values().get()

    entry.hours = Decimal(80)
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        entry.save()
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        LeaveEntry.objects.update(hours=80)
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        LeaveEntry.objects.bulk_update([entry], ["hours"])
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        entry.delete()
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM hrm_leaveentry")

    assert LeaveEntry.objects.filter(pk=entry.pk).values().get() == before
