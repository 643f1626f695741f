"""
Individual income tax 个人所得税 on wages: cumulative withholding 累计预扣法 and the annual bonus 全年一次性奖金.

Withholding follows 国家税务总局公告2018年第61号, article 6: the tax on what a unit paid a person since the beginning of
the tax year, less what it withheld before. A negative rest is not refunded but lowers the tax of later months of the
same year. The tax year is that of the pay date. Amounts are yuan; tax is rounded once, halves up, to 0.01.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from hrm.payroll.errors import BonusMethodExpired, BonusMethodUsed, InvalidStatute, WrongTaxYear
from hrm.payroll.explain import ZERO, Step, StepCode, require, require_amount
from hrm.payroll.parameters import Code, Statute, find, in_force
from suite.masters.decimals import round_exact

CENTS = 2
MONTHS = 12
WITHHOLDING_ARTICLE = "国家税务总局公告2018年第61号 第6条"


@dataclass(frozen=True)
class Bracket:
    """
    A row of a tax table.

    :param upper: amount up to which, itself included, the rate holds; None for the last row.
    :param quick: quick deduction 速算扣除数.
    """

    upper: Decimal | None
    rate: Decimal
    quick: Decimal


@dataclass(frozen=True)
class LastYear:
    """
    What this unit reported for a person in the calendar year before.

    :param months: in which it reported wages.
    :param gross: all wages, annual bonus included, before any deduction.
    """

    months: int
    gross: Decimal


@dataclass(frozen=True)
class Employment:
    """
    What decides the basic deduction of a person in a tax year.

    :param left: last day; None while employed.
    :param has_first_income: whether these are the first wages the person earns anywhere in the year.
    """

    hired: datetime.date
    left: datetime.date | None = None
    has_first_income: bool = False
    last_year: LastYear | None = None


@dataclass(frozen=True)
class LowIncomeRule:
    """Who earned at most ``limit`` in ``months`` reported months of last year gets ``amount`` at once."""

    limit: Decimal
    months: int
    amount: Decimal
    article: str


@dataclass(frozen=True)
class BasicRule:
    """
    The basic deduction 减除费用 as in force on a pay date.

    :param first_income_article: None when the rule for the first income of a year is not in force.
    """

    monthly: Decimal
    article: str
    first_income_article: str | None = None
    low_income: LowIncomeRule | None = None


class BasicCase(StrEnum):
    """By which rule the basic deduction is counted."""

    EMPLOYED = "EMPLOYED"
    FIRST_INCOME = "FIRST_INCOME"
    LOW_INCOME = "LOW_INCOME"


@dataclass(frozen=True)
class YearToDate:
    """
    What one unit paid and withheld for a person in a tax year so far.

    :param month: of the last payment; 0 before the first.
    :param basic: basic deduction to date, for what is read later; it is counted anew each month.
    """

    year: int
    month: int = 0
    income: Decimal = ZERO
    exempt: Decimal = ZERO
    basic: Decimal = ZERO
    social: Decimal = ZERO
    special: Decimal = ZERO
    other: Decimal = ZERO
    reduction: Decimal = ZERO
    withheld: Decimal = ZERO

    @property
    def taxable(self) -> Decimal:
        """Return the taxable income to date, negative while deductions exceed the income."""
        return self.income - self.exempt - self.basic - self.social - self.special - self.other


@dataclass(frozen=True)
class MonthPay:
    """
    One payment. Amounts may be negative where an earlier month is corrected.

    :param social: the employee's part of social insurance and housing fund.
    :param special: special additional deductions 专项附加扣除 that the payment adds, those made up for included.
    :param other: deductions by law, such as a personal pension.
    :param reduction: of the tax itself.
    """

    pay_date: datetime.date
    income: Decimal
    employment: Employment
    basic_rule: BasicRule
    exempt: Decimal = ZERO
    social: Decimal = ZERO
    special: Decimal = ZERO
    other: Decimal = ZERO
    reduction: Decimal = ZERO


@dataclass(frozen=True)
class Withholding:
    """
    The tax of a payment.

    :param tax: to withhold, never negative.
    :param after: the year to date, to give with the next payment.
    """

    tax: Decimal
    after: YearToDate
    explanation: tuple[Step, ...]


class BonusMethod(StrEnum):
    """How an annual bonus is taxed."""

    SEPARATE = "SEPARATE"
    MERGED = "MERGED"


@dataclass(frozen=True)
class BonusTrap:
    """
    A range 盲区 just above the edge of a bracket in which a higher bonus leaves less.

    :param edge: highest bonus of the lower rate, which is not in the range.
    :param until: bonus that leaves as much as the edge again, to 0.01.
    """

    edge: Decimal
    until: Decimal


@dataclass(frozen=True)
class BonusComparison:
    """
    What an annual bonus costs by each method.

    :param separate: tax on the bonus by itself; None when that is not allowed.
    :param merged: tax that the bonus adds to that of the year.
    :param refusal: code of the error for which the separate method is not allowed, or empty.
    :param trap: range in which the bonus lies when taxed separately, or None.
    :param loss: by how much less a bonus in the trap leaves than its edge.
    """

    separate: Decimal | None
    merged: Decimal
    cheaper: BonusMethod
    saving: Decimal
    refusal: str
    trap: BonusTrap | None
    loss: Decimal
    explanation: tuple[Step, ...]


def brackets_of(statute: Statute) -> tuple[Bracket, ...]:
    """
    Return the tax table of a row.

    :raises InvalidStatute: for a table whose limits do not rise to an open end, or with a hole.
    """
    brackets = []
    for row in statute.table("brackets"):
        if len(row) != 3 or row[1] is None or row[2] is None:
            raise InvalidStatute(statute.code, "brackets: upper, rate, quick")
        brackets.append(Bracket(row[0], row[1], row[2]))
    uppers = [bracket.upper for bracket in brackets]
    limits = [upper for upper in uppers[:-1] if upper is not None]
    rises = all(low < high for low, high in pairwise(limits))
    if uppers[-1] is not None or len(limits) != len(uppers) - 1 or not rises:
        raise InvalidStatute(statute.code, "brackets: 0 < … < ∞")
    return tuple(brackets)


def basic_rule(statutes: Sequence[Statute], pay_date: datetime.date) -> BasicRule:
    """
    Return the basic deduction in force on a pay date, with those of its exceptions that are.

    :raises NoStatute: when the deduction itself is not.
    """
    basic = in_force(statutes, Code.BASIC_DEDUCTION, pay_date)
    first = find(statutes, Code.FIRST_INCOME, pay_date)
    low = find(statutes, Code.LOW_INCOME, pay_date)
    return BasicRule(
        basic.number("monthly"),
        basic.article,
        first.article if first else None,
        LowIncomeRule(low.number("limit"), low.whole("months"), low.number("amount"), low.article) if low else None,
    )


def basic_case(employment: Employment, pay_date: datetime.date, rule: BasicRule) -> BasicCase:
    """
    Return by which rule the basic deduction of a person counts on a pay date.

    Low income (国家税务总局公告2020年第19号): employed before the year and still in it, all twelve months of last
    year reported by this unit, and not more than 60,000 gross. First income (国家税务总局公告2020年第13号): no wages
    earlier in the year from anybody.
    """
    low, last, left = rule.low_income, employment.last_year, employment.left
    stayed = employment.hired.year < pay_date.year and (left is None or left.year >= pay_date.year)
    if low and last and stayed and last.months >= low.months and last.gross <= low.limit:
        return BasicCase.LOW_INCOME
    if employment.has_first_income and rule.first_income_article is not None:
        return BasicCase.FIRST_INCOME
    return BasicCase.EMPLOYED


def basic_months(employment: Employment, pay_date: datetime.date, case: BasicCase = BasicCase.EMPLOYED) -> int:
    """
    Return the months of the year for which the basic deduction counts up to a payment.

    Those in which the person was employed here, the ones of joining and leaving included; with the first income all
    since January.

    :raises InvalidFigure: when the person joined after the month of the pay date, or left before joining.
    """
    hired, left = employment.hired, employment.left
    require((hired.year, hired.month) <= (pay_date.year, pay_date.month), "hired", hired)
    require(left is None or left >= hired, "left", left)
    if case is BasicCase.FIRST_INCOME:
        return pay_date.month
    first = hired.month if hired.year == pay_date.year else 1
    if left is None or left.year > pay_date.year:
        last = pay_date.month
    else:
        last = min(left.month, pay_date.month) if left.year == pay_date.year else 0
    return max(last - first + 1, 0)


def basic_deduction(employment: Employment, pay_date: datetime.date, rule: BasicRule) -> Decimal:
    """
    Return the basic deduction from January to a payment, not of its month alone.

    :raises InvalidFigure: as :func:`basic_months` does.
    """
    case = basic_case(employment, pay_date, rule)
    if case is BasicCase.LOW_INCOME and rule.low_income:
        return rule.low_income.amount
    return rule.monthly * basic_months(employment, pay_date, case)


def bracket_for(amount: Decimal | Fraction, brackets: Sequence[Bracket]) -> Bracket:
    """Return the row of a tax table that an amount falls in; an upper limit belongs to its row."""
    return next(bracket for bracket in brackets if bracket.upper is None or amount <= bracket.upper)


def cumulative_tax(taxable: Decimal, brackets: Sequence[Bracket]) -> Decimal:
    """Return the tax on taxable income since January, rounded to 0.01; nothing on none or less."""
    if taxable <= 0:
        return round_exact(ZERO, CENTS)
    return _tax(taxable, bracket_for(taxable, brackets))


def withhold_month(before: YearToDate, month: MonthPay, brackets: Sequence[Bracket]) -> Withholding:
    """
    Return the tax to withhold from a payment.

    :param before: the year to date; ``YearToDate(year)`` for the first payment of a year.
    :param brackets: of :attr:`Code.IIT_WITHHOLDING` on the pay date.
    :raises WrongTaxYear: when the pay date is in another year than ``before``, or in an earlier month.
    :raises InvalidFigure: as :func:`basic_months` does.
    """
    if month.pay_date.year != before.year or month.pay_date.month < before.month:
        raise WrongTaxYear(before.year, before.month, month.pay_date)
    paid = replace(
        before,
        month=month.pay_date.month,
        income=before.income + month.income,
        exempt=before.exempt + month.exempt,
        basic=basic_deduction(month.employment, month.pay_date, month.basic_rule),
        social=before.social + month.social,
        special=before.special + month.special,
        other=before.other + month.other,
        reduction=before.reduction + month.reduction,
    )
    to_date = cumulative_tax(paid.taxable, brackets)
    rest = to_date - paid.reduction - before.withheld
    tax = max(rest, ZERO)
    after = replace(paid, withheld=before.withheld + tax)
    last = Step(StepCode.TAX, {"tax": tax}, WITHHOLDING_ARTICLE)
    if rest < 0:
        last = Step(StepCode.NOT_REFUNDED, {"carried": -rest, "tax": tax}, WITHHOLDING_ARTICLE)
    steps = (*_deduction_steps(before, month, after), *_tax_steps(before, month, after, brackets), last)
    return Withholding(tax, after, steps)


def bonus_tax(bonus: Decimal, brackets: Sequence[Bracket]) -> Decimal:
    """
    Return the tax on an annual bonus by itself: a twelfth selects the rate, the quick deduction counts once.

    :param brackets: of :attr:`Code.IIT_MONTHLY`.
    :raises InvalidFigure: for a negative bonus.
    """
    require_amount("bonus", bonus)
    return _tax(bonus, _bonus_bracket(bonus, brackets))


def separate_bonus_brackets(
    statutes: Sequence[Statute], pay_date: datetime.date, *, is_used: bool
) -> tuple[Bracket, ...]:
    """
    Return the table for :func:`bonus_tax`, if the separate method may be used.

    :param is_used: whether it was used for the person in this tax year already, by whomever.
    :raises BonusMethodExpired: when no row allows it on the pay date.
    :raises BonusMethodUsed: for the second time in a year.
    :raises NoStatute: when the table is not in force.
    """
    if find(statutes, Code.BONUS_SEPARATE, pay_date) is None:
        raise BonusMethodExpired(pay_date)
    if is_used:
        raise BonusMethodUsed(pay_date.year)
    return brackets_of(in_force(statutes, Code.IIT_MONTHLY, pay_date))


def bonus_traps(brackets: Sequence[Bracket]) -> tuple[BonusTrap, ...]:
    """Return the ranges in which a higher bonus leaves less, because the quick deduction counts only once."""
    traps = []
    for bracket, following in pairwise(brackets):
        if bracket.upper is None:
            continue
        edge = bracket.upper * MONTHS
        until = round_exact((Fraction(_net(edge, bracket)) - Fraction(following.quick)) / _kept(following), CENTS)
        if until > edge:
            traps.append(BonusTrap(edge, until))
    return tuple(traps)


def compare_bonus_methods(
    bonus: Decimal,
    *,
    annual_taxable: Decimal,
    pay_date: datetime.date,
    statutes: Sequence[Statute],
    is_separate_used: bool = False,
) -> BonusComparison:
    """
    Return what a bonus costs by itself and merged into the year, which is cheaper, and whether less would leave more.

    By equal tax merging is named, which keeps the one use of the separate method.

    :param annual_taxable: taxable income expected for the whole year without the bonus; negative while deductions
        exceed it.
    :raises InvalidFigure: for a negative bonus.
    :raises NoStatute: when a tax table is not in force.
    """
    require_amount("bonus", bonus)
    table = in_force(statutes, Code.IIT_ANNUAL, pay_date)
    annual = brackets_of(table)
    without = cumulative_tax(annual_taxable, annual)
    merged = cumulative_tax(annual_taxable + bonus, annual) - without
    merged_step = Step(
        StepCode.BONUS_MERGED,
        {"bonus": bonus, "taxable": annual_taxable + bonus, "without": without, "tax": merged},
        table.article,
    )
    try:
        brackets = separate_bonus_brackets(statutes, pay_date, is_used=is_separate_used)
    except (BonusMethodExpired, BonusMethodUsed) as refused:
        return BonusComparison(None, merged, BonusMethod.MERGED, ZERO, refused.code, None, ZERO, (merged_step,))
    separate = bonus_tax(bonus, brackets)
    article = in_force(statutes, Code.BONUS_SEPARATE, pay_date).article
    steps = [_bonus_step(bonus, brackets, article), merged_step]
    trap = next((trap for trap in bonus_traps(brackets) if trap.edge < bonus < trap.until), None)
    loss = ZERO
    if trap:
        loss = (trap.edge - bonus_tax(trap.edge, brackets)) - (bonus - separate)
        steps.append(Step(StepCode.BONUS_TRAP, {"edge": trap.edge, "until": trap.until, "loss": loss}, article))
    cheaper = BonusMethod.SEPARATE if separate < merged else BonusMethod.MERGED
    return BonusComparison(separate, merged, cheaper, abs(merged - separate), "", trap, loss, tuple(steps))


def _tax(amount: Decimal, bracket: Bracket) -> Decimal:
    return round_exact(Fraction(amount) * Fraction(bracket.rate) - Fraction(bracket.quick), CENTS)


def _bonus_bracket(bonus: Decimal, brackets: Sequence[Bracket]) -> Bracket:
    return bracket_for(Fraction(bonus) / MONTHS, brackets)


def _kept(bracket: Bracket) -> Fraction:
    return 1 - Fraction(bracket.rate)


def _net(bonus: Decimal, bracket: Bracket) -> Decimal:
    return bonus - _tax(bonus, bracket)


def _bonus_step(bonus: Decimal, brackets: Sequence[Bracket], article: str) -> Step:
    bracket = _bonus_bracket(bonus, brackets)
    amounts = {
        "bonus": bonus,
        "monthly": round_exact(Fraction(bonus) / MONTHS, CENTS),
        "rate": bracket.rate,
        "quick": bracket.quick,
        "tax": _tax(bonus, bracket),
    }
    return Step(StepCode.BONUS_SEPARATE, amounts, article)


def _deduction_steps(before: YearToDate, month: MonthPay, after: YearToDate) -> tuple[Step, ...]:
    return (
        _sum_step(StepCode.INCOME, before.income, month.income),
        *([_sum_step(StepCode.EXEMPT, before.exempt, month.exempt)] if after.exempt else ()),
        _basic_step(month, after.basic),
        _sum_step(StepCode.SOCIAL, before.social, month.social),
        _sum_step(StepCode.SPECIAL, before.special, month.special),
        *([_sum_step(StepCode.OTHER, before.other, month.other)] if after.other else ()),
        Step(StepCode.TAXABLE, {"to_date": after.taxable}, WITHHOLDING_ARTICLE),
    )


def _tax_steps(before: YearToDate, month: MonthPay, after: YearToDate, brackets: Sequence[Bracket]) -> tuple[Step, ...]:
    bracket = bracket_for(after.taxable, brackets)
    amounts = {
        "taxable": after.taxable,
        "rate": bracket.rate,
        "quick": bracket.quick,
        "tax": cumulative_tax(after.taxable, brackets),
    }
    return (
        Step(StepCode.TAX_TO_DATE, amounts, WITHHOLDING_ARTICLE),
        *([_sum_step(StepCode.REDUCTION, before.reduction, month.reduction)] if after.reduction else ()),
        Step(StepCode.WITHHELD_BEFORE, {"to_date": before.withheld}, WITHHOLDING_ARTICLE),
    )


def _sum_step(code: StepCode, before: Decimal, month: Decimal) -> Step:
    return Step(code, {"before": before, "month": month, "to_date": before + month}, WITHHOLDING_ARTICLE)


def _basic_step(month: MonthPay, to_date: Decimal) -> Step:
    employment, rule = month.employment, month.basic_rule
    case = basic_case(employment, month.pay_date, rule)
    if case is BasicCase.LOW_INCOME and rule.low_income and employment.last_year:
        low = rule.low_income
        amounts = {"last_year": employment.last_year.gross, "limit": low.limit, "to_date": to_date}
        return Step(StepCode.BASIC_LOW_INCOME, amounts, low.article)
    months = Decimal(basic_months(employment, month.pay_date, case))
    amounts = {"monthly": rule.monthly, "months": months, "to_date": to_date}
    if case is BasicCase.FIRST_INCOME:
        return Step(StepCode.BASIC_FIRST_INCOME, amounts, rule.first_income_article or rule.article)
    return Step(StepCode.BASIC_EMPLOYED, amounts, rule.article)
