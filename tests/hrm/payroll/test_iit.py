import datetime
from dataclasses import replace
from decimal import Decimal
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.payroll.errors import InvalidFigure, InvalidStatute, WrongTaxYear
from hrm.payroll.explain import Step, StepCode
from hrm.payroll.iit import (
    BasicCase,
    Employment,
    LastYear,
    MonthPay,
    Withholding,
    YearToDate,
    basic_case,
    basic_deduction,
    basic_rule,
    brackets_of,
    cumulative_tax,
    withhold_month,
)
from hrm.payroll.parameters import Code, Statute, delivered_statutes, in_force

D = Decimal
STATUTES = delivered_statutes()
BRACKETS = brackets_of(in_force(STATUTES, Code.IIT_WITHHOLDING, datetime.date(2026, 1, 1)))
LONG_EMPLOYED = Employment(datetime.date(2015, 3, 1))
amounts = st.decimals(0, 2_000_000, places=2)


def day(year: int, month: int, of_month: int = 10) -> datetime.date:
    return datetime.date(year, month, of_month)


def pay(
    month: int,
    income: str | Decimal,
    *,
    year: int = 2026,
    employment: Employment = LONG_EMPLOYED,
    social: str = "0",
    special: str = "0",
    other: str = "0",
    exempt: str = "0",
    reduction: str = "0",
) -> MonthPay:
    at = day(year, month)
    return MonthPay(
        at, D(income), employment, basic_rule(STATUTES, at), D(exempt), D(social), D(special), D(other), D(reduction)
    )


def year_of(*months: MonthPay) -> list[Withholding]:
    results: list[Withholding] = []
    before = YearToDate(months[0].pay_date.year)
    for month in months:
        results.append(withhold_month(before, month, BRACKETS))
        before = results[-1].after
    return results


def step(result: Withholding, code: StepCode) -> Step:
    return next(each for each in result.explanation if each.code is code)


def test_cumulative_withholding_of_the_tax_administration() -> None:
    """国家税务总局公告2018年第61号, 解读: 30,000 a month, 4,500 insurance, 2,000 special: 555, 625, 1,850."""
    months = [pay(month, "30000", year=2019, social="4500", special="2000") for month in range(1, 13)]

    results = year_of(*months)

    assert [result.tax for result in results[:3]] == [555, 625, 1850]
    # 18,500 × 12 = 222,000, in the bracket of 20 %: 222,000 × 20 % − 16,920.
    assert results[-1].after.withheld == D("27480.00")
    assert results[-1].after.taxable == 222_000


@pytest.mark.parametrize(
    ("taxable", "tax"),
    [
        ("36000", "1080"),
        ("36000.01", "1080.00"),
        ("36000.10", "1080.01"),
        ("144000", "11880"),
        ("144000.10", "11880.02"),
        ("300000", "43080"),
        ("300000.10", "43080.03"),
        ("420000", "73080"),
        ("420000.10", "73080.03"),
        ("660000", "145080"),
        ("660000.10", "145080.04"),
        ("960000", "250080"),
        ("960000.10", "250080.05"),
        ("1000000", "268080"),
    ],
)
def test_tax_at_the_edges_of_the_brackets(taxable: str, tax: str) -> None:
    """国家税务总局公告2018年第61号, 预扣率表一: an upper limit belongs to its row, and nothing jumps there."""
    assert cumulative_tax(D(taxable), BRACKETS) == D(tax)


@pytest.mark.parametrize("taxable", ["0", "-0.01", "-50000"])
def test_no_income_no_tax(taxable: str) -> None:
    assert cumulative_tax(D(taxable), BRACKETS) == 0


def test_tax_is_rounded_once_halves_up() -> None:
    # 0.50 × 3 % = 0.015; 0.16 × 3 % = 0.0048.
    assert cumulative_tax(D("0.50"), BRACKETS) == D("0.02")
    assert cumulative_tax(D("0.16"), BRACKETS) == 0


def test_quick_deductions_follow_from_rates_and_limits() -> None:
    """个人所得税法 第3条: each quick deduction is what the lower rates spare, so the tax is continuous."""
    for lower, higher in pairwise(BRACKETS):
        assert lower.upper is not None
        assert higher.quick == lower.quick + lower.upper * (higher.rate - lower.rate)


