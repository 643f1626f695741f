"""What attendance answers to the calendar."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from hrm.attendance.planning import PlanBook
from hrm.calendar.engine import DayKind
from hrm.calendar.hooks import OFFICE_HOURS, Spans, planned_spans
from hrm.calendar.selectors import day_kinds


@planned_spans.provide
def spans_of_shifts(employee_pks: Collection[int], first: date, last: date) -> dict[int, dict[date, Spans]]:
    """
    Return when people are to work by schedules and rosters; eight hours on working days for whom nobody plans.

    :raises UnknownYear: for days that the calendar does not have.
    """
    kinds = day_kinds(first, last)
    book = PlanBook(employee_pks, first, last, kinds)
    found: dict[int, dict[date, Spans]] = {}
    for pk in employee_pks:
        days = found.setdefault(pk, {})
        for day, kind in kinds.items():
            planned = book.planned(pk, day)
            if planned is None:
                days[day] = OFFICE_HOURS if kind is DayKind.WORKDAY else ()
            elif not planned.is_missing:
                days[day] = book.engine(planned.shift).planned_spans if planned.shift is not None else ()
    return found
