"""When a difference of a count has to be counted again. Plain functions; no ORM, no clock."""

from __future__ import annotations

from decimal import Decimal


def is_beyond(
    difference: Decimal,
    book: Decimal,
    value: Decimal | None,
    *,
    percent: Decimal,
    amount: Decimal | None,
) -> bool:
    """
    Whether a difference is too large to be taken as it is.

    :param difference: counted less book, in the base unit.
    :param book: what the books said, in the base unit; what is found where nothing should be is always beyond.
    :param value: what the difference is worth; None: unknown, which is beyond any amount.
    :param percent: up to so much of the book quantity is within.
    :param amount: and up to so much of value; None: the value does not matter.
    """
    if not difference:
        return False
    if abs(difference) * 100 > percent * book:
        return True
    return amount is not None and (value is None or abs(value) > amount)
