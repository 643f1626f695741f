"""Pages of the three-way match: what came, what is billed, and what does not fit."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.matching import services
from erp.matching.choices import MatchStatus
from erp.matching.forms import InvoiceForm
from erp.matching.models import InvoiceMatch
from erp.matching.selectors import MONEY, QUANTITY, with_billed
from erp.purchasing.models import GoodsReceiptLine
from erp.purchasing.selectors import received_in_time, with_receipt_due
from suite.pages.actions import Action
from suite.pages.columns import Column
from suite.pages.filters import AmongFilter, BaseFilterSet, BoolFilter, derive_filter
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

SUPPLIER = Column(
    "receipt__order__supplier", label=_("Supplier"), sort="receipt__order__supplier__name", phone="p-full"
)
ITEM = Column("order_line__item", label=_("Item"), sort="order_line__item__code", phone="p-start")
KEPT = Column("kept", label=pgettext_lazy("goods", "Received"), field=QUANTITY, align="num", sort="kept")
BILLED = Column("billed", label=_("Billed"), field=QUANTITY, align="num", sort="billed")
UNBILLED = Column("unbilled", label=_("Not billed"), field=QUANTITY, align="num", sort="unbilled", phone="p-end")
ACCRUED = Column("accrued", label=_("Value not billed"), field=MONEY, align="num", sort="accrued", phone="p-end")


class ReceivedFilterSet(BaseFilterSet):
    """Received lines by order, item and whether they are billed."""

    supplier = derive_filter(GoodsReceiptLine, "receipt__order__supplier")
    order = derive_filter(GoodsReceiptLine, "receipt__order")
    receipt = derive_filter(GoodsReceiptLine, "receipt")
    item = derive_filter(GoodsReceiptLine, "order_line__item")
    received_on = derive_filter(GoodsReceiptLine, "receipt__received_on")
    is_billed = BoolFilter(method="filter_billed", label=_("billed in full"))
    is_on_time = AmongFilter(
        lambda: received_in_time(with_receipt_due(GoodsReceiptLine.objects.all())), label=_("arrived in time")
    )

    class Meta:
        model = GoodsReceiptLine
        fields: tuple[str, ...] = ()

    def filter_billed(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Keep what is billed in full, or all else."""
        return queryset.filter(unbilled=0) if value else queryset.filter(unbilled__gt=0)


@register
class ReceivedLinePages(PageSet):
    """What came, against what was ordered and what is billed."""

    model = GoodsReceiptLine
    slug = "received-lines"
    icon = "receipt-2"
    description = _("What suppliers delivered beside what they were asked for and what they billed.")
    columns = (
        Column("receipt", label=_("Goods receipt"), sort="receipt__number"),
        SUPPLIER,
        Column("receipt__order", label=_("Purchase order"), sort="receipt__order__number"),
        ITEM,
        Column("receipt__received_on", label=_("Arrived on")),
        KEPT,
        BILLED,
        UNBILLED,
        ACCRUED,
    )
    optional_columns = (
        "quantity",
        "returned_quantity",
        "lot",
        "status",
        Column("order_line__base_quantity", label=_("Ordered")),
        Column("billed_amount", label=_("Billed without tax"), field=MONEY, align="num", sort="billed_amount"),
    )
    filterset = ReceivedFilterSet
    ordering = "-receipt__received_on"
    views = (View(_("Not billed"), "is_billed=false"),)
    totals = ("accrued",)
    summary = (SUPPLIER, Column("receipt__order", label=_("Purchase order")), KEPT, BILLED, UNBILLED, ACCRUED)
    panels = (
        Attributes(
            Column("receipt", label=_("Goods receipt")),
            ITEM,
            Column("order_line__quantity", label=_("Ordered")),
            Column("order_line__unit_price", label=_("Ordered price")),
            Column("move__amount", label=_("Cost when received")),
            "lot",
            "status",
        ),
        Children("matches", "invoice_number", "invoiced_on", "quantity", "amount", "difference", "status", link=True),
    )
    operations = frozenset()
    actions = (
        Action(
            services.match_invoice,
            _("Enter the invoice"),
            "bill",
            icon="receipt-2",
            form=InvoiceForm,
            is_primary=True,
        ),
    )
    has_activity = False
    list_select = ("receipt__order__supplier", "order_line__item")

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return with_billed(queryset)

    def heading(self, obj: GoodsReceiptLine) -> tuple[Any, Any]:
        return obj.receipt.number, str(obj.order_line.goods)


@register
class InvoiceMatchPages(PageSet):
    """Billed lines and whether they fit."""

    model = InvoiceMatch
    icon = "scale"
    description = _("Lines of suppliers' invoices: what fits may be paid, what does not waits for a decision.")
    columns = (
        "invoice_number",
        Column("receipt_line__receipt__order__supplier", label=_("Supplier"), phone="p-full"),
        "status",
        "invoiced_on",
        Column("receipt_line__order_line__item", label=_("Item"), phone="p-start"),
        "quantity",
        "too_much",
        "amount",
        Column("difference", phone="p-end"),
    )
    optional_columns = ("created_by", "created_at")
    filters = ("status", "receipt_line__receipt__order__supplier", "invoiced_on", "difference")
    ordering = "-created_at"
    views = (View(_("Payment blocked"), "status=BLOCKED", is_hot=True),)
    totals = ("amount", "difference")
    summary = (
        Column("receipt_line", label=_("Goods receipt line")),
        "invoiced_on",
        "quantity",
        "amount",
        "too_much",
        "difference",
    )
    panels = (
        Attributes(
            Column("receipt_line__receipt", label=_("Goods receipt")),
            Column("receipt_line__receipt__order", label=_("Purchase order")),
            Column("receipt_line__order_line__item", label=_("Item")),
            Column("receipt_line__order_line__unit_price", label=_("Ordered price")),
            Column("receipt_line__quantity", label=pgettext_lazy("goods", "Received")),
            Column("receipt_line__returned_quantity", label=_("Returned")),
            Column("receipt_line__move__amount", label=_("Cost when received")),
            title=_("Ordered and received"),
        ),
    )
    operations = frozenset()
    actions = (
        Action(
            services.release_match,
            _("Release for payment"),
            "release",
            icon="lock-open",
            form=ReasonForm,
            states={MatchStatus.BLOCKED},
            primary_in={MatchStatus.BLOCKED},
        ),
        Action(
            services.reject_match,
            _("Send back to the supplier"),
            "release",
            icon="arrow-back-up",
            form=ReasonForm,
            states={MatchStatus.BLOCKED},
        ),
    )
    list_select = ("receipt_line__receipt__order__supplier", "receipt_line__order_line__item")

    def heading(self, obj: InvoiceMatch) -> tuple[Any, Any]:
        return obj.invoice_number, str(obj.receipt_line.receipt.order.supplier)
