"""
When to order and how much: safety stock, reorder point, economic order quantity, lot rules, ABC and XYZ classes.

Quantities are in the base unit. Demand and lead time share one period: a demand by week needs a lead time in weeks.
Results have six decimals, halves rounded away from zero, and are never floats.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_UP, Decimal, localcontext
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate
from math import gcd, lcm
from statistics import NormalDist
from typing import TypeVar

from suite.masters.decimals import round_exact

DECIMALS = 6
ZERO = Decimal(0)
HALF = Decimal("0.5")
# More digits than a quantity can have, so that only the last rounding shows.
ROOT_DIGITS = 50
STEPS = 1000

K = TypeVar("K", bound=Hashable)


class InvalidParameter(ValueError):
    """
    A parameter outside its range.

    :ivar name: of the parameter.
    :ivar value: what was given.
    """

    def __init__(self, name: str, value: object, rule: str) -> None:
        super().__init__(f"{name} {rule}, not {value}")
        self.name, self.value = name, value


class ABC(StrEnum):
    """Class of an item by its part of the value of consumption."""

    A = "A"
    B = "B"
    C = "C"


class XYZ(StrEnum):
    """Class of an item by how steadily it is consumed."""

    X = "X"
    Y = "Y"
    Z = "Z"


@dataclass(frozen=True)
class LotRule:
    """
    In which quantities an item is ordered.

    :param minimum: smallest order; zero for none.
    :param multiple: orders are whole multiples of it, such as a carton; zero for none.
    :param maximum: largest order; None for none.
    """

    minimum: Decimal = ZERO
    multiple: Decimal = ZERO
    maximum: Decimal | None = None


def service_factor(service_level: Decimal) -> Decimal:
    """
    Return z, the standard deviations that cover a service level.

    :param service_level: probability (0.5–1, not 1) that no cycle runs short.
    :raises InvalidParameter: outside that range.
    """
    if not (service_level.is_finite() and HALF <= service_level < 1 and float(service_level) < 1):
        raise InvalidParameter("service_level", service_level, "lies between 0.5 and less than 1")
    return Decimal(NormalDist().inv_cdf(float(service_level)))


def safety_stock(
    service_level: Decimal,
    *,
    demand_std: Decimal,
    lead_time: Decimal,
    demand_mean: Decimal = ZERO,
    lead_time_std: Decimal = ZERO,
) -> Decimal:
    """
    Return the stock that covers demand and lead time being other than expected: z·√(L·σd² + d²·σL²).

    Demand is taken as normal and independent of the lead time. (Silver, Pyke, Thomas: Inventory and Production
    Management in Supply Chains.) For rare demand see :func:`lead_time_quantile`.

    :param demand_mean, demand_std: of the demand of a period.
    :param lead_time, lead_time_std: in periods.
    :raises InvalidParameter: for a negative figure, or a service level that is none.
    """
    for name, value in (
        ("demand_mean", demand_mean),
        ("demand_std", demand_std),
        ("lead_time", lead_time),
        ("lead_time_std", lead_time_std),
    ):
        _not_negative(name, value)
    factor = service_factor(service_level)
    with localcontext(prec=ROOT_DIGITS):
        deviation = (lead_time * demand_std**2 + demand_mean**2 * lead_time_std**2).sqrt()
        stock = factor * deviation
    return round_exact(stock, DECIMALS)


def reorder_point(demand_mean: Decimal, lead_time: Decimal, safety: Decimal = ZERO) -> Decimal:
    """
    Return the inventory position at which to order: what is expected to go during the lead time, and safety stock.

    :param demand_mean: of a period.
    :param lead_time: in periods.
    :raises InvalidParameter: for a negative figure.
    """
    for name, value in (("demand_mean", demand_mean), ("lead_time", lead_time), ("safety", safety)):
        _not_negative(name, value)
    return round_exact(Fraction(demand_mean) * Fraction(lead_time) + Fraction(safety), DECIMALS)


def lead_time_quantile(series: Sequence[Decimal], lead_time: int, service_level: Decimal) -> Decimal:
    """
    Return the reorder point for rare demand: the demand of a lead time that is not exceeded at the service level.

    It is the limit of a bootstrap of many draws, computed without drawing: the distribution of the sum of
    ``lead_time`` periods, each as likely to be any of the history as another. (Willemain, Smart, Schwarz 2004, without
    their dependence of periods.) Demands without a common measure are counted in thousandths of the highest, rounded
    up.

    :param series: demand of past periods.
    :param lead_time: in periods, 1 or more.
    :raises InvalidParameter: for an empty history, a negative figure, or a service level not between 0 and 1.
    """
    if not series or lead_time < 1:
        raise InvalidParameter("lead_time", lead_time, "needs a history and at least one period")
    if not 0 < service_level < 1:
        raise InvalidParameter("service_level", service_level, "lies between 0 and 1")
    for value in series:
        _not_negative("demand", value)
    step = _step(series)
    steps = Counter(int(round_exact(Fraction(value) / step, 0, ROUND_UP)) for value in series)
    ways = {0: 1}
    for _ in range(lead_time):
        ways = _convolved(ways, steps)
    totals = sorted(ways)
    reached = list(accumulate(ways[total] for total in totals))
    needed = Fraction(service_level) * len(series) ** lead_time
    return round_exact(totals[bisect_left(reached, needed)] * step, DECIMALS)


def eoq(annual_demand: Decimal, ordering_cost: Decimal, holding_cost: Decimal) -> Decimal:
    """
    Return the economic order quantity √(2·D·S/H) (Harris 1913).

    :param ordering_cost: of one order, in the currency of the holding cost.
    :param holding_cost: of one unit for a year; positive.
    :raises InvalidParameter: for a negative figure or no holding cost.
    """
    for name, value in (("annual_demand", annual_demand), ("ordering_cost", ordering_cost)):
        _not_negative(name, value)
    if not holding_cost.is_finite() or holding_cost <= 0:
        raise InvalidParameter("holding_cost", holding_cost, "is positive")
    with localcontext(prec=ROOT_DIGITS):
        quantity = (2 * annual_demand * ordering_cost / holding_cost).sqrt()
    return round_exact(quantity, DECIMALS)


def order_quantity(needed: Decimal, rule: LotRule | None = None) -> Decimal:
    """
    Return the smallest quantity that covers what is needed and can be ordered; zero when nothing is needed.

    The maximum is kept even if that is not enough: then more than one order is needed.

    :raises InvalidParameter: for a negative part of the rule, or one that no quantity can keep.
    """
    rule = rule or LotRule()
    _not_negative("minimum", rule.minimum)
    _not_negative("multiple", rule.multiple)
    if needed <= 0:
        return ZERO
    quantity = _to_multiple(max(needed, rule.minimum), rule.multiple, ROUND_UP)
    if rule.maximum is None or quantity <= rule.maximum:
        return quantity
    largest = _to_multiple(rule.maximum, rule.multiple, ROUND_DOWN)
    if largest <= 0 or largest < rule.minimum:
        raise InvalidParameter("maximum", rule.maximum, "must allow the minimum and one multiple")
    return largest


def replenishment(
    position: Decimal, reorder_at: Decimal, *, order_up_to: Decimal | None = None, rule: LotRule | None = None
) -> Decimal:
    """
    Return what to order now: nothing above the reorder point, else enough to reach the level.

    :param position: inventory position: on hand and on order, less what is promised.
    :param reorder_at: reorder point, or the minimum of min/max.
    :param order_up_to: the maximum of min/max; without it the reorder point, which the lot rule exceeds.
    :raises InvalidParameter: when the level is below the reorder point, or the rule cannot be kept.
    """
    level = reorder_at if order_up_to is None else order_up_to
    if level < reorder_at:
        raise InvalidParameter("order_up_to", level, "is not below the reorder point")
    return order_quantity(level - position, rule) if position <= reorder_at else ZERO


def abc_classes(
    values: Mapping[K, Decimal], *, a_share: Decimal = Decimal("0.80"), b_share: Decimal = Decimal("0.95")
) -> dict[K, ABC]:
    """
    Class items by value: A until the first 80 % of the total are reached, B until 95 %, C the rest.

    The item that crosses a limit belongs above it. Items of one value have one class, whatever their order, and
    what has no value is C.

    :param values: of the consumption of a year, for each item.
    :raises InvalidParameter: for a negative value or limits that do not rise.
    """
    if not 0 < a_share <= b_share <= 1:
        raise InvalidParameter("a_share", a_share, "lies between 0 and b_share, and that below 1")
    for value in values.values():
        _not_negative("value", value)
    total = sum(values.values(), ZERO)
    by_value: dict[Decimal, ABC] = {}
    above = running = ZERO
    for value in sorted(values.values(), reverse=True):
        if value not in by_value:
            above = running
            by_value[value] = _abc(value, above, a_share * total, b_share * total)
        running += value
    return {key: by_value[value] for key, value in values.items()}


def xyz_class(series: Sequence[Decimal], *, x_limit: Decimal = HALF, y_limit: Decimal = Decimal(1)) -> XYZ:
    """
    Class an item by the coefficient of variation of its consumption (standard deviation of the population by mean).

    X up to 0.5, Y up to 1, Z above; Z also without any consumption.

    :param series: consumption of past periods.
    :raises InvalidParameter: for an empty series, a negative consumption or limits that do not rise.
    """
    if not series:
        raise InvalidParameter("series", "none", "needs periods")
    if not 0 <= x_limit <= y_limit:
        raise InvalidParameter("x_limit", x_limit, "lies between 0 and y_limit")
    for value in series:
        _not_negative("consumption", value)
    values = [Fraction(value) for value in series]
    mean = sum(values) / len(values)
    if not mean:
        return XYZ.Z
    # Squares are compared, which keeps it exact.
    variation = sum((value - mean) ** 2 for value in values) / len(values) / mean**2
    if variation <= Fraction(x_limit) ** 2:
        return XYZ.X
    return XYZ.Y if variation <= Fraction(y_limit) ** 2 else XYZ.Z


def _abc(value: Decimal, above: Decimal, a_limit: Decimal, b_limit: Decimal) -> ABC:
    if not value or above >= b_limit:
        return ABC.C
    return ABC.A if above < a_limit else ABC.B


def _step(series: Sequence[Decimal]) -> Fraction:
    """Return the unit in which demands are counted: their common measure, if it is not too small for the highest."""
    demands = {Fraction(value) for value in series if value}
    if not demands:
        return Fraction(1)
    denominator = lcm(*(value.denominator for value in demands))
    measure = Fraction(gcd(*(int(value * denominator) for value in demands)), denominator)
    return max(measure, max(demands) / STEPS)


def _convolved(ways: Mapping[int, int], steps: Mapping[int, int]) -> dict[int, int]:
    result: dict[int, int] = {}
    for total, count in ways.items():
        for step, times in steps.items():
            result[total + step] = result.get(total + step, 0) + count * times
    return result


def _to_multiple(quantity: Decimal, multiple: Decimal, rounding: str) -> Decimal:
    if not multiple:
        return quantity
    return round_exact(Fraction(quantity) / Fraction(multiple), 0, rounding) * multiple


def _not_negative(name: str, value: Decimal) -> None:
    if not value.is_finite() or value < 0:
        raise InvalidParameter(name, value, "is a number and not negative")
