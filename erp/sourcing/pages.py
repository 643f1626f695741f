"""Pages of requests for quotation, supplier quotes and blanket orders."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.masterdata.services import default_warehouse
from erp.purchasing.choices import RequestStatus as RequisitionStatus
from erp.purchasing.models import PurchaseRequest
from erp.sourcing import awards, blankets, requests
from erp.sourcing.choices import OPEN_REQUESTS, BlanketStatus, QuoteStatus, RequestStatus
from erp.sourcing.forms import WEEK, AskForm, AwardForm, CallOffForm, DropForm, QuoteForm, RequestForm, ScheduleForm
from erp.sourcing.models import (
    BlanketLine,
    BlanketOrder,
    BlanketSchedule,
    RequestForQuotation,
    RequestLine,
    SupplierQuote,
)
from erp.sourcing.presenting import comparison_of
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column
from suite.pages.filters import BaseFilterSet, BoolFilter, derive_filter
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import add_action, register, tab


class RequestFilterSet(BaseFilterSet):
    """Requests by what they are, and those whose quotes are due."""

    status = derive_filter(RequestForQuotation, "status")
    warehouse = derive_filter(RequestForQuotation, "warehouse")
    suppliers = derive_filter(RequestForQuotation, "suppliers")
    owner = derive_filter(RequestForQuotation, "owner")
    due_on = derive_filter(RequestForQuotation, "due_on")
    is_due = BoolFilter(method="filter_due", label=_("quotes are due"))

    class Meta:
        model = RequestForQuotation
        fields: tuple[str, ...] = ()

    def filter_due(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Keep the requests that wait for an award past their day, or all others."""
        due = {"status__in": OPEN_REQUESTS, "due_on__lte": timezone.localdate()}
        return queryset.filter(**due) if value else queryset.exclude(**due)


