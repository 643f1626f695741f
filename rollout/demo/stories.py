"""How leads and customers of the demo company go; every step is one call of a service."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.customers.models import Customer, Lead
from crm.customers.services import (
    convert_lead,
    create_contact,
    create_customer,
    create_lead,
    invalidate_lead,
    qualify_lead,
    record_follow_up,
    update_customer,
)
from rollout.demo import texts
from rollout.demo.deals import deal, estimate, open_deal
from rollout.demo.dice import Dice
from rollout.demo.timeline import Story, later
from rollout.demo.world import World


def new_lead(world: World, dice: Dice, at: datetime) -> Story:
    """Somebody asks; the lead is worked on, put aside, or becomes a customer."""
    firm, seller = world.next_firm(dice), world.seller(dice)
    lead = create_lead(
        name=firm.person,
        company_name=firm.name,
        title=firm.title,
        mobile=firm.mobile,
        region=firm.place.province,
        city=firm.place.city,
        source=world.source(dice),
        requirement=dice.one_of(texts.LEAD_NEEDS),
        estimated_amount=dice.around(60_000, 1000),
        owner=seller,
        actor=seller,
        at=at,
    )
    yield from work_on_lead(world, dice, lead, at)


def work_on_lead(world: World, dice: Dice, lead: Lead, at: datetime) -> Story:
    """Call, qualify and convert a lead, or put it aside."""
    if dice.happens(0.05):
        return
    at = later(at, dice, 1, 5)
    yield at
    is_recent = at > world.timeline.now - timedelta(days=20)
    record_follow_up(
        lead=lead,
        body=dice.one_of(texts.FIRST_CALLS),
        kind=dice.by_weight({"CALL": 3, "WECHAT": 2}),
        next_contact_at=later(at, dice, 3, 12) if is_recent or dice.happens(0.1) else None,
        actor=lead.owner,
        at=at,
    )
    fate = dice.by_weight({"CONTACTED": 22, "INVALID": 24, "QUALIFIED": 54})
    if fate == "CONTACTED":
        return
    at = later(at, dice, 3, 18)
    yield at
    if fate == "INVALID":
        invalidate_lead(lead=lead, reason=dice.one_of(texts.DISQUALIFIED), actor=lead.owner, at=at)
        return
    qualify_lead(lead=lead, actor=lead.owner, at=at)
    world.note(dice, at, dice.one_of(texts.QUALIFYING), owner=lead.owner, lead=lead, next_days=dice.number(4, 12))
    if dice.happens(0.65):
        return
    at = later(at, dice, 3, 16)
    yield at
    yield from _become_customer(world, dice, lead, at)


def _become_customer(world: World, dice: Dice, lead: Lead, at: datetime) -> Story:
    category, lines = world.order_lines(dice)
    customer = convert_lead(
        lead=lead,
        opportunity_name=dice.one_of(texts.NEEDS[category]) if dice.happens(0.85) else "",
        amount=estimate(lines),
        expected_close_date=(at + timedelta(days=dice.number(25, 70))).date(),
        actor=lead.owner,
        at=at,
    )
    opportunity = customer.opportunities.select_related("stage", "contact", "owner").first()
    if opportunity is not None:
        opportunity.customer = customer
        world.timeline.begin(at, deal(world, dice, opportunity, lines, at))
    yield from care(world, dice, customer, at)


def new_customer(world: World, dice: Dice, at: datetime) -> Story:
    """A customer who comes without a lead, recommended by another one."""
    firm, seller = world.next_firm(dice), world.seller(dice)
    customer = create_customer(
        name=firm.name,
        short_name=firm.short_name,
        uscc=firm.uscc,
        region=firm.place.province,
        city=firm.place.city,
        phone=firm.phone,
        industry=firm.industry,
        source=world.sources["REFERRAL"],
        tier=dice.by_weight({"A": 1, "B": 3, "C": 5, "D": 1}),
        owner=seller,
        actor=seller,
        at=at,
    )
    create_contact(customer=customer, name=firm.person, title=firm.title, mobile=firm.mobile, actor=seller, at=at)
    yield from care(world, dice, customer, at)


def care(world: World, dice: Dice, customer: Customer, at: datetime) -> Story:
    """Keep in touch with a customer, and sell when there is a need."""
    keenness = {"A": 0.36, "B": 0.23, "C": 0.13, "D": 0.05}
    while True:
        at = later(at, dice, 40, 95)
        yield at
        customer = Customer.objects.select_related("party", "owner", "source").get(pk=customer.pk)
        owner = customer.owner
        if owner is None:
            # Nobody looks after what lies in the pool.
            continue
        is_promised = dice.happens(0.45)
        world.note(
            dice,
            at,
            dice.one_of(texts.CARE_TALKS),
            owner=owner,
            customer=customer,
            contact=customer.contacts.first(),
            next_days=dice.number(6, 25) if is_promised else None,
        )
        if dice.happens(keenness[customer.tier] * world.timeline.busyness(at)):
            begun = later(at, dice, 1, 12)
            world.timeline.begin(begun, open_deal(world, dice, customer, begun))
        elif dice.happens(0.03):
            better = {"D": "C", "C": "B", "B": "A"}.get(customer.tier, customer.tier)
            update_customer(customer=customer, tier=better, actor=owner, at=at)
