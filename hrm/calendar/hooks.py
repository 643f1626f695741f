"""What is planned for people on a day, which systems above the calendar know better."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from hrm.calendar.engine import DayKind
from hrm.calendar.selectors import day_kinds
from suite.hooks import Hook

Spans = tuple[tuple[int, int], ...]
# Nine to six with an hour at noon, in minutes after midnight.
OFFICE_HOURS: Spans = ((540, 720), (780, 1080))


@Hook
def planned_spans(employee_pks: Collection[int], first: date, last: date) -> dict[int, dict[date, Spans]]:
    """
    When people are to work on each day, in minutes after its midnight and past it; none on a day off.

    Without shifts and rosters these are eight hours on working days of the calendar. A day that is missing from the
    answer has not been planned yet.

    :raises UnknownYear: for days that the calendar does not have.
    """
    hours = {day: OFFICE_HOURS if kind is DayKind.WORKDAY else () for day, kind in day_kinds(first, last).items()}
    return dict.fromkeys(employee_pks, hours)


def planned_minutes(employee_pks: Collection[int], first: date, last: date) -> dict[int, dict[date, int]]:
    """
    Return how many minutes people are to work on each day; a day that is not planned yet is missing.

    :raises UnknownYear: for days that the calendar does not have.
    """
    planned = planned_spans(employee_pks, first, last)
    return {
        pk: {day: sum(end - start for start, end in spans) for day, spans in days.items()}
        for pk, days in planned.items()
    }
