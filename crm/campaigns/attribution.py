"""
What is credited to campaigns.

An opportunity is credited to one campaign: the last one that its customer became a member of before the opportunity was
recorded, as itself, through a contact, or as the lead that it was. Who declined does not count. A contract follows its
opportunity; one without opportunity is treated like an opportunity recorded when the contract was. A receipt follows
its contract. So each amount is credited once, and joining a campaign later never takes anything away from an earlier
one.
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from crm.campaigns.choices import Response
from crm.campaigns.models import Campaign, CampaignMember

CAMPAIGN = "credited_campaign"
_MOMENT = "credited_at"


def credited_to(rows: QuerySet[Any], campaigns: QuerySet[Campaign]) -> QuerySet[Any]:
    """
    Return the opportunities, contracts or receipts that are credited to some campaigns, with ``credited_campaign``.

    :param rows: of a model with ``customer`` that is one of these three.
    """
    members = CampaignMember.objects.exclude(response=Response.DECLINED)
    reached = members.filter(campaign__in=campaigns.order_by().values("pk"), account__isnull=False)
    last = members.filter(account=OuterRef("customer"), joined_at__lte=OuterRef(_MOMENT)).order_by("-joined_at", "-pk")
    rows = rows.filter(customer__in=reached.order_by().values("account"))
    rows = rows.annotate(**{_MOMENT: _moment(rows.model._meta.model_name)})
    rows = rows.annotate(**{CAMPAIGN: Subquery(last.values("campaign")[:1])})
    return rows.filter(**{f"{CAMPAIGN}__in": campaigns.order_by().values("pk")})


def _moment(name: str | None) -> Any:
    """When the business began, by kind of row."""
    return {
        "opportunity": F("created_at"),
        "contract": Coalesce("opportunity__created_at", "created_at"),
        "receipt": Coalesce("contract__opportunity__created_at", "contract__created_at"),
    }[str(name)]
