"""Operations on opportunities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from crm.pipeline.conditions import check_way
from crm.pipeline.lines import sum_of_products, write_products
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
    lines: Sequence[Mapping[str, Any]] = (),
    **details: Any,
) -> Opportunity:
    """
    Record a chance to sell; the owner of the customer owns it unless somebody else is named.

    :param lines: its products, values of :class:`OpportunityLine`; what is left out comes from the item.
    :raises InvalidInput: when a contact belongs to another customer, or nobody owns the customer.
    :raises StageNotDone: when it would begin in a later stage and lacks what the earlier ones ask for.
    :raises LineErrors: with what is wrong with the products, for each line.
    :raises ValidationError: if a value is wrong.
    """
    _check_contact(customer, contact, details.get("decision_maker"))
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
    if lines or opportunity.amount_from_lines:
        _save_products(opportunity, lines)
    check_way(opportunity, before=None, to=opportunity.stage, at=at, entered_at=None)
    return opportunity


@transaction.atomic
def update_opportunity(
    *,
    opportunity: Opportunity,
    actor: User,
    at: datetime,
    lines: Sequence[Mapping[str, Any]] | None = None,
    **changes: Any,
) -> Opportunity:
    """
    Change an open opportunity.

    :param lines: its products, with ``id`` of those that exist; None: they stay as they are.
    :raises WrongState: when it ended.
    :raises InvalidInput: when a contact belongs to another customer.
    :raises StageNotDone: when it goes forward and lacks what the stages on the way ask for.
    :raises LineErrors: with what is wrong with the products, for each line.
    """
    opportunity = _open(opportunity)
    if opportunity.owner_id is None:
        raise WrongState(_("Claim the customer from the pool first."))
    before, since = opportunity.stage, opportunity.stage_since
    for name, value in changes.items():
        setattr(opportunity, name, value)
    _check_contact(opportunity.customer, opportunity.contact, opportunity.decision_maker)
    _note_stage(opportunity, before, actor, at)
    opportunity.full_clean(exclude=["status"])
    opportunity.save()
    if lines is not None or opportunity.amount_from_lines:
        _save_products(opportunity, lines)
    _check_stage(opportunity, before, since, at)
    return opportunity


@transaction.atomic
def move_opportunity(*, opportunity: Opportunity, lane: str, actor: User, at: datetime) -> Opportunity:
    """
    Move an opportunity on the board to a stage; what is won needs a reason and is not moved.

    :param lane: key of a stage.
    :raises WrongState: when it ended already.
    :raises InvalidInput: for anything but a stage of its pipeline.
    :raises StageNotDone: when it goes forward and lacks what the stages on the way ask for.
    """
    if lane == OpportunityStatus.WON:
        raise InvalidInput(_("Say why it was won: use “Won” on its page."))
    stage = Stage.objects.filter(pk=int(lane) if lane.isdecimal() else 0).first()
    return change_stage(opportunity=opportunity, stage=stage, actor=actor, at=at)


@transaction.atomic
def change_stage(*, opportunity: Opportunity, stage: Stage | None, actor: User, at: datetime) -> Opportunity:
    """
    Bring an open opportunity to another stage of its pipeline.

    :raises WrongState: when it ended already.
    :raises InvalidInput: for a stage of another pipeline or one that is not used any more.
    :raises StageNotDone: when it goes forward and lacks what the stages on the way ask for.
    """
    opportunity = _open(opportunity)
    before, since = opportunity.stage, opportunity.stage_since
    if stage is None or not stage.is_active or stage.pipeline_id != before.pipeline_id:
        raise InvalidInput(_("This stage does not belong to the sales process."), field="stage")
    opportunity.stage = stage
    _note_stage(opportunity, before, actor, at)
    opportunity.save()
    _check_stage(opportunity, before, since, at)
    return opportunity


@transaction.atomic
def win_opportunity(
    *, opportunity: Opportunity, reason: str, actor: User, at: datetime, is_signed: bool = False
) -> Opportunity:
    """
    Mark an opportunity as won.

    :param is_signed: a contract was signed, which proves more than the conditions of stages: they are not asked.
    :raises WrongState: when it ended already.
    :raises InvalidInput: without a reason.
    :raises StageNotDone: when it lacks what its stage and those after it ask for.
    """
    opportunity = _open(opportunity)
    if not is_signed:
        since = opportunity.stage_since
        check_way(opportunity, before=opportunity.stage, to=None, at=at, entered_at=since)
    opportunity = _end(opportunity, actor, at, reason)
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
    opportunity, customer = _lock(opportunity)
    opportunity.become(OpportunityStatus.OPEN, actor=actor, at=at, reason=reason)
    if customer.owner_id is None:
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
    opportunity, _customer = _lock(opportunity)
    if opportunity.owner_id is None:
        raise WrongState(_("Claim the customer from the pool first."))
    opportunity.owner = owner
    opportunity.save()
    return opportunity


def follow_customers(*, customer_pks: list[int], owner: User | None, at: datetime) -> int:
    """Give the open opportunities of customers to the customers' new owner; in a pool they are nobody's."""
    rows = Opportunity.objects.filter(customer__in=customer_pks, status=OpportunityStatus.OPEN)
    return rows.update(owner=owner, version=F("version") + 1, updated_at=at)


def _lock(opportunity: Opportunity) -> tuple[Opportunity, Customer]:
    """Lock an opportunity after its customer: in the order of a transfer, so that neither waits for the other."""
    customer = Customer.objects.lock(opportunity.customer_id)
    return Opportunity.objects.lock(opportunity), customer


def _open(opportunity: Opportunity) -> Opportunity:
    locked, _customer = _lock(opportunity)
    if locked.status != OpportunityStatus.OPEN:
        raise WrongState(_("This opportunity has ended. Take it up again first."))
    return locked


def _end(
    opportunity: Opportunity, actor: User, at: datetime, reason: str, lost_reason: LostReason | None = None
) -> Opportunity:
    if not reason.strip():
        raise InvalidInput(_("Say why the opportunity ended."), field="reason")
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


def _check_stage(opportunity: Opportunity, before: Stage, since: datetime, at: datetime) -> None:
    """Check the way that was taken: within a pipeline from stage to stage, into another one from its beginning."""
    if opportunity.stage_id == before.pk:
        return
    is_same = opportunity.stage.pipeline_id == before.pipeline_id
    check_way(opportunity, before=before if is_same else None, to=opportunity.stage, at=at, entered_at=since)


def _save_products(opportunity: Opportunity, lines: Sequence[Mapping[str, Any]] | None) -> None:
    if lines is not None:
        write_products(opportunity, lines)
    if opportunity.amount_from_lines:
        opportunity.amount = sum_of_products(opportunity)
        opportunity.save()


def _check_contact(customer: Customer, contact: Contact | None, decision_maker: Contact | None = None) -> None:
    for name, person in (("contact", contact), ("decision_maker", decision_maker)):
        if person is not None and person.customer_id != customer.pk:
            raise InvalidInput(_("This contact belongs to another customer."), field=name)


def board_lane() -> Case:
    """Expression for the lane of the board: the stage while open, else the status."""
    stage = Cast("stage_id", CharField())
    return Case(When(status=OpportunityStatus.OPEN, then=stage), default=F("status"), output_field=CharField())
