"""Operations on opportunities."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, CharField, F, When
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.customers.models import Contact, Customer
from crm.events import OpportunityWon
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import LostReason, Opportunity, Stage, StageChange
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.numbering import next_number, register_kind

NUMBERS = register_kind("crm.opportunity", pattern="O{yyyy}{seq:05}", reset="YEAR", title=gettext_lazy("opportunity"))


def first_stage() -> Stage:
    """
    The stage a new opportunity starts in.

    :raises InvalidInput: when no default pipeline has a stage.
    """
    stage = Stage.objects.filter(pipeline__is_default=True, is_active=True).order_by("position").first()
    if stage is None:
        raise InvalidInput(_("There is no sales process yet; ask the administrator to create one."), field="stage")
    return stage


@transaction.atomic
def create_opportunity(
    *,
    name: str,
    customer: Customer,
    actor: User,
    at: datetime,
    stage: Stage | None = None,
    owner: User | None = None,
    contact: Contact | None = None,
    **details: Any,
) -> Opportunity:
    """
    Record a chance to sell; the owner of the customer owns it unless somebody else is named.

    :raises InvalidInput: when the contact belongs to another customer, or nobody owns the customer.
    :raises ValidationError: if a value is wrong.
    """
    _check_contact(customer, contact)
    # Nobody returns the customer to a pool while this is being written.
    customer = Customer.objects.lock(customer)
    if customer.owner_id is None:
        raise InvalidInput(_("Claim the customer from the pool first."), field="customer")
    opportunity = Opportunity(
        number=next_number(None, NUMBERS, timezone.localdate(at)),
        name=name.strip(),
        customer=customer,
        contact=contact,
        stage=stage or first_stage(),
        stage_since=at,
        owner=owner or customer.owner,
        company_id=customer.company_id,
        created_by=actor,
        created_at=at,
        **details,
    )
    opportunity.full_clean(exclude=["status"])
    opportunity.save()
    StageChange.objects.create(opportunity=opportunity, to_stage=opportunity.stage, actor=actor, at=at)
    return opportunity


@transaction.atomic
def update_opportunity(*, opportunity: Opportunity, actor: User, at: datetime, **changes: Any) -> Opportunity:
    """
    Change an open opportunity.

    :raises WrongState: when it ended.
    :raises InvalidInput: when the contact belongs to another customer.
    """
    opportunity = _open(opportunity)
    if opportunity.owner_id is None:
        raise WrongState(_("Claim the customer from the pool first."))
    before = opportunity.stage
    for name, value in changes.items():
        setattr(opportunity, name, value)
    _check_contact(opportunity.customer, opportunity.contact)
    _note_stage(opportunity, before, actor, at)
    opportunity.full_clean(exclude=["status"])
    opportunity.save()
    return opportunity


@transaction.atomic
def move_opportunity(*, opportunity: Opportunity, lane: str, actor: User, at: datetime) -> Opportunity:
    """
    Move an opportunity on the board: to a stage, or to ``WON``.

    :param lane: key of a stage, or ``WON``.
    :raises WrongState: when it ended already.
    :raises InvalidInput: for a stage of another pipeline.
    """
    if lane == OpportunityStatus.WON:
        return win_opportunity(opportunity=opportunity, actor=actor, at=at)
    opportunity = _open(opportunity)
    before = opportunity.stage
    stage = Stage.objects.filter(pk=int(lane) if lane.isdecimal() else 0, is_active=True).first()
    if stage is None or stage.pipeline_id != before.pipeline_id:
        raise InvalidInput(_("This stage does not belong to the sales process."))
    opportunity.stage = stage
    _note_stage(opportunity, before, actor, at)
    opportunity.save()
    return opportunity


@transaction.atomic
def win_opportunity(*, opportunity: Opportunity, actor: User, at: datetime, reason: str = "") -> Opportunity:
    """
    Mark an opportunity as won.

    :raises WrongState: when it ended already.
    """
    opportunity = _end(opportunity, actor, at, reason or _("Won"))
    opportunity.become(OpportunityStatus.WON, actor=actor, at=at, reason=reason)
    events.publish(OpportunityWon(opportunity_pk=opportunity.pk))
    return opportunity


@transaction.atomic
def lose_opportunity(
    *, opportunity: Opportunity, lost_reason: LostReason, actor: User, at: datetime, reason: str = ""
) -> Opportunity:
    """
    Mark an opportunity as lost, and why.

    :raises WrongState: when it ended already.
    """
    opportunity = _end(opportunity, actor, at, reason or lost_reason.name, lost_reason)
    opportunity.become(OpportunityStatus.LOST, actor=actor, at=at, reason=reason or lost_reason.name)
    return opportunity


@transaction.atomic
def invalidate_opportunity(*, opportunity: Opportunity, reason: str, actor: User, at: datetime) -> Opportunity:
    """
    Take an opportunity out of the figures: it never was one.

    :raises WrongState: when it ended already.
    """
    opportunity = _end(opportunity, actor, at, reason)
    opportunity.become(OpportunityStatus.INVALID, actor=actor, at=at, reason=reason)
    return opportunity


@transaction.atomic
def reopen_opportunity(*, opportunity: Opportunity, reason: str, actor: User, at: datetime) -> Opportunity:
    """
    Take up an ended opportunity again; who and why is logged.

    :raises WrongState: when it is open.
    """
    opportunity = Opportunity.objects.lock(opportunity)
    opportunity.become(OpportunityStatus.OPEN, actor=actor, at=at, reason=reason)
    if Customer.objects.lock(opportunity.customer_id).owner_id is None:
        opportunity.owner = None
    opportunity.ended_at = None
    opportunity.end_reason = ""
    opportunity.lost_reason = None
    opportunity.save()
    return opportunity


@transaction.atomic
def assign_opportunity(*, opportunity: Opportunity, owner: User, actor: User, at: datetime) -> Opportunity:
    """
    Give an opportunity to a colleague.

    :raises WrongState: while its customer lies in a pool.
    """
    opportunity = Opportunity.objects.lock(opportunity)
    if opportunity.owner_id is None:
        raise WrongState(_("Claim the customer from the pool first."))
    opportunity.owner = owner
    opportunity.save()
    return opportunity


def follow_customers(*, customer_pks: list[int], owner: User | None, at: datetime) -> int:
    """Give the open opportunities of customers to the customers' new owner; in a pool they are nobody's."""
    rows = Opportunity.objects.filter(customer__in=customer_pks, status=OpportunityStatus.OPEN)
    return rows.update(owner=owner, version=F("version") + 1, updated_at=at)


def _open(opportunity: Opportunity) -> Opportunity:
    locked = Opportunity.objects.lock(opportunity)
    if locked.status != OpportunityStatus.OPEN:
        raise WrongState(_("This opportunity has ended. Take it up again first."))
    return locked


def _end(
    opportunity: Opportunity, actor: User, at: datetime, reason: str, lost_reason: LostReason | None = None
) -> Opportunity:
    locked = _open(opportunity)
    if locked.owner_id is None:
        # Its customer lies in a pool; whoever ends it answers for that.
        locked.owner = actor
    locked.ended_at = at
    locked.end_reason = reason[:300]
    locked.lost_reason = lost_reason
    locked.save()
    return locked


def _note_stage(opportunity: Opportunity, before: Stage, actor: User, at: datetime) -> None:
    if opportunity.stage_id != before.pk:
        opportunity.stage_since = at
        StageChange.objects.create(
            opportunity=opportunity, from_stage=before, to_stage=opportunity.stage, actor=actor, at=at
        )


def _check_contact(customer: Customer, contact: Contact | None) -> None:
    if contact is not None and contact.customer_id != customer.pk:
        raise InvalidInput(_("This contact belongs to another customer."), field="contact")


def board_lane() -> Case:
    """Expression for the lane of the board: the stage while open, else the status."""
    stage = Cast("stage_id", CharField())
    return Case(When(status=OpportunityStatus.OPEN, then=stage), default=F("status"), output_field=CharField())