@given(amounts, amounts)
def test_tax_rises_with_income_and_never_faster_than_the_highest_rate(first: Decimal, second: Decimal) -> None:
    low, high = sorted((first, second))

    more = cumulative_tax(high, BRACKETS) - cumulative_tax(low, BRACKETS)

    assert 0 <= more <= (high - low) * D("0.45") + D("0.01")


def test_a_negative_month_is_not_refunded_but_carried() -> None:
    """国家税务总局公告2018年第61号 第6条: a negative rest is not refunded in the year, but set off later."""
    january, february, march = year_of(pay(1, "15000"), pay(2, "2000"), pay(3, "9000"))

    # 10,000 × 3 %; then 7,000 × 3 % − 300 = −90; then 11,000 × 3 % − 300.
    assert (january.tax, february.tax, march.tax) == (300, 0, 30)
    assert step(february, StepCode.NOT_REFUNDED).amounts == {"carried": 90, "tax": 0}
    assert february.after.withheld == 300
    assert step(march, StepCode.TAX).amounts == {"tax": 30}


def test_what_was_carried_ends_with_the_year() -> None:
    """国家税务总局公告2018年第61号 第6条: what is left at the end of the year is settled by the taxpayer."""
    december = year_of(pay(1, "80000"), pay(12, "0"))[-1]

    january = withhold_month(YearToDate(2027), pay(1, "15000", year=2027), BRACKETS)

    assert december.tax == 0
    assert december.after.withheld > cumulative_tax(december.after.taxable, BRACKETS)
    assert january.tax == 300


def test_wages_of_december_paid_in_january_belong_to_the_new_year() -> None:
    """个人所得税法实施条例: the tax year is that of the pay date; the basic deduction begins with one month again."""
    december = year_of(*[pay(month, "30000") for month in range(1, 13)])[-1].after

    paid = pay(1, "30000", year=2027)

    with pytest.raises(WrongTaxYear):
        withhold_month(december, paid, BRACKETS)
    january = withhold_month(YearToDate(2027), paid, BRACKETS)
    assert january.after.basic == 5000
    assert january.tax == 750


def test_months_are_withheld_in_their_order() -> None:
    march = year_of(pay(3, "10000"))[-1].after

    with pytest.raises(WrongTaxYear) as refused:
        withhold_month(march, pay(2, "10000"), BRACKETS)

    assert refused.value.details == {"year": 2026, "month": 3, "pay_date": day(2026, 2)}


def test_second_payment_of_a_month_has_no_second_deduction() -> None:
    first, second = year_of(pay(1, "15000"), pay(1, "1000"))

    assert first.after.basic == second.after.basic == 5000
    assert (first.tax, second.tax) == (300, 30)


def test_a_month_without_pay_keeps_its_deduction() -> None:
    """国家税务总局公告2018年第61号 第6条: 5,000 for each month of employment here, paid or not."""
    results = year_of(pay(1, "15000"), pay(3, "15000"))

    assert results[-1].after.basic == 15_000
    # (30,000 − 15,000) × 3 % − 300.
    assert results[-1].tax == 150


def test_exempt_income_other_deductions_and_reductions_count() -> None:
    result = year_of(pay(1, "20000", exempt="1000", social="2000", special="3000", other="1000", reduction="40"))[0]

    # (20,000 − 1,000 − 5,000 − 2,000 − 3,000 − 1,000) × 3 % − 40.
    assert result.after.taxable == 8000
    assert result.tax == 200
    assert step(result, StepCode.REDUCTION).amounts["to_date"] == 40


def test_mid_month_joiner_has_the_whole_month() -> None:
    """国家税务总局公告2018年第61号 第6条: months of employment in this unit, the one of joining included."""
    joined = Employment(datetime.date(2026, 4, 20))

    april, may = year_of(pay(4, "12000", employment=joined), pay(5, "12000", employment=joined))

    assert (april.after.basic, may.after.basic) == (5000, 10_000)
    assert (april.tax, may.tax) == (210, 210)


def test_joiner_of_last_year_counts_from_january() -> None:
    joined = Employment(datetime.date(2025, 12, 20))

    assert basic_deduction(joined, day(2026, 1), basic_rule(STATUTES, day(2026, 1))) == 5000


