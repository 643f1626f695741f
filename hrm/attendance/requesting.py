"""What corrections, outings and overtime share."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.attendance.models import Outing, OvertimeRequest, PunchCorrection
from hrm.calendar.choices import RequestStatus
from hrm.calendar.events import WorkingTimeChanged
from hrm.calendar.requests import TimeRequest, to_draft
from hrm.calendar.services import require_open
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput

R = TypeVar("R", bound=TimeRequest)


@transaction.atomic
def reopen_request(*, request: TimeRequest, actor: User, at: datetime) -> TimeRequest:
    """
    Take a refused request back to be changed.

    :raises WrongState: unless it was refused.
    """
    locked = type(request).objects.lock(request)
    return to_draft(locked, actor=actor, at=at)


def draft_of(model: type[R], row: R, expected_version: int | None, changes: dict[str, Any]) -> R:
    """
    Return a draft, locked, with changes that are not saved yet.

    :raises InvalidInput: when it was handed in.
    """
    manager: Any = model._default_manager
    locked: R = manager.lock(row).check_version(expected_version)
    if locked.status != RequestStatus.DRAFT:
        raise InvalidInput(_("It was handed in already. Cancel it and ask anew."))
    for name, value in changes.items():
        setattr(locked, name, value)
    return locked


def days_of(request: TimeRequest) -> tuple[date, date]:
    """The first and the last day that a request is about."""
    if isinstance(request, OvertimeRequest):
        return request.date, request.date
    if isinstance(request, Outing):
        return timezone.localtime(request.starts_at).date(), timezone.localtime(request.ends_at).date()
    if isinstance(request, PunchCorrection):
        moments = [request.punched_at, *([request.replaces.punched_at] if request.replaces is not None else [])]
        days = [timezone.localtime(moment).date() for moment in moments]
        return min(days), max(days)
    raise TypeError(f"{type(request)} has no days")


def require_days_open(request: TimeRequest) -> None:
    """
    Refuse a change to days of a closed month.

    :raises MonthLocked: naming the month.
    """
    require_open(request.employee.company_id, *days_of(request))


def tell(request: TimeRequest) -> None:
    """Let the results of the days follow."""
    first, last = days_of(request)
    events.publish(WorkingTimeChanged(request.employee.company_id, (request.employee_id,), first, last))
