"""Pages of quotations, contracts, payment plans and receipts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.contracts import approving, quotations, services
from crm.contracts.choices import ContractStatus, QuotationStatus, ReceiptStatus
from crm.contracts.forms import ContractForm, CopyForm, DrawUpForm, PlanForm, QuotationForm, ReceiptForm, SignForm
from crm.contracts.models import (
    Contract,
    ContractLine,
    PaymentPlan,
    Quotation,
    QuotationLimit,
    QuotationLine,
    Receipt,
)
from crm.contracts.panels import MarginPanel, VersionsPanel
from crm.contracts.printing import both_languages, in_one_language
from crm.contracts.selectors import confirmed, live_plans, overdue_plans, with_paid
from crm.insights.stock import advise_offer
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity
from suite.access.restrict import restrict
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.filters import AmongFilter, derive_filterset
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.prints import Print
from suite.pages.registry import add_action, register

LINE_FIELDS = ("item", "description", "quantity", "unit", "unit_price", "discount_percent", "tax_rate")
LINE_COLUMNS = ("item", "description", "quantity", "unit", "unit_price", "discount_percent", "tax_rate", "net_amount")


class SalesDocumentPages(PageSet):
    """What the pages of quotations and contracts share."""

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.number, obj.title or str(obj.customer)

    def subtitle(self, obj: Any) -> Any:
        return obj.title

    def amount(self, obj: Any) -> tuple[Any, Any]:
        return f"{obj.currency.symbol}{obj.gross_total:,.2f}", _t("with tax")

    def hit(self, obj: Any) -> tuple[Any, Any, Any]:
        return f"{obj.number} {obj.title}".strip(), str(obj.customer), ""

    def initial(self, request: Any) -> dict[str, Any]:
        company = default_company()
        return {"currency": company.base_currency_id, "owner": request.user.pk, **self._from_opportunity(request)}

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("customer__party")

    def _asked_opportunity(self, request: Any) -> Opportunity | None:
        """The opportunity that a new document begins with, if the user may see it."""
        asked = request.GET.get("opportunity", "")
        if not asked.isdecimal():
            return None
        return restrict(Opportunity.objects.filter(pk=asked), user=request.user).first()

    def _from_opportunity(self, request: Any) -> dict[str, Any]:
        opportunity = self._asked_opportunity(request)
        if opportunity is None:
            return {}
        return {"customer": opportunity.customer_id, "contact": opportunity.contact_id, "title": opportunity.name}

    def line_initial(self, request: Any) -> list[dict[str, Any]]:
        """The products of the opportunity that the document begins with."""
        opportunity = self._asked_opportunity(request)
        rows = quotations.lines_from_opportunity(opportunity) if opportunity is not None else []
        return [{**row, "tax_rate": None} if row["item"] is None else row for row in rows]


def plan_badge(plan: Any) -> Any:
    """How a part of a plan stands."""
    if plan.paid >= plan.amount:
        return badge(_t("Paid"), "done")
    if plan.due_date < timezone.localdate():
        return badge(_t("Overdue"), "late")
    return badge(_t("Partly paid"), "part") if plan.paid else badge(_t("To be paid"), "wait")


def _is_drawn_up(quotation: Quotation, user: Any) -> Any:
    existing = services.live_contract_of(quotation)
    return services.drawn_up_already(existing) if existing is not None else ""


RECEIVED = Column("paid", label=_("Received"), align="num", sort="", field=PaymentPlan._meta.get_field("amount"))
STANDING = Column("state", label=_("State"), render=plan_badge, sort="")


@register
class QuotationPages(SalesDocumentPages):
    """Quotations in their versions."""

    model = Quotation
    icon = "file-text"
    description = _("Offers to customers, with versions and a printed form.")
    columns = (
        "number",
        Column("customer", sort="customer__party__name", phone="p-full"),
        "status",
        "revision",
        "document_date",
        "valid_until",
        Column("gross_total", phone="p-end"),
        Column("owner", phone="p-start"),
    )
    optional_columns = (
        "opportunity",
        "currency",
        "net_total",
        "tax_total",
        "max_discount_percent",
        "margin_percent",
        "cost_total",
        "created_at",
    )
    filters = ("status", "customer", "owner", "opportunity", "document_date", "valid_until", "gross_total")
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("In approval"), "status=APPROVING"),
        View(_("Waiting for the customer"), "status=SENT"),
    )
    permissions: ClassVar[Mapping[str, Any]] = {"view_margin": _("See cost and margin of quotations")}
    totals = ("gross_total",)
    summary = ("customer", "contact", "document_date", "valid_until", "opportunity", "revision", "owner")
    panels = (
        Children("lines", *LINE_COLUMNS, title=_("Lines"), has_totals=True),
        Attributes("max_discount_percent", "margin_percent", "cost_total", title=_("Discount and margin")),
        MarginPanel(),
        VersionsPanel(),
        Attributes("payment_terms", "delivery_terms", "currency", "exchange_rate", "discount_amount", "remarks"),
    )
    fields = (
        (_("Customer"), ("customer", "contact", "opportunity", "title")),
        (
            _("Terms"),
            (
                "document_date",
                "valid_until",
                "currency",
                "exchange_rate",
                "price_includes_tax",
                "payment_terms",
                "delivery_terms",
                "discount_amount",
                "owner",
            ),
        ),
        (_("For the customer"), ("remarks",)),
    )
    form = QuotationForm
    lines = Lines(QuotationLine, "lines", LINE_FIELDS, title=_("Lines"), advise=advise_offer)
    create_service = quotations.create_quotation
    update_service = quotations.update_quotation
    operations = frozenset({"add", "change"})
    editable_states = frozenset({QuotationStatus.DRAFT, QuotationStatus.APPROVED})
    prints: ClassVar[Mapping[str, Print]] = {
        "": Print(_("Quotation"), "crm/print_quotation.html", in_one_language),
        "bilingual": Print(_("Quotation, Chinese and English"), "crm/print_quotation_bilingual.html", both_languages),
    }
    actions = (
        Action(
            quotations.send_quotation,
            _("Mark as sent"),
            "change",
            icon="send",
            states={QuotationStatus.DRAFT, QuotationStatus.APPROVED},
            refusal=approving.why_not_send,
            primary_in={QuotationStatus.DRAFT, QuotationStatus.APPROVED},
        ),
        Action(
            approving.submit_quotation,
            _("Submit for approval"),
            "change",
            icon="file-check",
            states={QuotationStatus.DRAFT},
            refusal=approving.why_not_submit,
            primary_in={QuotationStatus.DRAFT},
        ),
        Action(
            approving.approve_quotation,
            _("Approve"),
            "approve",
            icon="check",
            states={QuotationStatus.APPROVING},
            primary_in={QuotationStatus.APPROVING},
        ),
        Action(
            approving.return_quotation,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={QuotationStatus.APPROVING, QuotationStatus.APPROVED},
        ),
        Action(
            quotations.accept_quotation,
            _("Accepted"),
            "change",
            icon="check",
            states={QuotationStatus.SENT},
            primary_in={QuotationStatus.SENT},
        ),
        Action(
            services.create_contract_from_quotation,
            _("Draw up the contract"),
            "change",
            icon="file-certificate",
            form=DrawUpForm,
            name="contract",
            states={QuotationStatus.ACCEPTED},
            refusal=_is_drawn_up,
            primary_in={QuotationStatus.ACCEPTED},
            opens_result=True,
        ),
        Action(
            quotations.reject_quotation,
            _("Declined"),
            "change",
            icon="x",
            form=ReasonForm,
            states={QuotationStatus.SENT},
        ),
        Action(
            quotations.revise_quotation,
            _("New version"),
            "change",
            icon="versions",
            states={
                QuotationStatus.DRAFT,
                QuotationStatus.APPROVED,
                QuotationStatus.SENT,
                QuotationStatus.REJECTED,
                QuotationStatus.EXPIRED,
            },
            opens_result=True,
        ),
        Action(
            quotations.copy_quotation,
            _("Copy"),
            "add",
            icon="copy",
            form=CopyForm,
            opens_result=True,
        ),
    )
    is_searchable = True
    list_select = ("customer__party", "owner", "currency")

    def annotate(self, queryset: Any) -> Any:
        return queryset.select_related("currency")


@register
class QuotationLimitPages(PageSet):
    """How far roles may go in quotations without approval."""

    model = QuotationLimit
    icon = "shield-check"
    description = _("Up to which discount, and from which margin on, a role may send quotations without approval.")
    columns = (
        Column("role", render=str, sort="", phone="p-full"),
        Column("max_discount_percent", phone="p-start"),
        Column("min_margin_percent", phone="p-end"),
        "is_unknown_margin_enough",
        "company",
        "is_active",
    )
    filters = ("role", "is_active")
    fields = (
        "role",
        "company",
        "max_discount_percent",
        "min_margin_percent",
        "is_unknown_margin_enough",
        "is_active",
    )
    summary = ("role", "company", "max_discount_percent", "min_margin_percent", "is_unknown_margin_enough", "is_active")
    ordering = "pk"
    is_small = True
    has_activity = False


def _why_no_quotation(opportunity: Opportunity, user: Any) -> Any:
    return "" if user.has_perm("crm.add_quotation") else _t("You may not write quotations.")


add_action(
    Opportunity,
    Action(
        quotations.create_quotation_from_opportunity,
        _("Draw up a quotation"),
        "change",
        icon="file-text",
        name="quotation",
        states={OpportunityStatus.OPEN},
        refusal=_why_no_quotation,
        opens_result=True,
    ),
)


@register
class ContractPages(SalesDocumentPages):
    """Contracts with plan and receipts."""

    model = Contract
    icon = "file-certificate"
    description = _("What customers ordered, what they owe and what they paid.")
    columns = (
        "number",
        Column("customer", sort="customer__party__name", phone="p-full"),
        "status",
        "signed_on",
        "net_total",
        Column("gross_total", phone="p-end"),
        Column("received", label=_("Received"), align="num", field=PaymentPlan._meta.get_field("amount"), sort=""),
        Column("owner", phone="p-start"),
    )
    optional_columns = ("title", "customer_reference", "delivery_date", "document_date", "currency", "created_at")
    filters = ("status", "customer", "owner", "opportunity", "signed_on", "document_date", "gross_total")
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("In approval"), "status=APPROVING"),
        View(_("Executing"), "status=EXECUTING"),
    )
    totals = ("net_total", "gross_total")
    permissions: ClassVar[Mapping[str, Any]] = {"oversee": _("See the board of the whole company")}
    summary = (
        "customer",
        "contact",
        "signed_on",
        "delivery_date",
        "customer_reference",
        "opportunity",
        "quotation",
        "owner",
    )
    panels = (
        Children("lines", *LINE_COLUMNS, title=_("Lines"), has_totals=True),
        Children("plans", "label", "due_date", "amount", RECEIVED, STANDING, title=_("Payment plan")),
        Children("receipts", "number", "received_on", "amount", "method", "status", link=True),
        Attributes("payment_terms", "delivery_terms", "currency", "exchange_rate", "discount_amount", "remarks"),
    )
    fields = (
        (_("Customer"), ("customer", "contact", "opportunity", "title")),
        (
            _("Terms"),
            (
                "document_date",
                "starts_on",
                "ends_on",
                "delivery_date",
                "currency",
                "exchange_rate",
                "price_includes_tax",
                "payment_terms",
                "delivery_terms",
                "discount_amount",
                "customer_reference",
                "owner",
            ),
        ),
        (_("For the customer"), ("remarks",)),
    )
    form = ContractForm
    lines = Lines(ContractLine, "lines", LINE_FIELDS, title=_("Lines"), advise=advise_offer)
    create_service = services.create_contract
    update_service = services.update_contract
    operations = frozenset({"add", "change"})
    editable_states = frozenset({ContractStatus.DRAFT})
    print_template = "crm/print_contract.html"
    actions = (
        Action(
            services.submit_contract,
            _("Submit"),
            "change",
            icon="send",
            states={ContractStatus.DRAFT},
            primary_in={ContractStatus.DRAFT},
        ),
        Action(
            services.approve_contract,
            _("Approve"),
            "approve",
            icon="check",
            states={ContractStatus.APPROVING},
            primary_in={ContractStatus.APPROVING},
        ),
        Action(
            services.sign_contract,
            _("Signed by both sides"),
            "change",
            icon="signature",
            form=SignForm,
            states={ContractStatus.APPROVED},
            primary_in={ContractStatus.APPROVED},
        ),
        Action(
            services.record_receipt,
            _("Record receipt"),
            "receive",
            icon="cash",
            form=ReceiptForm,
            name="receipt",
            states={ContractStatus.APPROVED, ContractStatus.EXECUTING},
            primary_in={ContractStatus.EXECUTING},
        ),
        Action(
            services.plan_from_terms,
            _("Payment plan from terms"),
            "change",
            icon="calendar-dollar",
            form=PlanForm,
            states={ContractStatus.DRAFT, ContractStatus.APPROVED, ContractStatus.EXECUTING},
        ),
        Action(
            services.reject_contract,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={ContractStatus.APPROVING, ContractStatus.APPROVED},
        ),
        Action(services.close_contract, _("Close"), "change", icon="lock", states={ContractStatus.EXECUTING}),
        Action(
            services.reopen_contract,
            _("Take up again"),
            "approve",
            icon="refresh",
            form=ReasonForm,
            states={ContractStatus.CLOSED},
        ),
        Action(
            services.void_contract,
            _("Void"),
            "void",
            icon="ban",
            form=ReasonForm,
            states={
                ContractStatus.DRAFT,
                ContractStatus.APPROVING,
                ContractStatus.APPROVED,
                ContractStatus.EXECUTING,
            },
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("customer__party", "owner", "currency")

    def annotate(self, queryset: Any) -> Any:
        return queryset.select_related("currency").annotate(received=confirmed(contract=OuterRef("pk")))


class PaymentPlanFilterSet(derive_filterset(PaymentPlan, ("due_date", "contract", "amount"))):  # type: ignore[misc]
    """Filters of payment plans: also by how a part stands."""

    is_overdue = AmongFilter(
        lambda: overdue_plans(PaymentPlan.objects.all(), on=timezone.localdate()), label=_("Overdue")
    )
    is_live = AmongFilter(lambda: live_plans(PaymentPlan.objects.all()), label=_("Not void"))


@register
class PaymentPlanPages(PageSet):
    """What is due when."""

    model = PaymentPlan
    icon = "calendar-dollar"
    description = _("When customers have to pay which part of their contracts.")
    columns = (
        Column("contract__number", label=_("Contract")),
        Column("contract__customer__party__name", label=_("Customer"), phone="p-full"),
        "label",
        Column("due_date", phone="p-start"),
        Column("amount", phone="p-end"),
        RECEIVED,
        STANDING,
    )
    filterset = PaymentPlanFilterSet
    ordering = "-due_date"
    views = (View(_("Overdue"), "is_overdue=true"),)
    totals = ("amount",)
    summary = ("contract", "due_date", "amount", "label")
    panels = (Children("receipts", "number", "received_on", "amount", "status", link=True),)
    operations = frozenset()
    has_activity = False
    list_select = ("contract__customer__party",)

    def annotate(self, queryset: Any) -> Any:
        return with_paid(queryset)

    def heading(self, obj: PaymentPlan) -> tuple[Any, Any]:
        return obj.contract.number, obj.label or str(obj)


@register
class ReceiptPages(PageSet):
    """Money of customers."""

    model = Receipt
    icon = "cash"
    description = _("Money that customers paid on their contracts; recorded on the contract.")
    columns = (
        "number",
        Column("customer", sort="", phone="p-full"),
        Column("contract__number", label=_("Contract")),
        "status",
        Column("received_on", phone="p-start"),
        "method",
        Column("amount", phone="p-end"),
    )
    optional_columns = ("bank_reference", "note", "created_at")
    filters = ("status", "customer", "contract", "received_on", "method", "amount")
    ordering = "-received_on"
    views = (View(_("To be confirmed"), "status=SUBMITTED"),)
    totals = ("amount",)
    summary = ("customer", "contract", "plan", "received_on", "amount", "method", "bank_reference", "note")
    operations = frozenset()
    actions = (
        Action(
            services.confirm_receipt,
            _("Confirm"),
            "confirm",
            icon="check",
            states={ReceiptStatus.SUBMITTED},
            primary_in={ReceiptStatus.SUBMITTED},
            bulk=True,
        ),
        Action(
            services.void_receipt,
            _("Void"),
            "void",
            icon="ban",
            form=ReasonForm,
            states={ReceiptStatus.SUBMITTED, ReceiptStatus.CONFIRMED},
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("customer__party", "contract")

    def heading(self, obj: Receipt) -> tuple[Any, Any]:
        return obj.number, f"{obj.customer}"

    def amount(self, obj: Receipt) -> tuple[Any, Any]:
        return f"{obj.contract.currency.symbol}{obj.amount:,.2f}", obj.get_method_display()
