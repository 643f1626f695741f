"""Choosing who takes the next lead or customer; no tables, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass
class Candidate:
    """
    One member of a rule.

    :param load: open leads, or customers, that they have.
    :param weight: how much more than others they take, from 1.
    :param capacity: most they may have; None: no limit.
    :param credit: turns that they are owed; a number kept between decisions.
    """

    user: int
    load: int = 0
    weight: int = 1
    capacity: int | None = None
    credit: int = 0

    @property
    def is_full(self) -> bool:
        """Whether one more would be too many."""
        return self.capacity is not None and self.load >= self.capacity


def least_loaded(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return who has least for their weight, among equals the one who joined the system first."""
    free = [each for each in candidates if not each.is_full]
    return min(free, key=lambda each: (Fraction(each.load, each.weight), each.user), default=None)


def next_in_turn(candidates: Sequence[Candidate]) -> Candidate | None:
    """
    Return whose turn it is, and remember it in the credits: smooth weighted round-robin.

    In each run of as many decisions as there is weight everybody is chosen as often as their weight, well mixed. Who
    cannot take one neither gains nor loses turns. Source: the balancer of nginx, commit 52327e0 (2012).
    """
    free = [each for each in candidates if not each.is_full]
    if not free:
        return None
    for each in free:
        each.credit += each.weight
    chosen = max(free, key=lambda each: (each.credit, -each.user))
    chosen.credit -= sum(each.weight for each in free)
    return chosen
