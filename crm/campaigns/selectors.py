"""Questions about campaigns: what they brought."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from crm.campaigns.attribution import CAMPAIGN, credited_to
from crm.campaigns.models import Campaign, CampaignCost
from crm.contracts.models import Contract
from crm.customers.choices import LeadStatus
from crm.customers.models import Lead
from crm.metrics.figures import NET, SIGNED
from crm.pipeline.models import Opportunity
from suite.access.restrict import restrict
from suite.metrics.values import FULL, ratio

ZERO = Decimal(0)


@dataclass(frozen=True)
class Result:
    """
    What one campaign brought, of what the user may see.

    :ivar won: signed contracts without tax, in the company's currency; see :mod:`crm.campaigns.attribution`.
    """

    leads: int
    converted: int
    opportunities: int
    contracts: int
    won: Decimal
    cost: Decimal | None

    @property
    def roi(self) -> Decimal | None:
        """(won − cost) ÷ cost in per cent; None without cost."""
        return roi(self.won, self.cost)

    @property
    def cost_per_lead(self) -> Decimal | None:
        """Cost for each lead."""
        return ratio(self.cost, self.leads)


def roi(won: Decimal | None, cost: Decimal | None) -> Decimal | None:
    """Return (won − cost) ÷ cost in per cent; None when there was no cost."""
    if won is None or not cost:
        return None
    return (won - cost) / cost * FULL


def result_of(campaign: Campaign, *, user: Any) -> Result:
    """Return what a campaign brought; its cost is for those who may see costs."""
    one = Campaign.objects.filter(pk=campaign.pk)
    leads = restrict(Lead.objects.filter(campaign=campaign), user=user).order_by()
    counts = leads.aggregate(all=Count("pk"), converted=Count("pk", filter=Q(status=LeadStatus.CONVERTED)))
    contracts = credited_to(restrict(Contract.objects.filter(status__in=SIGNED), user=user), one).order_by()
    sums = contracts.aggregate(number=Count("pk"), won=Sum(NET))
    cost = None
    if user.has_perm("crm.view_campaigncost"):
        spent = restrict(CampaignCost.objects.filter(campaign=campaign), user=user).order_by()
        cost = spent.aggregate(total=Sum("amount"))["total"] or ZERO
    return Result(
        leads=counts["all"],
        converted=counts["converted"],
        opportunities=credited_to(restrict(Opportunity.objects.all(), user=user), one).count(),
        contracts=sums["number"],
        won=sums["won"] or ZERO,
        cost=cost,
    )


def with_cost(campaigns: QuerySet[Campaign]) -> QuerySet[Campaign]:
    """Campaigns with ``cost``, the sum of their cost lines; None without any."""
    return campaigns.annotate(cost=Sum("costs__amount"))


def warned_items(campaign: Campaign) -> list[tuple[Any, str]]:
    """Return the promoted items, each with why it should not be promoted now, or nothing."""
    from crm.insights.stock import promotion_warnings

    items = list(campaign.items.order_by("code"))
    warnings = promotion_warnings(items, campaign.company, timezone.now())
    return [(item, warnings.get(item.pk, "")) for item in items]


__all__ = ["CAMPAIGN", "Result", "result_of", "roi", "warned_items", "with_cost"]
