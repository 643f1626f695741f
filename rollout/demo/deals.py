"""How opportunities of the demo company go: quotation, contract, and the customer's money."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.core.files.base import ContentFile
from django.db.models import Model
from django.utils import timezone

from crm.contracts.models import Contract, PaymentPlan, Quotation
from crm.contracts.quotations import (
    accept_quotation,
    create_quotation,
    reject_quotation,
    revise_quotation,
    send_quotation,
)
from crm.contracts.services import (
    approve_contract,
    close_contract,
    confirm_receipt,
    create_contract_from_quotation,
    record_receipt,
    sign_contract,
    submit_contract,
    void_contract,
)
from crm.customers.models import Customer
from crm.pipeline.models import Opportunity
from crm.pipeline.services import create_opportunity, invalidate_opportunity, lose_opportunity, move_opportunity
from rollout.demo import texts
from rollout.demo.dice import Dice
from rollout.demo.timeline import Story, later
from rollout.demo.world import World
from suite.activity.services import add_comment, attach_file
from suite.documents.totals import line_amounts

M = TypeVar("M", bound=Model)
Lines = list[dict[str, Any]]
VAT = Decimal(13)
# The stage in which an offer is made.
QUOTATION = 3
LOST = {"PRICE": 32, "COMPETITOR": 24, "NO_REPLY": 18, "DELIVERY": 12, "SPEC": 8, "CANCELLED": 6}


def estimate(lines: Lines) -> Decimal:
    """What an offer of these lines will come to, with tax."""
    amounts = (
        line_amounts(line["quantity"], line["item"].list_price, line["discount_percent"], VAT).gross for line in lines
    )
    return sum(amounts, Decimal(0))


def open_deal(world: World, dice: Dice, customer: Customer, at: datetime) -> Story:
    """A customer who is known needs something."""
    category, lines = world.order_lines(dice)
    # It may have been given into the pool since.
    customer = Customer.objects.select_related("party", "company", "owner").get(pk=customer.pk)
    owner = customer.owner
    if owner is None:
        return
    # Who bought before needs no introduction.
    first = dice.by_weight({0: 4, 1: 4, 2: 2})
    opportunity = create_opportunity(
        name=dice.one_of(texts.NEEDS[category]),
        customer=customer,
        stage=world.stages[first],
        contact=customer.contacts.first(),
        amount=estimate(lines),
        expected_close_date=(at + timedelta(days=dice.number(20, 75))).date(),
        source=customer.source,
        actor=owner,
        at=at,
    )
    yield from deal(world, dice, opportunity, lines, at, first=first)


def deal(world: World, dice: Dice, opportunity: Opportunity, lines: Lines, at: datetime, *, first: int = 0) -> Story:
    """
    Bring an opportunity through its stages until it is won, lost, or turns out to be none.

    :param first: the stage that it is in.
    """
    fate = dice.by_weight({"WON": 55, "LOST": 34, "INVALID": 4, "STALLED": 7})
    stages = len(world.stages)
    last = stages - 1 if fate == "WON" else dice.number(first, stages - 1)
    quotation: Quotation | None = None
    for step in range(first, last + 1):
        at = later(at, dice, 3, 13)
        yield at
        if step > first:
            lane = str(world.stages[step].pk)
            opportunity = move_opportunity(
                opportunity=opportunity, lane=lane, actor=opportunity.owner or world.manager, at=at
            )
        _speak(world, dice, opportunity, step, at)
        if step == QUOTATION:
            quotation = _quote(world, dice, opportunity, lines, at)
        elif step > QUOTATION and quotation is not None and dice.happens(0.22):
            quotation = _quote_again(quotation, at)
    if fate == "STALLED":
        return
    at = later(at, dice, 4, 20)
    yield at
    # While the customer lies in the pool the opportunity is nobody's.
    owner = opportunity.owner or world.manager
    if fate == "LOST":
        reason = dice.by_weight(LOST)
        lose_opportunity(
            opportunity=opportunity,
            lost_reason=world.reasons[reason],
            reason=texts.LOST_WORDS[reason],
            actor=owner,
            at=at,
        )
        if quotation is not None and dice.happens(0.6):
            reject_quotation(quotation=quotation, reason=texts.LOST_WORDS[reason], actor=owner, at=at)
    elif fate == "INVALID":
        invalidate_opportunity(opportunity=opportunity, reason="客户需求取消，重复登记", actor=owner, at=at)
    elif quotation is not None:
        yield from _contract(world, dice, quotation, at)


def _speak(world: World, dice: Dice, opportunity: Opportunity, step: int, at: datetime) -> None:
    # While the customer lies in the pool the opportunity is nobody's.
    owner = opportunity.owner or world.manager
    world.note(
        dice,
        at,
        dice.one_of(texts.STAGE_TALKS[step]),
        owner=owner,
        customer=opportunity.customer,
        opportunity=opportunity,
        contact=opportunity.contact,
        next_days=dice.number(3, 9) if dice.happens(0.8) else None,
    )
    if dice.happens(0.025):
        question = dice.number(0, len(texts.QUESTIONS) - 1)
        add_comment(
            obj=opportunity,
            body=texts.QUESTIONS[question],
            mentions=[world.manager.pk, world.finance.pk],
            actor=owner,
            at=at,
        )
        add_comment(obj=opportunity, body=texts.ANSWERS[question], actor=world.manager, at=at + timedelta(minutes=35))
    if dice.happens(0.008):
        name = dice.one_of(list(texts.FILES))
        content = ContentFile(texts.FILES[name].encode(), name=name)
        attach_file(obj=opportunity, file=content, name=name, actor=owner, at=at)


# -- offer and contract ------------------------------------------------------------------------


def _quote(world: World, dice: Dice, opportunity: Opportunity, lines: Lines, at: datetime) -> Quotation:
    quotation = create_quotation(
        customer=opportunity.customer,
        contact=opportunity.contact,
        opportunity=opportunity,
        owner=opportunity.owner or world.manager,
        title=opportunity.name,
        payment_terms=world.terms_of(opportunity.customer),
        delivery_terms=dice.by_weight({"DELIVERED": 6, "PICKUP": 2, "EXW": 1}),
        lines=lines,
        actor=opportunity.owner or world.manager,
        at=at,
    )
    return send_quotation(quotation=quotation, actor=opportunity.owner or world.manager, at=at)


def _quote_again(quotation: Quotation, at: datetime) -> Quotation:
    revision = revise_quotation(quotation=quotation, actor=quotation.owner, at=at)
    return send_quotation(quotation=revision, actor=quotation.owner, at=at)


def _contract(world: World, dice: Dice, quotation: Quotation, at: datetime) -> Story:
    owner = quotation.owner
    quotation = accept_quotation(quotation=quotation, actor=owner, at=at)
    at = later(at, dice, 0, 3)
    yield at
    contract = create_contract_from_quotation(
        quotation=quotation,
        delivery_date=(at + timedelta(days=dice.number(18, 35))).date(),
        customer_reference=f"PO{at:%y%m}{dice.number(100, 999)}",
        actor=owner,
        at=at,
    )
    contract = submit_contract(contract=contract, actor=owner, at=at)
    at = later(at, dice, 0, 3)
    yield at
    contract = approve_contract(contract=contract, actor=world.manager, at=at)
    at = later(at, dice, 1, 6)
    yield at
    if dice.happens(0.02):
        void_contract(contract=contract, reason="客户临时取消订单", actor=world.manager, at=at)
        return
    contract = sign_contract(contract=contract, actor=owner, at=at)
    yield from _payments(world, dice, contract, at)


# -- money -------------------------------------------------------------------------------------


def _payments(world: World, dice: Dice, contract: Contract, at: datetime) -> Story:
    """Parts of the plan are paid in time, late, in two halves, or not at all."""
    habits = {"PROMPT": 62, "LATE": 24, "HALVES": 9, "NEVER": 5}
    habit = Dice(f"habits of {contract.customer.party.name}").by_weight(habits)
    for plan in contract.plans.order_by("position"):
        if habit == "NEVER" and plan.position > 1:
            return
        delay = dice.number(9, 40) if habit in {"LATE", "NEVER"} else dice.number(-3, 4)
        if delay > 7:
            at = max(_afternoon(plan.due_date + timedelta(days=delay // 2)), later(at, dice, 0, 1))
            yield at
            _dun(world, dice, contract, at)
        at = max(_afternoon(plan.due_date + timedelta(days=delay)), later(at, dice, 0, 1))
        for amount in _halves(plan.amount) if habit == "HALVES" else (plan.amount,):
            yield at
            yield from _receive(world, dice, contract, plan, amount, at)
            at = later(at, dice, 15, 40)
    if dice.happens(0.85):
        yield at
        close_contract(contract=contract, actor=world.finance, at=at)


def _dun(world: World, dice: Dice, contract: Contract, at: datetime) -> None:
    world.note(
        dice,
        at,
        dice.one_of(texts.DUNNING),
        owner=contract.owner,
        customer=contract.customer,
        contact=contract.contact,
        next_days=3,
    )


def _receive(world: World, dice: Dice, contract: Contract, plan: PaymentPlan, amount: Decimal, at: datetime) -> Story:
    receipt = record_receipt(
        contract=contract,
        plan=plan,
        amount=amount,
        received_on=timezone.localdate(at),
        method=dice.by_weight({"TRANSFER": 8, "ACCEPTANCE": 2}),
        bank_reference=f"{at:%y%m%d}{dice.number(10_000, 99_999)}",
        actor=contract.owner,
        at=at,
    )
    confirmed = later(at, dice, 0, 2)
    yield confirmed
    confirm_receipt(receipt=receipt, actor=world.finance, at=confirmed)


def _halves(amount: Decimal) -> Sequence[Decimal]:
    half = (amount / 2).quantize(Decimal("0.01"))
    return half, amount - half


def _afternoon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(15, 20)))
