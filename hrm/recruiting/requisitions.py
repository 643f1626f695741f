"""Operations on requests for people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hrm.org.models import Department, Position
from hrm.recruiting.choices import CandidateStatus, RequisitionStatus
from hrm.recruiting.models import Candidate, Requisition
from hrm.recruiting.selectors import room_of
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind

NUMBERS = register_kind(
    "hrm.requisition", pattern="HR-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("request for people")
)


@transaction.atomic
def create_requisition(
    *,
    position: Position,
    department: Department,
    wanted: int,
    due_on: date,
    reason: str,
    actor: User,
    at: datetime,
    owner: User | None = None,
    over_plan_reason: str = "",
    requirements: str = "",
) -> Requisition:
    """
    Ask for people for a position, as a draft.

    :raises InvalidInput: for a closed department, or a position of another one.
    """
    row = Requisition(
        position=position,
        department=department,
        company=department.company,
        wanted=wanted,
        due_on=due_on,
        reason=reason,
        over_plan_reason=over_plan_reason,
        requirements=requirements,
        owner=owner or actor,
    )
    _check(row)
    row.number = next_number(row.company, NUMBERS, timezone.localdate(at))
    row.save()
    return row


@transaction.atomic
def update_requisition(
    *, requisition: Requisition, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> Requisition:
    """
    Change a request that is still a draft.

    :raises WrongState: once it was submitted.
    """
    row = Requisition.objects.lock(requisition).check_version(expected_version)
    if row.status != RequisitionStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    for name, value in changes.items():
        setattr(row, name, value)
    row.company = row.department.company
    _check(row)
    row.save()
    return row


@transaction.atomic
def submit_requisition(*, requisition: Requisition, actor: User, at: datetime) -> Requisition:
    """
    Hand a request in; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft.
    :raises InvalidInput: when it goes beyond the headcount plan and does not say why.
    """
    return _hand_in(_locked_with_position(requisition), actor=actor, at=at)


def _locked_with_position(requisition: Requisition) -> Requisition:
    """Lock a request: two for one position do not both take the last place of the plan."""
    Position.objects.lock(requisition.position_id)
    return Requisition.objects.lock(requisition)


def _hand_in(row: Requisition, *, actor: User, at: datetime) -> Requisition:
    row.become(RequisitionStatus.SUBMITTED, actor=actor, at=at)
    room = room_of(row.position, besides=row.pk)
    hired = row.candidates.filter(status=CandidateStatus.HIRED).count()
    if row.wanted - hired > room.left and not row.over_plan_reason:
        raise InvalidInput(
            _(
                "The plan for this position is %(planned)d: %(actual)d are there and %(asked)d are asked for already. "
                "Say why more are wanted."
            )
            % {"planned": room.planned, "actual": room.actual, "asked": room.asked_for},
            field="over_plan_reason",
        )
    if not needs_approval(row, actor=actor, at=at):
        return approve_requisition(requisition=row, actor=actor, at=at)
    return row


@transaction.atomic
def approve_requisition(*, requisition: Requisition, actor: User, at: datetime, reason: str = "") -> Requisition:
    """
    Approve a request; recruiting begins.

    :raises WrongState: unless it waits for approval.
    """
    row = Requisition.objects.lock(requisition)
    return row.become(RequisitionStatus.APPROVED, actor=actor, at=at, reason=reason)


@transaction.atomic
def reject_requisition(*, requisition: Requisition, reason: str, actor: User, at: datetime) -> Requisition:
    """
    Refuse a request.

    :raises WrongState: unless it waits for approval.
    """
    row = Requisition.objects.lock(requisition)
    return row.become(RequisitionStatus.REJECTED, actor=actor, at=at, reason=reason)


@transaction.atomic
def reopen_requisition(
    *, requisition: Requisition, actor: User, at: datetime, over_plan_reason: str = ""
) -> Requisition:
    """
    Make a refused request a draft again, or hand a closed one in anew, as its places may have been given away.

    :param over_plan_reason: why a closed one goes beyond the headcount plan by now.
    :raises WrongState: in any other state.
    :raises InvalidInput: when a closed one goes beyond the headcount plan and does not say why.
    """
    row = _locked_with_position(requisition)
    if row.status != RequisitionStatus.CLOSED:
        return row.become(RequisitionStatus.DRAFT, actor=actor, at=at)
    if over_plan_reason:
        row.over_plan_reason = over_plan_reason
        row.save(update_fields=["over_plan_reason"])
    return _hand_in(row, actor=actor, at=at)


@transaction.atomic
def close_requisition(*, requisition: Requisition, reason: str, actor: User, at: datetime) -> Requisition:
    """
    Stop recruiting before every place is filled, or give up a request that was not approved yet.

    :raises WrongState: when it has ended.
    """
    row = Requisition.objects.lock(requisition)
    is_running = row.status == RequisitionStatus.APPROVED
    ends_as = RequisitionStatus.CLOSED if is_running else RequisitionStatus.CANCELLED
    return row.become(ends_as, actor=actor, at=at, reason=reason)


def note_filled(requisition: Requisition, *, actor: User, at: datetime) -> None:
    """Mark a locked request as filled once as many people are hired as were wanted."""
    hired = Candidate.objects.filter(requisition=requisition, status=CandidateStatus.HIRED).count()
    if requisition.status == RequisitionStatus.APPROVED and hired >= requisition.wanted:
        requisition.become(RequisitionStatus.FILLED, actor=actor, at=at)


def _check(row: Requisition) -> None:
    if not row.department.is_active:
        raise InvalidInput(_("%(department)s is closed.") % {"department": row.department}, field="department")
    of = row.position.department
    if of is not None and of.pk not in row.department.path:
        raise InvalidInput(_("The position belongs to %(department)s.") % {"department": of}, field="position")
