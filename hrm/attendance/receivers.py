"""What attendance does when working time changes."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max, Min
from django.utils import timezone

from hrm.attendance.computing import compute_attendance
from hrm.attendance.models import AttendanceDay
from hrm.calendar.events import WorkingTimeChanged
from hrm.calendar.selectors import closed_months, month_range
from suite.events import receiver
from suite.masters.models import Company


@receiver(WorkingTimeChanged, after_commit=True)
def compute_again(event: WorkingTimeChanged) -> None:
    """
    Compute results again that were there already; the days before and after too, for shifts reach over midnight.

    After the commit: a long computation of the company would make everybody wait who asks for something.
    """
    day = timedelta(days=1)
    rows = AttendanceDay.objects.filter(
        employee__in=event.employee_pks, date__range=(event.first - day, event.last + day), is_locked=False
    )
    found = rows.aggregate(first=Min("date"), last=Max("date"))
    if found["first"] is None:
        return
    first, last = found["first"], found["last"]
    for month in closed_months(event.company_pk, first, last):
        first = max(first, month_range(month)[1] + day)
    compute_attendance(
        company=Company.objects.get(pk=event.company_pk),
        first=first,
        last=last,
        employees=event.employee_pks,
        actor=None,
        at=timezone.now(),
    )
