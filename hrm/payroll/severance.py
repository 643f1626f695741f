"""
What is paid at the end of employment: severance 经济补偿, wage in lieu of notice 代通知金, and the tax on both.

劳动合同法 40, 46, 47; 劳动合同法实施条例 20, 27; 财税〔2018〕164号 5. Service before 2008 counts like any other here;
where it fell under another law, give the years to :func:`severance_pay` directly.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hrm.payroll.explain import ZERO, Step, StepCode, require, require_amount
from hrm.payroll.iit import Bracket, bracket_for, cumulative_tax
from hrm.payroll.parameters import Statute
from suite.masters.decimals import round_exact

CENTS = 2
MONTHS = 12
HALF = Decimal("0.5")
NOTICE_ARTICLE = "劳动合同法 第40条；劳动合同法实施条例 第20条"


@dataclass(frozen=True)
class SeverancePay:
    """
    Severance of one person.

    :param base: monthly wage that counts.
    :param years: months of wage that are paid.
    :param is_capped: whether the wage was above the multiple of the local average, which limits the years too.
    """

    amount: Decimal
    base: Decimal
    years: Decimal
    is_capped: bool
    explanation: tuple[Step, ...]


@dataclass(frozen=True)
class SeveranceTax:
    """Tax on the compensation for the end of employment, apart from the income of the year."""

    tax: Decimal
    exempt: Decimal
    taxable: Decimal
    explanation: tuple[Step, ...]


def service_months(hired: datetime.date, left: datetime.date) -> tuple[int, bool]:
    """
    Return the whole months of service, and whether days beyond them remain. First and last day both count.

    :raises InvalidFigure: for a last day before the first.
    """
    require(hired <= left, "left", left)
    end = left + datetime.timedelta(days=1)
    months = (end.year - hired.year) * MONTHS + end.month - hired.month
    # A day that the month lacks is its first of the next: from 31 January one month is over with 28 February.
    months -= _after_months(hired, months) > end
    return months, _after_months(hired, months) < end


def severance_years(hired: datetime.date, left: datetime.date, rule: Statute) -> Decimal:
    """
    Return the years that count (劳动合同法 47): six months or more are a year, less than six months half a year.

    :param rule: the row of :attr:`Code.SEVERANCE` in force.
    :raises InvalidFigure: for a last day before the first.
    """
    months, has_days = service_months(hired, left)
    years, rest = divmod(months, MONTHS)
    if rest >= rule.whole("half_below_months"):
        return Decimal(years + 1)
    return years + HALF if rest or has_days else Decimal(years)


def severance_pay(
    *,
    years: Decimal,
    monthly_wage: Decimal,
    local_average: Decimal,
    minimum_wage: Decimal,
    rule: Statute,
) -> SeverancePay:
    """
    Return the severance: a month's wage for each year.

    A wage above three times the local average counts as three times it, and then for at most 12 years; the years are
    not limited otherwise (劳动合同法 47). A wage below the minimum wage counts as that (实施条例 27).

    :param years: of :func:`severance_years`.
    :param monthly_wage: average of the last twelve months, everything earned included.
    :param local_average: monthly wage that the city published for last year.
    :param minimum_wage: of a month, local.
    :param rule: the row of :attr:`Code.SEVERANCE` in force.
    :raises InvalidFigure: for a negative figure, or years that are not whole or half.
    """
    require_amount("years", years)
    require(years % HALF == 0, "years", years)
    for name, value in (
        ("monthly_wage", monthly_wage),
        ("local_average", local_average),
        ("minimum_wage", minimum_wage),
    ):
        require_amount(name, value)
    cap = local_average * rule.number("cap_multiple")
    is_capped = monthly_wage > cap
    base = cap if is_capped else max(monthly_wage, minimum_wage)
    counted = min(years, rule.number("cap_years")) if is_capped else years
    amount = round_exact(Fraction(base) * Fraction(counted), CENTS)
    steps = (
        Step(
            StepCode.SEVERANCE_BASE,
            {"wage": monthly_wage, "cap": cap, "minimum": minimum_wage, "base": base},
            rule.article,
        ),
        Step(StepCode.SEVERANCE_YEARS, {"served": years, "counted": counted}, rule.article),
        Step(StepCode.SEVERANCE, {"base": base, "years": counted, "amount": amount}, rule.article),
    )
    return SeverancePay(amount, base, counted, is_capped, steps)


def notice_pay(previous_month_wage: Decimal, *, notice_days: int, rule: Statute) -> tuple[Decimal, tuple[Step, ...]]:
    """
    Return the wage in lieu of notice 代通知金 and its explanation: a month's wage unless notice was given in time.

    With severance of N months it makes "N+1". Only an end by 劳动合同法 40 has it.

    :param previous_month_wage: wage of the month before (实施条例 20), not an average.
    :param notice_days: between written notice and the end.
    :param rule: the row of :attr:`Code.NOTICE` in force.
    :raises InvalidFigure: for a negative figure.
    """
    require_amount("previous_month_wage", previous_month_wage)
    require(notice_days >= 0, "notice_days", notice_days)
    amount = ZERO if notice_days >= rule.whole("days") else round_exact(previous_month_wage, CENTS)
    return amount, (Step(StepCode.NOTICE, {"wage": previous_month_wage, "amount": amount}, NOTICE_ARTICLE),)


def severance_tax(
    compensation: Decimal, *, local_annual_average: Decimal, brackets: Sequence[Bracket], rule: Statute
) -> SeveranceTax:
    """
    Return the tax on all compensation for the end of employment.

    Up to three times the local average wage of a year is exempt; the rest is taxed by the annual table by itself, with
    no further deduction (财税〔2018〕164号 5).

    :param compensation: severance and other compensation, not the last wages.
    :param local_annual_average: that the city published for last year.
    :param brackets: of :attr:`Code.IIT_ANNUAL`.
    :param rule: the row of :attr:`Code.SEVERANCE_TAX` in force.
    :raises InvalidFigure: for a negative figure.
    """
    require_amount("compensation", compensation)
    require_amount("local_annual_average", local_annual_average)
    limit = local_annual_average * rule.number("exempt_multiple")
    exempt = min(compensation, limit)
    taxable = compensation - exempt
    tax = cumulative_tax(taxable, brackets)
    bracket = bracket_for(taxable, brackets)
    steps = (
        Step(
            StepCode.SEVERANCE_EXEMPT,
            {"amount": compensation, "limit": limit, "exempt": exempt, "taxable": taxable},
            rule.article,
        ),
        Step(
            StepCode.SEVERANCE_TAX,
            {"taxable": taxable, "rate": bracket.rate, "quick": bracket.quick, "tax": tax},
            rule.article,
        ),
    )
    return SeveranceTax(tax, exempt, taxable, steps)


def _after_months(start: datetime.date, months: int) -> datetime.date:
    """Return the day some months later, or the first of the month after if that day does not exist."""
    year, month = divmod(start.year * MONTHS + start.month - 1 + months, MONTHS)
    try:
        return datetime.date(year, month + 1, start.day)
    except ValueError:
        return _after_months(start.replace(day=1), months + 1)
