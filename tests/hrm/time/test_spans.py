import datetime
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.attendance.day import day_result
from hrm.attendance.intervals import length, merge
from hrm.attendance.shift import DayPlan, Segment, Shift, parse_time, wall_minute
from hrm.calendar.engine import DayKind, classify, dates_between, seed
from hrm.leave.spans import (
    Count,
    LeaveRule,
    MissingPlan,
    PlannedDay,
    Unit,
    WrongUnit,
    count_days,
    count_hours,
    halve,
    maternity_days,
    miscarriage_days,
)

D = Decimal
day = datetime.date.fromisoformat
ROWS = {row.date: row for row in (*seed(2025), *seed(2026))}
OFFICE = Shift((Segment(540, 1080, ((720, 780),)),))
PLANS = {
    date: PlannedDay(kind, OFFICE.planned_spans if kind is DayKind.WORKDAY else ())
    for date in dates_between(day("2025-01-01"), day("2026-12-31"))
    for kind in [classify(date, ROWS)]
}
HALF = LeaveRule()
HOURS = LeaveRule(unit=Unit.HOUR)
CALENDAR = LeaveRule(Count.CALENDAR, Unit.DAY)
MATERNITY_WITH_HOLIDAYS = LeaveRule(Count.CALENDAR_WITHOUT_STATUTORY, Unit.DAY)


def at(date: str, time: str) -> int:
    return wall_minute(day(date), parse_time(time))


def test_only_days_of_work_are_counted() -> None:
    """职工带薪年休假条例 3: rest days and statutory holidays are no annual leave. The Spring Festival of 2026."""
    result = count_days(day("2026-02-13"), day("2026-02-24"), PLANS, HALF)

    # Friday 13, Saturday 14, worked in exchange, and Tuesday 24; between them the nine days of the holiday.
    assert (result.days, result.hours) == (D(3), D(24))
    assert [share.date.day for share in result.shares] == [13, 14, 24]


def test_calendar_days_include_days_of_rest() -> None:
    """女职工劳动保护特别规定 7: 98 days."""
    result = count_days(day("2026-01-05"), day("2026-04-12"), PLANS, CALENDAR)

    assert (result.days, result.hours) == (D(98), D(784))


def test_days_of_a_province_may_pass_over_statutory_holidays() -> None:
    """A leave prolonged by statutory holidays: 14 to 24 February 2026 are 11 days, four of them statutory."""
    result = count_days(day("2026-02-14"), day("2026-02-24"), PLANS, MATERNITY_WITH_HOLIDAYS)

    assert result.days == 7


def test_a_roster_on_a_statutory_holiday_is_not_charged_but_not_worked() -> None:
    """职工带薪年休假条例 3: a statutory holiday is no annual leave."""
    plans = {day("2026-10-01"): PlannedDay(DayKind.STATUTORY, OFFICE.planned_spans)}

    by_day = count_days(day("2026-10-01"), day("2026-10-01"), plans, HALF)
    by_hour = count_hours(at("2026-10-01", "09:00"), at("2026-10-01", "11:00"), plans, HOURS)

    assert (by_day.hours, by_day.shares[0].spans) == (D(0), OFFICE.planned_spans)
    assert (by_hour.hours, by_hour.shares[0].spans) == (D(0), ((540, 660),))


def test_half_days_at_either_end() -> None:
    result = count_days(day("2026-03-02"), day("2026-03-04"), PLANS, HALF, from_second_half=True, to_first_half=True)

    assert (result.days, result.hours) == (D(2), D(16))
    # Half of 9-12 and 13-18 is reached at 14:00.
    assert [share.spans for share in result.shares] == [
        ((840, 1080),),
        ((540, 720), (780, 1080)),
        ((540, 720), (780, 840)),
    ]


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
def test_half_a_day(first: bool, second: bool) -> None:
    monday = day("2026-03-02")

    result = count_days(monday, monday, PLANS, HALF, from_second_half=second, to_first_half=first)

    assert (result.days, result.hours) == (D("0.5"), D(4))


def test_half_of_an_odd_number_of_minutes() -> None:
    monday = day("2026-03-02")
    plans = {monday: PlannedDay(DayKind.WORKDAY, ((0, 455),))}

    result = count_days(monday, monday, plans, HALF, to_first_half=True)

    assert (result.days, result.hours) == (D("0.5"), D("3.7917"))
    assert result.shares[0].spans == ((0, 227),)


def test_hours_of_several_days() -> None:
    result = count_hours(at("2026-03-06", "16:00"), at("2026-03-09", "10:30"), PLANS, HOURS)

    # Two hours of Friday; Monday's hour and a half counts as two.
    assert (result.hours, result.days) == (D(4), D("0.5"))
    assert [share.spans for share in result.shares] == [((960, 1080),), ((540, 630),)]


