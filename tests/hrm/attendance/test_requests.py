"""Overtime and outings: limits, approval, cancellation."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from hrm.attendance import services
from hrm.attendance.models import Outing, OvertimeRequest
from hrm.attendance.overtime import ReasonRequired
from hrm.attendance.protecting import refuse_protected_nights
from hrm.calendar.engine import UnknownYear
from hrm.calendar.errors import MonthLocked
from hrm.calendar.services import close_month
from hrm.leave.choices import LeaveKind
from hrm.org.models import Employee
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.masters.models import Company
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_time import LeaveRequestFactory, LeaveTypeFactory, OvertimeRequestFactory, ShiftFactory
from tests.hrm.attendance.kit import AT, MONDAY, company_with_calendar, moment

pytestmark = pytest.mark.django_db
SATURDAY = date(2026, 3, 7)


@pytest.fixture
def company() -> Company:
    return company_with_calendar()


@pytest.fixture
def person(company: Company) -> Employee:
    return EmployeeFactory(company=company)


@pytest.fixture
def clerk(db: None) -> User:
    return UserFactory()


def overtime(person: Employee, day: date, start: str, end: str, actor: User, **details: Any) -> OvertimeRequest:
    made = services.create_overtime(employee=person, date=day, start=start, end=end, actor=actor, at=AT, **details)
    return services.submit_overtime(overtimerequest=made, actor=actor, at=AT)


def test_the_class_follows_from_the_calendar(person: Employee, clerk: User) -> None:
    """2026-02-14 is a Saturday that is worked, 2026-10-01 a statutory holiday (劳动法 44)."""
    kinds = {
        day: overtime(person, day, "18:00", "20:00", clerk).kind
        for day in (MONDAY, SATURDAY, date(2026, 2, 14), date(2026, 10, 1))
    }

    assert list(kinds.values()) == ["WORKDAY", "REST", "WORKDAY", "STATUTORY"]


def test_beyond_three_hours_of_a_day_a_reason_is_needed(person: Employee, clerk: User) -> None:
    """劳动法 41: no more than three hours a day."""
    lawful = overtime(person, MONDAY, "18:00", "21:00", clerk)
    tuesday = MONDAY + timedelta(days=1)

    with pytest.raises(ReasonRequired):
        overtime(person, tuesday, "18:00", "21:01", clerk)
    explained = overtime(person, tuesday, "18:00", "21:01", clerk, limit_reason="设备抢修")

    assert (lawful.status, explained.status) == ("APPROVING", "APPROVING")


def test_beyond_36_hours_of_a_month_a_reason_is_needed(person: Employee, clerk: User) -> None:
    """劳动法 41: no more than 36 hours a month."""
    for number in range(12):
        OvertimeRequestFactory(
            employee=person,
            date=date(2026, 3, 9) + timedelta(days=number),
            end="21:00",
            planned_minutes=180,
            approved_minutes=180,
            status="APPROVED",
        )

    with pytest.raises(ReasonRequired) as refused:
        overtime(person, MONDAY, "18:00", "18:30", clerk)

    assert [warning["limit"] for warning in refused.value.details["warnings"]] == ["MONTH"]
    assert not OvertimeRequest.objects.filter(date=MONDAY, status="APPROVING").exists()


def test_only_overtime_on_a_day_of_rest_becomes_time_off(person: Employee, clerk: User) -> None:
    """劳动法 44: longer hours and statutory holidays are always paid."""
    LeaveTypeFactory(kind=LeaveKind.COMP, needs_balance=True)

    rest = overtime(person, SATURDAY, "09:00", "12:00", clerk, settlement="COMP")
    for day in (MONDAY, date(2026, 10, 1)):
        with pytest.raises(InvalidInput) as refused:
            overtime(person, day, "18:00", "20:00", clerk, settlement="COMP")
        assert refused.value.field == "settlement"

    assert list(OvertimeRequest.objects.all()) == [rest]


def test_overtime_past_midnight_meets_that_of_the_next_day(person: Employee, clerk: User) -> None:
    overtime(person, MONDAY, "22:00", "25:00", clerk)

    with pytest.raises(InvalidInput) as refused:
        overtime(person, MONDAY + timedelta(days=1), "00:30", "02:00", clerk)

    assert refused.value.field == "start"


def test_part_of_it_is_approved(person: Employee, clerk: User) -> None:
    request = overtime(person, MONDAY, "18:00", "20:00", clerk)

    with pytest.raises(InvalidInput):
        services.approve_overtime(overtimerequest=request, approved_minutes=121, actor=UserFactory(), at=AT)
    done = services.approve_overtime(overtimerequest=request, approved_minutes=60, actor=UserFactory(), at=AT)

    assert (done.status, done.approved_minutes, done.span) == ("APPROVED", 60, (1080, 1140))


def test_without_a_calendar_there_is_no_class(person: Employee, clerk: User) -> None:
    with pytest.raises(UnknownYear):
        overtime(person, date(2027, 1, 4), "18:00", "20:00", clerk)

    assert not OvertimeRequest.objects.exists()


def test_who_may_approve_needs_nobody_else(person: Employee) -> None:
    boss = UserFactory(is_superuser=True)

    request = overtime(person, MONDAY, "18:00", "20:00", boss)

    assert (request.status, request.approved_minutes) == ("APPROVED", 120)


def test_a_draft_is_changed_and_what_was_handed_in_is_not(person: Employee, clerk: User) -> None:
    draft = services.create_overtime(employee=person, date=MONDAY, start="18:00", end="19:00", actor=clerk, at=AT)
    changed = services.update_overtime(overtimerequest=draft, end="20:30", actor=clerk, at=AT)
    services.submit_overtime(overtimerequest=draft, actor=clerk, at=AT)

    with pytest.raises(InvalidInput):
        services.update_overtime(overtimerequest=draft, end="22:00", actor=clerk, at=AT)

    assert changed.planned_minutes == 150
    assert OvertimeRequest.objects.get().end == "20:30"


def test_overtime_of_a_closed_month_is_neither_approved_nor_cancelled(
    person: Employee, company: Company, clerk: User
) -> None:
    request = overtime(person, MONDAY, "18:00", "20:00", clerk)
    close_month(company=company, month=MONDAY, actor=None, at=AT)

    with pytest.raises(MonthLocked):
        services.approve_overtime(overtimerequest=request, actor=clerk, at=AT)
    with pytest.raises(MonthLocked):
        services.cancel_overtime(overtimerequest=request, actor=clerk, at=AT)

    request.refresh_from_db()
    assert request.status == "APPROVING"


def outing(person: Employee, first: str, last: str, actor: User) -> Outing:
    made = services.create_outing(
        employee=person, starts_at=moment(MONDAY, first), ends_at=moment(MONDAY, last), actor=actor, at=AT
    )
    return services.submit_outing(outing=made, actor=actor, at=AT)


def test_two_outings_do_not_meet(person: Employee, clerk: User) -> None:
    outing(person, "09:00", "12:00", clerk)

    beside = outing(person, "12:00", "15:00", clerk)
    with pytest.raises(InvalidInput) as refused:
        outing(person, "14:00", "16:00", clerk)

    assert beside.status == "APPROVING"
    assert refused.value.field == "starts_at"


def test_a_cancelled_outing_makes_room_and_is_over(person: Employee, clerk: User) -> None:
    first = outing(person, "09:00", "12:00", clerk)

    services.cancel_outing(outing=first, actor=clerk, at=AT)

    assert outing(person, "09:00", "12:00", clerk).status == "APPROVING"
    with pytest.raises(WrongState):
        services.cancel_outing(outing=first, actor=clerk, at=AT)


def test_who_nurses_a_child_does_no_overtime_in_its_first_year(person: Employee, clerk: User) -> None:
    """女职工劳动保护特别规定 9; the birth is 15 days into the maternity leave at the latest (7)."""
    kind = LeaveTypeFactory(kind=LeaveKind.MATERNITY)
    LeaveRequestFactory(employee=person, leave_type=kind, first_day=MONDAY, last_day=MONDAY, status="APPROVED")

    with pytest.raises(InvalidInput) as refused:
        overtime(person, date(2026, 10, 12), "18:00", "19:00", clerk)

    assert refused.value.field == "date"
    assert not OvertimeRequest.objects.filter(status="APPROVING").exists()
    assert overtime(EmployeeFactory(company=person.company), date(2026, 10, 12), "18:00", "19:00", clerk)


def protected_days(person: Employee, *days: date) -> list[date]:
    night = ShiftFactory(company=person.company, hours=(("22:00", "30:00", "", ""),))
    found = []
    for day in days:
        try:
            refuse_protected_nights([person], [day], night)
        except InvalidInput:
            found.append(day)
    return found


def test_who_nurses_a_child_does_no_night_work_in_its_first_year(person: Employee) -> None:
    """From the leave on, until the day before the first birthday; work by day is planned as ever."""
    kind = LeaveTypeFactory(kind=LeaveKind.MATERNITY)
    LeaveRequestFactory(employee=person, leave_type=kind, first_day=MONDAY, last_day=MONDAY, status="APPROVED")
    inside = [MONDAY, date(2026, 10, 12), date(2027, 3, 16)]

    assert protected_days(person, MONDAY - timedelta(days=1), *inside, date(2027, 3, 17)) == inside
    refuse_protected_nights([person], inside, ShiftFactory(company=person.company))
