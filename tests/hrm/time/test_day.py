import datetime
from collections.abc import Hashable
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.attendance.day import (
    DayException,
    DayResult,
    End,
    Problem,
    Status,
    UsedPunch,
    day_result,
    match_days,
)
from hrm.attendance.shift import DayPlan, Punch, Segment, Shift, format_time, parse_time, wall_minute
from hrm.calendar.engine import DayKind

MONDAY = datetime.date(2026, 3, 2)
ONE_DAY = datetime.timedelta(days=1)


def t(text: str) -> int:
    return parse_time(text)


def span(text: str) -> tuple[int, int]:
    start, end = text.split("-")
    return t(start), t(end)


def punches(*times: str, day: datetime.date = MONDAY) -> list[Punch]:
    """Return punches of a day; the key is the time."""
    return [Punch(text, wall_minute(day, t(text))) for text in times]


def one(text: str, *breaks: str, **rules: int) -> Shift:
    return Shift((Segment(*span(text), tuple(map(span, breaks))),), **rules)


OFFICE = one("09:00-18:00", "12:00-13:00")
PLANT = Shift((Segment(*span("08:00-12:00")), Segment(*span("13:00-17:00"))), early=60, late=240)
NIGHT = one("22:00-30:00", early=120, late=240)
WORKDAY = DayPlan(MONDAY, DayKind.WORKDAY, OFFICE)


def total(result: DayResult) -> int:
    return sum(
        (result.worked, result.late, result.early, result.absent, result.leave, result.outing, result.unresolved)
    )


@pytest.mark.parametrize(("text", "minutes"), [("00:00", 0), ("8:05", 485), ("26:00", 1560), ("47:59", 2879)])
def test_times_run_past_midnight(text: str, minutes: int) -> None:
    """Shifts of Feishu's attendance interface end at "26:00" for two o'clock of the next day."""
    assert parse_time(text) == minutes
    assert parse_time(format_time(minutes)) == minutes


@pytest.mark.parametrize("text", ["48:00", "24:60", "8", "-1:00", "aa:bb", "8:5", ""])
def test_other_times_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no time"):
        parse_time(text)


@pytest.mark.parametrize("minutes", [-1, 2880])
def test_minutes_without_a_time_are_refused(minutes: int) -> None:
    with pytest.raises(ValueError, match="no time"):
        format_time(minutes)


def test_a_normal_day() -> None:
    result = day_result(WORKDAY, punches("08:55", "18:02"))

    assert (result.planned, result.worked) == (480, 480)
    assert result.statuses == (Status.NORMAL,)
    assert result.used == [UsedPunch("08:55", 0, End.START), UsedPunch("18:02", 0, End.END)]
    assert (result.exceptions, result.spare, result.overtime) == ([], [], {})


def test_late_and_early_minutes() -> None:
    result = day_result(WORKDAY, punches("09:10", "17:45"))

    assert (result.late, result.early, result.worked) == (10, 15, 455)
    assert result.statuses == (Status.LATE, Status.EARLY)


def test_a_break_is_not_missed() -> None:
    result = day_result(WORKDAY, punches("12:40", "18:00"))

    assert (result.late, result.worked) == (180, 300)


@pytest.mark.parametrize(("came", "late"), [("09:05", 0), ("09:06", 6)])
def test_grace_forgives_up_to_its_minutes_and_then_nothing(came: str, late: int) -> None:
    shift = replace(OFFICE, late_grace=5)

    result = day_result(replace(WORKDAY, shift=shift), punches(came, "18:00"))

    assert (result.late, result.worked) == (late, 480 - late)


@pytest.mark.parametrize(("went", "early"), [("17:55", 0), ("17:54", 6)])
def test_grace_of_leaving(went: str, early: int) -> None:
    result = day_result(replace(WORKDAY, shift=replace(OFFICE, leave_grace=5)), punches("09:00", went))

    assert (result.early, result.worked) == (early, 480 - early)


