"""Results of days: from calendar, schedule, roster and punches, for one person and for many."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from hrm.attendance.computing import Computed, compute_attendance
from hrm.attendance.models import AttendanceDay
from hrm.attendance.selectors import month_totals
from hrm.attendance.services import ExceptionsOpen, lock_month, resolve_day
from hrm.calendar.engine import UnknownYear
from hrm.calendar.errors import MonthLocked
from hrm.calendar.models import HolidayDay
from suite.core.errors import InvalidInput
from suite.masters.models import Company
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_time import OutingFactory, OvertimeRequestFactory, RosterDayFactory
from tests.hrm.attendance.kit import (
    AT,
    DAYTIME,
    MONDAY,
    company_with_calendar,
    moment,
    punch,
    result,
    schedule_of,
    shift_of,
    worker,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def company() -> Company:
    return company_with_calendar()


def compute(company: Company, first: date = MONDAY, last: date | None = None) -> Computed:
    return compute_attendance(company=company, first=first, last=last or first, actor=None, at=AT)


def test_a_day_from_nine_to_six_is_eight_hours(company: Company) -> None:
    person = worker(schedule_of(company))
    punch(person, MONDAY, "08:55", "18:03")

    done = compute(company)

    day = result(person, MONDAY)
    assert done == Computed(people=1, days=1, changed=1, exceptions=0)
    assert (day.planned, day.worked, day.statuses, day.problems) == (480, 480, ["NORMAL"], [])
    assert (day.came_at, day.left_at) == (moment(MONDAY, "08:55"), moment(MONDAY, "18:03"))


def test_late_early_absent_and_missing_punches_are_told_apart(company: Company) -> None:
    schedule = schedule_of(company, shift_of(company, DAYTIME, late_grace=5))
    late, early, absent, missing = (worker(schedule) for _ in range(4))
    punch(late, MONDAY, "09:20", "18:00")
    punch(early, MONDAY, "09:05", "17:30")
    punch(missing, MONDAY, "09:00")

    compute(company)

    rows = {row.employee_id: row for row in AttendanceDay.objects.all()}
    assert (rows[late.pk].late, rows[late.pk].worked, rows[late.pk].statuses) == (20, 460, ["LATE"])
    assert (rows[early.pk].left_early, rows[early.pk].late, rows[early.pk].worked) == (30, 0, 450)
    assert (rows[absent.pk].absent, rows[absent.pk].statuses, rows[absent.pk].has_exception) == (480, ["ABSENT"], False)
    assert (rows[missing.pk].unresolved, rows[missing.pk].has_exception) == (480, True)
    assert [each["problem"] for each in rows[missing.pk].problems] == ["MISSING_END"]


def test_days_of_rest_and_worked_weekends_follow_the_calendar(company: Company) -> None:
    """2026-02-14 is worked for spring festival, 2026-02-16 to 02-19 rested (国办发明电〔2025〕7号)."""
    person = worker(schedule_of(company))

    compute(company, date(2026, 2, 14), date(2026, 2, 17))

    rows = AttendanceDay.objects.order_by("date")
    assert [(row.date.day, row.kind, row.planned) for row in rows.filter(employee=person)] == [
        (14, "WORKDAY", 480),
        (15, "REST", 0),
        (16, "STATUTORY", 0),
        (17, "STATUTORY", 0),
    ]


def test_a_night_shift_belongs_to_the_day_it_begins_on(company: Company) -> None:
    night = shift_of(company, ("22:00", "30:00"))
    person = worker(schedule_of(company, night))
    punch(person, MONDAY, "21:50", "30:05")
    punch(person, MONDAY + timedelta(days=1), "21:58", "30:01")

    compute(company, MONDAY, MONDAY + timedelta(days=1))

    first, second = result(person, MONDAY), result(person, MONDAY + timedelta(days=1))
    assert (first.worked, second.worked) == (480, 480)
    assert (first.left_at, first.problems, second.problems) == (moment(MONDAY, "30:05"), [], [])


def test_the_roster_wins_over_the_schedule(company: Company) -> None:
    person = worker(schedule_of(company))
    late = shift_of(company, ("14:00", "22:00"))
    RosterDayFactory(employee=person, date=MONDAY, shift=late)
    RosterDayFactory(employee=person, date=MONDAY + timedelta(days=1), shift=None)
    punch(person, MONDAY, "13:55", "22:10")

    compute(company, MONDAY, MONDAY + timedelta(days=1))

    assert (result(person, MONDAY).shift, result(person, MONDAY).worked) == (late, 480)
    assert result(person, MONDAY + timedelta(days=1)).statuses == ["OFF"]


def test_a_day_that_the_roster_forgot_is_an_exception_and_not_a_guess(company: Company) -> None:
    person = worker(schedule_of(company, rest_rule="ROSTER"))

    compute(company)

    day = result(person, MONDAY)
    assert (day.planned, day.statuses, day.has_exception) == (0, ["UNPLANNED"], True)


def test_whose_time_nobody_plans_has_no_results(company: Company) -> None:
    EmployeeFactory(company=company)

    assert compute(company) == Computed(people=0, days=0, changed=0, exceptions=0)


def test_only_days_of_employment_count(company: Company) -> None:
    schedule = schedule_of(company)
    worker(schedule, hire_date=MONDAY + timedelta(days=1))

    assert compute(company, MONDAY, MONDAY + timedelta(days=2)).days == 2


def test_without_a_calendar_nothing_is_computed(company: Company) -> None:
    person = worker(schedule_of(company))
    HolidayDay.objects.filter(date=MONDAY).delete()

    with pytest.raises(UnknownYear) as refused:
        compute(company, MONDAY - timedelta(days=1), MONDAY)

    assert refused.value.year == 2026
    assert not AttendanceDay.objects.filter(employee=person).exists()


def test_the_last_day_of_the_calendar_is_computed_without_the_next_year(company: Company) -> None:
    person = worker(schedule_of(company))
    last = date(2026, 12, 31)
    punch(person, last, "09:00", "18:00")

    compute(company, last)

    assert result(person, last).worked == 480


def test_a_night_shift_into_an_unknown_year_is_refused(company: Company) -> None:
    worker(schedule_of(company, shift_of(company, ("22:00", "30:00"))))

    with pytest.raises(UnknownYear) as refused:
        compute(company, date(2026, 12, 31))

    assert refused.value.year == 2027
    assert not AttendanceDay.objects.exists()


def test_an_outing_counts_as_worked(company: Company) -> None:
    person = worker(schedule_of(company))
    OutingFactory(
        employee=person, starts_at=moment(MONDAY, "09:00"), ends_at=moment(MONDAY, "12:00"), status="APPROVED"
    )
    punch(person, MONDAY, "13:00", "18:00")

    compute(company)

    day = result(person, MONDAY)
    assert (day.worked, day.elsewhere, day.statuses) == (300, 180, ["OUTING"])


def test_who_needs_no_punches_works_as_planned(company: Company) -> None:
    person = worker(schedule_of(company, system="FLEXIBLE", needs_punches=False))

    compute(company)

    day = result(person, MONDAY)
    assert (day.worked, day.statuses, day.system) == (480, ["NORMAL"], "FLEXIBLE")


def test_overtime_counts_as_far_as_it_was_approved_and_worked(company: Company) -> None:
    """劳动法 44: 150 % on a working day."""
    person = worker(schedule_of(company))
    OvertimeRequestFactory(employee=person, status="APPROVED")
    punch(person, MONDAY, "09:00", "19:30")

    compute(company)

    day = result(person, MONDAY)
    assert (day.worked, day.overtime_workday, day.overtime_rest) == (480, 90, 0)
    assert month_totals([person.pk], MONDAY, MONDAY)[person.pk].pay_150_minutes == 90


def test_the_same_computation_again_changes_nothing(company: Company) -> None:
    person = worker(schedule_of(company))
    punch(person, MONDAY, "09:10", "18:00")
    compute(company, MONDAY, MONDAY + timedelta(days=4))
    before = list(AttendanceDay.objects.order_by("pk").values())

    again = compute(company, MONDAY, MONDAY + timedelta(days=4))

    assert again.changed == 0
    assert list(AttendanceDay.objects.order_by("pk").values()) == before


def test_a_later_punch_changes_the_day_and_no_other(company: Company) -> None:
    person = worker(schedule_of(company))
    punch(person, MONDAY, "09:00")
    compute(company, MONDAY, MONDAY + timedelta(days=1))
    pk = result(person, MONDAY).pk
    punch(person, MONDAY, "18:00")

    done = compute(company, MONDAY, MONDAY + timedelta(days=1))

    day = result(person, MONDAY)
    assert (done.changed, day.pk, day.worked, day.has_exception) == (1, pk, 480, False)


def test_results_of_days_that_nobody_plans_any_more_go_away(company: Company) -> None:
    person = worker(schedule_of(company))
    compute(company)
    person.schedules.all().delete()

    done = compute(company)

    assert (done.days, done.changed) == (0, 1)
    assert not AttendanceDay.objects.exists()


def test_a_computation_costs_the_same_for_3_and_30_people(company: Company) -> None:
    schedule = schedule_of(company)

    def statements(people: int, first: date) -> int:
        for _number in range(people):
            person = worker(schedule)
            for offset in range(5):
                punch(person, first + timedelta(days=offset), "09:00", "18:00")
            OvertimeRequestFactory(employee=person, date=first, status="APPROVED")
        with CaptureQueriesContext(connection) as captured:
            compute(company, first, first + timedelta(days=4))
        return len(captured)

    few = statements(3, MONDAY)
    many = statements(27, MONDAY + timedelta(days=7))

    assert AttendanceDay.objects.count() == 3 * 5 + 30 * 5
    assert few == many


def test_a_decision_puts_unresolved_minutes_where_it_says(company: Company) -> None:
    person, actor = worker(schedule_of(company)), UserFactory()
    punch(person, MONDAY, "09:00")
    compute(company)

    day = resolve_day(attendanceday=result(person, MONDAY), resolution="WORKED", note="门禁故障", actor=actor, at=AT)

    assert (day.worked, day.unresolved, day.has_exception, day.resolved_by) == (480, 0, False, actor)
    compute(company)
    assert result(person, MONDAY).worked == 480


def test_a_decision_falls_when_the_facts_change(company: Company) -> None:
    person = worker(schedule_of(company))
    punch(person, MONDAY, "09:00")
    compute(company)
    resolve_day(attendanceday=result(person, MONDAY), resolution="ABSENT", note="无故离岗", actor=UserFactory(), at=AT)
    punch(person, MONDAY, "18:00")

    compute(company)

    day = result(person, MONDAY)
    assert (day.worked, day.absent, day.resolution) == (480, 0, "")


def test_missing_time_cannot_be_ignored(company: Company) -> None:
    person = worker(schedule_of(company))
    punch(person, MONDAY, "09:00")
    compute(company)

    with pytest.raises(InvalidInput) as refused:
        resolve_day(attendanceday=result(person, MONDAY), resolution="IGNORED", note="x", actor=UserFactory(), at=AT)

    assert refused.value.field == "resolution"
    assert result(person, MONDAY).has_exception


def test_a_month_is_not_locked_while_days_wait(company: Company) -> None:
    person = worker(schedule_of(company))
    punch(person, MONDAY, "09:00")
    compute(company)

    with pytest.raises(ExceptionsOpen) as refused:
        lock_month(company=company, month=MONDAY, actor=None, at=AT)

    assert refused.value.details == {"number": 1}
    assert not result(person, MONDAY).is_locked


def test_a_locked_month_never_changes_by_any_way(company: Company) -> None:
    person = worker(schedule_of(company))
    punch(person, MONDAY, "09:00", "18:00")
    compute(company)

    assert lock_month(company=company, month=MONDAY, actor=None, at=AT) == 1
    assert lock_month(company=company, month=MONDAY, actor=None, at=AT) == 0

    day = result(person, MONDAY)
    before = AttendanceDay.objects.filter(pk=day.pk).values().get()
    day.worked, day.absent = 0, 480
    with pytest.raises(MonthLocked):
        compute(company)
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        day.save()
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        AttendanceDay.objects.filter(pk=day.pk).update(late=1)
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        AttendanceDay.objects.bulk_update([day], ["worked", "absent"])
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic():
        day.delete()
    with pytest.raises(Exception, match="Cannot update or delete"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE hrm_attendanceday SET is_locked = false")
    assert AttendanceDay.objects.filter(pk=day.pk).values().get() == before


def test_month_totals_add_days_up_by_what_they_came_to(company: Company) -> None:
    person = worker(schedule_of(company))
    punch(person, MONDAY, "09:00", "18:00")
    punch(person, MONDAY + timedelta(days=1), "09:30", "18:00")

    compute(company, MONDAY, MONDAY + timedelta(days=6))

    totals = month_totals([person.pk], MONDAY, MONDAY + timedelta(days=6))[person.pk]
    assert (totals.planned_days, totals.worked_days, totals.absent_days) == (5, Decimal("1.9375"), 3)
    assert (totals.late_minutes, totals.late_times, totals.days) == (30, 1, 7)
    assert (totals.planned_hours, totals.worked_hours) == (40, Decimal("15.5"))
