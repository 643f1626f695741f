"""
Where one line of an order is, and why it is late: pure judgement over facts.

A line waits for the slowest thing it needs; that thing is named, with the date it is expected.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

ZERO = Decimal(0)


class Place(TextChoices):
    """What a line of an order waits for."""

    SIGNED = "SIGNED", _("Signed for")
    ON_THE_WAY = "ON_THE_WAY", _("On the way")
    DELIVERED = "DELIVERED", _("Delivered")
    READY = "READY", _("Ready to be shipped")
    INSPECTING = "INSPECTING", _("Being inspected")
    COMING = "COMING", _("Ordered from the supplier")
    TO_RELEASE = "TO_RELEASE", _("Purchase order not released")
    TO_ORDER = "TO_ORDER", _("To be ordered")
    TO_APPROVE = "TO_APPROVE", _("Requisition not approved")
    NOTHING = "NOTHING", _("Nothing is ordered for it")


class Supply(TextChoices):
    """How far a purchase for a line is."""

    RECEIVED = "RECEIVED"
    RELEASED = "RELEASED"
    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    REQUESTED = "REQUESTED"


# The slowest first: it decides what a line waits for.
SLOWEST = (Supply.REQUESTED, Supply.APPROVED, Supply.DRAFT, Supply.RELEASED)
WAITS_FOR = {
    Supply.REQUESTED: Place.TO_APPROVE,
    Supply.APPROVED: Place.TO_ORDER,
    Supply.DRAFT: Place.TO_RELEASE,
    Supply.RELEASED: Place.COMING,
}


@dataclass(frozen=True)
class Source:
    """
    One thing that brings stock for a line.

    :param quantity: what is still to come, in base units.
    :param expected_on: None while nobody said when.
    :param document: the requisition, or the line of the purchase order.
    """

    supply: Supply
    quantity: Decimal
    expected_on: datetime.date | None = None
    document: Any = None


@dataclass(frozen=True)
class Progress:
    """
    Where one line is.

    :param expected_on: when all of it can be shipped, or was delivered; None when nobody knows.
    :param late_days: how many days that is after the day that was asked for; 0 when it is in time or not known.
    :param cause: the source that the line waits for.
    """

    place: Place
    expected_on: datetime.date | None
    late_days: int
    cause: Source | None = None
    sources: tuple[Source, ...] = field(default=())

    @property
    def is_late(self) -> bool:
        """Whether it comes, or came, after the day that was asked for."""
        return self.late_days > 0

    @property
    def tone(self) -> str:
        """The colour of the state."""
        if self.is_late:
            return "late"
        if self.place in {Place.SIGNED, Place.DELIVERED}:
            return "done"
        return "wait" if self.expected_on is None else "go"


def progress_of(
    *,
    missing: Decimal,
    is_open: bool,
    requested_on: datetime.date,
    today: datetime.date,
    sources: Sequence[Source] = (),
    inspecting: Decimal = ZERO,
    delivered_on: datetime.date | None = None,
    is_signed: bool = False,
    is_on_the_way: bool = False,
) -> Progress:
    """
    Return where a line is.

    :param missing: what is neither delivered nor kept in stock, in base units.
    :param is_open: whether something is still to be delivered.
    :param inspecting: stock of the item that waits for inspection and nobody else waits for.
    :param delivered_on: the day of the last delivery.
    """

    def late(day: datetime.date | None) -> int:
        return max((day - requested_on).days, 0) if day is not None else 0

    if not is_open:
        place = Place.SIGNED if is_signed else Place.ON_THE_WAY if is_on_the_way else Place.DELIVERED
        return Progress(place, delivered_on, late(delivered_on))
    ready_on = max(today, requested_on)
    if missing <= 0:
        return Progress(Place.READY, ready_on, late(ready_on))
    if inspecting >= missing:
        return Progress(Place.INSPECTING, ready_on, late(ready_on), None, tuple(sources))
    chosen = _enough(sources, missing - inspecting)
    if chosen is None:
        return Progress(Place.NOTHING, None, late(today), None, tuple(sources))
    cause = min(chosen, key=lambda each: (SLOWEST.index(each.supply), -_day(each)))
    days = [each.expected_on for each in chosen if each.expected_on is not None and each.expected_on >= today]
    # A day that has passed without goods says nothing any more.
    expected_on = max(days) if len(days) == len(chosen) else None
    return Progress(WAITS_FOR[cause.supply], expected_on, late(expected_on or today), cause, tuple(sources))


def _enough(sources: Sequence[Source], quantity: Decimal) -> list[Source] | None:
    """The sources that bring so much first, None when all together do not."""
    chosen = []
    for source in sorted(sources, key=_order):
        if quantity <= 0:
            break
        if source.quantity > 0 and source.supply in WAITS_FOR:
            chosen.append(source)
            quantity -= source.quantity
    return chosen if quantity <= 0 else None


def _order(source: Source) -> tuple[int, int]:
    return -SLOWEST.index(source.supply) if source.supply in SLOWEST else 0, _day(source)


def _day(source: Source) -> int:
    return source.expected_on.toordinal() if source.expected_on is not None else datetime.date.max.toordinal()
