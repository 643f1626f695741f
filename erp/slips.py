"""How goods stand on a printed slip: one row for each line, with the lots or serial numbers that it is of."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from suite.masters.models import Item


@dataclass
class SlipRow:
    """
    So much of an item, in its base unit.

    :param text: what the document calls it.
    :param lots: (lot, how much of it), serial numbers one by one.
    :param planned: what was asked for, where a slip shows both.
    """

    item: Item
    text: str
    quantity: Decimal = Decimal(0)
    lots: list[tuple[Any, Decimal]] = field(default_factory=list)
    note: str = ""
    planned: Decimal | None = None

    @property
    def serials(self) -> list[Any]:
        """The serial numbers, which are listed without a quantity each."""
        return [lot for lot, _quantity in self.lots if lot.is_serial]

    @property
    def true_lots(self) -> list[tuple[Any, Decimal]]:
        """The lots that are no serial numbers, with their quantities."""
        return [(lot, quantity) for lot, quantity in self.lots if not lot.is_serial]


@dataclass(frozen=True)
class Part:
    """What moved of one line, of one lot; parts with the same ``line`` make one row."""

    line: Hashable
    item: Item
    quantity: Decimal
    lot: Any = None
    text: str = ""
    note: str = ""


def slip_rows(parts: Iterable[Part]) -> list[SlipRow]:
    """Return the rows of a slip in the order in which their first part comes."""
    rows: dict[Hashable, SlipRow] = {}
    for part in parts:
        row = rows.setdefault(part.line, SlipRow(part.item, part.text or part.item.name, note=part.note))
        row.quantity += part.quantity
        if part.lot is not None:
            row.lots.append((part.lot, part.quantity))
    return list(rows.values())
