"""Periods by exact days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from suite.metrics.periods import Period, add_months, months_up_to, parse_period, period_of, period_params

SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 11, 20)
NEW_MONTH = Period("custom", date(2026, 1, 31), date(2026, 2, 1))


@pytest.mark.parametrize(
    ("kind", "day", "start", "end"),
    [
        ("month", date(2026, 11, 20), date(2026, 11, 1), date(2026, 11, 30)),
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29)),
        ("month", date(2023, 2, 1), date(2023, 2, 1), date(2023, 2, 28)),
        ("month", date(2026, 12, 31), date(2026, 12, 1), date(2026, 12, 31)),
        ("quarter", date(2026, 1, 1), date(2026, 1, 1), date(2026, 3, 31)),
        ("quarter", date(2026, 11, 20), date(2026, 10, 1), date(2026, 12, 31)),
        ("year", date(2024, 2, 29), date(2024, 1, 1), date(2024, 12, 31)),
        ("90d", date(2026, 11, 20), date(2026, 8, 23), date(2026, 11, 20)),
    ],
)
def test_the_period_that_holds_a_day(kind: str, day: date, start: date, end: date) -> None:
    assert period_of(kind, day) == Period(kind, start, end)


def test_ninety_days_are_ninety() -> None:
    assert period_of("90d", TODAY).days == 90


@pytest.mark.parametrize(
    ("period", "previous", "following"),
    [
        (period_of("month", date(2026, 1, 5)), period_of("month", date(2025, 12, 5)), date(2026, 2, 1)),
        (period_of("month", date(2024, 3, 31)), period_of("month", date(2024, 2, 1)), date(2024, 4, 1)),
        (period_of("quarter", date(2026, 2, 1)), period_of("quarter", date(2025, 12, 1)), date(2026, 4, 1)),
        (period_of("year", date(2026, 2, 1)), period_of("year", date(2025, 6, 1)), date(2027, 1, 1)),
        (
            Period("custom", date(2026, 3, 1), date(2026, 3, 10)),
            Period("custom", date(2026, 2, 19), date(2026, 2, 28)),
            date(2026, 3, 11),
        ),
    ],
)
def test_the_period_before_and_after(period: Period, previous: Period, following: date) -> None:
    assert period.previous() == previous
    assert period.next().start == following
    assert period.next().previous() == period


def test_the_leap_day_of_a_common_year_is_the_28th() -> None:
    period = Period("custom", date(2024, 2, 29), date(2024, 3, 5))

    assert period.last_year() == Period("custom", date(2023, 2, 28), date(2023, 3, 5))
    assert period_of("month", date(2024, 2, 10)).last_year() == Period("month", date(2023, 2, 1), date(2023, 2, 28))
    assert period_of("month", date(2025, 2, 10)).last_year() == Period("month", date(2024, 2, 1), date(2024, 2, 29))


def test_a_running_period_is_compared_with_as_many_days() -> None:
    november = period_of("month", TODAY)

    assert november.elapsed(november.previous(), TODAY) == Period("month", date(2026, 10, 1), date(2026, 10, 20))
    assert november.elapsed(november.last_year(), TODAY) == Period("month", date(2025, 11, 1), date(2025, 11, 20))


def test_the_30th_of_march_is_compared_with_the_whole_of_february() -> None:
    march = period_of("month", date(2026, 3, 30))

    assert march.elapsed(march.previous(), date(2026, 3, 30)) == period_of("month", date(2026, 2, 1))


@pytest.mark.parametrize("today", [date(2026, 11, 30), date(2026, 12, 1), date(2027, 5, 1)])
def test_a_period_that_is_over_is_compared_with_the_whole(today: date) -> None:
    november = period_of("month", TODAY)

    assert november.elapsed(november.previous(), today) == november.previous()


def test_running_and_closed_on_the_edges() -> None:
    november = period_of("month", TODAY)

    assert november.is_running(date(2026, 11, 1))
    assert not november.is_running(date(2026, 11, 30))
    assert not november.is_closed(date(2026, 11, 30))
    assert november.is_closed(date(2026, 12, 1))


def test_the_year_changes_at_midnight_in_shanghai() -> None:
    start, end = period_of("year", date(2026, 5, 1)).bounds(SHANGHAI)

    assert start.astimezone(UTC) == datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    assert end.astimezone(UTC) == datetime(2026, 12, 31, 16, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("params", "period"),
    [
        ({}, period_of("month", TODAY)),
        ({"period": "quarter"}, period_of("quarter", TODAY)),
        ({"period": "month", "on": "2026-02-28"}, period_of("month", date(2026, 2, 1))),
        ({"period": "custom", "from": "2026-01-31", "to": "2026-02-01"}, NEW_MONTH),
        ({"period": "custom", "from": "2026-02-01", "to": "2026-01-31"}, period_of("month", TODAY)),
        ({"period": "custom", "from": "1990-01-01", "to": "2026-01-31"}, period_of("month", TODAY)),
        ({"period": "custom", "from": "2026-02-30", "to": "2026-03-31"}, period_of("month", TODAY)),
        ({"period": "decade"}, period_of("month", TODAY)),
        ({"period": "month", "on": "0001-01-01"}, period_of("month", TODAY)),
        ({"period": "month", "on": "; DROP TABLE"}, period_of("month", TODAY)),
    ],
)
def test_what_a_query_string_asks_for(params: dict[str, str], period: Period) -> None:
    assert parse_period(params, TODAY) == period


@pytest.mark.parametrize(
    "period",
    [
        period_of("month", TODAY),
        period_of("quarter", date(2026, 2, 3)),
        period_of("year", date(2024, 2, 3)),
        period_of("90d", date(2026, 5, 1)),
        period_of("90d", TODAY),
        NEW_MONTH,
    ],
)
def test_parameters_lead_back_to_the_period(period: Period) -> None:
    assert parse_period(period_params(period, TODAY), TODAY) == period


def test_months_of_a_period() -> None:
    assert period_of("quarter", TODAY).months() == [(2026, 10), (2026, 11), (2026, 12)]
    assert Period("custom", date(2025, 12, 1), date(2026, 1, 31)).months() == [(2025, 12), (2026, 1)]
    assert Period("custom", date(2025, 12, 2), date(2026, 1, 31)).months() == []
    assert Period("custom", date(2025, 12, 1), date(2026, 1, 30)).months() == []


def test_months_up_to_a_day_cross_the_year() -> None:
    assert months_up_to(date(2026, 2, 28), 4) == [
        date(2025, 11, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]


def test_adding_months_ends_with_the_month() -> None:
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 30)


def test_a_period_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="ends before"):
        Period("custom", date(2026, 2, 1), date(2026, 1, 31))
    with pytest.raises(ValueError, match="decade"):
        period_of("decade", TODAY)
