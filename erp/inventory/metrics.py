"""Figures of stock."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from erp.inventory.models import StockMove, StockQuant, StockValue
from erp.inventory.proof import faults
from erp.inventory.selectors import below_minimum
from erp.masterdata.models import StockLimit
from suite.metrics.choices import Direction, Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import DrillDown, MetricValue


@metric(
    "erp.stock_value",
    title=_("Stock value"),
    unit=Unit.MONEY,
    formula=_("What the stock of all items is worth at its cost, without tax, in the company's currency."),
    permission="erp.view_stockvalue",
    source=StockValue,
    owner=_("Accountant"),
    is_point_in_time=True,
)
def stock_value(context: MetricContext) -> MetricValue:
    """What is in stock now."""
    drill = DrillDown(context.rows(StockValue), "amount")
    return MetricValue(drill.total(), drill=drill)


@metric(
    "erp.below_minimum",
    title=_("Below the minimum"),
    unit=Unit.COUNT,
    counter=_("items"),
    formula=_("Items of which a warehouse has less good stock than its minimum, each warehouse counted."),
    permission="erp.view_stockquant",
    source=(StockLimit, StockQuant),
    direction=Direction.DOWN,
    owner=_("Planner"),
    is_point_in_time=True,
)
def below(context: MetricContext) -> MetricValue:
    """What has to be replenished."""
    drill = DrillDown(below_minimum(context.rows(StockLimit)), None, [("is_below", "true")])
    return MetricValue(drill.total(), drill=drill)


@metric(
    "erp.ledger_differences",
    title=_("Ledger differences"),
    unit=Unit.COUNT,
    counter=_("differences"),
    formula=_("Places where what is kept as stock, reserved or worth differs from the sum of what was posted."),
    permission="erp.view_stockvalue",
    source=(StockMove, StockQuant, StockValue),
    direction=Direction.DOWN,
    owner=_("Accountant"),
    is_point_in_time=True,
)
def ledger_differences(context: MetricContext) -> MetricValue:
    """How many caches of the ledger do not prove; nothing of a single row is told."""
    return MetricValue(Decimal(len(faults())))
