"""Questions about the calendar, each answered by one query."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count

from hrm.calendar.engine import CalendarRow, DayKind, UnknownYear, classify, dates_between
from hrm.calendar.models import ClosedMonth, HolidayDay

ONE_DAY = timedelta(days=1)
WEEK = 7


@dataclass(frozen=True)
class YearState:
    """How many days of a year the calendar has, of how many."""

    year: int
    known: int
    days: int

    @property
    def is_complete(self) -> bool:
        """Whether working time of the year can be computed."""
        return self.known == self.days


@dataclass(frozen=True)
class MonthSheet:
    """A month as a wall calendar: weeks of seven days from Monday, None outside the month; ``row`` None: unknown."""

    first: date
    weeks: list[list[tuple[date, HolidayDay | None] | None]]


def calendar_rows(first: date, last: date) -> dict[date, CalendarRow]:
    """Return the known days from the first to the last, both included."""
    return {day.date: day.row for day in HolidayDay.objects.filter(date__range=(first, last))}


def day_kinds(first: date, last: date) -> dict[date, DayKind]:
    """
    Return the kind of every day from the first to the last, both included.

    :raises UnknownYear: if one of them is not in the calendar.
    """
    rows = calendar_rows(first, last)
    return {day: classify(day, rows) for day in dates_between(first, last)}


def require_known(first: date, last: date) -> None:
    """
    Refuse what needs days that the calendar does not have.

    :raises UnknownYear: naming the first year that is missing or incomplete.
    """
    known = HolidayDay.objects.filter(date__range=(first, last)).count()
    if known < (last - first).days + 1:
        rows = calendar_rows(first, last)
        missing = next(day for day in dates_between(first, last) if day not in rows)
        raise UnknownYear(missing.year, missing)


def year_states(years: Iterable[int]) -> list[YearState]:
    """Return of each year how much of it the calendar has, by one query."""
    wanted = sorted(set(years))
    found = HolidayDay.objects.filter(date__year__in=wanted).order_by()
    known = dict(found.values_list("date__year").annotate(days=Count("pk")))
    return [YearState(year, known.get(year, 0), 366 if calendar.isleap(year) else 365) for year in wanted]


def year_sheets(year: int) -> list[MonthSheet]:
    """Return the twelve months of a year, by one query."""
    days = {day.date: day for day in HolidayDay.objects.filter(date__year=year)}
    return [_sheet(date(year, month, 1), days) for month in range(1, 13)]


def closed_months(company_pk: int, first: date, last: date) -> list[date]:
    """Return the closed months of a company that a period touches, by their first day."""
    months = ClosedMonth.objects.filter(company=company_pk, month__range=(first.replace(day=1), last))
    return list(months.order_by("month").values_list("month", flat=True))


def month_range(day: date) -> tuple[date, date]:
    """Return the first and the last day of the month that a day is in."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _sheet(first: date, days: dict[date, HolidayDay]) -> MonthSheet:
    cells: list[tuple[date, HolidayDay | None] | None] = [None] * first.weekday()
    cells += [(day, days.get(day)) for day in dates_between(*month_range(first))]
    cells += [None] * (-len(cells) % WEEK)
    return MonthSheet(first, [cells[start : start + WEEK] for start in range(0, len(cells), WEEK)])
