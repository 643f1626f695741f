import datetime
from collections import Counter
from collections.abc import Iterable, Mapping

import chinese_calendar
import pytest

from hrm.calendar.engine import (
    CalendarRow,
    DayKind,
    UnknownYear,
    classify,
    dates_between,
    days_between,
    seed,
    statutory_days,
)

day = datetime.date.fromisoformat
FIXED = {"01-01", "05-01", "10-01", "10-02", "10-03"}


def index_rows(rows: Iterable[CalendarRow]) -> dict[datetime.date, CalendarRow]:
    """The rows by their date."""
    return {row.date: row for row in rows}


def kinds(year: int, dates: str) -> set[DayKind]:
    rows = index_rows(seed(year))
    return {classify(day(f"{year}-{text}"), rows) for text in dates.split()}


def counted(
    first: datetime.date, last: datetime.date, rows: Mapping[datetime.date, CalendarRow]
) -> tuple[int, int, int]:
    """Working days, days of rest and statutory holidays of a period."""
    found = Counter(classify(each, rows) for each in dates_between(first, last))
    return found[DayKind.WORKDAY], found[DayKind.REST], found[DayKind.STATUTORY]


def statutory(year: int) -> set[str]:
    return {date.isoformat()[5:] for date in statutory_days(year)}


def test_statutory_days_of_2026() -> None:
    """国务院令795号: 13 days; New Year's Eve and the first three days of the lunar year, which began on 17 February."""
    assert statutory(2026) == FIXED | {"02-16", "02-17", "02-18", "02-19", "04-05", "05-02", "06-19", "09-25"}


def test_statutory_days_of_2025() -> None:
    """国务院令795号, in force from 2025-01-01: 13 days."""
    assert statutory(2025) == FIXED | {"01-28", "01-29", "01-30", "01-31", "04-04", "05-02", "05-31", "10-06"}


def test_statutory_days_of_2024() -> None:
    """国务院令644号, in force from 2014: 11 days, without New Year's Eve and 2 May."""
    assert statutory(2024) == FIXED | {"02-10", "02-11", "02-12", "04-04", "06-10", "09-17"}


def test_new_years_eve_was_statutory_until_2013() -> None:
    """国务院令513号: 除夕, 正月初一, 初二; 国务院令644号 from 2014: 正月初一 to 初三."""
    assert {"02-09", "02-10", "02-11"} <= statutory(2013)
    assert "02-12" not in statutory(2013)
    assert statutory(2014) >= {"01-31", "02-01", "02-02"}
    assert "01-30" not in statutory(2014)


def test_labour_day_had_three_days_until_2007() -> None:
    """国务院令270号: 10 days, of which 1 to 3 May."""
    assert statutory(2007) == FIXED | {"02-18", "02-19", "02-20", "05-02", "05-03"}


def test_two_holidays_on_one_date() -> None:
    """国办发明电〔2019〕16号: mid-autumn and National Day of 2020 fall on 1 October."""
    holidays = statutory_days(2020)

    assert holidays[day("2020-10-01")] == "中秋节、国庆节"
    assert len(holidays) == 10


@pytest.mark.parametrize(
    ("year", "rest", "working"),
    [
        # 国办发明电〔2023〕7号.
        (
            2024,
            "01-01 02-10 02-17 04-04 04-06 05-01 05-05 06-10 09-15 09-17 10-01 10-07",
            "02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12 02-09",
        ),
        # 国办发明电〔2024〕12号.
        (
            2025,
            "01-01 01-28 02-04 04-04 04-06 05-01 05-05 05-31 06-02 10-01 10-08",
            "01-26 02-08 04-27 09-28 10-11",
        ),
        # 国办发明电〔2025〕7号.
        (
            2026,
            "01-01 01-03 02-15 02-23 04-04 04-06 05-01 05-05 06-19 06-21 09-25 09-27 10-01 10-07",
            "01-04 02-14 02-28 05-09 09-20 10-10",
        ),
    ],
)
def test_announced_rest_and_weekends_worked_in_exchange(year: int, rest: str, working: str) -> None:
    """Notices of the State Council on the holidays of 2024, 2025 and 2026."""
    assert DayKind.WORKDAY not in kinds(year, rest)
    assert kinds(year, working) == {DayKind.WORKDAY}


def test_swapped_rest_days_are_not_statutory() -> None:
    """Of the Spring Festival of 2026, 15 to 23 February, four days are statutory; the others pay 200 %."""
    assert kinds(2026, "02-15 02-20 02-21 02-22 02-23") == {DayKind.REST}
    assert kinds(2026, "02-16 02-17 02-18 02-19") == {DayKind.STATUTORY}


