"""
What pay must not fall below, and deductions must not exceed, by law.

A check returns what is breached, so that all of it can be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from hrm.payroll.explain import require, require_amount
from hrm.payroll.parameters import Statute
from suite.masters.decimals import round_exact

CENTS = 2
MINIMUM_WAGE_ARTICLE = "劳动法 第48条；最低工资规定 第12条"


class BreachCode(StrEnum):
    """What is not lawful."""

    PROBATION_SHARE = "PROBATION_SHARE"
    MINIMUM_WAGE = "MINIMUM_WAGE"
    DAMAGE_SHARE = "DAMAGE_SHARE"
    DAMAGE_REST = "DAMAGE_REST"


@dataclass(frozen=True)
class Breach:
    """What is, and the limit that the law sets: the least of a pay, the most of a deduction."""

    code: BreachCode
    actual: Decimal
    limit: Decimal
    article: str


def check_minimum_wage(pay: Decimal, minimum_wage: Decimal) -> tuple[Breach, ...]:
    """
    Return the breach when a full month's pay is below the local minimum wage.

    :param pay: without overtime pay, allowances for hard conditions and benefits (最低工资规定 12).
    """
    if pay >= minimum_wage:
        return ()
    return (Breach(BreachCode.MINIMUM_WAGE, pay, minimum_wage, MINIMUM_WAGE_ARTICLE),)


def check_probation_pay(
    pay: Decimal, *, agreed_pay: Decimal, minimum_wage: Decimal, rule: Statute
) -> tuple[Breach, ...]:
    """
    Return what is wrong with the pay in probation: 80 % of what is agreed, and the minimum wage (劳动合同法 20).

    :param agreed_pay: by the month, for the time after probation.
    :param rule: the row of :attr:`Code.PROBATION` in force.
    :raises InvalidFigure: for a negative figure.
    """
    for name, value in (("pay", pay), ("agreed_pay", agreed_pay), ("minimum_wage", minimum_wage)):
        require_amount(name, value)
    least = agreed_pay * rule.number("pay_share")
    below = (Breach(BreachCode.PROBATION_SHARE, pay, least, rule.article),) if pay < least else ()
    return (*below, *check_minimum_wage(pay, minimum_wage))


def check_damage_deduction(
    deduction: Decimal, *, wage: Decimal, net_before: Decimal, minimum_wage: Decimal, rule: Statute
) -> tuple[Breach, ...]:
    """
    Return what is wrong with a deduction for damage (工资支付暂行规定 16).

    It takes a fifth of the month's wage at most, and what remains is not below the minimum wage.

    :param wage: of the month, gross.
    :param net_before: what would be paid without the deduction.
    :param rule: the row of :attr:`Code.WAGE_DEDUCTION` in force.
    :raises InvalidFigure: for a negative deduction, wage or minimum wage.
    """
    for name, value in (("deduction", deduction), ("wage", wage), ("minimum_wage", minimum_wage)):
        require_amount(name, value)
    breaches = []
    most = wage * rule.number("damage_share")
    if deduction > most:
        breaches.append(Breach(BreachCode.DAMAGE_SHARE, deduction, most, rule.article))
    if deduction and net_before - deduction < minimum_wage:
        breaches.append(Breach(BreachCode.DAMAGE_REST, net_before - deduction, minimum_wage, rule.article))
    return tuple(breaches)


def net_pay(*, gross: Decimal, social: Decimal, tax: Decimal, other: Decimal) -> Decimal:
    """
    Return net pay: gross less the employee's insurance and fund, tax, and other deductions.

    :raises InvalidFigure: for a figure that is not rounded to 0.01, as each line of a payslip is.
    """
    for name, value in (("gross", gross), ("social", social), ("tax", tax), ("other", other)):
        require(value.is_finite() and round_exact(value, CENTS) == value, name, value)
    return gross - social - tax - other
