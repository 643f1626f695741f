"""
The part of a month that somebody was in service, by the days that a monthly wage pays.

A monthly wage pays 21.75 days, (365 - 104) / 12: the weekdays of a year, statutory holidays among them
(人社部发〔2025〕2号, as 劳社部发〔2008〕3号 before it). So the days of a part of a month are its weekdays.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

WEEK = 7
WORKING_WEEK = 5
Span = tuple[date, date]


def weekdays(first: date, last: date) -> int:
    """Return the Mondays to Fridays from first to last, both included; none when last is before first."""
    days = (last - first).days + 1
    if days <= 0:
        return 0
    weeks, rest = divmod(days, WEEK)
    start = first.weekday()
    return weeks * WORKING_WEEK + sum((start + n) % WEEK < WORKING_WEEK for n in range(rest))


def service_in(first: date, last: date, hired: date, left: date | None) -> Span | None:
    """Return the days of service within a period; None when there are none."""
    begin, end = max(first, hired), last if left is None else min(last, left)
    return (begin, end) if begin <= end else None


def month_of(day: date) -> Span:
    """Return the first and last day of the month of a day."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def gaps(period: Span, spans: Sequence[Span]) -> list[Span]:
    """
    Return the days of a period that no span covers.

    :param spans: within it, in order, without overlaps.
    """
    found, begin = [], period[0]
    for first, last in spans:
        if begin < first:
            found.append((begin, first - timedelta(days=1)))
        begin = last + timedelta(days=1)
    return [*found, (begin, period[1])] if begin <= period[1] else found


def shares(month: date, spans: Sequence[Span], pay_days: Decimal) -> list[Fraction]:
    """
    Return which part of a monthly wage each span of a month is worth.

    Spans that fill the month make 1. Others are worth their weekdays of 21.75, together 1 at most.

    :param spans: of service, in order, without overlaps.
    :param pay_days: days that a monthly wage pays.
    """
    first, last = month_of(month)
    days = [Fraction(weekdays(*span)) for span in spans]
    served = sum(((end - begin).days + 1 for begin, end in spans), 0)
    if served == (last - first).days + 1:
        return [each / weekdays(first, last) for each in days]
    whole = max(Fraction(pay_days), sum(days, Fraction(0)))
    return [each / whole for each in days]
