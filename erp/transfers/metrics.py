"""Figures of stock that lies in no warehouse of the company."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, NullIf
from django.utils.translation import gettext_lazy as _

from erp.inventory.models import StockQuant, StockValue
from erp.inventory.selectors import ZERO
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Location
from suite.masters.fields import QuantityField
from suite.metrics.choices import Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import DrillDown, MetricValue


@metric(
    "erp.transit_value",
    title=_("Value in transit"),
    unit=Unit.MONEY,
    formula=_("What was sent from one warehouse and not received by the other, at its average cost, without tax."),
    permission="erp.view_stockvalue",
    source=(StockQuant, StockValue),
    owner=_("Accountant"),
    is_point_in_time=True,
)
def transit_value(context: MetricContext) -> MetricValue:
    """What is between the warehouses."""
    return _worth_at(context, LocationKind.TRANSIT)


@metric(
    "erp.consigned_value",
    title=_("Value at suppliers"),
    unit=Unit.MONEY,
    formula=_("What lies at suppliers and belongs to the company, at its average cost, without tax."),
    permission="erp.view_stockvalue",
    source=(StockQuant, StockValue),
    owner=_("Accountant"),
    is_point_in_time=True,
)
def consigned_value(context: MetricContext) -> MetricValue:
    """What suppliers keep for the company."""
    return _worth_at(context, LocationKind.CONSIGNED)


def _worth_at(context: MetricContext, kind: LocationKind) -> MetricValue:
    locations = Location.objects.filter(kind=kind)
    if context.company is not None:
        locations = locations.filter(company=context.company)
    places = list(locations.order_by("pk").values_list("pk", flat=True))
    rows = with_worth(context.rows(StockQuant).filter(location__in=places, on_hand__gt=0))
    drill = DrillDown(rows, "worth", [("location", place) for place in places])
    if not places:
        return MetricValue(Decimal(0))
    return MetricValue(drill.total(), drill=drill)


def with_worth(quants: QuerySet[StockQuant]) -> QuerySet[Any]:
    """Add ``worth``: what each row of stock is worth at the average cost of its item in its company."""
    averages = StockValue.objects.filter(company=OuterRef("location__company"), item=OuterRef("item")).values_list(
        F("amount") / NullIf(F("quantity"), ZERO)
    )
    average = Coalesce(Subquery(averages), ZERO, output_field=QuantityField())
    return quants.annotate(worth=F("on_hand") * average)
