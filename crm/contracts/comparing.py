"""What changed between two versions of an offer: pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# What is compared of a line.
COMPARED = ("description", "quantity", "unit", "unit_price", "discount_percent", "tax_rate", "net_amount")


class Difference(StrEnum):
    """What became of a line."""

    SAME = "SAME"
    CHANGED = "CHANGED"
    ADDED = "ADDED"
    REMOVED = "REMOVED"


@dataclass(frozen=True)
class LineValues:
    """
    One line of a version.

    :param key: what it is about: the item, or its description without one.
    """

    key: Hashable
    name: str
    description: str
    quantity: Decimal
    unit: str
    unit_price: Decimal
    discount_percent: Decimal
    tax_rate: Decimal
    net_amount: Decimal


@dataclass(frozen=True)
class ComparedLine:
    """One line in both versions; ``changed`` names what differs."""

    kind: Difference
    old: LineValues | None
    new: LineValues | None
    changed: frozenset[str] = frozenset()

    @property
    def shown(self) -> LineValues:
        """The line as it is now, or was."""
        found = self.new if self.new is not None else self.old
        if found is None:
            raise ValueError("A compared line stands in one of the versions")
        return found

    @property
    def change(self) -> Decimal:
        """By how much its amount without tax changed."""
        before = self.old.net_amount if self.old is not None else Decimal(0)
        return (self.new.net_amount if self.new is not None else Decimal(0)) - before


def compare_lines(old: Sequence[LineValues], new: Sequence[LineValues]) -> list[ComparedLine]:
    """
    Return the lines of two versions side by side, in the order of the new one; removed ones stand last.

    Lines about the same thing belong together in their order, so that the second line of an item is compared with
    the second one.
    """
    waiting: dict[Hashable, list[LineValues]] = defaultdict(list)
    for line in old:
        waiting[line.key].append(line)
    found = []
    for line in new:
        before = waiting[line.key].pop(0) if waiting[line.key] else None
        found.append(_compared(before, line))
    left = [line for line in old if any(line is each for each in waiting[line.key])]
    return [*found, *(ComparedLine(Difference.REMOVED, line, None) for line in left)]


def _compared(old: LineValues | None, new: LineValues) -> ComparedLine:
    if old is None:
        return ComparedLine(Difference.ADDED, None, new)
    changed = frozenset(name for name in COMPARED if getattr(old, name) != getattr(new, name))
    return ComparedLine(Difference.CHANGED if changed else Difference.SAME, old, new, changed)
