import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.payroll.errors import BonusMethodExpired, BonusMethodUsed, InvalidFigure, NoStatute
from hrm.payroll.explain import StepCode
from hrm.payroll.iit import (
    BonusMethod,
    BonusTrap,
    bonus_tax,
    bonus_traps,
    brackets_of,
    compare_bonus_methods,
    cumulative_tax,
    separate_bonus_brackets,
)
from hrm.payroll.parameters import Code, Statute, delivered_statutes, in_force

D = Decimal
STATUTES = delivered_statutes()
PAID = datetime.date(2026, 2, 10)
MONTHLY = brackets_of(in_force(STATUTES, Code.IIT_MONTHLY, PAID))
ANNUAL = brackets_of(in_force(STATUTES, Code.IIT_ANNUAL, PAID))
bonuses = st.decimals(0, 1_500_000, places=2)


@pytest.mark.parametrize(
    ("bonus", "tax"),
    [
        ("0", "0"),
        ("36000", "1080"),
        ("36001", "3390.10"),
        ("60000", "5790"),
        ("120000", "11790"),
        ("144000", "14190"),
        ("144001", "27390.20"),
        ("300000", "58590"),
        ("300001", "72340.25"),
        ("420000", "102340"),
        ("420001", "121590.30"),
        ("660000", "193590"),
        ("660001", "223840.35"),
        ("960000", "328840"),
        ("960001", "416840.45"),
    ],
)
def test_tax_on_a_bonus_by_itself(bonus: str, tax: str) -> None:
    """财税〔2018〕164号 第1条: a twelfth selects the rate, the quick deduction counts once."""
    assert bonus_tax(D(bonus), MONTHLY) == D(tax)


def test_a_twelfth_just_above_the_edge_is_not_rounded_down() -> None:
    # 36,000.01 / 12 = 3,000.000833…, which is above 3,000.
    assert bonus_tax(D("36000.01"), MONTHLY) == D("3390.00")


def test_negative_bonus_is_refused() -> None:
    with pytest.raises(InvalidFigure):
        bonus_tax(D(-1), MONTHLY)


@given(bonuses)
def test_bonus_tax_is_rate_times_bonus_less_quick_once(bonus: Decimal) -> None:
    """财税〔2018〕164号 第1条."""
    bracket = next(each for each in MONTHLY if each.upper is None or bonus <= each.upper * 12)

    assert abs(bonus_tax(bonus, MONTHLY) - (bonus * bracket.rate - bracket.quick)) <= D("0.005")


def test_ranges_in_which_more_leaves_less() -> None:
    """Published everywhere as 年终奖盲区, such as 36,000–38,566.67 and 960,000–1,120,000."""
    assert bonus_traps(MONTHLY) == (
        BonusTrap(D(36_000), D("38566.67")),
        BonusTrap(D(144_000), D("160500")),
        BonusTrap(D(300_000), D("318333.33")),
        BonusTrap(D(420_000), D("447500")),
        BonusTrap(D(660_000), D("706538.46")),
        BonusTrap(D(960_000), D("1120000")),
    )


def test_the_annual_table_has_no_such_range() -> None:
    by_month = [
        bracket if bracket.upper is None else type(bracket)(bracket.upper / 12, bracket.rate, bracket.quick)
        for bracket in ANNUAL
    ]

    assert bonus_traps(by_month) == ()


@given(bonuses)
def test_less_is_left_in_a_trap_and_nowhere_else(bonus: Decimal) -> None:
    net = bonus - bonus_tax(bonus, MONTHLY)

    for trap in bonus_traps(MONTHLY):
        net_at_edge = trap.edge - bonus_tax(trap.edge, MONTHLY)
        if trap.edge < bonus < trap.until - 1:
            assert net < net_at_edge
        if bonus >= trap.until:
            assert net >= net_at_edge


def test_separate_is_cheaper_beside_high_wages() -> None:
    # 36,000 × 3 % by itself; 36,000 × 20 % on top of the wages.
    comparison = compare_bonus_methods(D(36_000), annual_taxable=D(200_000), pay_date=PAID, statutes=STATUTES)

    assert (comparison.separate, comparison.merged) == (1080, 7200)
    assert comparison.cheaper is BonusMethod.SEPARATE
    assert comparison.saving == 6120
    assert comparison.trap is None


def test_merging_is_cheaper_while_deductions_are_left() -> None:
    # Of 36,000 only 16,000 are above unused deductions of 20,000: 480.
    comparison = compare_bonus_methods(D(36_000), annual_taxable=D(-20_000), pay_date=PAID, statutes=STATUTES)

    assert (comparison.separate, comparison.merged) == (1080, 480)
    assert comparison.cheaper is BonusMethod.MERGED
    assert comparison.saving == 600


