"""Pages of sales orders, deliveries and returns."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import django_filters
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from erp.importing import LEFT_AS_DRAFT, ORDER_HEADINGS
from erp.masterdata.services import default_warehouse
from erp.panels import PROMISE_CHANGES
from erp.sales import deliveries, services
from erp.sales.advice import advise_order
from erp.sales.choices import OPEN, DeliveryStatus, OrderStatus
from erp.sales.credit import excess_of
from erp.sales.forms import PromiseForm, ReturnForm, SalesOrderForm, ShipForm, SignedForm
from erp.sales.importing import import_open_orders
from erp.sales.models import (
    CustomerReturn,
    Delivery,
    SalesOrder,
    SalesOrderLine,
)
from erp.sales.printing import DELIVERY_PRINTS, ORDER_PRINTS, RETURN_PRINTS
from erp.sales.selectors import delivered_in_time, late_orders, orders_to_ship, with_due, with_kept
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, quantity
from suite.pages.filters import AmongFilter, DateRangeWidget, derive_filterset
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

LINE_FIELDS = (
    "item",
    "description",
    "quantity",
    "unit",
    "unit_price",
    "discount_percent",
    "tax_rate",
    "requested_on",
)


def line_state(line: Any) -> Any:
    """How a line of an order stands: what is gone, kept, or waited for."""
    if line.item_id is None:
        return ""
    if line.open_quantity == 0:
        return badge(_t("Delivered"), "done")
    if line.kept >= line.open_quantity:
        return badge(_t("In stock"), "go")
    missing = quantity(line.open_quantity - line.kept)
    return badge(_t("%(quantity)s missing") % {"quantity": missing}, "late")


class GoodsPaperPages(PageSet):
    """What the pages of deliveries and returns share."""

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.number, str(self.order_of(obj).party)

    def order_of(self, obj: Any) -> SalesOrder:
        """The order that a paper belongs to."""
        raise NotImplementedError

    def hit(self, obj: Any) -> tuple[Any, Any, Any]:
        return obj.number, str(self.order_of(obj).party), ""


ORDER_FILTERS = ("status", "party", "owner", "warehouse", "document_date", "requested_on", "gross_total")
LINE_FILTERS = ("item", "requested_on", "promised_on")


class SalesOrderFilterSet(derive_filterset(SalesOrder, ORDER_FILTERS)):  # type: ignore[misc]
    """Filters of orders: also by what is due and what can go."""

    is_late = AmongFilter(
        lambda: late_orders(SalesOrder.objects.all(), timezone.localdate()), label=pgettext_lazy("order", "Late")
    )
    is_to_ship = AmongFilter(lambda: orders_to_ship(SalesOrder.objects.all()), label=_("Can be shipped"))


class SalesOrderLineFilterSet(derive_filterset(SalesOrderLine, LINE_FILTERS)):  # type: ignore[misc]
    """Filters of lines: also by the day that they are due, and whether they were delivered by then."""

    due = django_filters.DateFromToRangeFilter(label=_("Due on"), widget=DateRangeWidget())
    is_on_time = AmongFilter(
        lambda: delivered_in_time(with_due(SalesOrderLine.objects.all())), label=_("Delivered in time")
    )


@register
class SalesOrderPages(PageSet):
    """Orders of customers."""

    model = SalesOrder
    icon = "shopping-cart"
    description = _("What customers ordered, and how far it is delivered.")
    columns = (
        "number",
        Column("party", sort="party__name", phone="p-full"),
        "status",
        "document_date",
        "requested_on",
        "warehouse",
        Column("gross_total", phone="p-end"),
        Column("owner", phone="p-start"),
    )
    optional_columns = (
        "customer_reference",
        "external_key",
        "contract",
        "currency",
        "net_total",
        "confirmed_at",
        "created_at",
    )
    filterset = SalesOrderFilterSet
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("To be delivered"), "status=CONFIRMED&status=PARTIAL"),
        View(_("Can be shipped"), "is_to_ship=true"),
        View(pgettext_lazy("order", "Late"), "is_late=true", is_hot=True),
        View(_("In approval"), "status=APPROVING"),
    )
    totals = ("gross_total",)
    summary = (
        "party",
        "document_date",
        "requested_on",
        "warehouse",
        "contract",
        "customer_reference",
        "confirmed_at",
        "owner",
    )
    panels = (
        Children(
            "lines",
            "item",
            "quantity",
            "unit",
            "unit_price",
            "net_amount",
            "requested_on",
            "promised_on",
            "delivered",
            Column("state", label=_("State"), render=line_state, sort=""),
            title=_("Lines"),
            has_totals=True,
        ),
        Children("deliveries", "number", "document_date", "warehouse", "status", link=True),
        PROMISE_CHANGES,
        Attributes(
            "payment_terms", "currency", "exchange_rate", "discount_amount", "external_key", "ship_to", "remarks"
        ),
    )
    fields = (
        (_("Customer"), ("party", "customer_reference", "ship_to")),
        (
            _("Terms"),
            (
                "document_date",
                "requested_on",
                "warehouse",
                "currency",
                "exchange_rate",
                "price_includes_tax",
                "payment_terms",
                "discount_amount",
                "owner",
            ),
        ),
        (_("For the customer"), ("remarks",)),
    )
    form = SalesOrderForm
    lines = Lines(SalesOrderLine, "lines", LINE_FIELDS, title=_("Lines"), advise=advise_order)
    create_service = services.create_order
    update_service = services.update_order
    import_fields = (
        "external_key",
        "party",
        "customer_reference",
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
        "line_requested_on",
        "is_draft",
    )
    import_key = "external_key"
    import_service = import_open_orders
    import_filled = ("currency", "warehouse", "owner")
    import_options = {"is_draft": LEFT_AS_DRAFT}
    import_headings = {
        **ORDER_HEADINGS,
        "party": ("客户", "客户号", "客户编码", "客户名称", "客户简称", "customer", "customer ID", "customer code"),
        "customer_reference": (
            "客户订单号",
            "客户单号",
            "customers own ord ID",
            "customer PO",
            "customer order number",
        ),
        "line_requested_on": (
            "要求交货期",
            "交货日期",
            "需求日期",
            "交期",
            "req del date",
            "required date",
            "due date",
        ),
    }
    operations = frozenset({"add", "change"})
    editable_states = frozenset({OrderStatus.DRAFT})
    prints = ORDER_PRINTS
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
            services.apply_price_lists,
            _("Prices from the price lists"),
            "change",
            icon="tags",
            name="price",
            states={OrderStatus.DRAFT},
        ),
        Action(
            services.approve_order,
            _("Approve"),
            "approve",
            icon="check",
            states={OrderStatus.APPROVING},
            primary_in={OrderStatus.APPROVING},
        ),
        Action(
            deliveries.ship_order,
            _("Deliver"),
            "deliver",
            icon="truck-delivery",
            form=ShipForm,
            states=OPEN,
            primary_in=OPEN,
            opens_result=True,
        ),
        Action(
            services.change_promises,
            _("Promised dates"),
            "change",
            icon="calendar-event",
            form=PromiseForm,
            name="promise",
            states=OPEN,
        ),
        Action(
            services.reject_order,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={OrderStatus.APPROVING},
        ),
        Action(
            services.close_order,
            _("Close"),
            "change",
            icon="lock",
            form=ReasonForm,
            states={OrderStatus.CONFIRMED, OrderStatus.PARTIAL, OrderStatus.DELIVERED},
        ),
        Action(
            services.cancel_order,
            _("Cancel the order"),
            "cancel",
            icon="ban",
            form=ReasonForm,
            states={OrderStatus.DRAFT, OrderStatus.APPROVING, OrderStatus.CONFIRMED},
            is_danger=True,
        ),
    )
    permissions = {"exceed_credit": _("Confirm beyond the credit limit")}
    is_searchable = True
    list_select = ("party", "owner", "currency")

    def heading(self, obj: SalesOrder) -> tuple[Any, Any]:
        return obj.number, str(obj.party)

    def badges(self, obj: SalesOrder) -> list[Any]:
        waits = obj.status == OrderStatus.APPROVING and obj.party.credit_limit is not None
        return [badge(_t("Beyond the credit limit"), "late")] if waits and excess_of(obj, lock=False) else []

    def amount(self, obj: SalesOrder) -> tuple[Any, Any]:
        return f"{obj.currency.symbol}{obj.gross_total:,.2f}", _t("with tax")

    def hit(self, obj: SalesOrder) -> tuple[Any, Any, Any]:
        return obj.number, str(obj.party), ""

    def initial(self, request: Any) -> dict[str, Any]:
        company = default_company()
        return {
            "currency": company.base_currency_id,
            "warehouse": default_warehouse(company).pk,
            "owner": request.user.pk,
            "requested_on": timezone.localdate(),
            "discount_amount": Decimal(0),
        }


@register
class SalesOrderLinePages(PageSet):
    """Lines of orders, to see across orders what is to be delivered."""

    model = SalesOrderLine
    icon = "list-details"
    description = _("Every line of every order: what is open, in stock, and missing.")
    columns = (
        Column("document", label=_("Sales order"), phone="p-start"),
        Column("document__party", label=_("Customer"), phone="p-full", sort="document__party__name"),
        Column("item", phone="p-full"),
        "requested_on",
        "promised_on",
        "base_quantity",
        "delivered",
        Column("state", label=_("State"), render=line_state, sort="", phone="p-end"),
    )
    filterset = SalesOrderLineFilterSet
    ordering = "-document__document_date"
    operations = frozenset()
    has_activity = False
    list_select = ("document__party", "item")

    def annotate(self, queryset: Any) -> Any:
        return with_due(with_kept(queryset))


@register
class DeliveryPages(GoodsPaperPages):
    """What went to customers."""

    model = Delivery
    icon = "truck-delivery"
    description = _("What went to customers, with whom, and whether they signed for it.")
    columns = (
        "number",
        Column("order__party", label=_("Customer"), sort="order__party__name", phone="p-full"),
        "status",
        "document_date",
        Column("order", phone="p-start"),
        "warehouse",
        "carrier",
        "tracking_number",
    )
    filters = ("status", "order", "warehouse", "document_date", "owner")
    ordering = "-created_at"
    views = (View(_("On the way"), "status=SHIPPED"),)
    summary = ("order", "document_date", "warehouse", "carrier", "tracking_number", "signed_on", "owner")
    panels = (
        Children(
            "lines",
            Column("order_line__item", label=_("Item")),
            Column("move__lot", label=_("Lot")),
            "quantity",
            "returned",
            title=_("Lines"),
        ),
        Children("returns", "number", "document_date", "reason", link=True),
    )
    operations = frozenset()
    prints = DELIVERY_PRINTS
    actions = (
        Action(
            deliveries.sign_delivery,
            _("Signed for"),
            "change",
            icon="signature",
            form=SignedForm,
            states={DeliveryStatus.SHIPPED},
            primary_in={DeliveryStatus.SHIPPED},
        ),
        Action(
            deliveries.receive_return,
            _("Take goods back"),
            "return",
            icon="arrow-back",
            form=ReturnForm,
            name="return",
            opens_result=True,
        ),
    )
    is_searchable = True
    list_select = ("order__party",)

    def order_of(self, obj: Delivery) -> SalesOrder:
        return obj.order


@register
class CustomerReturnPages(GoodsPaperPages):
    """What customers sent back."""

    model = CustomerReturn
    icon = "arrow-back"
    description = _("What customers sent back and why; it waits for inspection in the stock.")
    columns = (
        "number",
        Column("delivery__order__party", label=_("Customer"), sort="delivery__order__party__name", phone="p-full"),
        "document_date",
        Column("delivery", phone="p-start"),
        "warehouse",
        "reason",
    )
    filters = ("delivery", "warehouse", "document_date", "owner")
    ordering = "-created_at"
    summary = ("delivery", "document_date", "warehouse", "reason", "owner")
    panels = (
        Children(
            "lines",
            Column("delivery_line__order_line__item", label=_("Item")),
            "quantity",
            title=_("Lines"),
        ),
    )
    operations = frozenset()
    prints = RETURN_PRINTS
    is_searchable = True
    list_select = ("delivery__order__party",)

    def order_of(self, obj: CustomerReturn) -> SalesOrder:
        return obj.delivery.order