def test_hours_leave_out_the_break() -> None:
    result = count_hours(at("2026-03-02", "11:00"), at("2026-03-02", "14:00"), PLANS, HOURS)

    assert result.hours == 2


def test_a_step_never_makes_more_than_the_day() -> None:
    monday = day("2026-03-02")
    plans = {monday: PlannedDay(DayKind.WORKDAY, ((540, 990),))}

    result = count_hours(at("2026-03-02", "09:00"), at("2026-03-02", "16:25"), plans, HOURS)

    assert (result.hours, result.days) == (D("7.5"), D(1))


def test_half_hour_steps() -> None:
    rule = replace(HOURS, step=30)

    assert count_hours(at("2026-03-02", "09:00"), at("2026-03-02", "10:01"), PLANS, rule).hours == D("1.5")
    assert count_hours(at("2026-03-02", "09:00"), at("2026-03-02", "10:00"), PLANS, rule).hours == D(1)


def test_hours_of_a_night_shift_of_the_day_before() -> None:
    plans = {
        day("2025-12-31"): PlannedDay(DayKind.WORKDAY, ((1320, 1800),)),
        day("2026-01-01"): PlannedDay(DayKind.STATUTORY),
    }

    result = count_hours(at("2026-01-01", "04:00"), at("2026-01-01", "08:00"), plans, HOURS)

    assert result.hours == 2
    assert [(share.date, share.spans) for share in result.shares] == [(day("2025-12-31"), ((1680, 1800),))]


def test_a_day_without_a_plan_is_refused() -> None:
    with pytest.raises(MissingPlan) as refused:
        count_days(day("2026-12-31"), day("2027-01-01"), PLANS, HALF)

    assert refused.value.day == day("2027-01-01")
    with pytest.raises(MissingPlan):
        count_hours(at("2026-12-31", "09:00"), at("2027-01-01", "10:00"), PLANS, HOURS)


@pytest.mark.parametrize("rule", [LeaveRule(unit=Unit.DAY), CALENDAR, LeaveRule(Count.CALENDAR, Unit.HALF_DAY)])
def test_whole_days_only(rule: LeaveRule) -> None:
    with pytest.raises(WrongUnit):
        count_days(day("2026-03-02"), day("2026-03-03"), PLANS, rule, from_second_half=True)
    with pytest.raises(WrongUnit):
        count_hours(at("2026-03-02", "09:00"), at("2026-03-02", "10:00"), PLANS, rule)


def test_impossible_leave_is_refused() -> None:
    with pytest.raises(ValueError, match="No leave"):
        count_days(day("2026-03-03"), day("2026-03-02"), PLANS, HALF)
    with pytest.raises(ValueError, match="No leave"):
        count_days(day("2026-03-02"), day("2026-03-02"), PLANS, HALF, from_second_half=True, to_first_half=True)
    with pytest.raises(ValueError, match="after it starts"):
        count_hours(at("2026-03-02", "09:00"), at("2026-03-02", "09:00"), PLANS, HOURS)
    with pytest.raises(ValueError, match="child"):
        maternity_days(children=0)
    with pytest.raises(ValueError, match="negative"):
        miscarriage_days(-1)


@pytest.mark.parametrize(
    ("children", "difficult", "days"), [(1, False, 98), (1, True, 113), (2, False, 113), (3, True, 143)]
)
def test_maternity_leave(children: int, difficult: bool, days: int) -> None:
    """女职工劳动保护特别规定 7: 98, 15 more for a difficult birth, 15 for each further child."""
    assert maternity_days(children=children, difficult=difficult) == days


@pytest.mark.parametrize(("months", "days"), [(0, 15), (3, 15), (4, 42), (8, 42)])
def test_leave_after_a_miscarriage(months: int, days: int) -> None:
    """女职工劳动保护特别规定 7: 15 days before the fourth month is complete, 42 after."""
    assert miscarriage_days(months) == days


def test_the_spans_are_those_that_attendance_leaves_out() -> None:
    monday = day("2026-03-02")
    share = count_days(monday, monday, PLANS, HALF, to_first_half=True).shares[0]

    result = day_result(DayPlan(monday, DayKind.WORKDAY, OFFICE, leave=share.spans), [])

    assert (result.leave, result.absent) == (240, 240)


@given(st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 300)), max_size=5))
def test_halves_make_the_whole(raw: list[tuple[int, int]]) -> None:
    spans = merge((start, start + minutes) for start, minutes in raw)

    first, second = halve(spans)

    assert merge((*first, *second)) == spans
    assert 0 <= length(second) - length(first) <= 1


@given(st.integers(0, 20_000), st.integers(1, 10_000))
def test_hours_are_between_the_spans_and_a_step_more_each_day(offset: int, minutes: int) -> None:
    start = at("2026-02-10", "00:00") + offset

    for share in count_hours(start, start + minutes, PLANS, HOURS).shares:
        assert length(share.spans) <= share.minutes < length(share.spans) + 60
        assert share.minutes <= 480
