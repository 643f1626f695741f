"""Time off for overtime: the ledger of leave follows what results say was worked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal

from hrm.attendance.models import AttendanceDay
from hrm.leave.services import set_comp_time
from suite.access.models import User
from suite.masters.decimals import round_exact
from suite.masters.models import Company

HOUR = Decimal(60)
DECIMALS = 4


def settle_comp_time(
    *, company: Company, first: date, last: date, employees: Collection[int], actor: User | None, at: datetime
) -> int:
    """Let the time off of people agree with the results of a period; return how many entries that took."""
    rows = AttendanceDay.objects.filter(employee__in=employees, date__range=(first, last), comp__gt=0)
    earned = {
        (pk, day): round_exact(Decimal(minutes) / HOUR, DECIMALS)
        for pk, day, minutes in rows.order_by().values_list("employee", "date", "comp")
    }
    return set_comp_time(earned=earned, employees=employees, first=first, last=last, actor=actor, at=at)
