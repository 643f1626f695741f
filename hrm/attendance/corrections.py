"""Punches that were forgotten or are wrong."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.attendance.choices import PunchSource
from hrm.attendance.models import Punch, PunchCorrection
from hrm.attendance.requesting import draft_of, require_days_open, tell
from hrm.attendance.selectors import effective_punches
from hrm.calendar.choices import RequestStatus
from hrm.calendar.events import WorkingTimeChanged
from hrm.calendar.locks import one_at_a_time
from hrm.calendar.requests import refuse_own
from hrm.calendar.services import require_open
from hrm.org.models import Employee
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.documents.approvables import decided_by_flow
from suite.documents.approval import needs_approval


@transaction.atomic
def create_correction(
    *,
    employee: Employee,
    punched_at: datetime,
    reason: str,
    actor: User,
    at: datetime,
    replaces: Punch | None = None,
) -> PunchCorrection:
    """
    Ask for a punch that is missing, or instead of a wrong one.

    :raises InvalidInput: for a time to come, without a reason, or instead of a punch that does not count.
    """
    correction = PunchCorrection(
        employee=employee, punched_at=punched_at, reason=reason, replaces=replaces, created_by=actor
    )
    _check_correction(correction, at)
    correction.save()
    return correction


@transaction.atomic
def update_correction(
    *, punchcorrection: PunchCorrection, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> PunchCorrection:
    """
    Change a correction that is still a draft.

    :raises InvalidInput: when it was handed in; and as :func:`create_correction`.
    """
    correction = draft_of(PunchCorrection, punchcorrection, expected_version, changes)
    _check_correction(correction, at)
    correction.save()
    return correction


@transaction.atomic
def submit_correction(*, punchcorrection: PunchCorrection, actor: User, at: datetime) -> PunchCorrection:
    """
    Hand a correction in; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises MonthLocked: for a day of a closed month.
    """
    correction = PunchCorrection.objects.lock(punchcorrection)
    require_days_open(correction)
    _check_correction(correction, at)
    correction.become(RequestStatus.APPROVING, actor=actor, at=at)
    if not needs_approval(correction, actor=actor, at=at):
        with decided_by_flow(correction):
            return approve_correction(punchcorrection=correction, actor=actor, at=at)
    return correction


@transaction.atomic
def approve_correction(
    *, punchcorrection: PunchCorrection, actor: User, at: datetime, reason: str = ""
) -> PunchCorrection:
    """
    Approve a correction: it becomes a punch of its own, which names the one it replaces.

    :raises WrongState: unless it waits for approval.
    :raises MonthLocked: for a day of a closed month.
    """
    correction = PunchCorrection.objects.lock(punchcorrection)
    refuse_own(correction.employee, actor, correction)
    require_days_open(correction)
    one_at_a_time("hrm_punch", correction.employee_id)
    _check_correction(correction, at)
    correction.become(RequestStatus.APPROVED, actor=actor, at=at, reason=reason)
    correction.punch = Punch.objects.create(
        employee=correction.employee,
        punched_at=correction.punched_at,
        source=PunchSource.CORRECTION,
        external_key=f"{PunchSource.CORRECTION}:{correction.pk}",
        replaces=correction.replaces,
        note=correction.reason[:200],
        created_by=actor,
        created_at=at,
    )
    correction.save(update_fields=["punch"])
    tell(correction)
    return correction


@transaction.atomic
def reject_correction(*, punchcorrection: PunchCorrection, reason: str, actor: User, at: datetime) -> PunchCorrection:
    """
    Refuse a correction.

    :raises WrongState: unless it waits for approval.
    """
    correction = PunchCorrection.objects.lock(punchcorrection)
    return correction.become(RequestStatus.REJECTED, actor=actor, at=at, reason=reason)


@transaction.atomic
def cancel_correction(
    *, punchcorrection: PunchCorrection, actor: User, at: datetime, reason: str = ""
) -> PunchCorrection:
    """
    Take a correction back; a punch that it made is taken away by a further row.

    :raises WrongState: when it was refused or cancelled already.
    :raises MonthLocked: for a day of a closed month.
    """
    correction = PunchCorrection.objects.lock(punchcorrection)
    require_days_open(correction)
    correction.become(RequestStatus.CANCELLED, actor=actor, at=at, reason=reason)
    if correction.punch is not None:
        void_punch(punch=correction.punch, reason=reason or str(correction), actor=actor, at=at)
    return correction


@transaction.atomic
def void_punch(*, punch: Punch, reason: str, actor: User | None, at: datetime) -> Punch:
    """
    Take a punch away by a row that names it; what it had replaced does not come back.

    :raises InvalidInput: when it was replaced already.
    :raises MonthLocked: for a day of a closed month.
    """
    day = timezone.localtime(punch.punched_at).date()
    require_open(punch.employee.company_id, day, day)
    one_at_a_time("hrm_punch", punch.employee_id)
    if not effective_punches().filter(pk=punch.pk).exists():
        raise InvalidInput(_("This punch does not count any more."))
    made = Punch.objects.create(
        employee=punch.employee,
        punched_at=punch.punched_at,
        source=PunchSource.CORRECTION,
        external_key=f"VOID:{punch.pk}",
        replaces=punch,
        is_void=True,
        note=reason[:200],
        created_by=actor,
        created_at=at,
    )
    events.publish(WorkingTimeChanged(punch.employee.company_id, (punch.employee_id,), day, day))
    return made


def _check_correction(correction: PunchCorrection, at: datetime) -> None:
    if not correction.reason.strip():
        raise InvalidInput(_("Give the reason."), field="reason")
    if correction.punched_at > at:
        raise InvalidInput(_("This time is still to come."), field="punched_at")
    wrong = correction.replaces
    if wrong is None:
        return
    if wrong.employee_id != correction.employee_id:
        raise InvalidInput(_("This is a punch of somebody else."), field="replaces")
    if not effective_punches().filter(pk=wrong.pk).exists():
        raise InvalidInput(_("This punch does not count any more."), field="replaces")
