"""The types of leave that a company in China starts with; what a province adds is to be entered there."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from hrm.leave.choices import LeaveCount, LeaveKind, LeaveUnit
from hrm.leave.models import LeaveType

_CALENDAR = {"unit": LeaveUnit.DAY, "counts": LeaveCount.CALENDAR}
_HOURS = {"unit": LeaveUnit.HOUR, "step_minutes": 30}
STANDARD: tuple[tuple[str, Any, LeaveKind, dict[str, Any]], ...] = (
    (
        "ANNUAL",
        _("Annual leave"),
        LeaveKind.ANNUAL,
        {"needs_balance": True, "valid_months": 12, "basis": "职工带薪年休假条例"},
    ),
    (
        "COMP",
        _("Time off for overtime"),
        LeaveKind.COMP,
        {**_HOURS, "needs_balance": True, "valid_months": 6, "basis": "劳动法 44"},
    ),
    ("PERSONAL", _("Personal leave"), LeaveKind.PERSONAL, {**_HOURS, "paid_percent": Decimal(0)}),
    (
        "SICK",
        _("Sick leave"),
        LeaveKind.SICK,
        {"paid_percent": Decimal(80), "basis": "劳部发〔1995〕309号 59"},
    ),
    (
        "MARRIAGE",
        _("Marriage leave"),
        LeaveKind.MARRIAGE,
        {"unit": LeaveUnit.DAY, "max_days": Decimal(3), "basis": "〔80〕劳总薪字29号"},
    ),
    ("MATERNITY", _("Maternity leave"), LeaveKind.MATERNITY, {**_CALENDAR, "basis": "女职工劳动保护特别规定 7"}),
    ("PATERNITY", _("Paternity leave"), LeaveKind.PATERNITY, {**_CALENDAR, "max_days": Decimal(15)}),
    (
        "BEREAVEMENT",
        _("Bereavement leave"),
        LeaveKind.BEREAVEMENT,
        {"unit": LeaveUnit.DAY, "max_days": Decimal(3), "basis": "〔80〕劳总薪字29号"},
    ),
    ("INJURY", _("Work injury leave"), LeaveKind.INJURY, {**_CALENDAR, "basis": "工伤保险条例 33"}),
    (
        "NURSING",
        _("Nursing time"),
        LeaveKind.NURSING,
        {**_HOURS, "basis": "女职工劳动保护特别规定 9"},
    ),
    ("CHILDCARE", _("Childcare leave"), LeaveKind.CHILDCARE, {"unit": LeaveUnit.DAY, "max_days_year": Decimal(10)}),
)


def create_standard_types() -> int:
    """Add the types whose code or kind is not there yet, named in the active language; return how many were added."""
    codes = set(LeaveType.objects.values_list("code", flat=True))
    kinds = set(LeaveType.objects.values_list("kind", flat=True))
    added = 0
    for place, (code, name, kind, details) in enumerate(STANDARD, start=1):
        if code not in codes and kind not in kinds:
            LeaveType.objects.create(code=code, name=str(name), kind=kind, sort_order=place * 10, **details)
            added += 1
    return added
