"""Source quality 来源质量: what leads of each source become, and what they cost."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.campaigns.models import CampaignCost
from crm.customers.choices import LeadStatus
from crm.customers.models import Lead
from crm.metrics.figures import BASES
from crm.reports.people import (
    BY_DEPARTMENT,
    BY_OWNER,
    BY_SOURCE,
    DEPARTMENT,
    OWNER,
    SOURCE,
    SOURCE_FILTER,
    department_filter,
    narrow,
    people_filter,
)
from suite.metrics.choices import Unit
from suite.metrics.reports import Asked, Derived, Drawing, Figure, Measure, Table, report, share
from suite.metrics.values import ratio

VIEW = "crm.view_lead"
QUALIFIED = (LeadStatus.QUALIFIED, LeadStatus.CONVERTED)
DIMENSIONS = {"source": SOURCE, "owner": OWNER, "department": DEPARTMENT}


@report(
    "crm.sources",
    title=_("Source quality"),
    description=_(
        "Leads recorded in the period and what they have become; contracts signed in the period with customers of the "
        "source, without tax; what campaigns of the source cost in the period."
    ),
    permission=VIEW,
    icon="compass",
    filters=(SOURCE_FILTER, people_filter(VIEW), department_filter(VIEW)),
    by=(BY_SOURCE, BY_OWNER, BY_DEPARTMENT),
    period="quarter",
)
def sources(asked: Asked) -> Table:
    """Sources with what came from them."""
    dimension, base = DIMENSIONS[asked.by], "source" if asked.by == "source" else "owner"
    context = asked.context
    leads = narrow(context.during(context.rows(Lead), "created_at"), asked, owner="owner", source="source")
    key = dimension.key(base)
    signed = BASES["crm.sales"]
    sold = narrow(signed.during(context), asked, owner="owner", source="customer__source")
    sold_key = "customer__source" if asked.by == "source" else dimension.key(signed.owner)
    columns: list[Figure] = [
        Measure(code="leads", title=_("Leads"), rows=leads, key=key),
        Measure(code="qualified", title=_("Qualified"), rows=leads.filter(status__in=QUALIFIED), key=key),
        Measure(code="converted", title=_("Converted"), rows=leads.filter(status=LeadStatus.CONVERTED), key=key),
        share("conversion", _("Converted (%)"), "converted", "leads"),
        Measure(code="contracts", title=_("Contracts"), rows=sold, key=sold_key),
        Measure(code="won", title=_("Sales"), unit=Unit.MONEY, rows=sold, key=sold_key, amount=signed.amount),
    ]
    if asked.by == "source" and asked.user.has_perm("crm.view_campaign"):
        columns += _costs(asked)
    return Table(
        head=dimension.head,
        lines=dimension.lines,
        columns=columns,
        drawing=Drawing("bar", ("leads", "qualified", "converted")),
        sort="won",
    )


def _costs(asked: Asked) -> list[Figure]:
    spent = asked.context.during(asked.context.rows(CampaignCost), "spent_on")
    spent = narrow(spent, asked, owner="campaign__owner", source="campaign__source")
    return [
        Measure(
            code="cost",
            title=_("Campaign cost"),
            unit=Unit.MONEY,
            rows=spent,
            key="campaign__source",
            amount="amount",
            shown=("campaign", "spent_on", "kind", "description", "amount"),
            link="campaign",
        ),
        Derived(
            code="cost_per_lead",
            title=_("Cost per lead"),
            unit=Unit.MONEY,
            compute=lambda values: ratio(values.get("cost"), values.get("leads")),
        ),
    ]