@pytest.mark.parametrize(
    ("left", "pay_date", "amount"),
    [
        (datetime.date(2026, 6, 12), day(2026, 6), 30_000),
        (datetime.date(2026, 6, 12), day(2026, 8), 30_000),
        (datetime.date(2026, 6, 12), day(2026, 5), 25_000),
        (datetime.date(2025, 12, 31), day(2026, 1), 0),
    ],
)
def test_leaver_has_the_months_until_leaving(left: datetime.date, pay_date: datetime.date, amount: int) -> None:
    """国家税务总局公告2018年第61号 第6条: what is paid after leaving brings no further month."""
    leaver = replace(LONG_EMPLOYED, left=left)

    assert basic_deduction(leaver, pay_date, basic_rule(STATUTES, pay_date)) == amount


def test_july_graduate_has_the_months_since_january() -> None:
    """国家税务总局公告2020年第13号 第1条; hrone.com, fresh graduates: joined in July, 5,000 × 7 = 35,000."""
    graduate = Employment(datetime.date(2026, 7, 1), has_first_income=True)

    july, august = year_of(pay(7, "40000", employment=graduate), pay(8, "40000", employment=graduate))

    assert (july.after.basic, august.after.basic) == (35_000, 40_000)
    assert july.tax == 150
    basic = step(july, StepCode.BASIC_FIRST_INCOME)
    assert basic.amounts == {"monthly": 5000, "months": 7, "to_date": 35_000}
    assert basic.article == "国家税务总局公告2020年第13号 第1条"


def test_joiner_with_earlier_wages_of_the_year_has_the_months_here_only() -> None:
    """国家税务总局公告2020年第13号 第1条: only who had no wages yet in the year."""
    joined = Employment(datetime.date(2026, 7, 1), has_first_income=False)

    assert basic_deduction(joined, day(2026, 8), basic_rule(STATUTES, day(2026, 8))) == 10_000


def test_rule_of_the_first_income_begins_in_july_2020() -> None:
    """国家税务总局公告2020年第13号 第3条: from 2020-07-01."""
    joined = Employment(datetime.date(2020, 6, 1), has_first_income=True)

    amounts = [basic_deduction(joined, at, basic_rule(STATUTES, at)) for at in (day(2020, 6, 30), day(2020, 7, 1))]

    assert amounts == [5000, 35_000]


def test_low_income_of_last_year_defers_the_tax() -> None:
    """国家税务总局公告2020年第19号, 解读: 8,000 a month; nothing until July, 120 in August, then 240 a month."""
    employment = replace(LONG_EMPLOYED, last_year=LastYear(12, D(60_000)))
    months = [pay(month, "8000", year=2021, employment=employment) for month in range(1, 13)]

    results = year_of(*months)

    assert [result.tax for result in results] == [*[0] * 7, 120, 240, 240, 240, 240]
    basic = step(results[0], StepCode.BASIC_LOW_INCOME)
    assert basic.amounts == {"last_year": 60_000, "limit": 60_000, "to_date": 60_000}


def test_low_income_spares_the_way_over_the_settlement() -> None:
    """国家税务总局公告2020年第19号, 解读: 10,000 in January, then 4,000: no tax instead of 150 to be claimed back."""
    employment = replace(LONG_EMPLOYED, last_year=LastYear(12, D(50_000)))
    incomes = ["10000", *["4000"] * 11]

    with_rule = year_of(*[pay(m, i, year=2021, employment=employment) for m, i in enumerate(incomes, 1)])
    without = year_of(*[pay(m, i, year=2021) for m, i in enumerate(incomes, 1)])

    assert {result.tax for result in with_rule} == {0}
    assert [result.tax for result in without] == [150, *[0] * 11]


@pytest.mark.parametrize(
    "employment",
    [
        replace(LONG_EMPLOYED, last_year=LastYear(12, D("60000.01"))),
        replace(LONG_EMPLOYED, last_year=LastYear(11, D(50_000))),
        replace(LONG_EMPLOYED, last_year=None),
        replace(LONG_EMPLOYED, last_year=LastYear(12, D(50_000)), left=datetime.date(2025, 12, 31)),
        Employment(datetime.date(2026, 1, 5), last_year=LastYear(12, D(50_000))),
    ],
    ids=["more than 60,000", "not all months", "not reported", "left", "hired again this year"],
)
def test_who_does_not_have_low_income(employment: Employment) -> None:
    """国家税务总局公告2020年第19号 第1条: twelve months by this unit, at most 60,000 gross, employed since January."""
    assert basic_case(employment, day(2026, 2), basic_rule(STATUTES, day(2026, 2))) is BasicCase.EMPLOYED


