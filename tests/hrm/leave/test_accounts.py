"""The ledger of leave: grants of a year, time off for overtime, adjustments and expiry."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hrm.attendance import services as attendance
from hrm.attendance.computing import compute_attendance
from hrm.leave.accounts import adjust_balance, grant_annual_leave, withdraw_lost_leave, write_off_expired
from hrm.leave.choices import EntrySource, LeaveKind
from hrm.leave.ledger import InsufficientLeave
from hrm.leave.models import LeaveEntry, LeaveType
from hrm.leave.selectors import balances, payable_balances
from hrm.leave.services import request_leave
from hrm.leave.standard import create_standard_types
from hrm.org.models import Employee
from hrm.org.services import end_employment
from suite.core.errors import InvalidInput
from suite.masters.models import Company
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_time import (
    LeaveDayFactory,
    LeaveEntryFactory,
    LeaveRequestFactory,
    LeaveTypeFactory,
    OvertimeRequestFactory,
)
from tests.hrm.attendance.kit import AT, company_with_calendar, punch, schedule_of, worker

pytestmark = pytest.mark.django_db
SATURDAY = date(2026, 3, 7)
D = Decimal


@pytest.fixture
def annual(db: None) -> LeaveType:
    return LeaveTypeFactory(kind=LeaveKind.ANNUAL, needs_balance=True, valid_months=12)


@pytest.fixture
def comp(db: None) -> LeaveType:
    return LeaveTypeFactory(kind=LeaveKind.COMP, needs_balance=True, valid_months=6, unit="HOUR")


def hours(person: Employee, on: date = date(2026, 12, 1)) -> Decimal:
    (found,) = balances([person.pk], on)[person.pk]
    return found.hours


def grants(person: Employee) -> list[tuple[Decimal, date, date | None]]:
    entries = LeaveEntry.objects.filter(employee=person, source=EntrySource.GRANT).order_by("pk")
    return [(entry.hours, entry.on, entry.expires_on) for entry in entries]


def test_everybody_gets_the_days_of_their_years_of_work(annual: LeaveType) -> None:
    """5, 10 and 15 days from 1, 10 and 20 years (职工带薪年休假条例 3); unused days may wait a year (5)."""
    young, grown, old = (
        EmployeeFactory(work_start_date=start) for start in (date(2020, 1, 1), date(2014, 7, 1), date(2000, 1, 1))
    )

    done = grant_annual_leave(year=2026, actor=None, at=AT)

    assert (done.people, done.without_start) == (3, 0)
    assert grants(young) == [(40, date(2026, 1, 1), date(2027, 12, 31))]
    assert grants(grown) == [(80, date(2026, 1, 1), date(2027, 12, 31))]
    assert grants(old) == [(120, date(2026, 1, 1), date(2027, 12, 31))]


def test_a_joiner_gets_the_part_of_the_year_cut_to_whole_days(annual: LeaveType) -> None:
    """Joined on July 1: 184 of 365 days of 5 are 2.52, which is 2 (企业职工带薪年休假实施办法 5)."""
    person = EmployeeFactory(work_start_date=date(2018, 1, 1), hire_date=date(2026, 7, 1))

    grant_annual_leave(year=2026, actor=None, at=AT)

    assert grants(person) == [(16, date(2026, 7, 1), date(2027, 12, 31))]


def test_a_grant_is_given_once_and_the_next_year_anew(annual: LeaveType) -> None:
    person = EmployeeFactory(work_start_date=date(2016, 3, 1))

    first = grant_annual_leave(year=2026, actor=None, at=AT)
    again = grant_annual_leave(year=2026, actor=None, at=AT)
    following = grant_annual_leave(year=2027, actor=None, at=AT)

    assert (first.people, again.people, following.people) == (1, 0, 1)
    # Ten years on 2026-03-01: 59 days of 5 and 306 of 10 make 9.19, cut to 9.
    assert [given for given, _on, _until in grants(person)] == [72, 80]


def test_who_has_no_first_day_of_work_is_named_and_gets_nothing(annual: LeaveType) -> None:
    EmployeeFactory()

    done = grant_annual_leave(year=2026, actor=None, at=AT)

    assert (done.people, done.without_start) == (0, 1)
    assert not LeaveEntry.objects.exists()


def test_long_sick_leave_after_annual_leave_costs_the_next_year(annual: LeaveType) -> None:
    """Two months sick with five days' entitlement, annual leave taken before: none next year (条例 4, 办法 8)."""
    person = EmployeeFactory(work_start_date=date(2020, 1, 1))
    sick = LeaveTypeFactory(kind=LeaveKind.SICK)
    taken = LeaveRequestFactory(employee=person, leave_type=annual, status="APPROVED")
    LeaveDayFactory(request=taken, date=date(2025, 2, 3))
    ill = LeaveRequestFactory(employee=person, leave_type=sick, status="APPROVED")
    for number in range(44):
        LeaveDayFactory(request=ill, date=date(2025, 3, 3) + timedelta(days=number))

    grant_annual_leave(year=2026, actor=None, at=AT)

    assert grants(person) == []


