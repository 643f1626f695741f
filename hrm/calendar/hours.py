"""
Working hours of the office, for what is due so many of them later.

A pure module. They are the usual eight of a working day by the holiday calendar; shifts of single people do not count.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from hrm.calendar.engine import DayKind

OFFICE_HOURS = ((time(9), time(12)), (time(13), time(18)))
ONE_DAY = timedelta(days=1)


def add_working_hours(start: datetime, hours: Decimal, kind_of: Callable[[date], DayKind]) -> datetime:
    """
    Return when so many working hours will have passed.

    :param start: aware, in the zone of the company.
    :param kind_of: what kind of day a day is; what it raises for unknown days is passed on.
    """
    left = timedelta(seconds=float(hours * 3600))
    day = start.date()
    while True:
        if kind_of(day) == DayKind.WORKDAY:
            for opens, closes in OFFICE_HOURS:
                begin = max(datetime.combine(day, opens, start.tzinfo), start)
                end = datetime.combine(day, closes, start.tzinfo)
                if begin < end:
                    if left <= end - begin:
                        return begin + left
                    left -= end - begin
        day += ONE_DAY


def working_time_between(start: datetime, end: datetime, kind_of: Callable[[date], DayKind]) -> timedelta:
    """
    Return how much working time lies between two moments; none when the end is not after the start.

    :param start: aware, in the zone of the company.
    :param end: aware, in the same zone.
    :param kind_of: what kind of day a day is; what it raises for unknown days is passed on.
    """
    total = timedelta(0)
    day = start.date()
    while day <= end.date() and start < end:
        if kind_of(day) == DayKind.WORKDAY:
            for opens, closes in OFFICE_HOURS:
                begin = max(datetime.combine(day, opens, start.tzinfo), start)
                until = min(datetime.combine(day, closes, start.tzinfo), end)
                total += max(until - begin, timedelta(0))
        day += ONE_DAY
    return total