def test_rule_of_low_income_begins_in_2021() -> None:
    """国家税务总局公告2020年第19号 第4条: from 2021-01-01."""
    employment = replace(LONG_EMPLOYED, last_year=LastYear(12, D(50_000)))

    cases = [basic_case(employment, at, basic_rule(STATUTES, at)) for at in (day(2020, 12, 31), day(2021, 1, 1))]

    assert cases == [BasicCase.EMPLOYED, BasicCase.LOW_INCOME]


@pytest.mark.parametrize(
    "employment",
    [Employment(datetime.date(2026, 4, 1)), Employment(datetime.date(2026, 2, 1), datetime.date(2026, 1, 31))],
    ids=["joins after the month", "left before joining"],
)
def test_employment_that_cannot_be_is_refused(employment: Employment) -> None:
    with pytest.raises(InvalidFigure):
        withhold_month(YearToDate(2026), pay(3, "1", employment=employment), BRACKETS)


def test_each_step_is_explained() -> None:
    result = year_of(pay(1, "30000", social="4500", special="2000"), pay(2, "30000", social="4500", special="2000"))[1]

    assert [each.code for each in result.explanation] == [
        StepCode.INCOME,
        StepCode.BASIC_EMPLOYED,
        StepCode.SOCIAL,
        StepCode.SPECIAL,
        StepCode.TAXABLE,
        StepCode.TAX_TO_DATE,
        StepCode.WITHHELD_BEFORE,
        StepCode.TAX,
    ]
    assert step(result, StepCode.INCOME).amounts == {"before": 30_000, "month": 30_000, "to_date": 60_000}
    assert step(result, StepCode.TAX_TO_DATE).amounts == {
        "taxable": 37_000,
        "rate": D("0.10"),
        "quick": 2520,
        "tax": 1180,
    }
    assert all(each.article for each in result.explanation)
    assert [Step.from_data(each.as_data()) for each in result.explanation] == list(result.explanation)


@pytest.mark.parametrize(
    "brackets",
    [
        [["36000", "0.03", "0"]],
        [["36000", "0.03", "0"], ["20000", "0.1", "0"], [None, "0.2", "0"]],
        [[None, "0.03", "0"], [None, "0.1", "0"]],
        [["36000", "0.03"], [None, "0.1", "0"]],
        [["36000", None, "0"], [None, "0.1", "0"]],
    ],
)
def test_table_with_a_hole_is_refused(brackets: list[list[str | None]]) -> None:
    statute = Statute(Code.IIT_WITHHOLDING, day(2026, 1), None, {"brackets": brackets}, "—")

    with pytest.raises(InvalidStatute):
        brackets_of(statute)


@given(st.lists(st.decimals(-20_000, 200_000, places=2), min_size=12, max_size=12))
def test_withheld_of_a_year_is_the_highest_tax_to_date(incomes: list[Decimal]) -> None:
    """国家税务总局公告2018年第61号 第6条: since nothing is refunded, each month stands at the highest so far."""
    results = year_of(*[pay(month, income) for month, income in enumerate(incomes, 1)])

    due = [cumulative_tax(result.after.taxable, BRACKETS) for result in results]
    assert [result.after.withheld for result in results] == list(accumulate(due, max))
    assert sum(result.tax for result in results) == max(due)


@given(st.lists(st.decimals(0, 100_000, places=2), min_size=2, max_size=12))
def test_steady_or_rising_pay_is_withheld_exactly(incomes: list[Decimal]) -> None:
    """What is withheld of a year in which no month refunds is the tax on the income of the year."""
    months = [pay(month, income + 5000) for month, income in enumerate(sorted(incomes), 1)]

    last = year_of(*months)[-1].after

    assert last.withheld == cumulative_tax(sum(incomes, D(0)), BRACKETS)