def test_a_statutory_day_on_a_weekend_keeps_its_date() -> None:
    """Qingming 2026 is Sunday, 5 April; Monday, 6 April, is the rest in exchange (notice for 2026)."""
    assert kinds(2026, "04-05") == {DayKind.STATUTORY}
    assert kinds(2026, "04-04 04-06") == {DayKind.REST}


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_year_has_248_working_days(year: int) -> None:
    """人社部发〔2025〕2号: 365 - 104 - 13 = 248 working days."""
    rows = index_rows(seed(year))

    assert counted(datetime.date(year, 1, 1), datetime.date(year, 12, 31), rows) == (248, 104, 13)


@pytest.mark.parametrize(("year", "days"), [(2023, 365), (2024, 366)])
def test_a_seeded_year_is_whole(year: int, days: int) -> None:
    rows = seed(year)

    assert len(index_rows(rows)) == days
    assert (rows[0].date, rows[-1].date) == (datetime.date(year, 1, 1), datetime.date(year, 12, 31))


def test_leap_day_has_a_row() -> None:
    assert kinds(2024, "02-29") == {DayKind.WORKDAY}


@pytest.mark.parametrize("year", range(2008, 2027))
def test_statutory_days_agree_with_the_announced_holidays(year: int) -> None:
    """Every statutory holiday is a day of rest, and a lunar one on a weekday was announced under its own name."""
    names = {"春节": "Spring Festival", "端午节": "Dragon Boat Festival", "中秋节": "Mid-autumn Festival"}
    for date, name in statutory_days(year).items():
        rest, holiday = chinese_calendar.get_holiday_detail(date)

        assert rest
        if name in names and date.weekday() < 5:
            assert holiday == names[name]


def test_names_of_rows() -> None:
    rows = index_rows(seed(2026))

    assert rows[day("2026-02-16")].name == "除夕"
    assert rows[day("2026-02-14")].name == "春节"
    assert rows[day("2026-03-02")].name == ""


@pytest.mark.parametrize("year", [1999, 2003, 2027, 2041])
def test_an_unknown_year_is_refused(year: int) -> None:
    """The State Council announces a year in the autumn before; nothing is guessed."""
    with pytest.raises(UnknownYear) as refused:
        seed(year)

    assert refused.value.year == year


def test_a_day_without_a_row_is_refused_even_in_a_known_year() -> None:
    rows = index_rows(seed(2026))
    gone = day("2026-07-06")
    del rows[gone]

    with pytest.raises(UnknownYear) as refused:
        counted(day("2026-07-01"), day("2026-07-31"), rows)

    assert refused.value.details == {"year": 2026, "day": "2026-07-06"}
    assert sum(counted(day("2026-08-01"), day("2026-08-31"), rows)) == 31


def test_the_year_after_the_last_known_one_is_refused() -> None:
    rows = index_rows(seed(2026))

    assert classify(day("2026-12-31"), rows) is DayKind.WORKDAY
    with pytest.raises(UnknownYear):
        classify(day("2027-01-01"), rows)


def test_days_of_a_month() -> None:
    """October 2025: National Day 1-3, mid-autumn 6, rest until 8, 11 worked in exchange (notice for 2025)."""
    rows = index_rows(seed(2025))

    assert counted(day("2025-10-01"), day("2025-10-31"), rows) == (18, 9, 4)


def test_own_rows_win_over_weekdays() -> None:
    saturday = day("2030-01-05")

    assert classify(saturday, {saturday: CalendarRow(saturday, DayKind.WORKDAY)}) is DayKind.WORKDAY


@pytest.mark.parametrize(
    ("kind", "flag"), [(DayKind.WORKDAY, True), (DayKind.STATUTORY, True), (DayKind.STATUTORY, False)]
)
def test_contradicting_rows_are_refused(kind: DayKind, flag: bool) -> None:
    with pytest.raises(ValueError, match="2026-05-01"):
        CalendarRow(day("2026-05-01"), kind, statutory=flag)


def test_days_between_counts_both_ends() -> None:
    assert days_between(day("2024-02-28"), day("2024-03-01")) == 3
    assert days_between(day("2025-02-28"), day("2025-03-01")) == 2
    assert days_between(day("2025-12-31"), day("2026-01-01")) == 2
    assert days_between(day("2025-03-02"), day("2025-03-01")) == 0
