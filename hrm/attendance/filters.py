"""Filters of day results."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from hrm.attendance.choices import DayStatus
from hrm.attendance.models import AttendanceDay
from suite.pages.filters import BaseFilterSet, ChoiceFilter, derive_filter


class AttendanceDayFilterSet(BaseFilterSet):
    """Day results by person, department, date and what they came to."""

    employee = derive_filter(AttendanceDay, "employee")
    employee__department = derive_filter(AttendanceDay, "employee__department")
    date = derive_filter(AttendanceDay, "date")
    statuses = ChoiceFilter(label=_("Result"), choices=DayStatus.choices, method="with_status")
    has_exception = derive_filter(AttendanceDay, "has_exception")
    is_locked = derive_filter(AttendanceDay, "is_locked")
    shift = derive_filter(AttendanceDay, "shift")

    class Meta:
        model = AttendanceDay
        fields = ()

    def with_status(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Days of which any of the chosen can be said."""
        return queryset.filter(statuses__overlap=value) if value else queryset
