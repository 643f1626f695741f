"""Women who nurse a child under one year do neither overtime nor night work (女职工劳动保护特别规定 9)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from django.utils.translation import gettext as _

from hrm.attendance.models import OvertimeRequest, Shift
from hrm.attendance.overtime import night_minutes, protection
from hrm.leave.selectors import maternity_begun
from hrm.org.models import Employee
from suite.core.errors import InvalidInput
from suite.core.text import listed

# Maternity leave begins at most so many days before the birth (女职工劳动保护特别规定 7).
DAYS_BEFORE_BIRTH = timedelta(days=15)


def refuse_protected_overtime(request: OvertimeRequest) -> None:
    """:raises InvalidInput: for overtime of a woman who nurses a child under one year."""
    if _protected([request.employee_id], [request.date]):
        raise InvalidInput(
            _("%(person)s nurses a child under one year: no overtime (Special Rules on Women Workers, article 9).")
            % {"person": request.employee},
            field="date",
        )


def refuse_protected_nights(employees: Collection[Employee], days: Collection[date], shift: Shift | None) -> None:
    """:raises InvalidInput: for night work, 22:00 to 06:00, of women who nurse a child under one year."""
    # A shift that nobody has filled in yet has no hours.
    if (
        shift is None
        or not shift.segments.exists()
        or not any(night_minutes(*span) for span in shift.to_engine().planned_spans)
    ):
        return
    protected = _protected([employee.pk for employee in employees], days)
    if protected:
        names = [employee for employee in employees if employee.pk in protected]
        raise InvalidInput(
            _("Nursing a child under one year: %(people)s. No night work (Special Rules on Women Workers, article 9).")
            % {"people": listed(names)},
            field="shift",
        )


def _protected(employee_pks: Collection[int], days: Collection[date]) -> set[int]:
    if not days:
        return set()
    begun = maternity_begun(employee_pks, min(days) - timedelta(days=400), max(days))
    return {
        pk
        for pk, first in begun.items()
        if any(first <= day and protection(day, nursing_born=min(day, first + DAYS_BEFORE_BIRTH)) for day in days)
    }
