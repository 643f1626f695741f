"""Figures of purchasing: what is bought, what should have come, what waits to be ordered, and who is reliable."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.metrics.figures import NET
from erp.purchasing.choices import OPEN_ORDERS, RequestStatus
from erp.purchasing.models import GoodsReceiptLine, PurchaseOrder, PurchaseRequest
from erp.purchasing.selectors import AGREED, late_purchases, received_in_time, with_receipt_due
from suite.metrics.charts import ChartData, Series, list_link, month_filters, month_name
from suite.metrics.choices import Direction, Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.series import by_month
from suite.metrics.values import DrillDown, Fact, MetricValue, later, percent

SEE_ORDERS = "erp.view_purchaseorder"
SEE_REQUESTS = "erp.view_purchaserequest"
AGREED_FILTER = [("status", state.value) for state in AGREED]
OPEN_FILTER = [("status", state.value) for state in OPEN_ORDERS]
TOP = 10


@metric(
    "erp.purchases",
    title=_("Purchases"),
    unit=Unit.MONEY,
    formula=_("Purchase orders of the period that were released, without tax, in the company's currency."),
    permission=SEE_ORDERS,
    source=PurchaseOrder,
    owner=_("Purchaser"),
    compare=("previous", "last_year"),
)
def purchases(context: MetricContext) -> MetricValue:
    """What was ordered from suppliers."""
    agreed = context.rows(PurchaseOrder).filter(status__in=AGREED)
    rows = context.during(agreed, "document_date")
    drill = DrillDown(rows, NET, [*AGREED_FILTER, *context.filters("document_date")])
    return MetricValue(
        drill.total(),
        drill=drill,
        facts=later(lambda: [Fact(_("Purchase orders"), Decimal(rows.count()), Unit.COUNT)]),
        series=later(lambda: by_month(context, agreed, "document_date", NET)),
    )


@metric(
    "erp.purchases_open",
    title=_("To be received"),
    unit=Unit.COUNT,
    counter=_("purchase orders"),
    formula=_("Released purchase orders of which something is still to come."),
    permission=SEE_ORDERS,
    source=PurchaseOrder,
    owner=_("Warehouse keeper"),
    is_point_in_time=True,
)
def purchases_open(context: MetricContext) -> MetricValue:
    """What suppliers are to bring."""
    rows = context.rows(PurchaseOrder).filter(status__in=OPEN_ORDERS)
    late = late_purchases(rows, context.today).count()
    drill = DrillDown(rows, None, OPEN_FILTER)
    facts = [Fact(pgettext_lazy("order", "Late"), Decimal(late), Unit.COUNT, "late" if late else "")]
    return MetricValue(drill.total(), drill=drill, facts=facts)


@metric(
    "erp.purchases_late",
    title=_("Late purchases"),
    unit=Unit.COUNT,
    counter=_("purchase orders"),
    formula=_("Released purchase orders of which something should have come by the day promised (else expected)."),
    permission=SEE_ORDERS,
    source=PurchaseOrder,
    direction=Direction.DOWN,
    owner=_("Purchaser"),
    is_point_in_time=True,
)
def purchases_late(context: MetricContext) -> MetricValue:
    """What suppliers owe."""
    drill = DrillDown(late_purchases(context.rows(PurchaseOrder), context.today), None, [("is_late", "true")])
    return MetricValue(drill.total(), drill=drill)


@metric(
    "erp.requests_to_order",
    title=_("Requisitions to be ordered"),
    unit=Unit.COUNT,
    counter=_("requisitions"),
    formula=_("Approved requisitions that are not ordered in full."),
    permission=SEE_REQUESTS,
    source=PurchaseRequest,
    direction=Direction.DOWN,
    owner=_("Purchaser"),
    is_point_in_time=True,
)
def requests_to_order(context: MetricContext) -> MetricValue:
    """What waits for a purchaser."""
    rows = context.rows(PurchaseRequest).filter(status=RequestStatus.APPROVED)
    late = rows.filter(needed_on__lt=context.today).count()
    drill = DrillDown(rows, None, [("status", RequestStatus.APPROVED.value)])
    facts = [Fact(_("Needed by now"), Decimal(late), Unit.COUNT, "late")] if late else []
    return MetricValue(drill.total(), drill=drill, facts=facts)


@metric(
    "erp.supplier_on_time",
    title=_("Suppliers on time"),
    unit=Unit.PERCENT,
    formula=_(
        "Lines of goods receipts of the period that came by the day promised (else expected), of all lines with a day."
    ),
    permission="erp.view_goodsreceiptline",
    source=GoodsReceiptLine,
    direction=Direction.UP,
    owner=_("Purchaser"),
)
def supplier_on_time(context: MetricContext) -> MetricValue:
    """How many lines suppliers brought on their day."""
    lines = with_receipt_due(context.during(context.rows(GoodsReceiptLine), "receipt__received_on"))
    due = lines.filter(due__isnull=False)
    kept = received_in_time(due)
    filters = [*context.filters("received_on"), ("is_on_time", "true")]
    return percent(kept.count(), due.count(), drill=DrillDown(kept, None, filters, of="numerator"))


def purchases_by_month(context: MetricContext) -> ChartData:
    """Released purchase orders of twelve months."""
    months = context.months()
    agreed = context.rows(PurchaseOrder).filter(status__in=AGREED)
    return ChartData(
        kind="combo",
        unit=Unit.MONEY,
        head=_("Month"),
        x=[month_name(month) for month in months],
        series=[
            Series(_("Purchases"), by_month(context, agreed, "document_date", NET), type="bar", color="c1"),
        ],
        links=[
            list_link("erp:purchaseorder-list", [*AGREED_FILTER, *month_filters("document_date", month)])
            for month in months
        ],
        partial=context.unfinished_month(),
    )


def purchases_by_supplier(context: MetricContext) -> ChartData:
    """Released purchase orders of the period by supplier, the largest first."""
    rows = context.during(context.rows(PurchaseOrder).filter(status__in=AGREED), "document_date").order_by()
    sums = rows.values("supplier", name=F("supplier__name")).annotate(total=Sum(NET)).order_by("-total")[:TOP]
    groups = list(sums)
    base = [*AGREED_FILTER, *context.filters("document_date")]
    return ChartData(
        kind="ranking",
        unit=Unit.MONEY,
        head=_("Supplier"),
        x=[group["name"] for group in groups],
        series=[Series(_("Purchases"), [group["total"] for group in groups])],
        links=[list_link("erp:purchaseorder-list", [*base, ("supplier", group["supplier"])]) for group in groups],
        url=list_link("erp:purchaseorder-list", base),
    )


def longest_late(context: MetricContext) -> DrillDown:
    """Purchase orders of which something should have come, the earliest on top."""
    rows = late_purchases(context.rows(PurchaseOrder), context.today).select_related("supplier", "owner")
    return DrillDown(rows.order_by(F("expected_on").asc(nulls_last=True), "pk"), None, [("is_late", "true")])


def next_to_order(context: MetricContext) -> DrillDown:
    """Approved requisitions, those needed first on top."""
    rows = context.rows(PurchaseRequest).filter(status=RequestStatus.APPROVED).select_related("warehouse")
    return DrillDown(rows.order_by("needed_on", "pk"), None, [("status", RequestStatus.APPROVED.value)])


def next_to_come(context: MetricContext) -> DrillDown:
    """Released purchase orders of which something is still to come, those expected first on top."""
    rows = context.rows(PurchaseOrder).filter(status__in=OPEN_ORDERS).select_related("supplier", "warehouse")
    return DrillDown(rows.order_by(F("expected_on").asc(nulls_last=True), "pk"), None, OPEN_FILTER)
