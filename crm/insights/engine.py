"""
What orders tell about customers: RFM classes, and who is about to be lost. No database, no clock.

This is the definition; :mod:`crm.insights.computing` says the same in SQL for all customers at once.

Sources: RFM by quartiles and by the mean with the eight classes 重要/一般 × 价值/发展/保持/挽留 as customary in
mainland CRM practice; churn by the customer's own buying interval, the median of the gaps between its orders.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import TypeVar

from crm.insights.choices import ChurnState, RfmMethod, Segment

K = TypeVar("K", bound=Hashable)
ZERO = Decimal(0)
MILLI = Decimal("0.001")
QUARTERS = (1, 2, 3)
WARN_FACTOR = Decimal("1.5")
CRITICAL_FACTOR = Decimal("2.5")
FEWEST_ORDERS = 3
# (recency, frequency, money) is high → class.
SEGMENTS: dict[tuple[bool, bool, bool], Segment] = {
    (True, True, True): Segment.IMPORTANT_VALUE,
    (True, False, True): Segment.IMPORTANT_DEVELOP,
    (False, True, True): Segment.IMPORTANT_KEEP,
    (False, False, True): Segment.IMPORTANT_RESCUE,
    (True, True, False): Segment.GENERAL_VALUE,
    (True, False, False): Segment.GENERAL_DEVELOP,
    (False, True, False): Segment.GENERAL_KEEP,
    (False, False, False): Segment.GENERAL_RESCUE,
}


@dataclass(frozen=True)
class Purchase:
    """
    One order, or one return with a negative amount.

    :param amount: in one currency for all customers that are compared.
    """

    ordered_on: date
    amount: Decimal


@dataclass(frozen=True)
class Rfm:
    """
    How a customer stands among those it is compared with.

    :param recency: days since the last order; smaller is better.
    :param frequency: number of orders, returns excluded.
    :param monetary: what was bought, less what came back.
    :param r: score of the recency, 1 to 4 by quartiles, 1 or 2 by the mean; higher is better. So are ``f`` and ``m``.
    """

    recency: int
    frequency: int
    monetary: Decimal
    r: int
    f: int
    m: int
    segment: Segment


@dataclass(frozen=True)
class Churn:
    """
    Whether a customer is about to be lost, and why.

    :param days_since: days since the last order; None without one.
    :param interval_days: the customer's own interval, to half a day; None with too few orders.
    :param warn_after: warned when more days than this have passed; None without an order.
    :param critical_after: critical when more days than this have passed.
    :param order_days: days with an order; several orders of a day are one.
    :param gaps: days between one order day and the next, oldest first.
    :param expected_on: when the next order is due: the last one plus the interval, or the days of the tier.
    """

    state: ChurnState
    days_since: int | None
    interval_days: Decimal | None
    warn_after: Decimal | None
    critical_after: Decimal | None
    order_days: int
    gaps: tuple[int, ...]
    last_order_on: date | None
    expected_on: date | None

    @property
    def is_own(self) -> bool:
        """Whether it is measured by the customer's own interval, not by the days of its tier."""
        return self.interval_days is not None


def rfm_scores(
    customers: Mapping[K, Iterable[Purchase]], *, today: date, method: str = RfmMethod.QUARTILES
) -> dict[K, Rfm]:
    """
    Score customers against each other by recency, frequency and money, and class them.

    - A return (negative amount) is no order: it counts for neither recency nor frequency, and lessens the money. An
      order of nothing (amount 0, a free sample) is none either. Orders after ``today`` are not known yet.
    - Who never ordered is not scored and is missing in the answer.
    - *Quartiles*: the three borders are figures that a customer really has, the smallest one that a quarter, a half,
      three quarters of the customers do not exceed (``percentile_disc``). Score 1, plus 1 for each border exceeded; of
      the recency 4, less 1 for each. High is 3 or 4.
    - *Ties* have the same score, whatever the order in which customers come. On a border the lower score of frequency
      and money counts, but the better one of recency: of many who bought once none is a frequent buyer, and of many
      who bought on the same day none is lost. So with equal figures throughout everybody is 4, 1, 1.
    - *Fewer than four customers* follow the same rule: one alone is 4, 1, 1; of two the better one is 4, 3, 3.
    - *Mean*: 2 (high) above the mean, else 1; of the recency 2 up to the mean.

    :param customers: purchases of each customer, in any order.
    """
    bought = {key: [each for each in purchases if each.ordered_on <= today] for key, purchases in customers.items()}
    orders = {key: [each.ordered_on for each in found if each.amount > 0] for key, found in bought.items()}
    keys = [key for key, days in orders.items() if days]
    recencies = {key: (today - max(orders[key])).days for key in keys}
    frequencies = {key: len(orders[key]) for key in keys}
    monies = {key: sum((each.amount for each in bought[key]), ZERO) for key in keys}
    exceeded = _over_mean if method == RfmMethod.MEAN else _over_quartiles
    best = 2 if method == RfmMethod.MEAN else 4
    over_r, over_f, over_m = exceeded(recencies), exceeded(frequencies), exceeded(monies)
    found = {}
    for key in keys:
        r, f, m = best - over_r[key], 1 + over_f[key], 1 + over_m[key]
        high = best // 2
        segment = SEGMENTS[r > high, f > high, m > high]
        found[key] = Rfm(recencies[key], frequencies[key], monies[key], r, f, m, segment)
    return found


