"""
Scoring of performance: plain functions over Decimals, without tables and without a clock.

All scores are on a scale of 100, where 100 is "as agreed". Nothing is rounded on the way: a total is rounded once, at
its end, half up to 0.01. The rules are those that companies agree with their people; no law sets them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum

ZERO, FULL = Decimal(0), Decimal(100)
CENT = Decimal("0.01")
USUAL_CAP = Decimal(120)


class Direction(StrEnum):
    """Which actual figures are good ones."""

    HIGHER = "HIGHER"
    LOWER = "LOWER"
    BAND = "BAND"


@dataclass(frozen=True)
class Goal:
    """
    What was agreed for one indicator.

    :param target: the figure to be reached; of a band its lower edge.
    :param upper: the upper edge of a band; None otherwise.
    """

    direction: Direction
    target: Decimal
    upper: Decimal | None = None

    def __post_init__(self) -> None:
        if self.target < 0:
            raise ValueError("A target is not negative")
        if (self.direction == Direction.BAND) != (self.upper is not None):
            raise ValueError("A band has an upper edge, and nothing else has")
        if self.upper is not None and self.upper < self.target:
            raise ValueError("A band ends before it begins")


@dataclass(frozen=True)
class Scored:
    """
    One indicator with its score.

    :param weight: in percent of the total.
    """

    weight: Decimal
    score: Decimal


@dataclass(frozen=True)
class Band:
    """A grade, and the score from which it is proposed."""

    grade: str
    minimum: Decimal


@dataclass(frozen=True)
class Quota:
    """
    How many people may have a grade, in percent of all who are graded; None: no limit.

    :param at_least: the smallest share.
    :param at_most: the largest share.
    """

    at_least: Decimal | None = None
    at_most: Decimal | None = None


@dataclass(frozen=True)
class Breach:
    """
    A grade that more or fewer people have than agreed.

    :param people: who have it.
    :param least: how many must.
    :param most: how many may; None: no limit.
    """

    grade: str
    people: int
    least: int
    most: int | None


class WeightsError(ValueError):
    """Weights that do not add up to 100 %."""

    def __init__(self, total: Decimal) -> None:
        super().__init__(f"weights add up to {total} %")
        self.total = total


def achievement(actual: Decimal, goal: Goal, *, cap: Decimal = USUAL_CAP) -> Decimal:
    """
    Return how far an actual figure reaches what was agreed, in percent from 0 to ``cap``, not rounded.

    More is better: actual ÷ target. Less is better: 2 − actual ÷ target, so that 10 % above the target lacks 10 %.
    Within a band 100, below it as if more, above it as if less were better. Of a target of 0 only the goal itself
    counts: reached 100, otherwise 0.
    """
    if goal.direction == Direction.HIGHER:
        reached = _upwards(actual, goal.target)
    elif goal.direction == Direction.LOWER:
        reached = _downwards(actual, goal.target)
    else:
        upper = goal.target if goal.upper is None else goal.upper
        if goal.target <= actual <= upper:
            reached = FULL
        else:
            reached = _upwards(actual, goal.target) if actual < goal.target else _downwards(actual, upper)
    return clamp(reached, cap=cap)


def clamp(score: Decimal, *, cap: Decimal = USUAL_CAP) -> Decimal:
    """Return a score within 0 and ``cap``."""
    return min(max(score, ZERO), cap)


def check_weights(weights: Iterable[Decimal]) -> None:
    """
    Refuse weights that are not exactly 100 % together.

    :raises WeightsError: with what they add up to.
    """
    total = sum(weights, ZERO)
    if total != FULL:
        raise WeightsError(total)


def blend(own: Decimal | None, manager: Decimal, *, own_weight: Decimal) -> Decimal:
    """
    Return what counts of an own and of the manager's score; without an own score the manager's alone does.

    :param own_weight: share of the own score in percent.
    """
    if own is None:
        return manager
    return (own * own_weight + manager * (FULL - own_weight)) / FULL


def total_score(lines: Collection[Scored]) -> Decimal:
    """
    Return the weighted total of the lines, rounded once to 0.01.

    :raises WeightsError: unless the weights are 100 % together.
    """
    check_weights(line.weight for line in lines)
    found = sum((line.weight * line.score for line in lines), ZERO) / FULL
    return found.quantize(CENT, ROUND_HALF_UP)


def grade_of(score: Decimal, bands: Sequence[Band]) -> str:
    """
    Return the best grade whose minimum a score reaches, the lowest one below all of them.

    :raises ValueError: without bands.
    """
    if not bands:
        raise ValueError("There are no grades")
    falling = sorted(bands, key=lambda band: band.minimum, reverse=True)
    return next((band.grade for band in falling if score >= band.minimum), falling[-1].grade)


def places(people: int, quota: Quota) -> tuple[int, int | None]:
    """
    Return how many of so many people must, and may, have a grade.

    What may is rounded half up, what must is rounded down: a small team is not held to parts of a person.
    """
    least = _part(people, quota.at_least, ROUND_FLOOR) if quota.at_least is not None else 0
    most = _part(people, quota.at_most, ROUND_HALF_UP) if quota.at_most is not None else None
    return least, most


def check_distribution(grades: Mapping[str, int], quotas: Mapping[str, Quota]) -> list[Breach]:
    """
    Return the grades that more or fewer people have than agreed, in the order of the quotas.

    :param grades: how many people have each grade.
    """
    people = sum(grades.values())
    breaches = []
    for grade, quota in quotas.items():
        least, most = places(people, quota)
        have = grades.get(grade, 0)
        if have < least or (most is not None and have > most):
            breaches.append(Breach(grade, have, least, most))
    return breaches


def _upwards(actual: Decimal, target: Decimal) -> Decimal:
    if not target:
        return FULL if actual >= 0 else ZERO
    return actual / target * FULL


def _downwards(actual: Decimal, target: Decimal) -> Decimal:
    if not target:
        return FULL if actual <= 0 else ZERO
    return (2 - actual / target) * FULL


def _part(people: int, percent: Decimal, rounding: str) -> int:
    return int((people * percent / FULL).to_integral_value(rounding))