def test_grants_cost_the_same_for_3_and_30_people(annual: LeaveType) -> None:
    def statements(year: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            grant_annual_leave(year=year, actor=None, at=AT)
        return len(captured)

    EmployeeFactory.create_batch(3, work_start_date=date(2015, 1, 1))
    few = statements(2026)
    EmployeeFactory.create_batch(27, work_start_date=date(2015, 1, 1))
    many = statements(2027)

    assert few == many
    assert LeaveEntry.objects.count() == 33


def test_what_is_left_after_the_last_day_is_written_off_once(annual: LeaveType) -> None:
    person = EmployeeFactory()
    LeaveEntryFactory(employee=person, leave_type=annual, hours=40, expires_on=date(2026, 3, 31))
    LeaveEntryFactory(
        employee=person, leave_type=annual, hours=-8, on=date(2026, 2, 2), expires_on=None, source="REQUEST"
    )
    LeaveEntryFactory(employee=person, leave_type=annual, hours=16, expires_on=date(2026, 12, 31))

    before = write_off_expired(on=date(2026, 3, 31), actor=None, at=AT)
    first = write_off_expired(on=date(2026, 4, 1), actor=None, at=AT)
    again = write_off_expired(on=date(2026, 4, 2), actor=None, at=AT)

    entry = LeaveEntry.objects.get(source=EntrySource.EXPIRY)
    assert (before, first, again) == (0, 1, 0)
    assert (entry.hours, entry.on) == (-32, date(2026, 4, 1))
    assert hours(person) == 16


def test_an_adjustment_needs_a_reason_and_keeps_the_balance(annual: LeaveType) -> None:
    person, hr = EmployeeFactory(), UserFactory()

    def adjust(number: int, note: str) -> None:
        adjust_balance(employee=person, leave_type=annual, hours=Decimal(number), note=note, actor=hr, at=AT)

    adjust(16, "历史结余")
    with pytest.raises(InvalidInput) as unexplained:
        adjust(8, " ")
    with pytest.raises(InsufficientLeave) as too_much:
        adjust(-24, "更正")
    adjust(-8, "更正")

    assert unexplained.value.field == "note"
    assert too_much.value.missing == 8
    assert hours(person) == 8


def overtime_on_saturday(company: Company, **details: str) -> Employee:
    person = worker(schedule_of(company))
    OvertimeRequestFactory(
        employee=person,
        date=SATURDAY,
        start="09:00",
        end="13:00",
        kind="REST",
        planned_minutes=240,
        approved_minutes=240,
        status="APPROVED",
        **{"settlement": "COMP", **details},
    )
    return person


def compute(company: Company) -> None:
    compute_attendance(company=company, first=SATURDAY, last=SATURDAY, actor=None, at=AT)


def test_worked_overtime_on_a_day_of_rest_becomes_time_off_with_a_last_day(comp: LeaveType) -> None:
    """Time off in place of 200 % on a day of rest (劳动法 44)."""
    company = company_with_calendar()
    person = overtime_on_saturday(company)
    punch(person, SATURDAY, "09:00", "12:00")

    compute(company)
    compute(company)

    entry = LeaveEntry.objects.get()
    assert (entry.source, entry.hours, entry.on, entry.expires_on) == ("COMP", 3, SATURDAY, date(2026, 9, 7))


def test_paid_overtime_gives_no_time_off(comp: LeaveType) -> None:
    company = company_with_calendar()
    person = overtime_on_saturday(company, settlement="PAY")
    punch(person, SATURDAY, "09:00", "13:00")

    compute(company)

    assert not LeaveEntry.objects.exists()


def test_time_off_follows_later_facts_as_far_as_it_was_not_used(comp: LeaveType) -> None:
    company = company_with_calendar()
    person = overtime_on_saturday(company)
    punch(person, SATURDAY, "09:00", "13:00")
    compute(company)
    request_leave(
        employee=person,
        leave_type=comp,
        first_day=date(2026, 3, 9),
        last_day=date(2026, 3, 9),
        start="09:00",
        end="10:00",
        actor=UserFactory(),
        at=AT,
    )
    attendance.cancel_overtime(overtimerequest=person.overtimerequests.get(), actor=UserFactory(), at=AT)

    compute(company)

    assert list(LeaveEntry.objects.order_by("pk").values_list("source", "hours")) == [
        ("COMP", 4),
        ("REQUEST", -1),
        ("TAKE_BACK", -3),
    ]
    assert hours(person) == 0


def test_standard_types_are_added_once() -> None:
    first, again = create_standard_types(), create_standard_types()

    assert (first, again) == (11, 0)
    assert set(LeaveType.objects.filter(needs_balance=True).values_list("kind", flat=True)) == {"ANNUAL", "COMP"}


# Leave that is lost


def sick_days(person: Employee, number: int, first: date = date(2026, 2, 2)) -> None:
    """Approved sick leave on so many days."""
    kind = LeaveType.objects.filter(kind=LeaveKind.SICK).first() or LeaveTypeFactory(kind=LeaveKind.SICK)
    request = LeaveRequestFactory(employee=person, leave_type=kind, status="APPROVED")
    for place in range(number):
        LeaveDayFactory(request=request, employee=person, date=first + timedelta(days=place))


def test_two_months_of_sick_leave_take_the_leave_of_the_year_back_once(annual: LeaveType) -> None:
    """With 5 days two months forfeit them (职工带薪年休假条例 4): 44 of 21.75 days a month are more, 43 are less."""
    ill, nearly = (EmployeeFactory(work_start_date=date(2020, 1, 1)) for _n in range(2))
    grant_annual_leave(year=2026, actor=None, at=AT)
    sick_days(ill, 44)
    sick_days(nearly, 43)

    lost = [withdraw_lost_leave(on=date(2026, 7, 1), actor=None, at=AT) for _n in range(2)]

    assert lost == [1, 0]
    assert (hours(ill), hours(nearly)) == (0, 40)
    grant_annual_leave(year=2027, actor=None, at=AT)
    assert hours(ill, date(2027, 2, 1)) == 40


def test_leave_of_the_year_that_was_used_is_kept_and_the_next_one_withheld(annual: LeaveType) -> None:
    """企业职工带薪年休假实施办法 8."""
    person = EmployeeFactory(work_start_date=date(2020, 1, 1))
    grant_annual_leave(year=2026, actor=None, at=AT)
    used = LeaveRequestFactory(employee=person, leave_type=annual, status="APPROVED")
    LeaveDayFactory(request=used, employee=person, date=date(2026, 1, 5))
    LeaveEntryFactory(
        employee=person,
        leave_type=annual,
        hours=-8,
        on=date(2026, 1, 5),
        source="REQUEST",
        expires_on=None,
        request=used,
    )
    sick_days(person, 44)

    lost = withdraw_lost_leave(on=date(2026, 7, 1), actor=None, at=AT)

    assert (lost, hours(person)) == (0, 32)
    assert grant_annual_leave(year=2027, actor=None, at=AT).people == 0


# Hours that are paid


def payable(company: Company, month: date) -> list[tuple[int, str, Decimal, Decimal, str]]:
    return [(each.employee, each.kind, each.hours, each.days, each.why) for each in payable_balances(company, month)]


@pytest.mark.parametrize("is_written_off", [True, False])
def test_time_off_and_annual_leave_that_nobody_used_are_payable_in_the_month_of_their_last_day(
    annual: LeaveType, comp: LeaveType, is_written_off: bool
) -> None:
    person = EmployeeFactory()
    last_day = date(2026, 6, 30)
    LeaveEntryFactory(employee=person, leave_type=comp, hours=8, expires_on=last_day, source="COMP")
    LeaveEntryFactory(
        employee=person, leave_type=comp, hours=-3, on=date(2026, 3, 2), source="REQUEST", expires_on=None
    )
    LeaveEntryFactory(employee=person, leave_type=annual, hours=16, expires_on=last_day)
    LeaveEntryFactory(employee=person, leave_type=comp, hours=4, expires_on=date(2026, 7, 1), source="COMP")
    if is_written_off:
        write_off_expired(on=date(2026, 7, 1), actor=None, at=AT)

    found = payable(person.company, date(2026, 6, 15))

    assert sorted(found) == [
        (person.pk, "ANNUAL", D(16), D(2), "EXPIRED"),
        (person.pk, "COMP", D(5), D("0.625"), "EXPIRED"),
    ]
    assert payable(person.company, date(2026, 5, 15)) == []


def test_who_leaves_is_paid_the_part_of_the_year_less_what_was_used(annual: LeaveType, comp: LeaveType) -> None:
    """Until June 30, 181 of 365 days of 10 are 4.96, which is 4; one was used (企业职工带薪年休假实施办法 12)."""
    person = EmployeeFactory(work_start_date=date(2010, 1, 1))
    grant_annual_leave(year=2026, actor=None, at=AT)
    LeaveEntryFactory(employee=person, leave_type=annual, hours=8, on=date(2025, 1, 1), expires_on=date(2026, 12, 31))
    LeaveEntryFactory(
        employee=person, leave_type=annual, hours=-16, on=date(2026, 3, 2), source="REQUEST", expires_on=None
    )
    LeaveEntryFactory(employee=person, leave_type=comp, hours=6, source="COMP")
    end_employment(employee=person, leave_date=date(2026, 6, 30), actor=None, at=AT)

    found = payable(person.company, date(2026, 6, 1))

    # Of the sixteen hours used, eight were those carried over.
    assert sorted(found) == [
        (person.pk, "ANNUAL", D(24), D(3), "LEFT"),
        (person.pk, "COMP", D(6), D("0.75"), "LEFT"),
    ]


def test_more_than_is_due_is_not_claimed_back_from_who_leaves(annual: LeaveType) -> None:
    person = EmployeeFactory(work_start_date=date(2010, 1, 1))
    grant_annual_leave(year=2026, actor=None, at=AT)
    LeaveEntryFactory(
        employee=person, leave_type=annual, hours=-48, on=date(2026, 3, 2), source="REQUEST", expires_on=None
    )
    end_employment(employee=person, leave_date=date(2026, 6, 30), actor=None, at=AT)

    assert payable(person.company, date(2026, 6, 1)) == []


def test_payable_hours_cost_the_same_for_3_and_30_people(comp: LeaveType) -> None:
    company = EmployeeFactory().company

    def queries(number: int) -> int:
        for person in EmployeeFactory.create_batch(number, company=company):
            LeaveEntryFactory(employee=person, leave_type=comp, hours=4, expires_on=date(2026, 6, 30), source="COMP")
        with CaptureQueriesContext(connection) as asked:
            payable_balances(company, date(2026, 6, 1))
        return len(asked)

    assert queries(3) == queries(27) == 4
