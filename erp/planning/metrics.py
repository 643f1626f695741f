"""Figures of planning: how many stock alerts of each kind there are, and what they are worth; what is to be bought."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.planning.choices import AlertKind, SuggestionStatus
from erp.planning.models import ReplenishmentSuggestion, StockAlert
from suite.metrics.choices import Direction, Unit
from suite.metrics.registry import Metric, MetricContext, metric
from suite.metrics.values import DrillDown, MetricValue

COUNTS: dict[AlertKind, tuple[Any, Any]] = {
    AlertKind.SHORTAGE: (
        _("Items that orders wait for"),
        _("Items and warehouses whose open orders want more than is kept for them, as of the last look."),
    ),
    AlertKind.BELOW_MINIMUM: (
        _("Alerts: below the minimum"),
        _("Items and warehouses with less good stock than the minimum, as of the last look."),
    ),
    AlertKind.EXPIRY: (
        _("Lots that expire"),
        _("Lots in stock that have expired or expire within the days of the settings, as of the last look."),
    ),
    AlertKind.SLOW: (
        _("Slow-moving items"),
        _("Items and warehouses with stock and no issue for the days of the settings, as of the last look."),
    ),
    AlertKind.OVERSTOCK: (
        _("Items with too much stock"),
        _("Items and warehouses above the maximum, or above the months of consumption of the settings."),
    ),
}
VALUES: dict[AlertKind, tuple[Any, Any]] = {
    AlertKind.SHORTAGE: (_("Cost of what orders wait for"), _("What orders wait for, at the average cost of stock.")),
    AlertKind.BELOW_MINIMUM: (
        _("Cost of what is below the minimum"),
        _("What is missing to the minimum, at the average cost of stock."),
    ),
    AlertKind.EXPIRY: (_("Value of lots that expire"), _("Lots that expired or expire soon, at average cost.")),
    AlertKind.SLOW: (_("Value of slow-moving stock"), _("Stock without issue for long, at average cost.")),
    AlertKind.OVERSTOCK: (_("Value of excess stock"), _("Stock above what is enough, at average cost.")),
}


def _count_of(kind: AlertKind) -> Metric:
    title, formula = COUNTS[kind]

    @metric(
        f"erp.stock_alerts_{kind.value.lower()}",
        title=title,
        unit=Unit.COUNT,
        counter=_("alerts"),
        formula=formula,
        permission="erp.view_stockalert",
        source=StockAlert,
        direction=Direction.DOWN,
        owner=_("Planner"),
        is_point_in_time=True,
    )
    def count(context: MetricContext) -> MetricValue:
        drill = DrillDown(context.rows(StockAlert).filter(kind=kind), None, [("kind", kind.value)])
        return MetricValue(drill.total(), drill=drill)

    return count


def _value_of(kind: AlertKind) -> Metric:
    title, formula = VALUES[kind]

    @metric(
        f"erp.stock_alert_value_{kind.value.lower()}",
        title=title,
        unit=Unit.MONEY,
        formula=formula,
        permission="erp.view_sensitive_stockalert",
        source=StockAlert,
        direction=Direction.DOWN,
        owner=_("Planner"),
        is_point_in_time=True,
    )
    def value(context: MetricContext) -> MetricValue:
        drill = DrillDown(context.rows(StockAlert).filter(kind=kind), "amount", [("kind", kind.value)])
        return MetricValue(drill.total(), drill=drill)

    return value


ALERT_COUNTS = {kind: _count_of(kind) for kind in AlertKind}
ALERT_VALUES = {kind: _value_of(kind) for kind in AlertKind}


@metric(
    "erp.open_suggestions",
    title=_("To be replenished"),
    unit=Unit.COUNT,
    counter=_("suggestions"),
    formula=_("Open replenishment suggestions."),
    permission="erp.view_replenishmentsuggestion",
    source=ReplenishmentSuggestion,
    owner=_("Planner"),
    is_point_in_time=True,
)
def open_suggestions(context: MetricContext) -> MetricValue:
    """What waits for a planner's decision."""
    rows = context.rows(ReplenishmentSuggestion).filter(status=SuggestionStatus.OPEN)
    drill = DrillDown(rows, None, [("status", SuggestionStatus.OPEN.value)])
    return MetricValue(drill.total(), drill=drill)


def worst_shortages(context: MetricContext) -> DrillDown:
    """Items that orders wait for, those waited for longest on top."""
    rows = context.rows(StockAlert).filter(kind=AlertKind.SHORTAGE).select_related("item", "warehouse")
    return DrillDown(rows.order_by("since", "pk"), None, [("kind", AlertKind.SHORTAGE.value)])
