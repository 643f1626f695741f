"""What decides whether a system may be opened: pure judgement over measured values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from rollout.choices import Outcome
from rollout.path import SOFT_SCORE
from suite.modules.registry import Check, CheckValue

FULL = Decimal(100)
TENTH = Decimal("0.1")


@dataclass(frozen=True)
class Measured:
    """
    One check with what it measured.

    :param threshold: the limit in force, an administrator's or the default one.
    """

    check: Check
    value: CheckValue
    threshold: Decimal

    @property
    def outcome(self) -> Outcome:
        """
        Passed, not reached, or no data.

        There is no data without a value, or when fewer rows were looked at than the check needs to mean anything.
        """
        value = self.value.value
        if value is None:
            return Outcome.NO_DATA
        if self.value.denominator is not None and self.value.denominator < self.check.minimum_sample:
            return Outcome.NO_DATA
        reached = value >= self.threshold if self.check.at_least else value <= self.threshold
        return Outcome.PASSED if reached else Outcome.FAILED

    @property
    def is_passed(self) -> bool:
        return self.outcome == Outcome.PASSED

    @property
    def attained(self) -> Decimal:
        """How much of the threshold is reached, 0 to 100; nothing without data."""
        value = self.value.value
        if self.is_passed:
            return FULL
        if self.outcome == Outcome.NO_DATA or value is None or value <= 0:
            return Decimal(0)
        share = value / self.threshold if self.check.at_least else self.threshold / value
        return min(FULL, max(Decimal(0), share * FULL))


@dataclass(frozen=True)
class Obstacle:
    """
    One reason why a system cannot be opened now.

    :param is_overridable: a signed exception can set it aside.
    """

    code: str
    text: Any
    is_overridable: bool = False


@dataclass(frozen=True)
class GateResult:
    """The gate of one system at one moment."""

    code: str
    at: datetime
    measured: tuple[Measured, ...]
    obstacles: tuple[Obstacle, ...]

    @property
    def hard(self) -> tuple[Measured, ...]:
        """The checks that must all pass."""
        return tuple(each for each in self.measured if each.check.is_hard)

    @property
    def soft(self) -> tuple[Measured, ...]:
        """The checks that count into the score."""
        return tuple(each for each in self.measured if not each.check.is_hard)

    @property
    def hard_passed(self) -> int:
        return sum(each.is_passed for each in self.hard)

    @property
    def score(self) -> Decimal | None:
        """The soft score, None without soft checks."""
        return soft_score(self.soft)

    @property
    def is_ready(self) -> bool:
        """Whether the measured conditions hold: all hard checks, and enough of the soft ones."""
        return self.hard_passed == len(self.hard) and (self.score is None or self.score >= SOFT_SCORE)

    @property
    def is_open(self) -> bool:
        """Whether nothing stands in the way."""
        return not self.obstacles

    def blocking(self, *, has_override: bool) -> tuple[Obstacle, ...]:
        """What stands in the way, with or without a signed exception."""
        return tuple(each for each in self.obstacles if not (has_override and each.is_overridable))


def soft_score(soft: Iterable[Measured]) -> Decimal | None:
    """
    Return the mean of what the soft checks attain, 0 to 100, rounded down to tenths; None without any.

    A score of 79.99 is not 80: it is never rounded up over the limit.
    """
    attained = [each.attained for each in soft]
    if not attained:
        return None
    return (sum(attained, Decimal(0)) / len(attained)).quantize(TENTH, rounding=ROUND_DOWN)
