"""Pages of price lists and price agreements."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.pricing import services
from erp.pricing.choices import AgreementStatus
from erp.pricing.forms import PriceListForm, RaiseForm
from erp.pricing.models import PriceAgreement, PriceAgreementLine, PriceList, PriceListLine
from suite.masters.pages import ACTIVE
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register


@register
class PriceListPages(PageSet):
    """Price lists for customers."""

    model = PriceList
    icon = "tags"
    description = _("What customers pay: lists for everybody, for a province, or for chosen customers and groups.")
    columns = (
        "name",
        Column("audience", phone="p-end"),
        "region",
        "currency",
        "price_includes_tax",
        Column("valid_from", phone="p-start"),
        "valid_to",
        ACTIVE,
    )
    optional_columns = ("company", "created_at")
    filters = ("audience", "currency", "customers", "is_active", "valid_to")
    ordering = "name"
    summary = ("audience", "region", "currency", "price_includes_tax", "valid_from", "valid_to", ACTIVE)
    panels = (
        Children(
            "lines",
            "item",
            "unit",
            "minimum_quantity",
            "valid_from",
            "valid_to",
            "discount_percent",
            "unit_price",
            title=_("Prices"),
            link=True,
            create_label=_("New price"),
        ),
        Children("parties", "party", title=_("Customers and groups")),
    )
    form = PriceListForm
    fields = (
        (_("Price list"), ("name", "currency", "price_includes_tax")),
        (_("For whom"), ("audience", "region", "customers")),
        (_("When"), ("valid_from", "valid_to", "is_active")),
    )
    create_service = services.create_price_list
    operations = frozenset({"add", "change"})
    bulk_fields = ("valid_to", "is_active")
    actions = (
        Action(
            services.raise_prices,
            _("Raise prices"),
            "change",
            icon="percentage",
            form=RaiseForm,
            bulk=True,
        ),
    )
    is_searchable = True

    def initial(self, request: Any) -> dict[str, Any]:
        return {"currency": default_company().base_currency_id}

    def hit(self, obj: PriceList) -> tuple[Any, Any, Any]:
        return obj.name, obj.get_audience_display(), ""


@register
class PriceListLinePages(PageSet):
    """The prices of all lists."""

    model = PriceListLine
    slug = "list-prices"
    icon = "tag"
    description = _("Every price of every list; import them from a file by the code of the item.")
    columns = (
        Column("item", sort="item__code", phone="p-full"),
        Column("price_list", sort="price_list__name", phone="p-start"),
        "unit",
        "minimum_quantity",
        Column("unit_price", phone="p-end"),
        "discount_percent",
        "valid_from",
        "valid_to",
    )
    optional_columns = ("price_list__currency", "item__category", "created_at")
    filters = ("price_list", "item", "item__category", "unit_price", "valid_from", "valid_to")
    ordering = "-valid_from"
    summary = ("price_list", "item", "unit", "minimum_quantity", "valid_from", "valid_to")
    panels = (Attributes("unit_price", "discount_percent", "price_list__currency"),)
    fields = (
        "price_list",
        "item",
        "unit",
        "minimum_quantity",
        "unit_price",
        "discount_percent",
        "valid_from",
        "valid_to",
    )
    bulk_fields = ("valid_to",)
    import_fields = fields
    import_key = "price_list item unit minimum_quantity valid_from"
    list_select = ("item", "price_list")

    def heading(self, obj: PriceListLine) -> tuple[Any, Any]:
        return str(obj.price_list), str(obj.item)


@register
class PriceAgreementPages(PageSet):
    """Price agreements with suppliers."""

    model = PriceAgreement
    icon = "file-dollar"
    description = _("What suppliers agreed to charge: while it is in force, purchase orders take the prices.")
    columns = (
        "number",
        Column("supplier", sort="supplier__name", phone="p-full"),
        "status",
        "currency",
        "price_includes_tax",
        Column("valid_from", phone="p-start"),
        "valid_to",
        Column("owner", phone="p-end"),
    )
    optional_columns = ("supplier_reference", "company", "created_at")
    filters = ("status", "supplier", "currency", "valid_from", "valid_to", "owner")
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("In approval"), "status=APPROVING"),
        View(_("In force"), "status=ACTIVE"),
    )
    summary = ("supplier", "currency", "price_includes_tax", "valid_from", "valid_to", "owner")
    panels = (
        Children(
            "lines",
            "item",
            "unit",
            "minimum_quantity",
            "order_minimum",
            "lead_time_days",
            "unit_price",
            title=_("Agreed prices"),
        ),
        Attributes("supplier_reference", "remarks"),
    )
    fields = (
        (_("Supplier"), ("supplier", "supplier_reference")),
        (_("Terms"), ("currency", "price_includes_tax", "valid_from", "valid_to", "owner")),
        (_("Remarks"), ("remarks",)),
    )
    lines = Lines(
        PriceAgreementLine,
        "lines",
        ("item", "unit", "minimum_quantity", "unit_price", "lead_time_days", "order_minimum"),
        title=_("Agreed prices"),
        has_totals=False,
    )
    create_service = services.create_agreement
    update_service = services.update_agreement
    operations = frozenset({"add", "change"})
    editable_states = frozenset({AgreementStatus.DRAFT})
    actions = (
        Action(
            services.submit_agreement,
            _("Submit"),
            "change",
            icon="send",
            states={AgreementStatus.DRAFT},
            primary_in={AgreementStatus.DRAFT},
            bulk=True,
        ),
        Action(
            services.approve_agreement,
            _("Approve"),
            "approve",
            icon="check",
            states={AgreementStatus.APPROVING},
            primary_in={AgreementStatus.APPROVING},
            bulk=True,
        ),
        Action(
            services.reject_agreement,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={AgreementStatus.APPROVING},
        ),
        Action(
            services.end_agreement,
            _("End agreement"),
            "change",
            icon="ban",
            form=ReasonForm,
            states={AgreementStatus.DRAFT, AgreementStatus.ACTIVE},
            is_danger=True,
        ),
    )
    is_searchable = True
    list_select = ("supplier", "owner")

    def heading(self, obj: PriceAgreement) -> tuple[Any, Any]:
        return obj.number, str(obj.supplier)

    def initial(self, request: Any) -> dict[str, Any]:
        return {"currency": default_company().base_currency_id, "owner": request.user.pk}
