"""
What pay must not fall below, and deductions must not exceed, by law.

A check returns what is breached, so that a page can show all of it; :func:`enforce` refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from hrm.payroll.errors import BelowLegalMinimum, NetDoesNotAdd
from hrm.payroll.explain import ZERO, require, require_amount
from hrm.payroll.parameters import Statute
from suite.masters.decimals import round_exact

CENTS = 2
MINIMUM_WAGE_ARTICLE = "劳动法 第48条；最低工资规定 第12条"


class BreachCode(StrEnum):
    """What is not lawful."""

    PROBATION_SHARE = "PROBATION_SHARE"
    PROBATION_TERM = "PROBATION_TERM"
    MINIMUM_WAGE = "MINIMUM_WAGE"
    DAMAGE_SHARE = "DAMAGE_SHARE"
    DAMAGE_REST = "DAMAGE_REST"


@dataclass(frozen=True)
class Breach:
    """What is, and the limit that the law sets: the least of a pay, the most of a deduction or a term."""

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


def longest_probation(contract_months: int | None, rule: Statute) -> int:
    """
    Return how many months of probation a contract may have (劳动合同法 19).

    :param contract_months: of its term; None for one without end.
    :param rule: the row of :attr:`Code.PROBATION` in force.
    :raises InvalidFigure: for a term below zero.
    """
    require(contract_months is None or contract_months >= 0, "contract_months", contract_months)
    rows = rule.table("bands")
    if contract_months is None:
        return int(rows[-1][1] or 0)
    return next(int(months or 0) for below, months in rows if below is None or contract_months < below)


def check_probation_term(months: int, *, contract_months: int | None, rule: Statute) -> tuple[Breach, ...]:
    """Return the breach when a probation is longer than the contract allows; as :func:`longest_probation`."""
    longest = longest_probation(contract_months, rule)
    if months <= longest:
        return ()
    return (Breach(BreachCode.PROBATION_TERM, Decimal(months), Decimal(longest), rule.article),)


def largest_damage_deduction(*, wage: Decimal, net_before: Decimal, minimum_wage: Decimal, rule: Statute) -> Decimal:
    """
    Return how much may be deducted in a month for damage (工资支付暂行规定 16), rounded down to 0.01.

    A fifth of the month's wage, and what remains is not below the minimum wage.

    :param wage: of the month, gross.
    :param net_before: what would be paid without the deduction.
    :param rule: the row of :attr:`Code.WAGE_DEDUCTION` in force.
    :raises InvalidFigure: for a negative wage or minimum wage.
    """
    require_amount("wage", wage)
    require_amount("minimum_wage", minimum_wage)
    share = round_exact(Fraction(wage) * Fraction(rule.number("damage_share")), CENTS, "ROUND_DOWN")
    return max(min(share, net_before - minimum_wage), ZERO)


def check_damage_deduction(
    deduction: Decimal, *, wage: Decimal, net_before: Decimal, minimum_wage: Decimal, rule: Statute
) -> tuple[Breach, ...]:
    """
    Return what is wrong with a deduction for damage; parameters as of :func:`largest_damage_deduction`.

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


def check_net(net: Decimal, *, gross: Decimal, social: Decimal, tax: Decimal, other: Decimal) -> None:
    """
    Refuse a payslip that does not add up.

    :raises NetDoesNotAdd: then.
    :raises InvalidFigure: as :func:`net_pay`.
    """
    expected = net_pay(gross=gross, social=social, tax=tax, other=other)
    if net != expected:
        raise NetDoesNotAdd(expected, net)


def enforce(*checks: Iterable[Breach]) -> None:
    """
    Refuse what is not lawful.

    :raises BelowLegalMinimum: with all breaches.
    """
    breaches: Sequence[Breach] = [breach for check in checks for breach in check]
    if breaches:
        raise BelowLegalMinimum(breaches)
