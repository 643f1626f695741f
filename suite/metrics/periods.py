"""
Periods of figures: whole days of the calendar in the company's time zone. Pure functions.

A running period is compared with as many days of the earlier one as have passed, so that the third of a month is not
held against a whole month.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
LAST_DAYS = 90
# Longer custom periods are a mistake of typing.
MAX_DAYS = 366 * 5


@dataclass(frozen=True)
class Period:
    """
    A span of days, both ends included.

    :param kind: month, quarter, year, 90d or custom.
    """

    kind: str
    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("A period ends before it starts")

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    def contains(self, day: date) -> bool:
        """Whether the day lies within."""
        return self.start <= day <= self.end

    def is_running(self, today: date) -> bool:
        """Whether some of its days are still to come."""
        return self.start <= today < self.end

    def is_closed(self, today: date) -> bool:
        """Whether its last day is over."""
        return self.end < today

    def previous(self) -> Period:
        """The period of the same kind just before."""
        if self.kind in MONTHS_OF:
            return period_of(self.kind, self.start - timedelta(days=1))
        return Period(self.kind, self.start - timedelta(days=self.days), self.start - timedelta(days=1))

    def next(self) -> Period:
        """The period of the same kind just after."""
        if self.kind in MONTHS_OF:
            return period_of(self.kind, self.end + timedelta(days=1))
        return Period(self.kind, self.end + timedelta(days=1), self.end + timedelta(days=self.days))

    def last_year(self) -> Period:
        """The same period of the year before; 29 February becomes the 28th."""
        if self.kind in MONTHS_OF:
            return period_of(self.kind, add_months(self.start, -12))
        return Period(self.kind, add_months(self.start, -12), add_months(self.end, -12))

    def elapsed(self, earlier: Period, today: date) -> Period:
        """As many days of an earlier period as have passed of this one; all of it once this one is over."""
        if not self.is_running(today):
            return earlier
        passed = (today - self.start).days
        return Period(earlier.kind, earlier.start, min(earlier.end, earlier.start + timedelta(days=passed)))

    def bounds(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """Its first moment and the first moment after it, in a time zone."""
        return midnight(self.start, zone), midnight(self.end + timedelta(days=1), zone)

    def months(self) -> list[tuple[int, int]]:
        """The (year, month) pairs it consists of; empty unless it consists of whole months."""
        if self.start.day != 1 or (self.end + timedelta(days=1)).day != 1:
            return []
        return list(_months_between(self.start, self.end))


def period_of(kind: str, day: date) -> Period:
    """
    Return the month, quarter or year that holds a day, or the 90 days that end with it.

    :raises ValueError: for any other kind.
    """
    if kind == "90d":
        return Period(kind, day - timedelta(days=LAST_DAYS - 1), day)
    if kind not in MONTHS_OF:
        raise ValueError(f"Unknown period {kind}")
    length = MONTHS_OF[kind]
    first_month = (day.month - 1) // length * length + 1
    start = date(day.year, first_month, 1)
    return Period(kind, start, add_months(start, length) - timedelta(days=1))


def parse_period(params: Mapping[str, str], today: date, default: str = "month") -> Period:
    """
    Return the period that a query string asks for: ``period``, with ``on`` a day in it, or ``from`` and ``to``.

    What cannot be read counts as not given.
    """
    kind = params.get("period") or default
    if kind == "custom":
        start, end = _day(params.get("from")), _day(params.get("to"))
        if start and end and start <= end and (end - start).days < MAX_DAYS:
            return Period(kind, start, end)
    known = kind if kind in MONTHS_OF or kind == "90d" else default
    return period_of(known, _day(params.get("on")) or today)


def period_params(period: Period, today: date) -> dict[str, str]:
    """Return the query parameters that :func:`parse_period` reads the period from."""
    if period.kind == "custom":
        return {"period": "custom", "from": period.start.isoformat(), "to": period.end.isoformat()}
    params = {"period": period.kind}
    if not period.contains(today) or (period.kind == "90d" and period.end != today):
        params["on"] = period.end.isoformat()
    return params


def months_up_to(day: date, count: int) -> list[date]:
    """Return the first days of ``count`` months, the last of them that of ``day``."""
    last = day.replace(day=1)
    return [add_months(last, -back) for back in range(count - 1, -1, -1)]


def add_months(day: date, months: int) -> date:
    """Return the day that many months later; the last of the month where the day does not exist."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def midnight(day: date, zone: tzinfo) -> datetime:
    """Return the first moment of a day."""
    return datetime.combine(day, time.min, tzinfo=zone)


def _months_between(start: date, end: date) -> Iterator[tuple[int, int]]:
    day = start
    while day <= end:
        yield day.year, day.month
        day = add_months(day, 1)


def _day(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    # Years that comparisons reach into must exist.
    return found if 1900 <= found.year <= 9000 else None
