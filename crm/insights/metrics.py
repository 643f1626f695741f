"""Figures of what orders tell about customers, and where boards show them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from crm.customers.pages import owner as owner_of
from crm.insights.choices import ChurnState
from crm.insights.models import CustomerInsight
from crm.insights.presenting import AT_RISK, silence, state_badge
from suite.metrics.boards import Card, Item, ListCard, extend_board
from suite.metrics.choices import Direction, Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import DrillDown, Fact, MetricValue, percent, total
from suite.pages.columns import Column

PERMISSION = "crm.view_customerinsight"
RISK_FILTER = [("churn_state", ChurnState.WARNING.value), ("churn_state", ChurnState.CRITICAL.value)]


def at_risk(context: MetricContext) -> QuerySet[CustomerInsight]:
    """Customers that are warned of."""
    return context.rows(CustomerInsight).filter(AT_RISK)


def buyers(context: MetricContext) -> QuerySet[CustomerInsight]:
    """Customers that have ordered."""
    return context.rows(CustomerInsight).filter(frequency__gte=1)


def _as_of(rows: QuerySet[CustomerInsight]) -> Any:
    return rows.order_by("-pk").values_list("computed_at", flat=True).first()


@metric(
    "crm.customers_at_risk",
    title=_("Customers at risk"),
    unit=Unit.COUNT,
    counter=_("customers"),
    formula=_(
        "Customers without an order for longer than 1.5 times their own interval, or than the limit of their tier "
        "(as the settings say), as of the last night."
    ),
    permission=PERMISSION,
    source=CustomerInsight,
    direction=Direction.DOWN,
    owner=_("Sales manager"),
    is_point_in_time=True,
)
def customers_at_risk(context: MetricContext) -> MetricValue:
    """Customers that are warned of."""
    rows = at_risk(context)
    drill = DrillDown(rows, None, RISK_FILTER)
    critical = rows.filter(churn_state=ChurnState.CRITICAL).count()
    return MetricValue(
        drill.total(),
        drill=drill,
        facts=[
            Fact(_("At stake"), total(rows, "stake_amount"), Unit.MONEY),
            Fact(_("About to be lost"), Decimal(critical), Unit.COUNT, "late" if critical else ""),
        ],
        as_of=_as_of(rows),
    )


@metric(
    "crm.churn_rate",
    title=_("Churn rate"),
    unit=Unit.PERCENT,
    formula=_("Customers about to be lost ÷ customers that have ever ordered, as of the last night."),
    permission=PERMISSION,
    source=CustomerInsight,
    direction=Direction.DOWN,
    owner=_("Sales manager"),
    is_point_in_time=True,
)
def churn_rate(context: MetricContext) -> MetricValue:
    """How many of the customers are about to be lost."""
    rows = buyers(context)
    lost = rows.filter(churn_state=ChurnState.CRITICAL)
    drill = DrillDown(rows, None, [("frequency_min", 1)], of="denominator")
    return percent(lost.count(), rows.count(), drill=drill, as_of=_as_of(rows))


@metric(
    "crm.repeat_rate",
    title=_("Repeat rate"),
    unit=Unit.PERCENT,
    formula=_("Customers with two or more orders ÷ customers that have ever ordered, as of the last night."),
    permission=PERMISSION,
    source=CustomerInsight,
    direction=Direction.UP,
    owner=_("Sales manager"),
    is_point_in_time=True,
)
def repeat_rate(context: MetricContext) -> MetricValue:
    """How many of the customers came again."""
    rows = buyers(context)
    drill = DrillDown(rows, None, [("frequency_min", 1)], of="denominator")
    return percent(rows.filter(frequency__gte=2).count(), rows.count(), drill=drill, as_of=_as_of(rows))


def worst_losses(context: MetricContext) -> DrillDown:
    """Customers that are warned of, those with most at stake first."""
    rows = at_risk(context).select_related("customer__party", "customer__owner")
    return DrillDown(rows.order_by("-stake_amount", "-pk"), "stake_amount", RISK_FILTER)


LOSSES = ListCard(
    worst_losses,
    _("Customers at risk"),
    PERMISSION,
    columns=(
        Column("customer__party__name", label=_("Customer")),
        Column("churn_state", render=state_badge),
        Column("recency", label=_("Without an order"), render=silence),
        Column("customer__owner", label=_("Owner"), render=lambda row: owner_of(row.customer)),
        Column("stake_amount"),
    ),
    empty=_("No customer is at risk."),
)


@extend_board("boss")
def for_the_boss() -> Sequence[Item]:
    """What the boss sees of it."""
    return (Card(customers_at_risk), Card(repeat_rate), LOSSES)


@extend_board("sales")
def for_the_sales_manager() -> Sequence[Item]:
    """What the sales manager sees of it."""
    return (Card(customers_at_risk), Card(churn_rate), Card(repeat_rate), LOSSES)


@extend_board("seller")
def for_the_salesperson() -> Sequence[Item]:
    """What a salesperson sees of it: of their own customers."""
    return (Card(customers_at_risk), LOSSES)