@pytest.mark.parametrize(
    ("came", "late", "absent"),
    [("09:30", 30, 0), ("09:31", 0, 240), ("11:00", 0, 240), ("11:01", 0, 480)],
)
def test_late_becomes_half_a_day_and_then_a_day_of_absence(came: str, late: int, absent: int) -> None:
    """Feishu's attendance interface turns lateness beyond ``late_minutes_as_lack`` into absence."""
    shift = replace(OFFICE, half_day_after=30, absent_after=120)

    result = day_result(replace(WORKDAY, shift=shift), punches(came, "18:00"))

    assert (result.late, result.absent, result.worked) == (late, absent, 480 - late - absent)


def test_half_a_day_of_two_segments_is_one_of_them() -> None:
    shift = replace(PLANT, half_day_after=30)

    result = day_result(replace(WORKDAY, shift=shift), punches("08:31", "12:00", "13:00", "17:00"))

    assert (result.absent, result.worked) == (240, 240)


def test_late_and_early_by_half_days_is_a_day() -> None:
    shift = replace(OFFICE, half_day_after=30)

    result = day_result(replace(WORKDAY, shift=shift), punches("10:00", "16:00"))

    assert (result.absent, result.worked, result.late, result.early) == (480, 0, 0, 0)


def test_nobody_came() -> None:
    result = day_result(WORKDAY, [])

    assert (result.absent, result.statuses, result.exceptions) == (480, (Status.ABSENT,), [])


@pytest.mark.parametrize(("time", "problem"), [("09:00", Problem.MISSING_END), ("18:00", Problem.MISSING_START)])
def test_one_punch_leaves_the_segment_unresolved(time: str, problem: Problem) -> None:
    result = day_result(WORKDAY, punches(time))

    assert (result.unresolved, result.worked, result.absent) == (480, 0, 0)
    assert result.exceptions == [DayException(problem, 0)]
    assert result.statuses == (Status.MISSING_PUNCH,)


def test_a_punch_at_the_edge_of_the_window_counts() -> None:
    plan = replace(WORKDAY, shift=replace(OFFICE, early=60, late=120))

    assert day_result(plan, punches("08:00", "20:00")).worked == 480


def test_a_punch_beyond_the_window_is_an_exception() -> None:
    plan = replace(WORKDAY, shift=replace(OFFICE, early=60, late=120))

    result = day_result(plan, punches("07:59", "09:00", "18:00", "20:01"))

    assert result.worked == 480
    assert result.exceptions == [
        DayException(Problem.UNMATCHED_PUNCH, key="07:59"),
        DayException(Problem.UNMATCHED_PUNCH, key="20:01"),
    ]


def test_the_first_counts_where_one_comes_and_the_last_where_one_goes() -> None:
    result = day_result(WORKDAY, punches("08:50", "09:20", "12:30", "17:30", "18:05"))

    assert [used.key for used in result.used] == ["08:50", "18:05"]
    assert result.spare == ["09:20", "12:30", "17:30"]


def test_punches_within_a_minute_are_one() -> None:
    result = day_result(replace(WORKDAY, shift=replace(OFFICE, repeat=0)), punches("09:00", "09:01"))

    assert result.exceptions == [DayException(Problem.MISSING_END, 0)]
    assert [used.key for used in result.used] == ["09:00"]


def test_of_two_punches_within_a_minute_the_later_counts_for_going() -> None:
    result = day_result(WORKDAY, punches("09:00", "17:59", "18:00"))

    assert (result.early, result.used[1].key) == (0, "18:00")


def test_a_punch_made_twice_is_no_coming_and_going() -> None:
    result = day_result(WORKDAY, punches("09:00", "09:10"))

    assert (result.unresolved, result.spare) == (480, ["09:10"])


def test_coming_after_noon_is_late_and_not_a_missing_punch() -> None:
    result = day_result(WORKDAY, punches("14:00", "18:05"))

    assert (result.late, result.worked, result.exceptions) == (240, 240, [])


