"""What the pages of attendance show of many people: the roster, and who is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import pgettext

from hrm.attendance.models import AttendanceDay, Outing
from hrm.attendance.planning import PlanBook
from hrm.calendar.choices import LIVE_REQUESTS, RequestStatus
from hrm.calendar.engine import DayKind, classify, dates_between
from hrm.calendar.selectors import calendar_rows
from hrm.leave.selectors import absences
from hrm.org.models import Employee


@dataclass(frozen=True)
class Column:
    """A day as the head of a column: ``kind`` is None when the calendar does not know it."""

    day: date
    kind: DayKind | None
    name: str = ""

    @property
    def weekday(self) -> str:
        """The day of the week, as short as a column is narrow."""
        names = (
            pgettext("weekday", "Mo"),
            pgettext("weekday", "Tu"),
            pgettext("weekday", "We"),
            pgettext("weekday", "Th"),
            pgettext("weekday", "Fr"),
            pgettext("weekday", "Sa"),
            pgettext("weekday", "Su"),
        )
        return names[self.day.weekday()]

    @property
    def is_free(self) -> bool:
        """Whether most people rest."""
        return self.kind is not None and self.kind is not DayKind.WORKDAY


@dataclass
class Cell:
    """
    A day of a person.

    :param text: what is shown; ``title`` says it in full.
    :param is_own: the roster says so, and not the schedule.
    """

    day: date
    text: str = ""
    title: str = ""
    tone: str = ""
    is_own: bool = False


@dataclass
class Line:
    """The days of a person."""

    person: Employee
    cells: list[Cell]


def columns_of(first: date, last: date) -> list[Column]:
    """The days of a period with what the calendar knows of them."""
    rows = calendar_rows(first, last)
    return [
        Column(day, classify(day, rows) if day in rows else None, rows[day].name if day in rows else "")
        for day in dates_between(first, last)
    ]


def roster_lines(people: Sequence[Employee], columns: Sequence[Column]) -> list[Line]:
    """What people are to work on the days, by a fixed number of queries."""
    first, last = columns[0].day, columns[-1].day
    book = PlanBook([p.pk for p in people], first, last, {c.day: c.kind for c in columns if c.kind is not None})
    lines = []
    for person in people:
        cells = []
        for column in columns:
            is_own = (person.pk, column.day) in book.roster
            planned = book.planned(person.pk, column.day) if column.kind is not None or is_own else None
            cell = Cell(column.day, is_own=is_own)
            if planned is not None and planned.shift is not None:
                cell.text, cell.title = planned.shift.code, f"{planned.shift.name} {planned.shift.hours}"
            elif planned is not None and planned.is_missing:
                cell.text, cell.tone = "?", "late"
            elif planned is not None:
                cell.text = "–"
            cells.append(cell)
        lines.append(Line(person, cells))
    return lines


def absence_lines(people: Sequence[Employee], columns: Sequence[Column], *, names_types: bool) -> list[Line]:
    """
    Who is away on the days: leave and work elsewhere, approved or asked for.

    :param names_types: colleagues only see that somebody is away, not why.
    """
    first, last = columns[0].day, columns[-1].day
    marks: dict[tuple[int, date], Cell] = {}
    found = Employee.objects.filter(pk__in=[person.pk for person in people])
    for share in absences(found, first, last):
        is_asked = share.request.status == RequestStatus.APPROVING
        kind = str(share.request.leave_type)
        text = kind if names_types else ""
        marks[share.employee_id, share.date] = Cell(share.date, text[:2], text, "wait" if is_asked else "hold")
    outings = Outing.objects.filter(
        employee__in=found, status__in=LIVE_REQUESTS, starts_at__date__lte=last, ends_at__date__gte=first
    )
    for outing in outings:
        text = str(outing.get_kind_display()) if names_types else ""
        tone = "wait" if outing.status == RequestStatus.APPROVING else "go"
        begins, ends = (timezone.localtime(moment).date() for moment in (outing.starts_at, outing.ends_at))
        for day in dates_between(max(first, begins), min(last, ends)):
            marks.setdefault((outing.employee_id, day), Cell(day, text[:2], text, tone))
    return [
        Line(person, [marks.get((person.pk, column.day), Cell(column.day)) for column in columns]) for person in people
    ]


def own_month(person: Employee, columns: Sequence[Column]) -> list[tuple[Column, AttendanceDay | None]]:
    """The days of a month with the results of one person."""
    rows = AttendanceDay.objects.filter(employee=person, date__range=(columns[0].day, columns[-1].day))
    found = {row.date: row for row in rows.select_related("shift")}
    return [(column, found.get(column.day)) for column in columns]
