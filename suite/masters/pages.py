"""Pages of the master data: companies, parties, items, units, currencies, taxes, payment terms."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from suite.masters.entered import PARTY_FIELDS
from suite.masters.forms import PartyForm
from suite.masters.importing import import_parties
from suite.masters.labels import ITEM_PRINTS
from suite.masters.models import (
    Company,
    Currency,
    ExchangeRate,
    Item,
    ItemCategory,
    ItemUnit,
    Party,
    PartyAddress,
    PartyBankAccount,
    PartyContact,
    PaymentTerms,
    PaymentTermsLine,
    TaxCode,
    TaxRate,
    Unit,
    UnitConversion,
)
from suite.masters.services import create_party
from suite.masters.upkeep import create_payment_terms, create_tax_rate, update_payment_terms
from suite.pages.columns import Column, badge
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, Tree, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register


def active_mark(row: Any) -> Any:
    """Whether a row is in use."""
    return badge(_t("In use"), "done") if row.is_active else badge(_t("Not in use"), "void")


def party_roles(party: Party) -> Any:
    """What a party is to us, as tags."""
    texts = [(_t("Customer"), party.is_customer), (_t("Supplier"), party.is_supplier)]
    return format_html_join(" ", '<span class="tag">{}</span>', ((text,) for text, holds in texts if holds))


ACTIVE = Column("is_active", render=active_mark, phone="p-end")


# -- companies and parties ---------------------------------------------------------------------


@register
class CompanyPages(PageSet):
    """Legal entities of the business."""

    model = Company
    icon = "building-skyscraper"
    description = _("The legal entities that sign, invoice and pay.")
    columns = ("name", "code", Column("uscc", phone="p-full"), "taxpayer_type", "base_currency", "is_default", ACTIVE)
    optional_columns = ("short_name", "legal_representative", "phone")
    filters = ("taxpayer_type", "is_active")
    ordering = "code"
    panels = (
        Attributes("name", "short_name", "uscc", "taxpayer_type", "legal_representative", "address", "phone"),
        Attributes("base_currency", "fiscal_year_start", "bank_name", "bank_account", title=_("Accounting")),
    )
    summary = ("code", "is_default", ACTIVE)
    fields = (
        (_("Who"), ("code", "name", "short_name", "uscc", "taxpayer_type", "legal_representative")),
        (_("Where"), ("address", "phone")),
        (_("Accounting"), ("base_currency", "fiscal_year_start", "bank_name", "bank_account")),
        (_("Use"), ("is_default", "is_active")),
    )
    is_small = True

    def subtitle(self, obj: Company) -> Any:
        return obj.short_name


@register
class PartyPages(PageSet):
    """Organisations and persons that the business trades with."""

    model = Party
    icon = "building-community"
    description = _(
        "Everybody you trade with, customers and suppliers alike. Import your list or create the first one."
    )
    columns = (
        "name",
        Column("roles", label=_("Role"), render=party_roles, sort="", phone="p-end"),
        Column("uscc", phone="p-full"),
        Column("phone", phone="p-start"),
        "region",
        "city",
        "payment_terms",
        ACTIVE,
    )
    optional_columns = ("code", "short_name", "kind", "email", "country", "currency", "credit_limit", "created_at")
    filters = ("is_customer", "is_supplier", "kind", "country", "region", "city", "payment_terms", "is_active")
    ordering = "code"
    views = (
        View(_("Customers"), "is_customer=true"),
        View(_("Suppliers"), "is_supplier=true"),
        View(_("Not in use"), "is_active=false"),
    )
    summary = (
        Column("roles", label=_("Role"), render=party_roles, sort=""),
        "uscc",
        "phone",
        ACTIVE,
    )
    panels = (
        Attributes("name", "short_name", "kind", "parent", "country", "region", "city", "email", "website", "note"),
        Attributes(
            "invoice_title",
            "tax_number",
            "taxpayer_type",
            "currency",
            "payment_terms",
            "credit_limit",
            title=_("Invoice and payment"),
        ),
        Children(
            "contacts", "name", "title", "email", "is_primary", "mobile", link=True, create_label=_("New contact")
        ),
        Children(
            "addresses",
            Column("street", render=str, label=_("Address")),
            "contact_name",
            "phone",
            "is_default",
            "kind",
            link=True,
            create_label=_("New address"),
        ),
        Children(
            "bank_accounts",
            "bank_name",
            "branch",
            "currency",
            "is_default",
            "account_number",
            link=True,
            create_label=_("New bank account"),
        ),
    )
    form = PartyForm
    fields = (
        (_("Who"), ("code", "name", "short_name", "kind", "is_customer", "is_supplier", "parent", "uscc")),
        (_("Where"), ("country", "region", "city", "phone", "email", "website")),
        (
            _("Invoice and payment"),
            ("invoice_title", "tax_number", "taxpayer_type", "currency", "payment_terms", "credit_limit"),
        ),
        (_("More"), ("note", "is_active")),
    )
    bulk_fields = ("is_customer", "is_supplier", "region", "city", "payment_terms", "currency", "is_active")
    create_service = create_party
    import_fields = ("code", "name", "is_customer", "is_supplier", *PARTY_FIELDS, "is_active")
    import_key = "code"
    import_service = import_parties
    is_searchable = True

    def subtitle(self, obj: Party) -> Any:
        return obj.code

    def heading(self, obj: Party) -> tuple[Any, Any]:
        return obj.code, obj.name

    def hit(self, obj: Party) -> tuple[Any, Any, Any]:
        return obj.name, obj.code, ""


class PartyPart(PageSet):
    """What the pages of contacts, addresses and bank accounts of a party share."""

    ordering = "party"
    has_activity = False

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return str(obj.party), str(obj)


@register
class PartyContactPages(PartyPart):
    """People to talk to at a party."""

    model = PartyContact
    icon = "address-book"
    description = _("The people you talk to at your customers and suppliers.")
    columns = (
        "name",
        Column("party", sort="party__name", phone="p-full"),
        "title",
        Column("mobile", phone="p-end"),
        "email",
    )
    optional_columns = ("department", "phone", "wechat", "birthday", "is_primary", "is_active")
    filters = ("party", "is_primary", "is_active")
    ordering = "name"
    summary = ("party", "title", "is_primary", ACTIVE)
    panels = (Attributes("department", "mobile", "phone", "email", "wechat", "birthday", "note"),)
    fields = (
        (_("Who"), ("party", "name", "title", "department", "birthday")),
        (_("How to reach"), ("mobile", "phone", "email", "wechat")),
        (_("More"), ("is_primary", "is_active", "note")),
    )
    is_searchable = True

    def hit(self, obj: PartyContact) -> tuple[Any, Any, Any]:
        return obj.name, str(obj.party), ""

    def choices(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        return super().choices(queryset, user).select_related("party")


@register
class PartyAddressPages(PartyPart):
    """Addresses of parties."""

    model = PartyAddress
    icon = "map-pin"
    description = _("Where parties are registered, and where goods and invoices go.")
    columns = (
        Column("street", render=str, label=_("Address")),
        Column("party", sort="party__name", phone="p-full"),
        Column("kind", phone="p-end"),
        "contact_name",
        "phone",
        "is_default",
    )
    filters = ("party", "kind", "province", "city", "is_default")
    summary = ("party", "kind", "is_default")
    panels = (Attributes("country", "province", "city", "district", "street", "postal_code", "contact_name", "phone"),)
    fields = (
        (_("Where"), ("party", "kind", "country", "province", "city", "district", "street", "postal_code")),
        (_("Recipient"), ("contact_name", "phone", "is_default")),
    )


@register
class PartyBankAccountPages(PartyPart):
    """Bank accounts of parties."""

    model = PartyBankAccount
    icon = "building-bank"
    description = _("Where parties are paid.")
    columns = (
        "bank_name",
        Column("party", sort="party__name", phone="p-full"),
        "branch",
        Column("account_number", phone="p-start"),
        "currency",
        "is_default",
    )
    filters = ("party", "currency", "is_default")
    summary = ("party", "is_default")
    panels = (Attributes("bank_name", "branch", "account_name", "account_number", "currency"),)
    fields = ("party", "bank_name", "branch", "account_name", "account_number", "currency", "is_default")


# -- items and units ---------------------------------------------------------------------------


@register
class ItemPages(PageSet):
    """What is bought, made, used or sold."""

    model = Item
    icon = "box"
    description = _("Everything you buy, make, use or sell. Import your list or create the first one.")
    columns = (
        "name",
        Column("spec", phone="p-full"),
        "kind",
        "category",
        "base_unit",
        Column("list_price", phone="p-end"),
        "tax_code",
        Column("is_active", render=active_mark),
    )
    optional_columns = (
        "code",
        "barcode",
        "reference_cost",
        "is_sold",
        "is_purchased",
        "description",
        "created_at",
        "updated_at",
    )
    filters = ("kind", "category", "is_sold", "is_purchased", "list_price", "is_active")
    ordering = "code"
    views = (
        View(_("For sale"), "is_sold=true&is_active=true"),
        View(_("For purchase"), "is_purchased=true&is_active=true"),
        View(_("Not in use"), "is_active=false"),
    )
    summary = ("kind", "category", "base_unit", ACTIVE)
    panels = (
        Attributes("spec", "barcode", "is_sold", "is_purchased", "description"),
        Attributes("list_price", "reference_cost", "tax_code", title=_("Price")),
        Children("units", "unit", "numerator", "denominator", link=True, create_label=_("New unit")),
    )
    fields = (
        (_("What"), ("code", "name", "spec", "kind", "category", "barcode")),
        (_("Unit and price"), ("base_unit", "list_price", "reference_cost", "tax_code")),
        (_("Use"), ("is_sold", "is_purchased", "is_active", "description")),
    )
    bulk_fields = ("kind", "category", "tax_code", "is_sold", "is_purchased", "is_active")
    import_fields = (
        "code",
        "name",
        "spec",
        "kind",
        "category",
        "base_unit",
        "list_price",
        "reference_cost",
        "tax_code",
        "barcode",
        "is_sold",
        "is_purchased",
        "is_active",
        "description",
    )
    import_key = "code"
    prints = ITEM_PRINTS
    is_searchable = True

    def subtitle(self, obj: Item) -> Any:
        return obj.code

    def heading(self, obj: Item) -> tuple[Any, Any]:
        return obj.code, obj.name

    def hit(self, obj: Item) -> tuple[Any, Any, Any]:
        return obj.name, " · ".join(filter(None, (obj.code, obj.spec))), ""

    def choices(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        today = timezone.localdate()
        rates = TaxRate.objects.filter(tax_code=OuterRef("tax_code"), valid_from__lte=today)
        current = rates.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today)).values("rate")[:1]
        rows = super().choices(queryset, user).select_related("base_unit")
        return cast("QuerySet[Any]", rows.annotate(tax_rate_today=Subquery(current)))

    def lookup_data(self, obj: Item) -> dict[str, Any]:
        rate = getattr(obj, "tax_rate_today", None)
        return {
            "description": " ".join(filter(None, (obj.name, obj.spec))),
            "unit": {"id": obj.base_unit_id, "text": str(obj.base_unit)},
            "unit_price": f"{obj.list_price.normalize():f}",
            "tax_rate": f"{rate.normalize():f}" if rate is not None else "",
        }


@register
class ItemUnitPages(PageSet):
    """Further units of items."""

    model = ItemUnit
    icon = "packages"
    description = _("In which further units an item is bought, sold or packed, e.g. a carton of 24.")
    columns = (Column("item", sort="item__code"), "unit", "numerator", "denominator")
    filters = ("item", "unit")
    ordering = "item"
    summary = ("item", "unit", "numerator", "denominator")
    fields = ("item", "unit", "numerator", "denominator")
    list_select = ("item__base_unit",)
    has_activity = False
    import_fields = ("item", "unit", "numerator", "denominator")
    import_key = "item unit"


@register
class ItemCategoryPages(PageSet):
    """The tree of item categories."""

    model = ItemCategory
    icon = "category"
    description = _("The tree by which items are found and figures are broken down.")
    columns = ("name", "code", Column("parent", phone="p-full"))
    filters = ("parent",)
    ordering = "code"
    tree = Tree("parent")
    starts_as = "tree"
    summary = ("code", "parent")
    panels = (
        Children("children", "code", "name", title=_("Below"), link=True, create_label=_("New category below")),
        Children("items", "code", "name", "spec", "list_price", link=True),
    )
    fields = ("code", "name", "parent")
    import_fields = ("code", "name", "parent")
    import_key = "code"
    is_searchable = True
    has_activity = False

    def hit(self, obj: ItemCategory) -> tuple[Any, Any, Any]:
        return obj.name, obj.code, ""


@register
class UnitPages(PageSet):
    """Units of measure."""

    model = Unit
    icon = "ruler-measure"
    description = _("What quantities are counted in.")
    columns = ("name", "code", Column("dimension", phone="p-full"), "decimals", ACTIVE)
    filters = ("dimension", "is_active")
    ordering = "code"
    summary = ("code", "dimension", "decimals", ACTIVE)
    panels = (
        Children("conversions", "to_unit", "numerator", "denominator", link=True, create_label=_("New conversion")),
    )
    fields = ("code", "name", "dimension", "decimals", "is_active")
    import_fields = ("code", "name", "dimension", "decimals", "is_active")
    import_key = "code"
    is_small = True
    has_activity = False


@register
class UnitConversionPages(PageSet):
    """General conversions between units."""

    model = UnitConversion
    icon = "arrows-exchange"
    description = _("How units convert into each other for every item.")
    columns = (Column("from_unit", sort="from_unit__code"), "numerator", "denominator", "to_unit")
    filters = ("from_unit", "to_unit")
    ordering = "from_unit"
    summary = ("from_unit", "numerator", "denominator", "to_unit")
    fields = ("from_unit", "numerator", "denominator", "to_unit")
    is_small = True
    has_activity = False


# -- money -------------------------------------------------------------------------------------


@register
class CurrencyPages(PageSet):
    """Currencies."""

    model = Currency
    icon = "coin-yuan"
    description = _("The currencies you trade in.")
    columns = ("code", Column("name", phone="p-full"), "symbol", "decimals", ACTIVE)
    filters = ("is_active",)
    ordering = "code"
    summary = ("name", "symbol", "decimals", ACTIVE)
    panels = (Children("rates", "rate_date", "rate", title=_("Exchange rates"), link=True, create_label=_("New rate")),)
    fields = ("code", "name", "symbol", "decimals", "is_active")
    is_small = True
    has_activity = False

    def heading(self, obj: Currency) -> tuple[Any, Any]:
        return obj.code, obj.name


@register
class ExchangeRatePages(PageSet):
    """Exchange rates by day."""

    model = ExchangeRate
    icon = "arrows-left-right"
    description = _("What a currency is worth in your base currency, from a day on.")
    columns = ("rate_date", Column("currency", phone="p-full"), Column("rate", phone="p-end"))
    filters = ("currency", "rate_date")
    ordering = "-rate_date"
    summary = ("currency", "rate_date", "rate")
    fields = ("currency", "rate_date", "rate")
    import_fields = ("currency", "rate_date", "rate")
    import_key = "currency rate_date"
    has_activity = False


@register
class TaxCodePages(PageSet):
    """Taxes."""

    model = TaxCode
    icon = "receipt-tax"
    description = _("The taxes that items and documents carry.")
    columns = ("name", "code", Column("kind", phone="p-full"), ACTIVE)
    filters = ("kind", "is_active")
    ordering = "code"
    summary = ("code", "kind", ACTIVE)
    panels = (Children("rates", "rate", "valid_from", "valid_to", "source", link=True, create_label=_("New rate")),)
    fields = ("code", "name", "kind", "is_active")
    is_small = True
    has_activity = False


@register
class TaxRatePages(PageSet):
    """Tax rates with their periods; a new one ends the one before."""

    model = TaxRate
    icon = "percentage"
    description = _("What each tax comes to, from when to when. A new rate ends the one before it.")
    columns = (
        Column("tax_code", sort="tax_code__code"),
        Column("rate", phone="p-end"),
        Column("valid_from", phone="p-start"),
        "valid_to",
        "source",
    )
    filters = ("tax_code", "valid_from")
    ordering = "-valid_from"
    summary = ("tax_code", "rate", "valid_from", "valid_to")
    panels = (Attributes("source"),)
    fields = ("tax_code", "rate", "valid_from", "source")
    create_service = create_tax_rate
    is_small = True
    has_activity = False


@register
class PaymentTermsPages(PageSet):
    """Payment terms with their parts."""

    model = PaymentTerms
    slug = "payment-terms"
    icon = "calendar-dollar"
    description = _("How customers pay and how you pay: in which parts, and when each is due.")
    columns = ("name", "code", Column("description", phone="p-full"), ACTIVE)
    filters = ("is_active",)
    ordering = "code"
    summary = ("code", "description", ACTIVE)
    panels = (Children("lines", "percent", "basis", "days", "label", title=_("Parts")),)
    fields = ("code", "name", "description", "is_active")
    lines = Lines(
        PaymentTermsLine,
        "lines",
        ("percent", "basis", "days", "label"),
        title=_("Parts"),
        minimum=0,
        has_totals=False,
    )
    create_service = create_payment_terms
    update_service = update_payment_terms
    is_small = True
    has_activity = False