def test_going_before_noon_is_early_and_not_a_missing_punch() -> None:
    result = day_result(WORKDAY, punches("09:00", "11:00"))

    assert (result.early, result.worked, result.exceptions) == (360, 120, [])


def test_two_segments_have_four_punches() -> None:
    result = day_result(replace(WORKDAY, shift=PLANT), punches("07:58", "12:03", "12:55", "17:10"))

    assert (result.planned, result.worked, result.spare) == (480, 480, [])
    assert [(used.segment, used.end) for used in result.used] == [
        (0, End.START),
        (0, End.END),
        (1, End.START),
        (1, End.END),
    ]


def test_a_short_lunch_serves_both_segments() -> None:
    result = day_result(replace(WORKDAY, shift=PLANT), punches("07:58", "12:05", "12:12", "17:10"))

    assert (result.worked, result.exceptions) == (480, [])


def test_an_absent_afternoon() -> None:
    result = day_result(replace(WORKDAY, shift=PLANT), punches("08:00", "12:00"))

    assert (result.worked, result.absent, result.exceptions) == (240, 240, [])


def test_a_night_shift_belongs_to_the_day_it_begins_on() -> None:
    plans = [DayPlan(MONDAY + n * ONE_DAY, DayKind.WORKDAY, NIGHT if n < 2 else None) for n in range(3)]
    made = punches("21:50", "30:05", "45:55")
    made += punches("30:10", day=MONDAY + ONE_DAY)

    results = match_days(plans, made)

    assert [result.worked for result in results] == [480, 480, 0]
    assert [len(result.used) for result in results] == [2, 2, 0]
    assert results[2].statuses == (Status.OFF,)


def test_a_punch_between_two_days_goes_to_the_nearer_end() -> None:
    """The windows of a night shift until 6:00 and of the next day's shift from 8:00 overlap from 6:00 to 10:00."""
    morning = one("08:00-16:00", early=120)
    plans = [
        DayPlan(MONDAY, DayKind.WORKDAY, NIGHT),
        DayPlan(MONDAY + ONE_DAY, DayKind.WORKDAY, morning),
    ]

    first, second = match_days(plans, punches("22:00", "30:10", "31:50", "40:00"))

    assert [used.key for used in first.used] == ["22:00", "30:10"]
    assert [used.key for used in second.used] == ["31:50", "40:00"]


def test_a_punch_nearer_to_the_next_day_does_not_end_the_night() -> None:
    morning = one("08:00-16:00", early=120)
    plans = [
        DayPlan(MONDAY, DayKind.WORKDAY, NIGHT),
        DayPlan(MONDAY + ONE_DAY, DayKind.WORKDAY, morning),
    ]

    first, second = match_days(plans, punches("22:00", "31:40", "31:50", "40:00"))

    assert first.exceptions == [DayException(Problem.MISSING_END, 0)]
    assert (second.worked, second.spare) == (480, ["31:50"])


def test_shifts_that_meet_take_one_punch_each() -> None:
    shift = one("08:00-32:00", early=60, late=60)
    plans = [DayPlan(MONDAY + n * ONE_DAY, DayKind.WORKDAY, shift) for n in range(2)]
    plans.append(DayPlan(MONDAY + 2 * ONE_DAY, DayKind.REST))

    results = match_days(plans, punches("08:00", "32:00", "32:02") + punches("32:00", day=MONDAY + ONE_DAY))

    assert [result.worked for result in results] == [1440, 1438, 0]
    assert results[1].late == 2


def test_approved_leave_moves_the_start() -> None:
    plan = replace(WORKDAY, leave=(span("09:00-11:00"),))

    result = day_result(plan, punches("11:10", "18:00"))

    assert (result.leave, result.late, result.worked) == (120, 10, 350)
    assert result.statuses == (Status.LATE, Status.LEAVE)


def test_leave_counts_planned_minutes_only() -> None:
    plan = replace(WORKDAY, leave=(span("11:00-14:00"),))

    assert (day_result(plan, punches("09:00", "18:00")).leave) == 120


