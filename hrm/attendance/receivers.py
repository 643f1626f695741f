"""What attendance does when working time changes."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from django.db import transaction
from django.db.models import Max, Min, QuerySet
from django.utils import timezone

from hrm.attendance.computing import compute_attendance
from hrm.attendance.models import AttendanceDay
from hrm.calendar.events import CalendarDayChanged, WorkingTimeChanged
from hrm.calendar.locks import hold_time_open, one_at_a_time
from hrm.calendar.selectors import closed_months, month_range
from suite import events
from suite.events import receiver
from suite.masters.models import Company

ONE_DAY = timedelta(days=1)


@receiver(CalendarDayChanged)
def follow_calendar(event: CalendarDayChanged) -> None:
    """The day counts otherwise for everybody who has a result of it."""
    rows = AttendanceDay.objects.filter(date=event.day, is_locked=False).order_by("employee")
    people: dict[int, list[int]] = defaultdict(list)
    for company, employee in rows.values_list("employee__company", "employee"):
        people[company].append(employee)
    for company, employees in sorted(people.items()):
        events.publish(WorkingTimeChanged(company, tuple(employees), event.day, event.day))


@receiver(WorkingTimeChanged)
def note_change(event: WorkingTimeChanged) -> None:
    """
    Mark the results that are to be computed again at once.

    So pay is not settled by them in the moment between the change and the new results.
    """
    keys = list(_results(event).select_for_update().order_by("pk").values_list("pk", flat=True))
    AttendanceDay.objects.filter(pk__in=keys).update(computed_at=None)


@receiver(WorkingTimeChanged, after_commit=True)
def compute_again(event: WorkingTimeChanged) -> None:
    """
    Compute results again that were there already; the days before and after too, for shifts reach over midnight.

    After the commit: a long computation of the company would make everybody wait who asks for something. The time of
    the results is when nobody else can change them any more, not when this began to wait for it.
    """
    with transaction.atomic():
        hold_time_open(event.company_pk)
        one_at_a_time("hrm_attendance", event.company_pk)
        found = _results(event).aggregate(first=Min("date"), last=Max("date"))
        if found["first"] is None:
            return
        first, last = found["first"], found["last"]
        for month in closed_months(event.company_pk, first, last):
            first = max(first, month_range(month)[1] + ONE_DAY)
        if first > last:
            return
        compute_attendance(
            company=Company.objects.get(pk=event.company_pk),
            first=first,
            last=last,
            employees=event.employee_pks,
            actor=None,
            at=timezone.now(),
        )


def _results(event: WorkingTimeChanged) -> QuerySet[AttendanceDay]:
    days = (event.first - ONE_DAY, event.last + ONE_DAY)
    return AttendanceDay.objects.filter(employee__in=event.employee_pks, date__range=days, is_locked=False)
