"""The calendar, shifts, who works by which schedule, rosters, and what happens every night."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hrm.attendance.computing import compute_attendance
from hrm.attendance.models import AttendanceDay, RosterDay, ScheduleMember, WorkSchedule
from hrm.attendance.periodic import compute_yesterday
from hrm.attendance.rosters import (
    assign_roster,
    create_schedule,
    create_shift,
    end_membership,
    join_schedule,
    update_schedule,
    update_shift,
)
from hrm.attendance.services import ExceptionsOpen, lock_month
from hrm.calendar.engine import UnknownYear
from hrm.calendar.errors import MonthLocked
from hrm.calendar.hooks import planned_minutes
from hrm.calendar.models import HolidayDay
from hrm.calendar.services import close_month, seed_known_years, seed_year, update_day
from hrm.org.models import Employee
from suite.core.errors import InvalidInput
from tests.factories.hrm import EmployeeFactory
from tests.factories.hrm_time import RosterDayFactory, ScheduleMemberFactory
from tests.factories.masters import CompanyFactory
from tests.hrm.attendance.kit import (
    AT,
    MONDAY,
    ZONE,
    company_with_calendar,
    punch,
    result,
    schedule_of,
    shift_of,
    worker,
)

pytestmark = pytest.mark.django_db


def test_a_year_is_added_once_and_changes_of_people_stay() -> None:
    """2026 has 13 statutory holidays (国务院令795)."""
    first = seed_year(year=2026, actor=None, at=AT)
    day = HolidayDay.objects.get(date=MONDAY)
    update_day(holidayday=day, kind="REST", name="厂庆", actor=None, at=AT)

    again = seed_year(year=2026, actor=None, at=AT)

    assert (first, again) == (365, 0)
    assert HolidayDay.objects.get(date=MONDAY).name == "厂庆"
    assert HolidayDay.objects.filter(is_statutory=True).count() == 13


def test_known_years_are_added_and_unknown_ones_are_left_out() -> None:
    added = seed_known_years(actor=None, at=AT)

    assert added == 366 + 365 + 365
    with pytest.raises(UnknownYear):
        seed_year(year=2099, actor=None, at=AT)


def test_a_statutory_holiday_is_not_worked_and_a_closed_month_stays() -> None:
    company = company_with_calendar()
    holiday, other = HolidayDay.objects.get(date=date(2026, 10, 1)), HolidayDay.objects.get(date=MONDAY)
    close_month(company=company, month=MONDAY, actor=None, at=AT)

    with pytest.raises(InvalidInput) as refused:
        update_day(holidayday=holiday, kind="WORKDAY", actor=None, at=AT)
    with pytest.raises(MonthLocked):
        update_day(holidayday=other, kind="REST", actor=None, at=AT)

    assert refused.value.field == "kind"
    assert HolidayDay.objects.get(date=MONDAY).kind == "WORKDAY"
    with pytest.raises(IntegrityError), transaction.atomic():
        HolidayDay.objects.filter(pk=holiday.pk).update(kind="WORKDAY")


def computed(person: Employee, *clocks: str) -> None:
    """The result of Monday by punches."""
    punch(person, MONDAY, *clocks)
    compute_attendance(company=person.company, first=MONDAY, last=MONDAY, actor=None, at=AT)


def test_a_changed_shift_is_what_computed_days_are_judged_by(django_capture_on_commit_callbacks: Any) -> None:
    company = company_with_calendar()
    shift = shift_of(company)
    person = worker(schedule_of(company, shift))
    computed(person, "09:00", "18:00")
    lines = [{"start": "08:00", "end": "18:00", "break_start": "12:00", "break_end": "13:00"}]

    with django_capture_on_commit_callbacks(execute=True):
        update_shift(shift=shift, lines=lines, actor=None, at=AT)

    assert (result(person, MONDAY).planned, result(person, MONDAY).late) == (540, 60)


def test_a_changed_schedule_is_what_computed_days_are_judged_by(django_capture_on_commit_callbacks: Any) -> None:
    company = company_with_calendar()
    schedule = schedule_of(company)
    person = worker(schedule)
    computed(person, "10:00", "19:00")
    late = shift_of(company, ("10:00", "19:00", "12:00", "13:00"))

    with django_capture_on_commit_callbacks(execute=True):
        update_schedule(workschedule=schedule, default_shift=late, actor=None, at=AT)

    assert (result(person, MONDAY).shift, result(person, MONDAY).late) == (late, 0)


def test_a_changed_day_of_the_calendar_is_computed_anew(django_capture_on_commit_callbacks: Any) -> None:
    company = company_with_calendar()
    person = worker(schedule_of(company))
    computed(person)

    with django_capture_on_commit_callbacks(execute=True):
        update_day(holidayday=HolidayDay.objects.get(date=MONDAY), kind="REST", actor=None, at=AT)

    assert (result(person, MONDAY).kind, result(person, MONDAY).planned) == ("REST", 0)


def test_a_month_is_not_final_before_a_change_is_computed(django_capture_on_commit_callbacks: Any) -> None:
    company = company_with_calendar()
    person = worker(schedule_of(company))
    computed(person)
    AttendanceDay.objects.update(has_exception=False)

    with django_capture_on_commit_callbacks() as later:
        update_day(holidayday=HolidayDay.objects.get(date=MONDAY), kind="REST", actor=None, at=AT)
    with pytest.raises(ExceptionsOpen), transaction.atomic():
        lock_month(company=company, month=MONDAY, actor=None, at=AT)
    assert not AttendanceDay.objects.filter(is_locked=True).exists()
    for each in later:
        each()

    assert not AttendanceDay.objects.filter(computed_at=None).exists()


def test_a_schedule_has_a_shift_of_its_company() -> None:
    company, foreign = company_with_calendar(), shift_of(CompanyFactory())
    schedule = schedule_of(company)
    mine = schedule.default_shift

    with pytest.raises(InvalidInput) as created:
        create_schedule(company=company, code="X", name="x", default_shift=foreign, actor=None, at=AT)
    with pytest.raises(InvalidInput) as changed:
        update_schedule(workschedule=schedule, default_shift=foreign, actor=None, at=AT)

    assert (created.value.field, changed.value.field) == ("default_shift", "default_shift")
    assert list(WorkSchedule.objects.values_list("default_shift", flat=True)) == [mine.pk if mine else None]


def test_a_new_schedule_ends_the_one_before() -> None:
    company = company_with_calendar()
    person = worker(schedule_of(company))
    later = schedule_of(company)

    join_schedule(employee=person, schedule=later, valid_from=date(2026, 3, 16), actor=None, at=AT)

    periods = list(ScheduleMember.objects.order_by("valid_from").values_list("valid_from", "valid_to"))
    assert periods == [(date(2026, 1, 1), date(2026, 3, 15)), (date(2026, 3, 16), None)]


def test_periods_of_one_person_never_overlap() -> None:
    company = company_with_calendar()
    person, schedule = worker(schedule_of(company)), schedule_of(company)

    with pytest.raises(InvalidInput) as refused:
        join_schedule(employee=person, schedule=schedule, valid_from=date(2025, 6, 1), actor=None, at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        ScheduleMemberFactory(employee=person, schedule=schedule, valid_from=date(2026, 5, 1))

    assert refused.value.field == "valid_from"
    assert ScheduleMember.objects.count() == 1


def test_a_membership_ends_within_its_period() -> None:
    member = ScheduleMemberFactory()

    with pytest.raises(InvalidInput):
        end_membership(schedulemember=member, valid_to=date(2025, 12, 31), actor=None, at=AT)
    end_membership(schedulemember=member, valid_to=date(2026, 6, 30), actor=None, at=AT)

    assert ScheduleMember.objects.get().valid_to == date(2026, 6, 30)


@pytest.mark.parametrize(
    "lines",
    [
        [{"start": "18:00", "end": "09:00"}],
        [{"start": "09:00", "end": "12:00"}, {"start": "11:00", "end": "18:00"}],
        [{"start": "09:00", "end": "18:00", "break_start": "08:00", "break_end": "13:00"}],
        [{"start": "09:00", "end": "18:00", "break_start": "", "break_end": "13:00"}],
        [],
    ],
)
def test_segments_out_of_order_are_refused(lines: list[dict[str, Any]]) -> None:
    company = company_with_calendar()

    with pytest.raises(InvalidInput), transaction.atomic():
        create_shift(company=company, code="X", name="错班", lines=lines, actor=None, at=AT)


def test_a_shift_of_a_closed_month_keeps_its_times() -> None:
    company = company_with_calendar()
    shift = shift_of(company)
    person = worker(schedule_of(company, shift))
    punch(person, MONDAY, "09:00", "18:00")
    compute_attendance(company=company, first=MONDAY, last=MONDAY, actor=None, at=AT)
    lock_month(company=company, month=MONDAY, actor=None, at=AT)
    lines = [{"start": "08:00", "end": "17:00", "break_start": "12:00", "break_end": "13:00"}]
    same = [{"start": "09:00", "end": "18:00", "break_start": "12:00", "break_end": "13:00"}]

    with pytest.raises(InvalidInput):
        update_shift(shift=shift, lines=lines, actor=None, at=AT)
    with pytest.raises(InvalidInput):
        update_shift(shift=shift, lines=same, late_grace=10, actor=None, at=AT)
    renamed = update_shift(shift=shift, lines=same, name="白班", actor=None, at=AT)

    assert (renamed.name, renamed.hours) == ("白班", "09:00–18:00")


def test_a_roster_is_planned_anew_and_taken_away() -> None:
    company = company_with_calendar()
    people = [EmployeeFactory(company=company) for _ in range(3)]
    shift = shift_of(company)
    RosterDayFactory(employee=people[0], date=MONDAY)
    week = MONDAY + timedelta(days=6)

    planned = assign_roster(employees=people, first=MONDAY, last=week, shift=shift, actor=None, at=AT)
    rows = RosterDay.objects.filter(shift=shift).count()
    assign_roster(employees=people[:1], first=MONDAY, last=week, is_cleared=True, actor=None, at=AT)

    assert (planned, rows, RosterDay.objects.count()) == (21, 21, 14)


def test_a_roster_of_a_closed_month_stays() -> None:
    company = company_with_calendar()
    person = EmployeeFactory(company=company)
    close_month(company=company, month=MONDAY, actor=None, at=AT)

    with pytest.raises(MonthLocked):
        assign_roster(employees=[person], first=date(2026, 2, 27), last=MONDAY, actor=None, at=AT)

    assert not RosterDay.objects.exists()


def test_a_roster_costs_the_same_for_3_and_30_people() -> None:
    company = company_with_calendar()
    shift = shift_of(company)

    def statements(number: int) -> int:
        people = EmployeeFactory.create_batch(number, company=company)
        with CaptureQueriesContext(connection) as captured:
            assign_roster(employees=people, first=MONDAY, last=date(2026, 3, 31), shift=shift, actor=None, at=AT)
        return len(captured)

    assert statements(3) == statements(30)


def test_planned_minutes_follow_shifts_rosters_and_the_calendar() -> None:
    company = company_with_calendar()
    office, short = worker(schedule_of(company)), worker(schedule_of(company))
    roster = worker(schedule_of(company, rest_rule="ROSTER"))
    RosterDayFactory(employee=short, date=MONDAY, shift=shift_of(company, ("09:00", "13:00")))
    nobody = EmployeeFactory(company=company)
    sunday = MONDAY - timedelta(days=1)

    found = planned_minutes([office.pk, short.pk, roster.pk, nobody.pk], sunday, MONDAY)

    assert found == {
        office.pk: {sunday: 0, MONDAY: 480},
        short.pk: {sunday: 0, MONDAY: 240},
        roster.pk: {},
        nobody.pk: {sunday: 0, MONDAY: 480},
    }


def test_every_night_computes_yesterday_and_the_end_of_the_night_before() -> None:
    company = company_with_calendar()
    night = worker(schedule_of(company, shift_of(company, ("22:00", "30:00"))))
    punch(night, MONDAY, "22:00")
    compute_yesterday(datetime(2026, 3, 3, 2, 0, tzinfo=ZONE))
    before = result(night, MONDAY).has_exception
    punch(night, MONDAY, "30:00")

    days = compute_yesterday(datetime(2026, 3, 4, 2, 0, tzinfo=ZONE))

    assert (before, result(night, MONDAY).worked) == (True, 480)
    assert days == 2


def test_the_night_after_a_closed_month_leaves_it_alone() -> None:
    company = company_with_calendar()
    person = worker(schedule_of(company))
    close_month(company=company, month=date(2026, 3, 31), actor=None, at=AT)

    days = compute_yesterday(datetime(2026, 4, 2, 2, 0, tzinfo=ZONE))

    assert days == 1
    assert AttendanceDay.objects.get(employee=person).date == date(2026, 4, 1)


def test_a_person_whom_only_the_roster_names_is_computed() -> None:
    company = company_with_calendar()
    person = EmployeeFactory(company=company)
    RosterDayFactory(employee=person, date=MONDAY, shift=shift_of(company))
    punch(person, MONDAY, "09:00", "18:00")

    compute_attendance(company=company, first=MONDAY, last=MONDAY + timedelta(days=1), actor=None, at=AT)

    assert (result(person, MONDAY).worked, AttendanceDay.objects.count()) == (480, 1)
