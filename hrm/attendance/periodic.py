"""What attendance does by itself every night."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from hrm.attendance.computing import compute_attendance
from hrm.attendance.models import ScheduleMember
from hrm.calendar.selectors import closed_months, month_range
from suite.masters.models import Company
from suite.modules.registry import periodic

ONE_DAY = timedelta(days=1)


@periodic("night")
def compute_yesterday(at: datetime) -> int:
    """
    Compute yesterday, and the day before again: a night shift ends in the morning after; return how many days.

    :raises UnknownYear: when the calendar lacks the days.
    """
    last = timezone.localdate(at) - ONE_DAY
    planned = ScheduleMember.objects.order_by().values("employee__company")
    total = 0
    for company in Company.objects.filter(pk__in=planned).order_by("pk"):
        first = last - ONE_DAY
        for month in closed_months(company.pk, first, last):
            first = max(first, month_range(month)[1] + ONE_DAY)
        if first <= last:
            total += compute_attendance(company=company, first=first, last=last, actor=None, at=at).days
    return total
