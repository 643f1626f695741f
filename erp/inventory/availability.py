"""
What of an item can be promised, and when: available to promise (ATP), discrete with look-ahead, by date.

The projected balance of a date is what is free on hand plus all receipts less all demands up to and with that date.
What can be promised *by* a date is the lowest projected balance from that date on: promising more would take from a
demand that is already there. The discrete figure of a date is what comes to be promisable on it.
"""

from __future__ import annotations

import datetime
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from operator import attrgetter

ZERO = Decimal(0)


class InvalidQuantity(ValueError):
    """
    A quantity that is negative or no number, where only others make sense.

    :ivar quantity: the quantity.
    """

    def __init__(self, quantity: Decimal) -> None:
        super().__init__(f"{quantity} is no proper quantity")
        self.quantity = quantity


@dataclass(frozen=True)
class Dated:
    """A quantity, in the base unit and not negative, that comes or is wanted on a date."""

    date: datetime.date
    quantity: Decimal


@dataclass(frozen=True)
class Point:
    """
    One date on which something changes.

    :param projected: balance at the end of the date; negative where demand is not covered.
    :param discrete: what comes to be promisable on this date.
    :param cumulative: what can be promised by this date in all: the sum of the discrete figures up to it.
    """

    date: datetime.date
    projected: Decimal
    discrete: Decimal
    cumulative: Decimal


@dataclass(frozen=True)
class Promise:
    """
    The answer to one line.

    :param on_wanted_date: how much of the quantity can be had on the wanted date.
    :param full_date: the earliest date, not before the wanted one, on which all of it can be had; None if never.
    :param splits: the quantity in parts, each on the earliest date it can be had; short of it if it never comes.
    """

    quantity: Decimal
    wanted_date: datetime.date
    on_wanted_date: Decimal
    full_date: datetime.date | None
    splits: tuple[Dated, ...]


@dataclass(frozen=True)
class Availability:
    """
    What can be promised, as a step function of the date.

    :param points: by date; the first is that of the start, and after the last one nothing changes.
    """

    points: tuple[Point, ...]

    def on(self, date: datetime.date) -> Decimal:
        """Return how much can be promised by a date; nothing before the start."""
        place = bisect_right(self.points, date, key=attrgetter("date"))
        return self.points[place - 1].cumulative if place else ZERO

    def promise(self, quantity: Decimal, wanted_date: datetime.date) -> Promise:
        """
        Answer for one line, in O(log n) but for the splits. It takes nothing away: see :meth:`less`.

        :raises InvalidQuantity: unless the quantity is positive.
        """
        _check(quantity)
        if not quantity:
            raise InvalidQuantity(quantity)
        # What can be had never falls from date to date.
        place = bisect_left(self.points, quantity, key=attrgetter("cumulative"))
        full_date = max(self.points[place].date, wanted_date) if place < len(self.points) else None
        on_wanted_date = min(quantity, self.on(wanted_date))
        splits = tuple(self._splits(quantity, wanted_date, on_wanted_date))
        return Promise(quantity, wanted_date, on_wanted_date, full_date, splits)

    def take(self, quantity: Decimal, wanted_date: datetime.date) -> tuple[Promise, Availability]:
        """
        Answer for one line, and return what is left for the lines after it.

        :raises InvalidQuantity: unless the quantity is positive.
        """
        promise = self.promise(quantity, wanted_date)
        return promise, self.less(quantity, promise.full_date or wanted_date)

    def less(self, quantity: Decimal, date: datetime.date) -> Availability:
        """
        Return what can still be promised once a quantity is promised for a date, in O(n).

        :raises InvalidQuantity: when it is negative.
        """
        _check(quantity)
        start = self.points[0].date
        balances = {point.date: point.projected for point in self.points}
        date = max(date, start)
        if date not in balances:
            place = bisect_right(self.points, date, key=attrgetter("date"))
            balances[date] = self.points[place - 1].projected
        return _availability(
            (day, balance - quantity if day >= date else balance) for day, balance in sorted(balances.items())
        )

    def _splits(self, quantity: Decimal, wanted_date: datetime.date, on_wanted_date: Decimal) -> Iterable[Dated]:
        if on_wanted_date:
            yield Dated(wanted_date, on_wanted_date)
        given = on_wanted_date
        place = bisect_right(self.points, wanted_date, key=attrgetter("date"))
        while given < quantity and place < len(self.points):
            reached = min(quantity, self.points[place].cumulative)
            if reached > given:
                yield Dated(self.points[place].date, reached - given)
                given = reached
            place += 1


def available_to_promise(
    on_hand: Decimal,
    receipts: Iterable[Dated],
    demands: Iterable[Dated],
    *,
    start: datetime.date,
    overdue_date: datetime.date | None = None,
) -> Availability:
    """
    Return what of one item can be promised from a date on, in O(n log n).

    :param on_hand: stock that may be promised and is not reserved, at the beginning of ``start``. Whoever counts
        reserved stock in must count the reserved demands as well, and the other way round.
    :param receipts: expected; what comes on a date serves the demands of that date. Those before ``start`` are overdue.
    :param demands: already promised; those before ``start`` are overdue and taken off at once.
    :param overdue_date: when overdue receipts are expected now; without it nobody knows, and they are not promised.
    :raises InvalidQuantity: for a negative quantity of a receipt or demand; stock may be negative.
    """
    if not on_hand.is_finite():
        raise InvalidQuantity(on_hand)
    changes = {start: on_hand}
    for receipt in receipts:
        _check(receipt.quantity)
        date = receipt.date if receipt.date >= start else overdue_date
        if date is not None:
            date = max(date, start)
            changes[date] = changes.get(date, ZERO) + receipt.quantity
    for demand in demands:
        _check(demand.quantity)
        date = max(demand.date, start)
        changes[date] = changes.get(date, ZERO) - demand.quantity
    dates = sorted(changes)
    return _availability(zip(dates, accumulate(changes[date] for date in dates), strict=True))


def _availability(balances: Iterable[tuple[datetime.date, Decimal]]) -> Availability:
    """Look ahead from each date to the lowest balance that follows."""
    dated = list(balances)
    lowest = list(accumulate((balance for _, balance in reversed(dated)), min))
    cumulated = [max(balance, ZERO) for balance in reversed(lowest)]
    return Availability(
        tuple(
            Point(date, projected, cumulative - before, cumulative)
            for (date, projected), cumulative, before in zip(dated, cumulated, [ZERO, *cumulated], strict=False)
        )
    )


def _check(quantity: Decimal) -> None:
    if not quantity.is_finite() or quantity < 0:
        raise InvalidQuantity(quantity)
