import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.attendance.choices import WorkingTimeSystem
from hrm.attendance.overtime import (
    Limit,
    LimitWarning,
    Overtime,
    Protection,
    ReasonRequired,
    add_months,
    check_limits,
    daily_rate,
    hourly_rate,
    may_be_compensated,
    night_minutes,
    overtime_multiple,
    overtime_pay,
    protection,
    require_reason,
)
from hrm.calendar.engine import DayKind
from suite.masters.decimals import round_exact

D = Decimal
day = datetime.date.fromisoformat
WORKDAY, REST, STATUTORY = DayKind


def test_rates_of_a_monthly_wage() -> None:
    """人社部发〔2025〕2号: day = month / 21.75, hour = month / (21.75 × 8)."""
    assert daily_rate(D(4350)) == D(200)
    assert hourly_rate(D(5220)) == D(30)


def test_the_rate_is_not_rounded() -> None:
    # 5,000 / 174 = 28.7356…; 10 hours at 150 % are 431.034… and would be 431.10 with a rounded rate.
    assert overtime_pay(D(10), WORKDAY, hourly_rate(D(5000))) == D("431.03")


@pytest.mark.parametrize(("kind", "pay"), [(WORKDAY, "90.00"), (REST, "120.00"), (STATUTORY, "180.00")])
def test_overtime_pays_150_200_and_300_percent(kind: DayKind, pay: str) -> None:
    """劳动法 44; 工资支付暂行规定 13."""
    assert overtime_pay(D(2), kind, hourly_rate(D(5220))) == D(pay)


def test_half_a_cent_is_rounded_up() -> None:
    # 1.74 / 174 = 0.01 an hour: half an hour at 300 % is 0.015; 58 / 174 = 1/3: 0.01 hours at 150 % are 0.005.
    assert overtime_pay(D("0.5"), STATUTORY, hourly_rate(D("1.74"))) == D("0.02")
    assert overtime_pay(D("0.01"), WORKDAY, hourly_rate(D(58))) == D("0.01")


@given(
    st.decimals(0, 100_000, places=2),
    st.integers(0, 6_000).map(lambda minutes: D(minutes) / 4),
    st.sampled_from(DayKind),
)
def test_pay_is_the_exact_product_rounded_once(wage: Decimal, hours: Decimal, kind: DayKind) -> None:
    exact = Fraction(wage) / 174 * Fraction(hours) * Fraction(overtime_multiple(kind))

    assert overtime_pay(hours, kind, hourly_rate(wage)) == round_exact(exact, 2)


def test_multiples_of_other_systems() -> None:
    """劳部发〔1997〕271号 5: rest days are ordinary in comprehensive hours; 工资支付暂行规定 13: 不定时 is exempt."""
    assert [overtime_multiple(kind, WorkingTimeSystem.COMPREHENSIVE) for kind in DayKind] == [D("1.5"), D("1.5"), D(3)]
    assert [overtime_multiple(kind, WorkingTimeSystem.FLEXIBLE) for kind in DayKind] == [0, 0, 0]
    assert overtime_pay(D(8), STATUTORY, D(30), system=WorkingTimeSystem.FLEXIBLE) == 0


def test_only_rest_days_may_be_swapped_for_time_off() -> None:
    """劳动法 44: 200 % only where no time off is given; 150 % and 300 % are always paid."""
    assert [may_be_compensated(kind) for kind in DayKind] == [False, True, False]


def test_the_limits_themselves_are_lawful() -> None:
    """劳动法 41: no more than three hours a day and 36 hours a month."""
    days = [Overtime(datetime.date(2026, 3, number), D(3)) for number in range(2, 14)]

    assert check_limits(days) == []


def test_what_exceeds_the_limits_is_reported() -> None:
    """劳动法 41. Two pieces of one day count together; a new month counts anew."""
    days = [Overtime(datetime.date(2026, 3, number), D(3)) for number in range(2, 14)]
    days += [Overtime(day("2026-03-13"), D("0.5")), Overtime(day("2026-04-01"), D(3))]

    assert check_limits(days) == [
        LimitWarning(Limit.MONTH, day("2026-03-01"), D("36.5"), D(36)),
        LimitWarning(Limit.DAY, day("2026-03-13"), D("3.5"), D(3)),
    ]


def test_a_rest_day_has_no_limit_of_its_own_but_counts_for_the_month() -> None:
    days = [Overtime(datetime.date(2026, 3, number), D(8), REST) for number in (1, 7, 8, 14, 15)]

    assert [(item.limit, item.hours) for item in check_limits(days)] == [(Limit.MONTH, D(40))]


def test_a_warning_needs_a_reason() -> None:
    warnings = check_limits([Overtime(day("2026-03-13"), D(4))])

    with pytest.raises(ReasonRequired) as refused:
        require_reason(warnings, "  ")

    assert refused.value.details["warnings"] == [{"limit": "DAY", "date": "2026-03-13", "hours": "4", "allowed": "3"}]
    require_reason(warnings, "Flood in the plant")
    require_reason([], "")


def test_pregnant_women_are_protected_from_seven_months() -> None:
    """女职工劳动保护特别规定 6."""
    since = day("2026-01-10")

    assert protection(day("2026-08-09"), pregnant_since=since) is None
    assert protection(day("2026-08-10"), pregnant_since=since) is Protection.PREGNANT


def test_nursing_women_are_protected_until_the_first_birthday() -> None:
    """女职工劳动保护特别规定 9: nursing a child that is not yet one year old."""
    born = day("2026-01-10")

    assert protection(day("2026-01-09"), nursing_born=born) is None
    assert protection(day("2027-01-09"), nursing_born=born) is Protection.NURSING
    assert protection(day("2027-01-10"), nursing_born=born) is None
    assert protection(day("2027-01-09")) is None


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        (480, 1320, 0),
        (480, 1321, 1),
        (1320, 1800, 480),
        (1320, 1860, 480),
        (0, 480, 360),
        (0, 1440, 480),
        (1200, 2760, 480),
        (1200, 2820, 540),
        (600, 600, 0),
    ],
)
def test_night_work(start: int, end: int, minutes: int) -> None:
    """劳安字〔1989〕1号: night is from 22:00 to 06:00 of the next day."""
    assert night_minutes(start, end) == minutes


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2025-10-31", 4, "2026-02-28"),
        ("2025-12-15", 1, "2026-01-15"),
    ],
)
def test_months_end_on_the_same_day_or_the_last(start: str, months: int, end: str) -> None:
    """民法典 202."""
    assert add_months(day(start), months) == day(end)


@pytest.mark.parametrize("wrong", [D(-1), D("NaN"), D("Infinity")])
def test_figures_are_numbers_and_not_negative(wrong: Decimal) -> None:
    with pytest.raises(ValueError, match="not negative"):
        hourly_rate(wrong)
    with pytest.raises(ValueError, match="not negative"):
        overtime_pay(wrong, WORKDAY, D(1))
    with pytest.raises(ValueError, match="not negative"):
        check_limits([Overtime(day("2026-03-13"), wrong)])


def test_night_runs_forward() -> None:
    with pytest.raises(ValueError, match="before"):
        night_minutes(10, 9)