class BlanketFilterSet(BaseFilterSet):
    """Blanket orders by what they are, and those with a planned delivery that is due."""

    status = derive_filter(BlanketOrder, "status")
    supplier = derive_filter(BlanketOrder, "supplier")
    warehouse = derive_filter(BlanketOrder, "warehouse")
    owner = derive_filter(BlanketOrder, "owner")
    valid_to = derive_filter(BlanketOrder, "valid_to")
    is_due = BoolFilter(method="filter_due", label=_("a delivery is due"))

    class Meta:
        model = BlanketOrder
        fields: tuple[str, ...] = ()

    def filter_due(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Keep the blanket orders in force of which something due is not called off, or all others."""
        open_rows = BlanketSchedule.objects.filter(
            line__blanket=OuterRef("pk"), order_line__isnull=True, due_on__lte=timezone.localdate()
        )
        found = queryset.filter(Exists(open_rows), status__in=blankets.CALLABLE)
        return found if value else queryset.exclude(pk__in=found.values("pk"))


@register
class RequestForQuotationPages(PageSet):
    """Requests for quotation."""

    model = RequestForQuotation
    slug = "rfqs"
    icon = "mail-question"
    description = _("What suppliers are asked the price of; made from approved requisitions or by hand.")
    columns = (
        "number",
        Column("subject", phone="p-full"),
        "status",
        "warehouse",
        Column("due_on", phone="p-start"),
        Column("owner", phone="p-end"),
    )
    optional_columns = ("created_at", "award_reason")
    filterset = RequestFilterSet
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("To be compared"), "status=SENT"),
        View(_("Due"), "is_due=true", is_hot=True),
    )
    summary = ("warehouse", "subject", "due_on", "owner", "award_reason")
    panels = (
        Children("lines", "item", "needed_on", "request_line__request", "remark", "unit", "quantity"),
        Children("invitations", "supplier", title=_("Suppliers")),
        Children("quotes", "number", "quoted_on", "valid_until", "status", "supplier", title=_("Quotes"), link=True),
        Attributes("remarks"),
    )
    form = RequestForm
    fields = (
        (_("Request"), ("warehouse", "subject", "due_on", "owner")),
        (_("Suppliers"), ("suppliers", "remarks")),
    )
    lines = Lines(
        RequestLine, "lines", ("item", "quantity", "unit", "needed_on", "remark"), title=_("Lines"), has_totals=False
    )
    create_service = requests.create_rfq
    update_service = requests.update_rfq
    operations = frozenset({"add", "change"})
    editable_states = frozenset({RequestStatus.DRAFT})
    print_template = "erp/sourcing/print_rfq.html"
    actions = (
        Action(
            requests.send_rfq,
            _("Send"),
            "change",
            icon="send",
            states={RequestStatus.DRAFT},
            primary_in={RequestStatus.DRAFT},
        ),
        Action(
            requests.record_quote,
            _("Enter quote"),
            "change",
            icon="file-import",
            form=QuoteForm,
            name="quote",
            states=frozenset(OPEN_REQUESTS),
            primary_in={RequestStatus.SENT},
        ),
        Action(requests.compare_rfq, _("Compare"), "change", icon="scale", states={RequestStatus.SENT}),
        Action(
            awards.award_rfq,
            _("Award"),
            "award",
            icon="award",
            form=AwardForm,
            states=frozenset(OPEN_REQUESTS),
            primary_in={RequestStatus.COMPARED},
        ),
        Action(
            requests.close_rfq,
            _("Close"),
            "change",
            icon="lock",
            states={RequestStatus.AWARDED},
        ),
        Action(
            requests.cancel_rfq,
            _("Cancel request"),
            "cancel",
            icon="ban",
            form=ReasonForm,
            states={RequestStatus.DRAFT, *OPEN_REQUESTS},
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("warehouse", "owner")

    def heading(self, obj: RequestForQuotation) -> tuple[Any, Any]:
        return obj.number, obj.subject or str(obj.warehouse)

    def initial(self, request: Any) -> dict[str, Any]:
        return {
            "owner": request.user.pk,
            "warehouse": default_warehouse(default_company()).pk,
            "due_on": timezone.localdate() + WEEK,
        }


@tab(RequestForQuotation, title=_("Comparison"), permission="erp.view_supplierquote")
def comparison(request: Any, rfq: RequestForQuotation) -> tuple[str, dict[str, Any]]:
    """The quotes side by side."""
    return "erp/sourcing/comparison.html", comparison_of(rfq, timezone.localdate())


add_action(
    PurchaseRequest,
    Action(
        requests.ask_suppliers,
        _("Ask for quotes"),
        "order",
        icon="mail-question",
        form=AskForm,
        states={RequisitionStatus.APPROVED},
        opens_result=True,
    ),
)


@register
class SupplierQuotePages(PageSet):
    """What suppliers quoted."""

    model = SupplierQuote
    icon = "receipt-2"
    description = _("What suppliers quoted; entered on the request for quotation.")
    columns = (
        "number",
        Column("supplier", sort="supplier__name", phone="p-full"),
        Column("rfq__number", label=_("Request for quotation")),
        "status",
        "currency",
        Column("quoted_on", phone="p-start"),
        Column("valid_until", phone="p-end"),
    )
    optional_columns = ("supplier_reference", "price_includes_tax", "exchange_rate", "owner", "created_at")
    filters = ("status", "supplier", "rfq", "currency", "quoted_on", "valid_until", "owner")
    ordering = "-created_at"
    views = (View(QuoteStatus.RECEIVED.label, f"status={QuoteStatus.RECEIVED.value}"),)
    summary = ("supplier", "rfq", "quoted_on", "valid_until", "currency", "price_includes_tax", "exchange_rate")
    panels = (
        Children(
            "lines",
            Column("rfq_line__item", label=_("Item")),
            Column("rfq_line__unit", label=_("Unit")),
            "minimum_quantity",
            "lead_time_days",
            "remark",
            "tax_rate",
            "unit_price",
            title=_("Prices"),
        ),
        Attributes("supplier_reference", "owner"),
    )
    operations = frozenset()
    is_searchable = True
    list_select = ("supplier", "rfq", "currency")

    def heading(self, obj: SupplierQuote) -> tuple[Any, Any]:
        return obj.number, str(obj.supplier)


@register
class BlanketOrderPages(PageSet):
    """Blanket orders."""

    model = BlanketOrder
    icon = "calendar-repeat"
    description = _("Quantities and prices agreed with a supplier for a period, called off by schedule.")
    columns = (
        "number",
        Column("supplier", sort="supplier__name", phone="p-full"),
        "status",
        "warehouse",
        Column("valid_from", phone="p-start"),
        "valid_to",
        Column("owner", phone="p-end"),
    )
    optional_columns = ("currency", "price_includes_tax", "supplier_reference", "created_at")
    filterset = BlanketFilterSet
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("In force"), "status=ACTIVE"),
        View(_("Due"), "is_due=true", is_hot=True),
    )
    summary = ("supplier", "warehouse", "valid_from", "valid_to", "currency", "price_includes_tax", "owner")
    panels = (
        Children("lines", "item", "unit_price", "unit", "quantity", title=_("Lines")),
        Children(
            "schedule",
            "due_on",
            Column("line__item", label=_("Item")),
            Column("order_line__document", label=_("Called off by")),
            "quantity",
            title=_("Schedule"),
        ),
        Children("call_offs", "order", "actor", "at", title=_("Call-offs")),
        Attributes("supplier_reference", "remarks"),
    )
    fields = (
        (_("Supplier"), ("supplier", "warehouse", "supplier_reference")),
        (_("Terms"), ("currency", "price_includes_tax", "valid_from", "valid_to", "owner")),
        (_("Remarks"), ("remarks",)),
    )
    lines = Lines(BlanketLine, "lines", ("item", "quantity", "unit", "unit_price"), title=_("Lines"), has_totals=False)
    create_service = blankets.create_blanket
    update_service = blankets.update_blanket
    operations = frozenset({"add", "change"})
    editable_states = frozenset({BlanketStatus.DRAFT})
    actions = (
        Action(
            blankets.activate_blanket,
            _("Bring into force"),
            "approve",
            icon="check",
            states={BlanketStatus.DRAFT},
            primary_in={BlanketStatus.DRAFT},
        ),
        Action(
            blankets.call_off,
            _("Call off"),
            "call_off",
            icon="shopping-cart",
            form=CallOffForm,
            name="call-off",
            states=frozenset(blankets.CALLABLE),
            primary_in={BlanketStatus.ACTIVE},
            opens_result=True,
        ),
        Action(
            blankets.schedule_deliveries,
            _("Plan deliveries"),
            "change",
            icon="calendar-plus",
            form=ScheduleForm,
            states=frozenset(blankets.PLANNED),
        ),
        Action(
            blankets.drop_schedule,
            _("Take planned deliveries back"),
            "change",
            icon="calendar-minus",
            form=DropForm,
            states=frozenset(blankets.PLANNED),
        ),
        Action(
            blankets.end_blanket,
            _("End blanket order"),
            "change",
            icon="ban",
            form=ReasonForm,
            states=frozenset(blankets.PLANNED),
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("supplier", "warehouse", "owner")

    def heading(self, obj: BlanketOrder) -> tuple[Any, Any]:
        return obj.number, str(obj.supplier)

    def initial(self, request: Any) -> dict[str, Any]:
        company = default_company()
        return {
            "currency": company.base_currency_id,
            "owner": request.user.pk,
            "warehouse": default_warehouse(company).pk,
        }
