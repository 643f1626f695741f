"""Pages of requisitions, purchase orders, receipts and returns to suppliers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.importing import LEFT_AS_DRAFT, ORDER_HEADINGS
from erp.masterdata.services import default_warehouse
from erp.panels import PROMISE_CHANGES
from erp.purchasing import receipts, requests, services
from erp.purchasing.advice import advise_order
from erp.purchasing.choices import OPEN_ORDERS, OrderStatus, RequestOrigin, RequestStatus
from erp.purchasing.forms import CloseForm, OrderForm, PromiseForm, ReceiveForm, ReturnForm, SupplierForm
from erp.purchasing.importing import import_open_orders
from erp.purchasing.models import (
    GoodsReceipt,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseRequest,
    PurchaseRequestLine,
    SupplierReturn,
)
from erp.purchasing.printing import RECEIPT_PRINTS, RETURN_PRINTS
from erp.purchasing.selectors import late_purchases
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column
from suite.pages.filters import AmongFilter, derive_filterset
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

RECEIVED = Column("received_quantity", label=pgettext_lazy("goods", "Received"))
LINE_FIELDS = (
    "item",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "tax_rate",
    "needed_on",
)


def save_request(*, purchaserequest: PurchaseRequest, **values: Any) -> PurchaseRequest:
    """Change a requisition, named as its pages name it."""
    return requests.update_request(request=purchaserequest, **values)


def save_order(*, purchaseorder: PurchaseOrder, **values: Any) -> PurchaseOrder:
    """Change a purchase order, named as its pages name it."""
    return services.update_order(order=purchaseorder, **values)


@register
class PurchaseRequestPages(PageSet):
    """What is needed, before it is known from whom."""

    model = PurchaseRequest
    icon = "clipboard-list"
    description = _("What warehouses need: by hand, because an order lacks stock, or to replenish.")
    columns = (
        "number",
        Column("warehouse", sort="warehouse__name", phone="p-full"),
        "status",
        "origin",
        Column("needed_on", phone="p-start"),
        "reason",
        Column("owner", phone="p-end"),
    )
    optional_columns = ("created_at",)
    filters = ("status", "warehouse", "origin", "needed_on", "owner")
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("In approval"), "status=APPROVING"),
        View(_("To be ordered"), "status=APPROVED"),
    )
    summary = ("warehouse", "needed_on", "origin", "reason", "owner")
    panels = (Children("lines", "item", "needed_on", "ordered_quantity", "quantity", title=_("Lines")),)
    fields = ("warehouse", "needed_on", "reason", "owner")
    lines = Lines(PurchaseRequestLine, "lines", ("item", "quantity", "needed_on"), title=_("Lines"), has_totals=False)
    create_service = requests.create_request
    update_service = save_request
    operations = frozenset({"add", "change"})
    editable_states = frozenset({RequestStatus.DRAFT})
    actions = (
        Action(
            requests.submit_request,
            _("Submit"),
            "change",
            icon="send",
            states={RequestStatus.DRAFT},
            primary_in={RequestStatus.DRAFT},
            bulk=True,
        ),
        Action(
            requests.approve_request,
            _("Approve"),
            "approve",
            icon="check",
            states={RequestStatus.APPROVING},
            primary_in={RequestStatus.APPROVING},
            bulk=True,
        ),
        Action(
            services.order_request,
            _("Create order"),
            "order",
            icon="shopping-cart",
            form=SupplierForm,
            states={RequestStatus.APPROVED},
            primary_in={RequestStatus.APPROVED},
            opens_result=True,
        ),
        Action(
            requests.reject_request,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={RequestStatus.APPROVING},
        ),
        Action(
            requests.close_request,
            _("Close"),
            "change",
            icon="lock",
            form=ReasonForm,
            states={RequestStatus.APPROVED, RequestStatus.ORDERED},
        ),
        Action(
            requests.cancel_request,
            _("Cancel requisition"),
            "cancel",
            icon="ban",
            form=ReasonForm,
            states={RequestStatus.DRAFT, RequestStatus.APPROVING, RequestStatus.APPROVED},
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("warehouse", "owner")

    def heading(self, obj: PurchaseRequest) -> tuple[Any, Any]:
        because = "" if obj.origin == RequestOrigin.MANUAL else f"{obj.get_origin_display()} "
        return obj.number, f"{because}{obj.reason}".strip() or str(obj.warehouse)

    def initial(self, request: Any) -> dict[str, Any]:
        return {"owner": request.user.pk, "warehouse": default_warehouse(default_company()).pk}


ORDER_FILTERS = ("status", "supplier", "warehouse", "owner", "document_date", "expected_on", "gross_total")


class PurchaseOrderFilterSet(derive_filterset(PurchaseOrder, ORDER_FILTERS)):  # type: ignore[misc]
    """Filters of orders: also by what should have come."""

    is_late = AmongFilter(
        lambda: late_purchases(PurchaseOrder.objects.all(), timezone.localdate()), label=pgettext_lazy("order", "Late")
    )


@register
class PurchaseOrderPages(PageSet):
    """Orders to suppliers."""

    model = PurchaseOrder
    icon = "shopping-cart"
    description = _("What was ordered from suppliers, when it is promised and what of it came.")
    columns = (
        "number",
        Column("supplier", sort="supplier__name", phone="p-full"),
        "status",
        "document_date",
        "expected_on",
        "net_total",
        Column("gross_total", phone="p-end"),
        Column("owner", phone="p-start"),
    )
    optional_columns = ("warehouse", "supplier_reference", "external_key", "currency", "tax_total", "created_at")
    filterset = PurchaseOrderFilterSet
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("In approval"), "status=APPROVING"),
        View(_("Released"), "status=RELEASED"),
        View(_("Partly received"), "status=PARTIAL"),
        View(pgettext_lazy("order", "Late"), "is_late=true", is_hot=True),
    )
    totals = ("net_total", "gross_total")
    summary = ("supplier", "warehouse", "document_date", "expected_on", "supplier_reference", "owner")
    panels = (
        Children(
            "lines",
            "item",
            "quantity",
            "unit",
            "unit_price",
            "tax_rate",
            "needed_on",
            "promised_on",
            RECEIVED,
            "returned_quantity",
            "net_amount",
            title=_("Lines"),
            has_totals=True,
        ),
        Children("receipts", "number", "received_on", "supplier_delivery_number", link=True, title=_("Receipts")),
        PROMISE_CHANGES,
        Attributes("payment_terms", "currency", "exchange_rate", "discount_amount", "external_key", "remarks"),
    )
    fields = (
        (_("Supplier"), ("supplier", "warehouse", "supplier_reference")),
        (
            _("Terms"),
            (
                "document_date",
                "expected_on",
                "currency",
                "exchange_rate",
                "price_includes_tax",
                "payment_terms",
                "discount_amount",
                "owner",
            ),
        ),
        (_("Remarks"), ("remarks",)),
    )
    form = OrderForm
    lines = Lines(
        PurchaseOrderLine,
        "lines",
        LINE_FIELDS,
        title=_("Lines"),
        fills=("description", "unit", "tax_rate"),
        advise=advise_order,
    )
    create_service = services.create_order
    update_service = save_order
    import_fields = (
        "external_key",
        "supplier",
        "supplier_reference",
        "document_date",
        "currency",
        "price_includes_tax",
        "warehouse",
        "owner",
        "line_item",
        "line_quantity",
        "line_unit",
        "line_unit_price",
        "line_discount_percent",
        "line_promised_on",
        "is_draft",
    )
    import_key = "external_key"
    import_service = import_open_orders
    import_filled = ("currency", "warehouse", "owner")
    import_options = {"is_draft": LEFT_AS_DRAFT}
    import_headings = {
        **ORDER_HEADINGS,
        "supplier": ("供应商编码", "供应商名称", "供应商简称", "vendor", "vendor ID", "supplier code"),
        "supplier_reference": ("供应商订单号", "供应商单号", "supplier reference"),
        "line_promised_on": (
            "承诺交期",
            "承诺交货日期",
            "预计到货日期",
            "交货日期",
            "交期",
            "due date",
            "promised date",
        ),
    }
    operations = frozenset({"add", "change"})
    editable_states = frozenset({OrderStatus.DRAFT})
    print_template = "erp/purchasing/print_order.html"
    actions = (
        Action(
            services.submit_order,
            _("Submit"),
            "change",
            icon="send",
            states={OrderStatus.DRAFT},
            primary_in={OrderStatus.DRAFT},
        ),
        Action(
            services.release_order,
            _("Approve and release"),
            "approve",
            icon="check",
            states={OrderStatus.APPROVING},
            primary_in={OrderStatus.APPROVING},
        ),
        Action(
            receipts.receive_goods,
            _("Receive"),
            "receive",
            icon="package-import",
            form=ReceiveForm,
            states=frozenset(OPEN_ORDERS),
            primary_in=frozenset(OPEN_ORDERS),
        ),
        Action(
            services.change_promise,
            _("Promised date"),
            "change",
            icon="calendar-event",
            form=PromiseForm,
            name="promise",
            states=frozenset(OPEN_ORDERS),
        ),
        Action(
            services.reject_order,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={OrderStatus.APPROVING, OrderStatus.RELEASED},
        ),
        Action(
            services.close_order,
            _("Close"),
            "change",
            icon="lock",
            form=CloseForm,
            states={OrderStatus.PARTIAL, OrderStatus.RECEIVED},
        ),
        Action(
            services.cancel_order,
            _("Cancel order"),
            "cancel",
            icon="ban",
            form=ReasonForm,
            states={OrderStatus.DRAFT, OrderStatus.APPROVING, OrderStatus.RELEASED},
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("supplier", "owner", "currency")

    def annotate(self, queryset: Any) -> Any:
        return queryset.select_related("currency")

    def heading(self, obj: PurchaseOrder) -> tuple[Any, Any]:
        return obj.number, str(obj.supplier)

    def amount(self, obj: PurchaseOrder) -> tuple[Any, Any]:
        return f"{obj.currency.symbol}{obj.gross_total:,.2f}", _t("with tax")

    def hit(self, obj: PurchaseOrder) -> tuple[Any, Any, Any]:
        return obj.number, str(obj.supplier), ""

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("supplier")

    def initial(self, request: Any) -> dict[str, Any]:
        company = default_company()
        return {
            "currency": company.base_currency_id,
            "warehouse": default_warehouse(company).pk,
            "owner": request.user.pk,
        }


@register
class GoodsReceiptPages(PageSet):
    """What suppliers delivered."""

    model = GoodsReceipt
    icon = "package-import"
    description = _("What arrived from suppliers; received on the purchase order.")
    columns = (
        "number",
        Column("order__supplier__name", label=_("Supplier"), phone="p-full"),
        Column("order__number", label=_("Purchase order")),
        "warehouse",
        Column("received_on", phone="p-start"),
        "supplier_delivery_number",
        Column("owner", phone="p-end"),
    )
    optional_columns = ("status", "created_at")
    filters = ("order", "warehouse", "received_on", "owner")
    ordering = "-received_on"
    summary = ("order", "warehouse", "received_on", "supplier_delivery_number", "owner")
    panels = (
        Children(
            "lines",
            Column("order_line__item", label=_("Item")),
            "quantity",
            "lot",
            "status",
            "returned_quantity",
            title=_("Lines"),
        ),
    )
    operations = frozenset()
    prints = RECEIPT_PRINTS
    actions = (
        Action(
            receipts.return_from_receipt,
            _("Return to supplier"),
            "return",
            icon="truck-return",
            form=ReturnForm,
            opens_result=True,
        ),
    )
    is_searchable = True
    list_select = ("order__supplier", "warehouse", "owner")

    def heading(self, obj: GoodsReceipt) -> tuple[Any, Any]:
        return obj.number, str(obj.order.supplier)

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("order__supplier")


@register
class SupplierReturnPages(PageSet):
    """What went back to suppliers."""

    model = SupplierReturn
    icon = "truck-return"
    description = _("What went back to suppliers, and why; returned from the goods receipt.")
    columns = (
        "number",
        Column("receipt_line__receipt__order__supplier__name", label=_("Supplier"), phone="p-full"),
        Column("receipt_line__receipt__number", label=_("Goods receipt")),
        Column("receipt_line__order_line__item", label=_("Item")),
        Column("returned_on", phone="p-start"),
        Column("quantity", phone="p-end"),
        "reason",
    )
    optional_columns = ("status", "owner", "created_at")
    filters = ("returned_on", "quantity", "owner")
    ordering = "-returned_on"
    summary = (
        Column("receipt_line__receipt", label=_("Goods receipt")),
        Column("receipt_line__order_line__item", label=_("Item")),
        "quantity",
        "returned_on",
        "reason",
        "owner",
    )
    operations = frozenset()
    prints = RETURN_PRINTS
    is_searchable = True
    list_select = ("receipt_line__receipt__order__supplier", "receipt_line__order_line__item")

    def heading(self, obj: SupplierReturn) -> tuple[Any, Any]:
        return obj.number, obj.reason