def test_a_whole_day_of_leave_needs_no_punch() -> None:
    result = day_result(replace(WORKDAY, leave=((-600, 2000),)), [])

    assert (result.leave, result.absent, result.statuses) == (480, 0, (Status.LEAVE,))


def test_a_business_trip_needs_no_punch() -> None:
    result = day_result(replace(WORKDAY, outing=((0, 1440),)), [])

    assert (result.outing, result.statuses) == (480, (Status.OUTING,))


def test_an_outing_at_the_end_stands_for_the_punch() -> None:
    result = day_result(replace(WORKDAY, outing=(span("15:00-18:00"),)), punches("09:00"))

    assert (result.worked, result.outing, result.exceptions) == (300, 180, [])


def test_leave_at_the_end_needs_the_punch() -> None:
    result = day_result(replace(WORKDAY, leave=(span("15:00-18:00"),)), punches("09:00"))

    assert (result.leave, result.unresolved) == (180, 300)
    assert result.exceptions == [DayException(Problem.MISSING_END, 0)]


def test_leave_wins_over_an_outing() -> None:
    plan = replace(WORKDAY, leave=(span("09:00-12:00"),), outing=(span("11:00-18:00"),))

    result = day_result(plan, [])

    assert (result.leave, result.outing, result.worked) == (180, 300, 0)


def test_overtime_after_the_shift_counts_as_far_as_approved_and_worked() -> None:
    plan = replace(WORKDAY, overtime=(span("18:30-20:30"),))

    assert day_result(plan, punches("09:00", "21:00")).overtime == {DayKind.WORKDAY: 120}
    assert day_result(plan, punches("09:00", "19:15")).overtime == {DayKind.WORKDAY: 45}
    assert day_result(WORKDAY, punches("09:00", "21:00")).overtime == {}


def test_overtime_that_was_not_worked_is_reported() -> None:
    result = day_result(replace(WORKDAY, overtime=(span("18:30-20:30"),)), punches("09:00", "18:01"))

    assert result.overtime == {}
    assert result.exceptions == [DayException(Problem.OVERTIME_WITHOUT_PUNCH)]


def test_overtime_widens_the_window() -> None:
    plan = replace(
        WORKDAY, shift=replace(OFFICE, early=60, late=60), overtime=(span("06:00-08:00"), span("18:00-22:00"))
    )

    result = day_result(plan, punches("05:30", "22:30"))

    assert (result.worked, result.overtime) == (480, {DayKind.WORKDAY: 360})


def test_planned_time_is_no_overtime() -> None:
    result = day_result(replace(WORKDAY, overtime=(span("17:00-19:00"),)), punches("09:00", "19:00"))

    assert result.overtime == {DayKind.WORKDAY: 60}


@pytest.mark.parametrize("kind", [DayKind.REST, DayKind.STATUTORY])
def test_overtime_of_a_day_off(kind: DayKind) -> None:
    plan = DayPlan(MONDAY, kind, overtime=(span("08:00-12:00"), span("13:00-17:00")))

    result = day_result(plan, punches("07:55", "16:00"))

    assert (result.planned, result.overtime) == (0, {kind: 420})
    assert result.statuses == (Status.OVERTIME,)


def test_a_day_off_with_one_punch_has_no_overtime() -> None:
    plan = DayPlan(MONDAY, DayKind.REST, overtime=(span("08:00-12:00"),))

    result = day_result(plan, punches("07:55"))

    assert (result.overtime, result.exceptions) == ({}, [DayException(Problem.MISSING_END)])


def test_a_punch_made_twice_is_no_overtime() -> None:
    plan = DayPlan(MONDAY, DayKind.REST, overtime=(span("08:00-12:00"),))

    result = day_result(plan, punches("07:55", "08:05"))

    assert (result.overtime, result.exceptions) == ({}, [DayException(Problem.MISSING_END)])


