"""Decisions that look like chance and are the same every time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

T = TypeVar("T")
SCALE = 2**53


class Dice:
    """
    A row of throws that a name decides.

    Every story throws dice of its own name, so that one more throw in one of them changes none of the others.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._count = 0

    def share(self) -> float:
        """A number from 0 up to 1."""
        self._count += 1
        digest = hashlib.blake2b(f"{self.name}:{self._count}".encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "big") >> 11) / SCALE

    def happens(self, chance: float) -> bool:
        """Whether something of that chance happens."""
        return self.share() < chance

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.share() * (high - low + 1))

    def one_of(self, choices: Sequence[T]) -> T:
        """One of the choices."""
        return choices[int(self.share() * len(choices))]

    def by_weight(self, weights: Mapping[T, float]) -> T:
        """One of the choices, each as often as its weight says."""
        left = self.share() * sum(weights.values())
        for choice, weight in weights.items():
            left -= weight
            if left < 0:
                return choice
        return list(weights)[-1]

    def some_of(self, choices: Sequence[T], count: int) -> list[T]:
        """Different ones of the choices."""
        rest = list(choices)
        return [rest.pop(int(self.share() * len(rest))) for _each in range(min(count, len(rest)))]

    def around(self, middle: int, step: int = 1) -> Decimal:
        """An amount around the middle, seldom far above it, in whole steps."""
        factor = 0.4 + 0.9 * self.share() + 1.4 * self.share() ** 4
        return Decimal(max(1, round(middle * factor / step)) * step)


def request_id(of: Dice | str, part: str = "") -> UUID:
    """The identifier of an event: the same every time."""
    return uuid5(NAMESPACE_OID, f"{of.name if isinstance(of, Dice) else of} {part}")
