import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.leave.annual import (
    BandChange,
    Entitlement,
    Loss,
    UnusedPay,
    average_wage,
    entitled_days,
    joiner_days,
    leaver_days,
    statutory_days,
    unused_pay,
    year_days,
)

D = Decimal
day = datetime.date.fromisoformat
dates = st.dates(day("2008-01-01"), day("2040-12-31"))
bands = st.sampled_from([5, 10, 15])


@pytest.mark.parametrize(
    ("on", "days"),
    [
        ("2006-06-30", 0),
        ("2006-07-01", 5),
        ("2015-06-30", 5),
        ("2015-07-01", 10),
        ("2025-06-30", 10),
        ("2025-07-01", 15),
        ("2060-01-01", 15),
    ],
)
def test_days_by_years_of_work(on: str, days: int) -> None:
    """职工带薪年休假条例 3: 1 to under 10 years 5 days, 10 to under 20 years 10 days, from 20 years 15 days."""
    assert statutory_days(day("2005-07-01"), day(on)) == days


def test_twelve_months_without_interruption_are_needed() -> None:
    """职工带薪年休假条例 2, 企业职工带薪年休假实施办法 3."""
    start, since = day("2005-07-01"), day("2025-03-01")

    assert statutory_days(start, day("2026-02-28"), continuous_since=since) == 0
    assert statutory_days(start, day("2026-03-01"), continuous_since=since) == 15


@pytest.mark.parametrize(("on", "days"), [("2025-02-27", 0), ("2025-02-28", 5)])
def test_work_begun_on_a_leap_day(on: str, days: int) -> None:
    """民法典 202: a period of years ends on the last day of the month that has no such day."""
    assert statutory_days(day("2024-02-29"), day(on)) == days


@pytest.mark.parametrize(
    ("joined", "entitlement", "days"),
    [
        # 184 remaining days: 184/365 × 5 = 2.52.
        ("2025-07-01", 5, 2),
        # 184/365 × 10 = 5.04 and × 15 = 7.56; rounding would give 8.
        ("2025-07-01", 10, 5),
        ("2025-07-01", 15, 7),
        # 73 days are exactly one fifth.
        ("2025-10-20", 5, 1),
        ("2025-10-21", 5, 0),
        ("2025-01-01", 5, 5),
        ("2025-12-31", 15, 0),
        # A leap year is divided by 365, too, and never gives more than the whole.
        ("2024-01-01", 15, 15),
        ("2024-01-02", 5, 5),
        ("2025-01-02", 5, 4),
    ],
)
def test_a_joiner_gets_whole_days_of_the_rest_of_the_year(joined: str, entitlement: int, days: int) -> None:
    """企业职工带薪年休假实施办法 5: remaining calendar days / 365 × entitlement, less than a day is not given."""
    assert joiner_days(day(joined), entitlement) == days


@pytest.mark.parametrize(
    ("left", "entitlement", "taken", "days"),
    [
        # 181/365 × 10 = 4.96.
        ("2025-06-30", 10, "0", "4"),
        ("2025-06-30", 10, "1.5", "2.5"),
        ("2025-06-30", 10, "4", "0"),
        # Taken beyond it: nothing is claimed back.
        ("2025-06-30", 10, "10", "0"),
        ("2025-12-31", 15, "0", "15"),
        ("2024-12-31", 15, "0", "15"),
        ("2025-03-13", 5, "0", "0"),
        ("2025-03-14", 5, "0", "1"),
    ],
)
def test_a_leaver_is_paid_whole_days_of_the_elapsed_year(left: str, entitlement: int, taken: str, days: str) -> None:
    """企业职工带薪年休假实施办法 12: elapsed days / 365 × entitlement − taken; more taken is not deducted."""
    assert leaver_days(day(left), entitlement, D(taken)) == D(days)


def test_a_leaver_of_the_year_of_joining() -> None:
    """企业职工带薪年休假实施办法 5, 12: from 1 April to 30 September are 183 days, 183/365 × 10 = 5.01."""
    assert leaver_days(day("2025-09-30"), 10, joined=day("2025-04-01")) == 5
    assert leaver_days(day("2025-09-30"), 10, joined=day("2025-04-03")) == 4


@given(dates, bands)
def test_a_year_split_between_two_employers_never_gives_more_than_a_whole_one(left: datetime.date, days: int) -> None:
    following = left + datetime.timedelta(days=1)
    second = joiner_days(following, days) if following.year == left.year else 0

    assert days - 2 <= leaver_days(left, days) + second <= days


@given(dates, bands, st.decimals(0, 20, places=1))
def test_leaving_never_costs(left: datetime.date, days: int, taken: Decimal) -> None:
    assert 0 <= leaver_days(left, days, taken) <= days


def test_ten_years_reached_within_a_year() -> None:
    """
    条例 3, 实施办法 4: days by the years of work; how a year splits is not ruled.

    From 1 July 2025: 181 days with 5 and 184 with 10 make (905 + 1840) / 365 = 7.52.
    """
    start = day("2015-07-01")

    assert year_days(2025, start) == 7
    assert year_days(2025, start, band_change=BandChange.HIGHER) == 10
    assert (year_days(2024, start), year_days(2026, start)) == (5, 10)