def test_a_day_off_without_approval_has_only_exceptions() -> None:
    result = day_result(DayPlan(MONDAY, DayKind.REST), punches("08:00", "17:00"))

    assert (result.planned, result.overtime, result.statuses) == (0, {}, (Status.OFF,))
    assert [item.key for item in result.exceptions] == ["08:00", "17:00"]


def test_overtime_is_classed_by_the_calendar_day_of_its_minutes() -> None:
    """劳动法 44: work on the statutory holiday itself, from midnight on, pays 300 %."""
    eve = datetime.date(2026, 9, 30)
    plan = DayPlan(eve, DayKind.WORKDAY, OFFICE, next_kind=DayKind.STATUTORY, overtime=(span("20:00-26:00"),))

    result = day_result(plan, punches("09:00", "26:00", day=eve))

    assert result.overtime == {DayKind.WORKDAY: 240, DayKind.STATUTORY: 120}


def test_work_past_midnight_into_an_unknown_day_is_refused() -> None:
    with pytest.raises(ValueError, match="next day"):
        day_result(DayPlan(MONDAY, DayKind.WORKDAY, NIGHT), [])


def test_rostered_work_on_a_statutory_holiday_is_counted() -> None:
    """劳部发〔1997〕271号 5: in comprehensive hours, too, statutory holidays pay 300 %."""
    eve = datetime.date(2026, 9, 30)
    night = DayPlan(eve, DayKind.WORKDAY, NIGHT)
    holiday = DayPlan(eve + ONE_DAY, DayKind.STATUTORY, NIGHT, next_kind=DayKind.REST)

    results = match_days(
        [night, holiday], punches("22:00", "30:00", "46:30", day=eve) + punches("30:00", day=eve + ONE_DAY)
    )

    assert [result.statutory for result in results] == [360, 90]
    assert results[1].late == 30


def test_an_unplanned_punch_belongs_to_the_day_before_the_cut() -> None:
    """DingTalk lets a day start later than midnight."""
    plans = [DayPlan(MONDAY, DayKind.REST, day_cut=300), DayPlan(MONDAY + ONE_DAY, DayKind.REST, day_cut=300)]

    first, second = match_days(plans, punches("04:59", "28:50", "29:00", "47:00"))

    assert [item.key for item in first.exceptions] == ["28:50"]
    assert [item.key for item in second.exceptions] == ["29:00", "47:00"]


@pytest.mark.parametrize(
    ("came", "went", "late", "early"),
    [
        ("09:30", "18:30", 0, 0),
        ("09:30", "18:00", 0, 30),
        ("08:30", "17:30", 0, 0),
        ("08:00", "17:30", 0, 0),
        ("08:30", "17:00", 0, 30),
        ("09:45", "18:30", 15, 0),
    ],
)
def test_a_flexible_shift_moves_as_a_whole(came: str, went: str, late: int, early: int) -> None:
    plan = replace(WORKDAY, shift=replace(OFFICE, flexible=30))

    result = day_result(plan, punches(came, went))

    assert (result.late, result.early, result.worked) == (late, early, 480 - late - early)


def test_what_a_flexible_day_ends_later_by_is_no_overtime() -> None:
    plan = replace(WORKDAY, shift=replace(OFFICE, flexible=30), overtime=(span("18:00-20:00"),))

    assert day_result(plan, punches("09:30", "20:00")).overtime == {DayKind.WORKDAY: 90}
    assert day_result(plan, punches("09:00", "20:00")).overtime == {DayKind.WORKDAY: 120}


def test_the_turn_of_a_leap_day() -> None:
    leap = datetime.date(2028, 2, 28)
    plans = [DayPlan(leap + n * ONE_DAY, DayKind.WORKDAY, NIGHT, next_kind=DayKind.WORKDAY) for n in range(2)]

    results = match_days(plans, punches("22:00", "30:00", "46:00", day=leap) + punches("30:00", day=leap + ONE_DAY))

    assert [(result.day.isoformat(), result.worked) for result in results] == [("2028-02-28", 480), ("2028-02-29", 480)]


def test_plans_come_by_date() -> None:
    with pytest.raises(ValueError, match="does not come after"):
        match_days([WORKDAY, WORKDAY], [])


