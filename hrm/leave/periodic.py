"""What leave does by itself every night."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from hrm.leave.accounts import grant_annual_leave, withdraw_lost_leave, write_off_expired
from hrm.leave.choices import LeaveKind
from hrm.leave.models import LeaveType
from suite.modules.registry import periodic


@periodic("night")
def keep_accounts(at: datetime) -> int:
    """
    Write expired hours off, grant the annual leave of the year to whoever lacks it, and take it back from whoever lost
    it; return how many entries.
    """
    today = timezone.localdate(at)
    written = write_off_expired(on=today, actor=None, at=at)
    if LeaveType.objects.filter(kind=LeaveKind.ANNUAL, is_active=True).exists():
        written += grant_annual_leave(year=today.year, actor=None, at=at).people
        written += withdraw_lost_leave(on=today, actor=None, at=at)
    return written
