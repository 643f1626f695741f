"""What working time tells the systems above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from suite.events import Event


@dataclass(frozen=True)
class WorkingTimeChanged(Event):
    """What counts for some days of somebody changed: a leave, an outing, overtime, a punch, a shift."""

    company_pk: int
    employee_pks: tuple[int, ...]
    first: date
    last: date


@dataclass(frozen=True)
class CalendarDayChanged(Event):
    """A day became one of work or of rest, or a statutory holiday, or is none any more."""

    day: date


@dataclass(frozen=True)
class MonthClosed(Event):
    """The working time of a month is final."""

    company_pk: int
    month: date