@pytest.mark.parametrize(
    "make",
    [
        lambda: Segment(600, 600),
        lambda: Segment(-1, 600),
        lambda: Segment(600, 2880),
        lambda: Segment(600, 700, ((650, 700),)),
        lambda: Shift(()),
        lambda: Shift((Segment(600, 700), Segment(699, 800))),
        lambda: Shift((Segment(600, 700), Segment(700, 800)), flexible=10),
        lambda: Shift((Segment(600, 700),), early=-1),
        lambda: Shift((Segment(600, 700),), late_grace=10, half_day_after=5),
        lambda: Shift((Segment(600, 700),), half_day_after=60, absent_after=30),
        lambda: day_result(replace(WORKDAY, overtime=((-60, 60),)), []),
        lambda: day_result(replace(WORKDAY, leave=((60, 60),)), []),
    ],
)
def test_impossible_shifts_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError, match=r"\w"):
        make()


spans = st.tuples(st.integers(0, 2000), st.integers(1, 600)).map(lambda pair: (pair[0], pair[0] + pair[1]))
approved = st.lists(spans, max_size=2).map(tuple)
limits = st.tuples(st.integers(0, 20), st.none() | st.integers(20, 60), st.none() | st.integers(60, 200))


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
    marks = sorted(draw(st.sets(st.integers(0, 2000), min_size=2, max_size=6)))
    segments = tuple(Segment(start, end) for start, end in zip(marks[::2], marks[1::2], strict=False))
    grace, half, absent = draw(limits)
    return Shift(
        segments,
        early=draw(st.integers(0, 300)),
        late=draw(st.integers(0, 300)),
        late_grace=grace,
        leave_grace=grace,
        half_day_after=half,
        absent_after=absent,
        flexible=draw(st.integers(0, 60)) if len(segments) == 1 else 0,
    )


@st.composite
def months(draw: st.DrawFn) -> list[DayPlan]:
    return [
        DayPlan(
            MONDAY + n * ONE_DAY,
            draw(st.sampled_from(DayKind)),
            draw(st.none() | shifts()),
            next_kind=DayKind.REST,
            leave=draw(approved),
            outing=draw(approved),
            overtime=draw(approved),
        )
        for n in range(draw(st.integers(1, 4)))
    ]


moments = st.lists(st.integers(-600, 7000), max_size=25)


def named(times: list[int]) -> list[Punch]:
    return [Punch(number, wall_minute(MONDAY, time)) for number, time in enumerate(times)]


@given(months(), moments)
def test_every_planned_minute_ends_in_one_place(plans: list[DayPlan], times: list[int]) -> None:
    for plan, result in zip(plans, match_days(plans, named(times)), strict=True):
        parts = (result.worked, result.late, result.early, result.absent, result.leave, result.outing)

        assert total(result) == result.planned == (plan.shift.planned if plan.shift else 0)
        assert min(*parts, result.unresolved, result.statutory) >= 0
        assert result.statutory <= result.worked + result.outing
        assert sum(result.overtime.values()) <= sum(end - start for start, end in plan.overtime)


@given(months(), moments)
def test_no_punch_is_used_twice(plans: list[DayPlan], times: list[int]) -> None:
    results = match_days(plans, named(times))

    keys: list[Hashable] = list(
        chain.from_iterable(
            [
                *(used.key for used in result.used),
                *result.spare,
                *(item.key for item in result.exceptions if item.problem is Problem.UNMATCHED_PUNCH),
            ]
            for result in results
        )
    )
    assert len(keys) == len(set(keys))
    ends = [(result.day, used.segment, used.end) for result in results for used in result.used]
    assert len(ends) == len(set(ends))


@given(months(), moments)
def test_the_order_in_which_punches_arrive_does_not_matter(plans: list[DayPlan], times: list[int]) -> None:
    made = named(sorted(set(times)))

    assert match_days(plans, made) == match_days(plans, made[::-1])
