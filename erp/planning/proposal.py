"""
What to buy of one item for one warehouse: the forecast, the reorder point and the lot rule put together.

Quantities are in the base unit. Short horizons are forecast by weeks and long ones by months, so that neither is made
of a few long periods nor of many short ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal
from fractions import Fraction

from erp.planning.choices import Cause, Grain, Method
from erp.planning.forecast import Forecast, forecast
from erp.planning.replenish import (
    LotRule,
    lead_time_quantile,
    order_quantity,
    reorder_point,
    safety_stock,
)
from suite.masters.decimals import round_exact

ZERO = Decimal(0)
DECIMALS = 6
# Up to here a horizon is forecast by weeks.
WEEKS_UP_TO_DAYS = 35
DAYS = {Grain.WEEK: Fraction(7), Grain.MONTH: Fraction(365, 12)}
# Weeks repeat after a year, which no history here is twice as long as.
SEASONS = {Grain.WEEK: 1, Grain.MONTH: 12}
# Standard deviation of a normal error by its mean absolute value, √(π/2).
DEVIATION = Decimal("1.253314")


@dataclass(frozen=True)
class Situation:
    """
    What is known of an item in a warehouse.

    :param weeks, months: consumption of past complete periods, oldest first.
    :param position: free stock and what is on order, less what open orders still want.
    :param service_level: probability that stock lasts until the next receipt, 0.5–1.
    :param minimum, maximum: limits of the warehouse; None without.
    :param step: smallest quantity that the base unit knows.
    """

    weeks: tuple[Decimal, ...]
    months: tuple[Decimal, ...]
    position: Decimal
    lead_time_days: int
    review_days: int
    service_level: Decimal
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    rule: LotRule = field(default_factory=LotRule)
    step: Decimal = Decimal(1)


@dataclass(frozen=True)
class Outlook:
    """
    What is expected of demand.

    :param expected: demand during lead time and review period.
    :param reorder_at: position at which to order: demand of the lead time, and safety for it and the review period.
    :param level: what to order up to: the reorder point and the demand of the review period.
    :param method: None when there is no demand to forecast.
    :param error: mean absolute error of the method in the back-test, for one window; None if the past is too short.
    :param naive_error: that of the naive forecast.
    """

    expected: Decimal = ZERO
    safety: Decimal = ZERO
    reorder_at: Decimal = ZERO
    level: Decimal = ZERO
    method: Method | None = None
    error: Decimal | None = None
    naive_error: Decimal | None = None
    mase: Decimal | None = None
    grain: Grain = Grain.WEEK
    periods: int = 0


@dataclass(frozen=True)
class Proposal:
    """
    So much should be ordered now, and why.

    :param reorder_at, level: those that were decisive, with the limits of the warehouse.
    """

    cause: Cause
    quantity: Decimal
    reorder_at: Decimal
    level: Decimal
    outlook: Outlook


def propose(situation: Situation) -> Proposal | None:
    """Return what to order of an item, None when there is enough."""
    outlook = look_ahead(situation)
    reorder_at, level = _limited(situation, outlook)
    cause = _cause(situation, reorder_at)
    if cause is None:
        return None
    needed = _stepped(level - situation.position, situation.step)
    quantity = _stepped(order_quantity(needed, situation.rule), situation.step)
    return Proposal(cause, quantity, reorder_at, level, outlook) if quantity > 0 else None


def look_ahead(situation: Situation) -> Outlook:
    """Forecast the demand of lead time and review period, and what has to be kept for its uncertainty."""
    horizon = situation.lead_time_days + situation.review_days
    grain = Grain.WEEK if horizon <= WEEKS_UP_TO_DAYS else Grain.MONTH
    series = situation.weeks if grain == Grain.WEEK else situation.months
    if not any(series):
        return Outlook(grain=grain, periods=len(series))
    span = max(Fraction(horizon) / DAYS[grain], Fraction(1, 1000))
    lead = Fraction(situation.lead_time_days) / DAYS[grain]
    whole = int(-(-span // 1))
    found = forecast(series, whole, season=SEASONS[grain])
    expected, of_lead = _sum(found, span), _sum(found, lead)
    if found.backtest.window > 1:
        reorder_at = max(lead_time_quantile(series, whole, situation.service_level), of_lead)
        safety = reorder_at - of_lead
    else:
        safety = safety_stock(situation.service_level, demand_std=_deviation(found, series), lead_time=_rounded(span))
        reorder_at = reorder_point(of_lead, Decimal(1), safety)
    scores = {score.method: score for score in found.backtest.scores}
    own, naive = scores.get(found.method), scores.get("naive")
    return Outlook(
        expected=expected,
        safety=safety,
        reorder_at=reorder_at,
        level=reorder_at + expected - of_lead,
        method=Method(found.method.upper().replace(" ", "_")),
        error=own.mae if own else None,
        naive_error=naive.mae if naive else None,
        mase=own.mase if own else None,
        grain=grain,
        periods=len(series),
    )


def _limited(situation: Situation, outlook: Outlook) -> tuple[Decimal, Decimal]:
    """Return reorder point and level; limits that somebody set for the warehouse hold whatever is forecast."""
    if situation.minimum is None or situation.maximum is None:
        return outlook.reorder_at, outlook.level
    return min(max(outlook.reorder_at, situation.minimum), situation.maximum), situation.maximum


def _cause(situation: Situation, reorder_at: Decimal) -> Cause | None:
    if situation.position < 0:
        return Cause.SHORTAGE
    if situation.minimum is not None and situation.position < situation.minimum:
        return Cause.MINIMUM
    if reorder_at > (situation.minimum or ZERO) and situation.position <= reorder_at:
        return Cause.REORDER
    return None


def _deviation(found: Forecast, series: tuple[Decimal, ...]) -> Decimal:
    """Return the standard deviation of a period: of the error of the forecast, or of demand if that is not known."""
    if found.backtest.scores:
        return _rounded(Fraction(found.backtest.scores[0].mae * DEVIATION))
    mean = sum(series, ZERO) / len(series)
    variance: Decimal = sum(((value - mean) ** 2 for value in series), ZERO) / len(series)
    return _rounded(Fraction(variance.sqrt()))


def _sum(found: Forecast, periods: Fraction) -> Decimal:
    """Return the demand of so many periods, the last of them in part."""
    total, left = Fraction(0), periods
    for value in found.values:
        total += Fraction(value) * min(left, Fraction(1))
        left = max(left - 1, Fraction(0))
    return _rounded(total)


def _rounded(value: Fraction) -> Decimal:
    return round_exact(value, DECIMALS)


def _stepped(quantity: Decimal, step: Decimal) -> Decimal:
    """Return the quantity, rounded up to what the unit knows."""
    return round_exact(Fraction(quantity) / Fraction(step), 0, ROUND_UP) * step
