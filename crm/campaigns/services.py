"""Operations on campaigns and their members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.campaigns.choices import CampaignStatus, Response
from crm.campaigns.models import Campaign, CampaignCost, CampaignMember
from crm.customers.models import Contact, Customer, Lead
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.numbering import next_number, register_kind
from suite.masters.models import Company, Item
from suite.masters.selectors import default_company

NUMBERS = register_kind("crm.campaign", pattern="MA{yyyy}{seq:04}", reset="YEAR", title=gettext_lazy("campaign"))
ANSWERED = frozenset({Response.RESPONDED, Response.ATTENDED, Response.DECLINED})

Row = Mapping[str, Any]


@transaction.atomic
def create_campaign(
    *,
    name: str,
    actor: User,
    at: datetime,
    owner: User | None = None,
    company: Company | None = None,
    items: Iterable[Item] = (),
    lines: Sequence[Row] = (),
    **details: Any,
) -> Campaign:
    """
    Plan a campaign; the actor owns it unless somebody else is named.

    :param items: what it promotes.
    :param lines: costs: ``spent_on``, ``kind``, ``description``, ``amount``.
    :raises ValidationError: if a value is wrong, or it ends before it starts.
    """
    campaign = Campaign(
        name=name.strip(),
        owner=owner or actor,
        company=company or default_company(),
        created_by=actor,
        created_at=at,
        **details,
    )
    campaign.number = next_number(None, NUMBERS, timezone.localdate(at))
    campaign.full_clean(exclude=["status"])
    campaign.save()
    campaign.items.set(items)
    _save_costs(campaign, lines)
    return campaign


@transaction.atomic
def update_campaign(
    *, campaign: Campaign, actor: User, at: datetime, lines: Sequence[Row] | None = None, **changes: Any
) -> Campaign:
    """
    Change a campaign and its costs, also one that is over: bills arrive late.

    :param lines: all costs, with ``id`` of those that exist; None: they stay.
    :raises WrongState: when it was cancelled.
    :raises ValidationError: if a value is wrong.
    """
    campaign = Campaign.objects.lock(campaign)
    if campaign.status == CampaignStatus.CANCELLED:
        raise WrongState(_("A cancelled campaign cannot be changed; plan it again first."))
    items = changes.pop("items", None)
    for name, value in changes.items():
        setattr(campaign, name, value)
    campaign.full_clean(exclude=["status"])
    campaign.save()
    if items is not None:
        campaign.items.set(items)
    if lines is not None:
        _save_costs(campaign, lines)
    return campaign


@transaction.atomic
def start_campaign(*, campaign: Campaign, actor: User, at: datetime) -> Campaign:
    """
    Mark a campaign as running.

    :raises WrongState: unless it is planned.
    """
    campaign = Campaign.objects.lock(campaign)
    if campaign.status != CampaignStatus.PLANNED:
        raise WrongState(_("Only a planned campaign is started."))
    campaign.become(CampaignStatus.RUNNING, actor=actor, at=at)
    return campaign


@transaction.atomic
def finish_campaign(*, campaign: Campaign, actor: User, at: datetime) -> Campaign:
    """
    Mark a campaign as over.

    :raises WrongState: unless it is running.
    """
    campaign = Campaign.objects.lock(campaign)
    campaign.become(CampaignStatus.FINISHED, actor=actor, at=at)
    return campaign


@transaction.atomic
def cancel_campaign(*, campaign: Campaign, reason: str, actor: User, at: datetime) -> Campaign:
    """
    Call a campaign off.

    :raises WrongState: when it is over or cancelled already.
    """
    campaign = Campaign.objects.lock(campaign)
    campaign.become(CampaignStatus.CANCELLED, actor=actor, at=at, reason=reason)
    return campaign


@transaction.atomic
def reopen_campaign(*, campaign: Campaign, actor: User, at: datetime) -> Campaign:
    """
    Take up a campaign again: one that is over runs, one that was cancelled is planned.

    :raises WrongState: when it is planned or running.
    """
    campaign = Campaign.objects.lock(campaign)
    back = {CampaignStatus.FINISHED: CampaignStatus.RUNNING, CampaignStatus.CANCELLED: CampaignStatus.PLANNED}
    if campaign.status not in back:
        raise WrongState(_("This campaign is not over."))
    campaign.become(back[CampaignStatus(campaign.status)], actor=actor, at=at)
    return campaign


# -- members -------------------------------------------------------------------------------------


@transaction.atomic
def add_members(
    *,
    campaign: Campaign,
    actor: User | None,
    at: datetime,
    leads: Iterable[Lead] = (),
    customers: Iterable[Customer] = (),
    contacts: Iterable[Contact] = (),
    response: str = Response.INVITED,
) -> int:
    """
    Make leads, customers and contacts members of a campaign: one statement; who is one already stays as they are.

    :returns: how many are new.
    :raises WrongState: when the campaign was cancelled.
    """
    # Two people may add the same ones at once: the second finds them when the first is done.
    campaign = Campaign.objects.lock(campaign)
    if campaign.status == CampaignStatus.CANCELLED:
        raise WrongState(_("This campaign was cancelled; choose another one."))
    common = {
        "campaign": campaign,
        "response": response,
        "joined_at": at,
        "responded_at": at if response in ANSWERED else None,
    }
    wanted = [CampaignMember(lead=lead, account_id=lead.customer_id, **common) for lead in leads]
    wanted += [CampaignMember(customer=customer, account=customer, **common) for customer in customers]
    wanted += [CampaignMember(contact=contact, account_id=contact.customer_id, **common) for contact in contacts]
    before = campaign.members.count()
    CampaignMember.objects.bulk_create(wanted, ignore_conflicts=True, batch_size=1000)
    return campaign.members.count() - before


@transaction.atomic
def create_member(
    *,
    campaign: Campaign,
    actor: User,
    at: datetime,
    lead: Lead | None = None,
    customer: Customer | None = None,
    contact: Contact | None = None,
    response: str = Response.INVITED,
    note: str = "",
) -> CampaignMember:
    """
    Make one lead, customer or contact a member of a campaign.

    :raises InvalidInput: unless exactly one of the three is named, or when it is a member already.
    :raises WrongState: when the campaign was cancelled.
    """
    subjects = {"lead": lead, "customer": customer, "contact": contact}
    named = {name: row for name, row in subjects.items() if row is not None}
    if len(named) != 1:
        raise InvalidInput(_("Choose a lead, a customer or a contact: one of them."), field="lead")
    ((name, row),) = named.items()
    many: dict[str, Any] = {f"{name}s": [row]}
    if not add_members(campaign=campaign, actor=actor, at=at, response=response, **many):
        raise InvalidInput(_("%(who)s is a member already.") % {"who": row}, field=name)
    member = CampaignMember.objects.get(campaign=campaign, **named)
    if note:
        member.note = note
        member.save()
    return member


@transaction.atomic
def record_response(*, campaignmember: CampaignMember, response: str, actor: User, at: datetime) -> CampaignMember:
    """Record how a member reacted; the day of the first answer stays."""
    member = CampaignMember.objects.lock(campaignmember)
    member.response = response
    if response in ANSWERED:
        member.responded_at = member.responded_at or at
    else:
        member.responded_at = None
    member.full_clean()
    member.save()
    return member


def add_leads_to_campaign(*, leads: Iterable[Lead], actor: User | None, at: datetime) -> int:
    """Make leads that name a campaign members of it: they answered it when they were recorded."""
    by_campaign: dict[int, list[Lead]] = {}
    for lead in leads:
        if lead.campaign_id is not None:
            by_campaign.setdefault(lead.campaign_id, []).append(lead)
    campaigns = Campaign.objects.in_bulk(by_campaign)
    return sum(
        add_members(campaign=campaigns[pk], leads=found, response=Response.RESPONDED, actor=actor, at=at)
        for pk, found in sorted(by_campaign.items())
    )


def follow_lead(*, lead_pk: int, customer_pk: int, at: datetime) -> int:
    """Let the members that are a lead stand for the customer that it became."""
    members = CampaignMember.objects.filter(lead=lead_pk)
    return members.update(account=customer_pk, version=F("version") + 1, updated_at=at)


def _save_costs(campaign: Campaign, rows: Sequence[Row]) -> None:
    """Give a campaign these costs, in this order; costs that are not named are removed."""
    old = {cost.pk: cost for cost in campaign.costs.select_for_update().order_by("pk")}
    kept = {row["id"] for row in rows if row.get("id") in old}
    campaign.costs.exclude(pk__in=kept).delete()
    for position, row in enumerate(rows, start=1):
        cost = old[row["id"]] if row.get("id") in kept else CampaignCost(campaign=campaign)
        cost.position = position
        for name, value in row.items():
            if name != "id":
                setattr(cost, name, value)
        cost.full_clean()
        cost.save()