def test_the_first_twelve_months_end_within_a_year() -> None:
    """实施办法 3, 5: from 1 July 2026, 184/365 × 5 = 2.52; the months before give nothing under either rule."""
    start = day("2025-07-01")

    assert [year_days(year, start) for year in (2025, 2026, 2027)] == [0, 2, 5]
    assert year_days(2026, start, band_change=BandChange.HIGHER) == 2


def test_a_year_of_joining_or_leaving() -> None:
    start = day("2010-01-01")

    assert year_days(2025, start, first=day("2025-07-01")) == joiner_days(day("2025-07-01"), 10) == 5
    assert year_days(2025, start, last=day("2025-06-30")) == leaver_days(day("2025-06-30"), 10) == 4
    assert year_days(2024, start, first=day("2025-07-01")) == 0


@given(dates, st.integers(2009, 2060), st.sampled_from(BandChange))
def test_a_year_gives_no_more_than_its_last_day_entitles_to(
    start: datetime.date, year: int, change: BandChange
) -> None:
    first, last = (statutory_days(start, datetime.date(year, *end)) for end in ((1, 1), (12, 31)))

    assert first <= year_days(year, start, band_change=change) <= last


@pytest.mark.parametrize(("entitlement", "months"), [(5, 2), (10, 3), (15, 4)])
def test_long_sick_leave_forfeits_annual_leave(entitlement: int, months: int) -> None:
    """职工带薪年休假条例 4 (三)-(五): two, three or four months of sick leave, by years of work."""
    assert entitled_days(entitlement, sick_months=D(months)) == Entitlement(0, Loss.SICK_LEAVE)
    assert entitled_days(entitlement, sick_months=D(months) - D("0.01")) == Entitlement(entitlement)


def test_twenty_days_of_paid_personal_leave_forfeit_annual_leave() -> None:
    """职工带薪年休假条例 4 (二)."""
    assert entitled_days(10, paid_personal_days=D(20)) == Entitlement(0, Loss.PERSONAL_LEAVE)
    assert entitled_days(10, paid_personal_days=D("19.5")) == Entitlement(10)


def test_what_was_taken_already_costs_next_year() -> None:
    """企业职工带薪年休假实施办法 8."""
    result = entitled_days(10, taken=D(1), sick_months=D(3))

    assert result == Entitlement(10, Loss.SICK_LEAVE, next_year_lost=True)


@pytest.mark.parametrize(
    ("holiday", "result"),
    [(11, Entitlement(0, Loss.SCHOOL_HOLIDAY)), (10, Entitlement(0)), (6, Entitlement(4)), (0, Entitlement(10))],
)
def test_school_holidays_stand_for_annual_leave(holiday: int, result: Entitlement) -> None:
    """职工带薪年休假条例 4 (一); 企业职工带薪年休假实施办法 7: what falls short is made up."""
    assert entitled_days(10, school_holiday_days=holiday) == result


def test_unused_leave_pays_three_day_rates() -> None:
    """企业职工带薪年休假实施办法 10-11: 300 % of 8,700 / 21.75 = 400 a day, the normal wage included."""
    assert unused_pay(D(5), D(8700)) == UnusedPay(D("6000.00"), D("2000.00"), D("4000.00"))


@given(st.decimals(0, 15, places=1), st.decimals(0, 99_999, places=2))
def test_unused_pay_is_rounded_once(days: Decimal, wage: Decimal) -> None:
    result = unused_pay(days, wage)

    exact = Fraction(days) * Fraction(wage) / Fraction("21.75")
    assert abs(Fraction(result.total) - 3 * exact) <= Fraction("0.005")
    assert abs(Fraction(result.extra) - 2 * exact) <= Fraction("0.005")
    assert result.normal + result.extra == result.total


def test_the_average_wage_leaves_out_overtime_and_older_months() -> None:
    """企业职工带薪年休假实施办法 11: the last twelve months without overtime pay, fewer if employed for less."""
    months = [(D(99999), D(0))] + [(D(9000), D(300))] * 12

    assert average_wage(months) == D(8700)
    assert average_wage([(D(8000), D(0)), (D(9000), D(500))]) == D(8250)
    with pytest.raises(ValueError, match="No month"):
        average_wage([])


def test_impossible_figures_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        joiner_days(day("2025-01-01"), -5)
    with pytest.raises(ValueError, match="not negative"):
        leaver_days(day("2025-01-01"), 5, D(-1))
    with pytest.raises(ValueError, match="not negative"):
        unused_pay(D("NaN"), D(8700))
    with pytest.raises(ValueError, match="before joining"):
        leaver_days(day("2025-01-01"), 5, joined=day("2025-01-02"))
    with pytest.raises(ValueError, match="5, 10 or 15"):
        entitled_days(7)
    assert entitled_days(0, sick_months=D(9)) == Entitlement(0)
