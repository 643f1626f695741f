import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.payroll.errors import InvalidFigure
from hrm.payroll.explain import StepCode
from hrm.payroll.iit import brackets_of
from hrm.payroll.parameters import Code, delivered_statutes, in_force
from hrm.payroll.severance import (
    SeverancePay,
    notice_pay,
    service_months,
    severance_pay,
    severance_tax,
    severance_years,
)

D = Decimal
day = datetime.date
STATUTES = delivered_statutes()
AT = day(2026, 6, 30)
RULE = in_force(STATUTES, Code.SEVERANCE, AT)
NOTICE = in_force(STATUTES, Code.NOTICE, AT)
TAX_RULE = in_force(STATUTES, Code.SEVERANCE_TAX, AT)
ANNUAL = brackets_of(in_force(STATUTES, Code.IIT_ANNUAL, AT))


def severance(years: str, wage: str, *, average: str = "5451", minimum: str = "2000") -> SeverancePay:
    return severance_pay(
        years=D(years), monthly_wage=D(wage), local_average=D(average), minimum_wage=D(minimum), rule=RULE
    )


@pytest.mark.parametrize(
    ("hired", "left", "years"),
    [
        (day(2020, 1, 1), day(2020, 1, 1), "0.5"),
        (day(2020, 1, 1), day(2020, 6, 29), "0.5"),
        (day(2020, 1, 1), day(2020, 6, 30), "1"),
        (day(2020, 1, 1), day(2020, 12, 31), "1"),
        (day(2020, 1, 1), day(2021, 1, 1), "1.5"),
        (day(2020, 1, 1), day(2021, 6, 29), "1.5"),
        (day(2020, 1, 1), day(2021, 6, 30), "2"),
        (day(2008, 1, 1), day(2014, 12, 31), "7"),
        (day(2020, 3, 15), day(2026, 9, 13), "6.5"),
        (day(2020, 3, 15), day(2026, 9, 14), "7"),
        (day(2024, 2, 29), day(2025, 2, 27), "1"),
        (day(2024, 2, 29), day(2025, 2, 28), "1"),
        (day(2024, 2, 29), day(2025, 3, 1), "1.5"),
        (day(2023, 8, 31), day(2024, 2, 28), "0.5"),
        (day(2023, 8, 31), day(2024, 2, 29), "1"),
    ],
)
def test_years_that_count(hired: datetime.date, left: datetime.date, years: str) -> None:
    """劳动合同法 第47条: six months and more are a year, less are half a year; whole years as they are."""
    assert severance_years(hired, left, RULE) == D(years)


def test_thirteen_months_are_one_year_and_a_half() -> None:
    """China Briefing, Human Resources and Payroll in China 2016-2017, page 99: 13 months, 1.5 months' salary."""
    assert severance_years(day(2015, 1, 1), day(2016, 1, 31), RULE) == D("1.5")


def test_leaving_before_joining_is_refused() -> None:
    with pytest.raises(InvalidFigure):
        severance_years(day(2020, 1, 2), day(2020, 1, 1), RULE)


def test_high_wage_counts_as_three_times_the_average() -> None:
    """China Briefing, same book, page 101: wage 40,000, Shanghai 5,451 × 3 = 16,353, 7 years: 114,471."""
    result = severance(str(severance_years(day(2008, 1, 1), day(2014, 12, 31), RULE)), "40000")

    assert (result.base, result.years, result.amount) == (16_353, 7, 114_471)
    assert result.is_capped
    assert [step.code for step in result.explanation] == [
        StepCode.SEVERANCE_BASE,
        StepCode.SEVERANCE_YEARS,
        StepCode.SEVERANCE,
    ]
    assert {step.article for step in result.explanation} == {"劳动合同法 第47条"}


@pytest.mark.parametrize(
    ("wage", "base", "years", "amount"),
    [
        ("16353", "16353", "20", "327060"),
        ("16353.01", "16353", "12", "196236"),
        ("16352.99", "16352.99", "20", "327059.80"),
    ],
)
def test_only_a_capped_wage_has_twelve_years_at_most(wage: str, base: str, years: str, amount: str) -> None:
    """劳动合同法 第47条: 12 years at most, for who earns more than three times the average only."""
    result = severance("20", wage)

    assert (result.base, result.years, result.amount) == (D(base), D(years), D(amount))


def test_low_wage_counts_as_the_minimum_wage() -> None:
    """劳动合同法实施条例 第27条."""
    result = severance("2.5", "1500")

    assert (result.base, result.amount, result.is_capped) == (2000, 5000, False)


@pytest.mark.parametrize(
    ("years", "wage", "average"), [("-1", "1", "1"), ("1.25", "1", "1"), ("1", "-1", "1"), ("1", "1", "-1")]
)
def test_figures_that_cannot_be_are_refused(years: str, wage: str, average: str) -> None:
    with pytest.raises(InvalidFigure):
        severance(years, wage, average=average)


@pytest.mark.parametrize(("days", "amount"), [(0, 12_000), (29, 12_000), (30, 0), (45, 0)])
def test_wage_in_lieu_of_notice(days: int, amount: int) -> None:
    """劳动合同法 第40条: 30 days in writing, or a month's wage more; 实施条例 第20条: that of the month before."""
    paid, steps = notice_pay(D(12_000), notice_days=days, rule=NOTICE)

    assert paid == amount
    assert steps[0].amounts == {"wage": 12_000, "amount": amount}


def test_n_plus_one() -> None:
    """劳动合同法 第40、46条: severance of N months and a month in lieu of notice."""
    years = severance_years(day(2021, 1, 1), day(2026, 6, 30), RULE)

    total = severance(str(years), "10000").amount + notice_pay(D(11_000), notice_days=0, rule=NOTICE)[0]

    assert (years, total) == (6, 71_000)


@pytest.mark.parametrize(
    ("compensation", "exempt", "tax"),
    [
        ("196236", "196236", "0"),
        ("196236.50", "196236", "0.02"),
        ("232236", "196236", "1080"),
        # China Briefing, same book, page 101: 300,000 − 5,451 × 12 × 3 = 103,764; × 10 % − 2,520 by the rule of 2019.
        ("300000", "196236", "7856.40"),
        ("0", "0", "0"),
    ],
)
def test_tax_above_three_annual_averages(compensation: str, exempt: str, tax: str) -> None:
    """财税〔2018〕164号 第5条: exempt up to three times the local annual average, the rest by the annual table."""
    result = severance_tax(D(compensation), local_annual_average=D(5451) * 12, brackets=ANNUAL, rule=TAX_RULE)

    assert (result.exempt, result.tax) == (D(exempt), D(tax))
    assert result.exempt + result.taxable == D(compensation)
    assert {step.article for step in result.explanation} == {"财税〔2018〕164号 第5条"}


@given(st.dates(day(1990, 1, 1), day(2030, 1, 1)), st.integers(0, 15_000))
def test_years_are_whole_or_half_and_near_the_time_served(hired: datetime.date, days: int) -> None:
    left = hired + datetime.timedelta(days=days)

    years = severance_years(hired, left, RULE)
    months, _has_days = service_months(hired, left)

    assert years % D("0.5") == 0
    assert D(months) / 12 <= years <= D(months) / 12 + D("0.5") + D(1) / 12
