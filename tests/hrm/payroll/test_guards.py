import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hrm.payroll.errors import InvalidFigure
from hrm.payroll.guards import (
    Breach,
    BreachCode,
    check_damage_deduction,
    check_minimum_wage,
    check_probation_pay,
    net_pay,
)
from hrm.payroll.parameters import Code, delivered_statutes, in_force

D = Decimal
AT = datetime.date(2026, 1, 1)
PROBATION = in_force(delivered_statutes(), Code.PROBATION, AT)
DEDUCTION = in_force(delivered_statutes(), Code.WAGE_DEDUCTION, AT)
cents = st.decimals(0, 100_000, places=2)


@pytest.mark.parametrize(
    ("pay", "agreed", "codes"),
    [
        ("8000", "10000", []),
        ("7999.99", "10000", [BreachCode.PROBATION_SHARE]),
        ("2700", "3000", []),
        ("2689.99", "3000", [BreachCode.MINIMUM_WAGE]),
        ("2300", "3000", [BreachCode.PROBATION_SHARE, BreachCode.MINIMUM_WAGE]),
    ],
)
def test_pay_in_probation(pay: str, agreed: str, codes: list[BreachCode]) -> None:
    """劳动合同法 第20条: 80 % of what is agreed, and not below the minimum wage."""
    breaches = check_probation_pay(D(pay), agreed_pay=D(agreed), minimum_wage=D(2690), rule=PROBATION)

    assert [breach.code for breach in breaches] == codes


def test_minimum_wage() -> None:
    """最低工资规定 第12条."""
    assert check_minimum_wage(D(2690), D(2690)) == ()
    assert check_minimum_wage(D("2689.99"), D(2690)) == (
        Breach(BreachCode.MINIMUM_WAGE, D("2689.99"), D(2690), "劳动法 第48条；最低工资规定 第12条"),
    )


@pytest.mark.parametrize(
    ("wage", "net_before", "most"),
    [
        ("10000", "8500", "2000"),
        ("10000", "4000", "1310"),
        ("10000", "2690", "0"),
        ("3333.33", "3333.33", "643.33"),
        ("4444.44", "4444.44", "888.88"),
    ],
)
def test_largest_deduction_for_damage(wage: str, net_before: str, most: str) -> None:
    """工资支付暂行规定 第16条: a fifth of the month's wage, and the minimum wage is left."""
    figures = {"wage": D(wage), "net_before": D(net_before), "minimum_wage": D(2690)}

    assert check_damage_deduction(D(most), **figures, rule=DEDUCTION) == ()
    assert check_damage_deduction(D(most) + D("0.01"), **figures, rule=DEDUCTION) != ()


def test_deduction_for_damage_can_breach_both_limits() -> None:
    """工资支付暂行规定 第16条."""
    breaches = check_damage_deduction(D(800), wage=D(3000), net_before=D(2800), minimum_wage=D(2690), rule=DEDUCTION)

    assert breaches == (
        Breach(BreachCode.DAMAGE_SHARE, D(800), D(600), "工资支付暂行规定 第16条"),
        Breach(BreachCode.DAMAGE_REST, D(2000), D(2690), "工资支付暂行规定 第16条"),
    )


def test_no_deduction_is_no_breach_of_a_low_net() -> None:
    assert check_damage_deduction(D(0), wage=D(3000), net_before=D(1), minimum_wage=D(2690), rule=DEDUCTION) == ()


def test_negative_deduction_is_refused() -> None:
    with pytest.raises(InvalidFigure):
        check_damage_deduction(D(-1), wage=D(1), net_before=D(1), minimum_wage=D(0), rule=DEDUCTION)


def test_line_that_is_not_rounded_is_refused() -> None:
    with pytest.raises(InvalidFigure):
        net_pay(gross=D("1000.001"), social=D(0), tax=D(0), other=D(0))


@given(cents, cents, cents, cents)
def test_net_identity(gross: Decimal, social: Decimal, tax: Decimal, other: Decimal) -> None:
    net = net_pay(gross=gross, social=social, tax=tax, other=other)

    assert net + social + tax + other == gross
