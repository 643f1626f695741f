"""
The clock of a ticket: when it is to be answered and solved, in working hours of the office calendar.

Due times are always computed from the beginning, with all pauses; so a change of priority, or a holiday calendar that
is entered later, gives what would have been due had it been known at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from hrm.calendar.engine import CalendarRow, DayKind, classify
from hrm.calendar.hours import add_working_hours, working_time_between
from hrm.calendar.selectors import calendar_rows, month_range

ZERO = Decimal(0)
SECONDS = 3600


class WorkingDays:
    """What kind of day a day is; reads the calendar by whole months, each once."""

    def __init__(self) -> None:
        self._rows: dict[date, CalendarRow] = {}
        self._months: set[date] = set()

    def __call__(self, day: date) -> DayKind:
        """
        Return the kind of a day.

        :raises UnknownYear: if the calendar does not have it.
        """
        first, last = month_range(day)
        if first not in self._months:
            self._months.add(first)
            self._rows |= calendar_rows(first, last)
        return classify(day, self._rows)


@dataclass(frozen=True)
class Times:
    """When a ticket is due, and when its owner is told before."""

    response_due_at: datetime
    response_warn_at: datetime
    resolution_due_at: datetime
    resolution_warn_at: datetime


def times_of(
    *,
    started_at: datetime,
    response_hours: Decimal,
    resolution_hours: Decimal,
    warn_hours: Decimal,
    pauses: Iterable[tuple[datetime, datetime]],
    kind_of: Callable[[date], DayKind],
) -> Times:
    """
    Return the due times of a ticket.

    :param pauses: beginning and end of each time in which the clock stood still; they move the solution, not the first
        response, which comes before any of them.
    :raises UnknownYear: if the calendar does not have the days; nothing is guessed.
    """
    start = timezone.localtime(started_at)
    stood = timedelta(0)
    for begin, end in pauses:
        stood += working_time_between(timezone.localtime(begin), timezone.localtime(end), kind_of)
    paused = Decimal(int(stood.total_seconds())) / SECONDS
    due = resolution_hours + paused
    return Times(
        response_due_at=add_working_hours(start, response_hours, kind_of),
        response_warn_at=add_working_hours(start, max(response_hours - warn_hours, ZERO), kind_of),
        resolution_due_at=add_working_hours(start, due, kind_of),
        resolution_warn_at=add_working_hours(start, max(due - warn_hours, ZERO), kind_of),
    )
