"""Pages of campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from crm.campaigns import services
from crm.campaigns.choices import CampaignStatus, Response
from crm.campaigns.forms import JoinForm, ResponseForm
from crm.campaigns.models import Campaign, CampaignCost, CampaignMember
from crm.campaigns.selectors import result_of, warned_items
from crm.customers.models import Contact, Customer, Lead
from suite.access.models import User
from suite.metrics.choices import Unit
from suite.metrics.format import figure
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children, Panel
from suite.pages.registry import add_action, register

RESPONSE_TONES = {
    Response.INVITED: "wait",
    Response.RESPONDED: "go",
    Response.ATTENDED: "done",
    Response.DECLINED: "void",
}
RESPONSE = Column(
    "response",
    render=lambda member: badge(member.get_response_display(), RESPONSE_TONES[member.response]),
    sort="response",
    phone="p-end",
)


class ResultPanel(Panel):
    """What a campaign brought so far, with the way to the rows behind."""

    template = "crm/campaigns/result_panel.html"
    title = _("What it brought")

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        found = result_of(obj, user=user)
        facts = [
            (_("Leads"), figure(found.leads, Unit.COUNT), f"{reverse('crm:lead-list')}?campaign={obj.pk}"),
            (_("Converted"), figure(found.converted, Unit.COUNT), ""),
            (_("Opportunities"), figure(found.opportunities, Unit.COUNT), ""),
            (_("Signed contracts"), figure(found.contracts, Unit.COUNT), ""),
            (_("Sales"), figure(found.won, Unit.MONEY), ""),
        ]
        if found.cost is not None:
            facts += [
                (_("Cost"), figure(found.cost, Unit.MONEY), ""),
                (_("ROI"), figure(found.roi, Unit.PERCENT), ""),
                (_("Cost per lead"), figure(found.cost_per_lead, Unit.MONEY), ""),
            ]
        return {"title": self.title, "facts": facts, "expected": obj.expected_leads}


class ItemsPanel(Panel):
    """What a campaign promotes, and what stock says to it."""

    template = "crm/campaigns/items_panel.html"
    title = _("Promoted items")

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        items = warned_items(obj)
        return {"title": self.title, "items": items} if items else None


@register
class CampaignPages(PageSet):
    """Campaigns."""

    model = Campaign
    icon = "speakerphone"
    description = _("Exhibitions, mailings and promotions: what they cost, whom they reached and what they brought.")
    columns = (
        "name",
        "kind",
        "status",
        "starts_on",
        "ends_on",
        Column("owner", phone="p-start", sort=""),
        "expected_leads",
        Column("budget", phone="p-end"),
    )
    optional_columns = ("number", "source", "company", "created_at")
    filters = ("status", "kind", "owner", "source", "starts_on", "items")
    ordering = "-starts_on"
    views = (View(_("Running"), "status=RUNNING"), View(_("Mine"), "owner=me"))
    totals = ("budget",)
    summary = ("kind", "starts_on", "ends_on", "budget", "owner")
    panels = (
        ResultPanel(),
        ItemsPanel(),
        Attributes("number", "source", "expected_leads", "company", "note"),
        Children("costs", "spent_on", "kind", "description", "amount", title=_("Costs")),
        Children(
            "members",
            Column("subject", label=_("campaign member"), render=str, sort=""),
            RESPONSE,
            "joined_at",
            "note",
            title=_("Members"),
            link=True,
            create_label=_("New member"),
        ),
        Children("leads", "name", "company_name", "status", "owner", title=_("Leads"), link=True),
    )
    fields = (
        (_("Campaign"), ("name", "kind", "starts_on", "ends_on", "owner")),
        (_("Plan"), ("budget", "expected_leads", "source", "items", "note")),
    )
    lines = Lines(
        CampaignCost,
        "costs",
        ("spent_on", "kind", "description", "amount"),
        title=_("Actual costs"),
        minimum=0,
        has_totals=False,
    )
    create_service = services.create_campaign
    update_service = services.update_campaign
    operations = frozenset({"add", "change"})
    editable_states = frozenset({CampaignStatus.PLANNED, CampaignStatus.RUNNING, CampaignStatus.FINISHED})
    actions = (
        Action(
            services.start_campaign,
            _("Start"),
            "change",
            icon="player-play",
            states={CampaignStatus.PLANNED},
            primary_in={CampaignStatus.PLANNED},
        ),
        Action(
            services.finish_campaign,
            _("Finish"),
            "change",
            icon="check",
            states={CampaignStatus.RUNNING},
            primary_in={CampaignStatus.RUNNING},
        ),
        Action(
            services.cancel_campaign,
            _("Cancel campaign"),
            "change",
            icon="ban",
            form=ReasonForm,
            states={CampaignStatus.PLANNED, CampaignStatus.RUNNING},
        ),
        Action(
            services.reopen_campaign,
            _("Take up again"),
            "change",
            icon="refresh",
            states={CampaignStatus.FINISHED, CampaignStatus.CANCELLED},
        ),
    )
    is_searchable = True

    def heading(self, obj: Campaign) -> tuple[Any, Any]:
        return obj.number, obj.name

    def subtitle(self, obj: Campaign) -> Any:
        return obj.number

    def initial(self, request: Any) -> dict[str, Any]:
        return {"owner": request.user.pk}


@register
class CampaignCostPages(PageSet):
    """What campaigns cost; entered on the campaign."""

    model = CampaignCost
    icon = "receipt"
    description = _("What campaigns cost; entered on the campaign.")
    columns = ("campaign", "spent_on", "kind", "description", Column("amount", phone="p-end"))
    filters = ("campaign", "kind", "spent_on")
    ordering = "-spent_on"
    totals = ("amount",)
    panels = (Attributes("campaign", "spent_on", "kind", "description", "amount"),)
    operations = frozenset()
    has_activity = False


@register
class CampaignMemberPages(PageSet):
    """Whom campaigns reached."""

    model = CampaignMember
    icon = "users-group"
    description = _("Leads, customers and contacts that campaigns reached, and how they reacted.")
    columns = (
        Column("subject", label=_("campaign member"), render=str, value=str, sort="", phone="p-start"),
        Column("campaign", phone="p-full"),
        RESPONSE,
        "joined_at",
        "responded_at",
        "note",
    )
    filters = ("campaign", "response", "account", "joined_at")
    ordering = "-joined_at"
    list_select = ("lead", "customer__party", "contact__person", "campaign")
    panels = (Attributes("campaign", "lead", "customer", "contact", "account", RESPONSE, "responded_at", "note"),)
    fields = ("campaign", "lead", "customer", "contact", "response", "note")
    create_service = services.create_member
    operations = frozenset({"add"})
    actions = (
        Action(
            services.record_response,
            _("Record response"),
            "respond",
            icon="message-check",
            form=ResponseForm,
            name="respond",
            bulk=True,
            is_primary=True,
        ),
    )


def join_lead(*, lead: Lead, campaign: Campaign, response: str, actor: User, at: datetime) -> Lead:
    """Make a lead a member of a campaign."""
    services.add_members(campaign=campaign, leads=[lead], response=response, actor=actor, at=at)
    return lead


def join_leads(*, leads: Sequence[Lead], campaign: Campaign, response: str, actor: User, at: datetime) -> int:
    """Make leads members of a campaign at once."""
    return services.add_members(campaign=campaign, leads=leads, response=response, actor=actor, at=at)


def join_customer(*, customer: Customer, campaign: Campaign, response: str, actor: User, at: datetime) -> Customer:
    """Make a customer a member of a campaign."""
    services.add_members(campaign=campaign, customers=[customer], response=response, actor=actor, at=at)
    return customer


def join_customers(
    *, customers: Sequence[Customer], campaign: Campaign, response: str, actor: User, at: datetime
) -> int:
    """Make customers members of a campaign at once."""
    return services.add_members(campaign=campaign, customers=customers, response=response, actor=actor, at=at)


def join_contact(*, contact: Contact, campaign: Campaign, response: str, actor: User, at: datetime) -> Contact:
    """Make a contact a member of a campaign."""
    services.add_members(campaign=campaign, contacts=[contact], response=response, actor=actor, at=at)
    return contact


def join_contacts(*, contacts: Sequence[Contact], campaign: Campaign, response: str, actor: User, at: datetime) -> int:
    """Make contacts members of a campaign at once."""
    return services.add_members(campaign=campaign, contacts=contacts, response=response, actor=actor, at=at)


for _model, _one, _many in (
    (Lead, join_lead, join_leads),
    (Customer, join_customer, join_customers),
    (Contact, join_contact, join_contacts),
):
    add_action(
        _model,
        Action(
            _one,
            _("Add to campaign"),
            "change",
            icon="speakerphone",
            form=JoinForm,
            name="campaign",
            bulk=True,
            batch=_many,
        ),
    )
