"""Figures of delivering: what is late, what can go, and how many lines came on their day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.sales.models import Delivery, DeliveryLine, SalesOrder, SalesOrderLine
from erp.sales.selectors import agreed_lines, delivered_in_time, late_orders, orders_to_ship, with_due
from suite.metrics.charts import ChartData, Series, day_filters, list_link, month_name
from suite.metrics.choices import Direction, Unit
from suite.metrics.periods import add_months
from suite.metrics.registry import MetricContext, metric
from suite.metrics.series import by_month
from suite.metrics.values import FULL, DrillDown, Fact, MetricValue, later, percent, ratio

SEE_ORDERS = "erp.view_salesorder"
ONE_DAY = timedelta(days=1)


@metric(
    "erp.orders_late",
    title=_("Late orders"),
    unit=Unit.COUNT,
    counter=_("orders"),
    formula=_("Confirmed orders that are not delivered in full and whose requested day has passed."),
    permission=SEE_ORDERS,
    source=SalesOrder,
    direction=Direction.DOWN,
    owner=_("Planner"),
    is_point_in_time=True,
)
def orders_late(context: MetricContext) -> MetricValue:
    """Orders that customers wait for."""
    rows = late_orders(context.rows(SalesOrder), context.today)
    first = rows.aggregate(first=Min("requested_on"))["first"]
    facts = [Fact(_("Longest"), Decimal((context.today - first).days), Unit.DAYS, "late")] if first else []
    drill = DrillDown(rows, None, [("is_late", "true")])
    return MetricValue(drill.total(), drill=drill, facts=facts)


@metric(
    "erp.orders_to_ship",
    title=_("Orders that can be shipped"),
    unit=Unit.COUNT,
    counter=_("orders"),
    formula=_("Confirmed orders for which stock is kept, so that all or part of it can go."),
    permission=SEE_ORDERS,
    source=(SalesOrder, SalesOrderLine),
    owner=_("Warehouse keeper"),
    is_point_in_time=True,
)
def to_ship(context: MetricContext) -> MetricValue:
    """Orders that somebody can pack."""
    rows = orders_to_ship(context.rows(SalesOrder))
    due = rows.filter(requested_on__lte=context.today).count()
    drill = DrillDown(rows, None, [("is_to_ship", "true")])
    facts = [Fact(_("Due by today"), Decimal(due), Unit.COUNT, "late" if due else "")]
    return MetricValue(drill.total(), drill=drill, facts=facts)


@metric(
    "erp.deliveries",
    title=_("Deliveries"),
    unit=Unit.COUNT,
    counter=_("deliveries"),
    formula=_("Deliveries that left in the period."),
    permission="erp.view_delivery",
    source=Delivery,
    owner=_("Warehouse keeper"),
    compare=("previous", "last_year"),
)
def deliveries(context: MetricContext) -> MetricValue:
    """How much went out."""
    rows = context.rows(Delivery)
    drill = DrillDown(context.during(rows, "document_date"), None, context.filters("document_date"))
    return MetricValue(drill.total(), drill=drill, series=later(lambda: by_month(context, rows, "document_date")))


@metric(
    "erp.on_time_delivery",
    title=_("On-time delivery"),
    unit=Unit.PERCENT,
    formula=_(
        "Order lines delivered in full by the day promised (else the day requested), of all lines due in the period "
        "before today."
    ),
    permission="erp.view_salesorderline",
    source=(SalesOrderLine, DeliveryLine),
    direction=Direction.UP,
    owner=_("Planner"),
)
def on_time_delivery(context: MetricContext) -> MetricValue:
    """How many lines came on their day."""
    end = min(context.period.end, context.today - ONE_DAY)
    due = _due(context).filter(due__gte=context.period.start, due__lte=end)
    kept = delivered_in_time(due)
    total, in_time = due.count(), kept.count()
    filters = [*day_filters("due", context.period.start, end), ("is_on_time", "true")]
    late = Fact(pgettext_lazy("order", "Late"), Decimal(total - in_time), Unit.COUNT, "late" if total > in_time else "")
    return percent(
        in_time,
        total,
        drill=DrillDown(kept, None, filters, of="numerator"),
        facts=[late],
        series=later(lambda: [_share(*each) for each in _by_month(context)]),
    )


def _due(context: MetricContext) -> QuerySet[Any]:
    return agreed_lines(with_due(context.rows(SalesOrderLine)))


def _by_month(context: MetricContext) -> list[tuple[int, int]]:
    """How many lines came on their day, and how many were due, for each of twelve months before today."""
    months = context.months()
    rows = _due(context).filter(due__gte=months[0], due__lt=min(add_months(months[-1], 1), context.today)).order_by()
    in_time, total = (
        dict(lines.annotate(month=TruncMonth("due")).values_list("month").annotate(Count("pk")))
        for lines in (delivered_in_time(rows), rows)
    )
    return [(in_time.get(month, 0), total.get(month, 0)) for month in months]


def _share(in_time: int, total: int) -> Decimal | None:
    found = ratio(in_time, total)
    return None if found is None else found * FULL


def lines_in_time(context: MetricContext) -> ChartData:
    """Lines due in each of twelve months: those that came on their day, and the others."""
    months, figures = context.months(), _by_month(context)
    return ChartData(
        kind="combo",
        unit=Unit.COUNT,
        counter=_("lines"),
        head=_("Month"),
        x=[month_name(month) for month in months],
        series=[
            Series(_("In time"), [in_time for in_time, _total in figures], type="bar", color="c1"),
            Series(
                pgettext_lazy("order", "Late"), [total - in_time for in_time, total in figures], type="bar", color="c5"
            ),
        ],
        links=[_month_link(month, context.today) for month in months],
        partial=context.unfinished_month(),
        is_stacked=True,
    )


def _month_link(month: date, today: date) -> str:
    last = min(add_months(month, 1), today) - ONE_DAY
    return list_link("erp:salesorderline-list", day_filters("due", month, last)) if last >= month else ""


def longest_late(context: MetricContext) -> DrillDown:
    """Late orders, those that customers wait for longest on top."""
    rows = late_orders(context.rows(SalesOrder), context.today).select_related("party", "owner")
    return DrillDown(rows.order_by("requested_on", "pk"), None, [("is_late", "true")])


def next_to_ship(context: MetricContext) -> DrillDown:
    """Orders for which stock is kept, those due first on top."""
    rows = orders_to_ship(context.rows(SalesOrder)).select_related("party", "warehouse")
    return DrillDown(rows.order_by("requested_on", "pk"), None, [("is_to_ship", "true")])