def test_by_equal_tax_the_one_use_is_kept() -> None:
    comparison = compare_bonus_methods(D(10_000), annual_taxable=D(0), pay_date=PAID, statutes=STATUTES)

    assert comparison.separate == comparison.merged == 300
    assert comparison.cheaper is BonusMethod.MERGED


def test_advice_in_a_trap() -> None:
    """36,001 leaves 2,309.10 less than 36,000: 1 more, and 2,310.10 more tax."""
    comparison = compare_bonus_methods(D(36_001), annual_taxable=D(200_000), pay_date=PAID, statutes=STATUTES)

    assert comparison.trap == BonusTrap(D(36_000), D("38566.67"))
    assert comparison.loss == D("2309.10")
    assert comparison.explanation[-1].code is StepCode.BONUS_TRAP
    assert comparison.explanation[0].article == "财政部 税务总局公告2023年第30号"


@pytest.mark.parametrize("bonus", ["36000", "38566.67"])
def test_no_advice_at_the_ends_of_a_trap(bonus: str) -> None:
    comparison = compare_bonus_methods(D(bonus), annual_taxable=D(200_000), pay_date=PAID, statutes=STATUTES)

    assert comparison.trap is None
    assert comparison.loss == 0


@pytest.mark.parametrize("pay_date", [datetime.date(2019, 1, 1), datetime.date(2027, 12, 31)])
def test_separate_method_while_it_is_in_force(pay_date: datetime.date) -> None:
    """财政部 税务总局公告2023年第30号: until 2027-12-31."""
    assert separate_bonus_brackets(STATUTES, pay_date, is_used=False) == MONTHLY


@pytest.mark.parametrize("pay_date", [datetime.date(2018, 12, 31), datetime.date(2028, 1, 1)])
def test_separate_method_is_refused_outside_its_dates(pay_date: datetime.date) -> None:
    """财政部 税务总局公告2023年第30号: until 2027-12-31, by the pay date, and not beyond without a new row."""
    with pytest.raises(BonusMethodExpired):
        separate_bonus_brackets(STATUTES, pay_date, is_used=False)


def test_a_new_row_prolongs_the_separate_method() -> None:
    row = Statute(Code.BONUS_SEPARATE, datetime.date(2028, 1, 1), datetime.date(2028, 12, 31), {}, "—")

    assert separate_bonus_brackets((*STATUTES, row), datetime.date(2028, 2, 1), is_used=False) == MONTHLY


def test_separate_method_once_a_year() -> None:
    """财税〔2018〕164号 / 国税发〔2005〕9号 第3条: once for each taxpayer in a tax year."""
    with pytest.raises(BonusMethodUsed):
        separate_bonus_brackets(STATUTES, PAID, is_used=True)


@pytest.mark.parametrize(
    ("pay_date", "is_used", "refusal"),
    [(datetime.date(2028, 1, 1), False, "bonus-method-expired"), (PAID, True, "bonus-method-used")],
)
def test_comparison_says_why_only_merging_is_left(pay_date: datetime.date, is_used: bool, refusal: str) -> None:
    comparison = compare_bonus_methods(
        D(37_000), annual_taxable=D(200_000), pay_date=pay_date, statutes=STATUTES, is_separate_used=is_used
    )

    assert comparison.separate is None
    assert comparison.refusal == refusal
    assert (comparison.cheaper, comparison.merged, comparison.trap) == (BonusMethod.MERGED, 7400, None)


def test_comparison_without_a_tax_table_is_an_error() -> None:
    with pytest.raises(NoStatute):
        compare_bonus_methods(D(1), annual_taxable=D(0), pay_date=datetime.date(2018, 1, 1), statutes=STATUTES)


@given(bonuses, st.decimals(-100_000, 1_500_000, places=2))
def test_the_named_method_costs_least(bonus: Decimal, annual_taxable: Decimal) -> None:
    comparison = compare_bonus_methods(bonus, annual_taxable=annual_taxable, pay_date=PAID, statutes=STATUTES)

    assert comparison.separate is not None
    least = min(comparison.separate, comparison.merged)
    assert least == (comparison.separate if comparison.cheaper is BonusMethod.SEPARATE else comparison.merged)
    assert comparison.merged + cumulative_tax(annual_taxable, ANNUAL) == cumulative_tax(annual_taxable + bonus, ANNUAL)
