"""Return on campaigns: cost, leads, conversion, what was won."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from crm.campaigns.attribution import CAMPAIGN, credited_to
from crm.campaigns.choices import CampaignKind
from crm.campaigns.models import Campaign, CampaignCost, CampaignMember
from crm.campaigns.selectors import roi
from crm.customers.choices import LeadStatus
from crm.customers.models import Lead
from crm.metrics.figures import BASES
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity
from crm.reports.people import SOURCE_FILTER, department_filter, narrow, people_filter
from suite.metrics.choices import Unit
from suite.metrics.reports import Asked, Choice, Derived, Drawing, Figure, Line, Measure, Table, report, share
from suite.metrics.values import ratio

VIEW = "crm.view_campaigncost"
KINDS = (("", _("All kinds")), *CampaignKind.choices)


def _lines(keys: Collection[Any]) -> Sequence[Line]:
    return [Line(row.pk, row.name, row.get_absolute_url()) for row in Campaign.objects.filter(pk__in=keys)]


@report(
    "crm.campaign_roi",
    title=_("Return on campaigns"),
    description=_(
        "Campaigns that start in the period, and all that they cost and brought so far. Sales are signed contracts "
        "without tax. Each one is credited to the last campaign that reached the customer before "
        "its opportunity was recorded."
    ),
    permission=VIEW,
    icon="speakerphone",
    filters=(Choice("kind", _("Kind"), KINDS), people_filter(VIEW), department_filter(VIEW), SOURCE_FILTER),
    period="year",
)
def campaign_roi(asked: Asked) -> Table:
    """Campaigns with cost, leads, sales and return."""
    context = asked.context
    campaigns = context.during(context.rows(Campaign), "starts_on")
    campaigns = narrow(campaigns, asked, owner="owner", source="source")
    if asked.chosen["kind"]:
        campaigns = campaigns.filter(kind=asked.chosen["kind"])
    # The list page orders campaigns; within other queries that is of no use.
    campaigns = campaigns.order_by()
    return Table(
        head=_("Campaign"),
        lines=_lines,
        columns=(*_reached(asked, campaigns), *_brought(asked, campaigns)),
        drawing=Drawing("bar", ("cost", "won"), limit=12),
        sort="won",
    )


def _reached(asked: Asked, campaigns: Any) -> Sequence[Figure]:
    rows = asked.context.rows
    spent = rows(CampaignCost).filter(campaign__in=campaigns.values("pk"))
    members = rows(CampaignMember).filter(campaign__in=campaigns.values("pk"))
    leads = rows(Lead).filter(campaign__in=campaigns.values("pk"))
    converted = leads.filter(status=LeadStatus.CONVERTED)
    return (
        Measure(
            code="cost",
            title=_("Cost"),
            unit=Unit.MONEY,
            rows=spent,
            key="campaign",
            amount="amount",
            shown=("campaign", "spent_on", "kind", "description", "amount"),
            link="campaign",
        ),
        Measure(code="members", title=_("Members"), rows=members, key="campaign"),
        Measure(code="leads", title=_("Leads"), rows=leads, key="campaign"),
        Measure(code="converted", title=_("Converted"), rows=converted, key="campaign"),
        share("conversion", _("Converted (%)"), "converted", "leads"),
        Derived(
            code="cost_per_lead",
            title=_("Cost per lead"),
            unit=Unit.MONEY,
            compute=lambda values: ratio(values.get("cost"), values.get("leads")),
        ),
    )


def _brought(asked: Asked, campaigns: Any) -> Sequence[Figure]:
    context = asked.context
    chances = context.rows(Opportunity).exclude(status=OpportunityStatus.INVALID)
    sold, received = BASES["crm.sales"], BASES["crm.receipts"]

    def column(code: str, title: Any, rows: Any, amount: Any = None) -> Measure:
        unit = Unit.MONEY if amount is not None else Unit.COUNT
        rows = credited_to(rows, campaigns)
        return Measure(code=code, title=title, unit=unit, rows=rows, key=CAMPAIGN, amount=amount)

    return (
        column("opportunities", _("Opportunities"), chances),
        column("contracts", _("Contracts"), sold.rows(context)),
        column("won", _("Sales"), sold.rows(context), sold.amount),
        column("receipts", _("Money received"), received.rows(context), received.amount),
        Derived(
            code="roi",
            title=_("ROI"),
            unit=Unit.PERCENT,
            compute=lambda values: roi(values.get("won"), values.get("cost")),
        ),
    )