def _over_quartiles(figures: Mapping[K, Decimal | int]) -> dict[K, int]:
    """How many of the three borders each figure exceeds."""
    ranked = sorted(figures.values())
    borders = [ranked[ceil(Fraction(len(ranked) * quarter, 4)) - 1] for quarter in QUARTERS] if ranked else []
    return {key: sum(figure > border for border in borders) for key, figure in figures.items()}


def _over_mean(figures: Mapping[K, Decimal | int]) -> dict[K, int]:
    """1 for each figure above the mean, without rounding it."""
    total, count = sum(map(Fraction, figures.values()), Fraction(0)), len(figures)
    return {key: int(Fraction(figure) * count > total) for key, figure in figures.items()}


def churn_state(
    order_dates: Iterable[date],
    today: date,
    tier_default_days: int,
    *,
    warn_factor: Decimal = WARN_FACTOR,
    critical_factor: Decimal = CRITICAL_FACTOR,
    fewest_orders: int = FEWEST_ORDERS,
) -> Churn:
    """
    Say whether a customer is about to be lost, by its own buying interval.

    With ``fewest_orders`` order days or more the interval is the median of the gaps between them: a warning when more
    than ``warn_factor`` intervals have passed since the last order, critical after more than ``critical_factor``;
    exactly that many days are not more. With fewer orders the days of the customer's tier stand for the warning
    itself, and critical follows in the same proportion. Orders of one day count once, orders after ``today`` not yet.

    :param order_dates: days of orders, in any order, without returns.
    :param tier_default_days: days without an order after which a customer of this tier is warned of.
    """
    days = sorted({day for day in order_dates if day <= today})
    if not days:
        return Churn(ChurnState.NONE, None, None, None, None, 0, (), None, None)
    gaps = tuple((later - earlier).days for earlier, later in pairwise(days))
    since = (today - days[-1]).days
    interval = median(gaps) if len(days) >= max(fewest_orders, 2) else None
    if interval is not None:
        warn_after, critical_after = warn_factor * interval, critical_factor * interval
        expected_on = days[-1] + timedelta(days=ceil(interval))
        is_warned, is_critical = since > warn_after, since > critical_after
    else:
        warn_after = Decimal(tier_default_days)
        # Shown rounded, compared exactly.
        critical_after = (warn_after * critical_factor / warn_factor).quantize(MILLI, ROUND_HALF_UP)
        expected_on = days[-1] + timedelta(days=tier_default_days)
        is_warned = since > tier_default_days
        is_critical = since * warn_factor > tier_default_days * critical_factor
    state = ChurnState.CRITICAL if is_critical else ChurnState.WARNING if is_warned else ChurnState.ACTIVE
    return Churn(state, since, interval, warn_after, critical_after, len(days), gaps, days[-1], expected_on)


def median(gaps: Sequence[int]) -> Decimal:
    """
    Return the median of whole numbers, exact to the half.

    :raises ValueError: without any.
    """
    if not gaps:
        raise ValueError("nothing has no median")
    ranked, middle = sorted(gaps), len(gaps) // 2
    if len(gaps) % 2:
        return Decimal(ranked[middle])
    return Decimal(ranked[middle - 1] + ranked[middle]) / 2
