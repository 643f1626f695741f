"""Pages of stock: what lies where, what moved, what it is worth."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.inventory import handling
from erp.inventory.choices import StockStatus
from erp.inventory.forms import JudgeForm, StatusForm, TransferForm
from erp.inventory.labels import LOT_PRINTS
from erp.inventory.models import CostAdjustment, Lot, Reservation, StockMove, StockQuant, StockValue, ValuationEntry
from erp.inventory.selectors import (
    COST,
    QUANTITY,
    below_minimum,
    categories_below,
    document_type,
    moves_of_warehouses,
    with_average,
    with_free,
    with_on_hand,
    with_stock,
)
from erp.masterdata.forms import StockLimitForm
from erp.masterdata.models import Location, StockLimit, Warehouse
from erp.masterdata.pages import ITEM, SPEC, place_name
from suite.masters.models import ItemCategory
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, quantity, short_date
from suite.pages.filters import AmongFilter, BaseFilterSet, BoolFilter, RowFilter, derive_filter
from suite.pages.forms import AsyncSelectMultiple
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import pageset_of, register

M = TypeVar("M", bound=Model)

GOOD, HOLD, PENDING, REJECT = StockStatus.GOOD, StockStatus.HOLD, StockStatus.PENDING, StockStatus.REJECT


# -- cells -------------------------------------------------------------------------------------


def minute(moment: datetime) -> Any:
    """Date and time to the minute."""
    return format_html('<span class="text-nowrap nums">{}</span>', f"{timezone.localtime(moment):%Y-%m-%d %H:%M}")


def counted(row: Any) -> str:
    """A quantity with the base unit of the item."""
    return f"{quantity(row.quantity)} {row.item.base_unit}"


def side(location: Location, status: str) -> Any:
    """One end of a move: the place, and the status of the stock there unless it is good."""
    name = place_name(location)
    if not location.holds_stock or status == GOOD:
        return name
    return format_html("{} {}", name, badge(StockStatus(status).label, StockQuant.status_tone[StockStatus(status)]))


def document_link(move: StockMove) -> Any:
    """The document that a move was posted for."""
    model = document_type(move)
    if model is None:
        return None
    text = f"{capfirst(str(model._meta.verbose_name))} {move.source_id}"
    pageset = pageset_of(model)
    try:
        return (
            text if pageset is None else format_html('<a href="{}">{}</a>', pageset.url("detail", move.source_id), text)
        )
    except NoReverseMatch:
        return text


def expiry(lot: Lot) -> Any:
    """The day that a lot expires, red when it has passed."""
    if lot.expires_on is None:
        return None
    css = "t-late" if lot.expires_on < timezone.localdate() else ""
    return format_html('<span class="text-nowrap {}">{}</span>', css, short_date(lot.expires_on))


def stock_label(quant: StockQuant) -> str:
    """What a row of stock is: its item, and its lot where it has one."""
    return quant.item.name if quant.lot is None else f"{quant.item.name} · {quant.lot}"


PLACE = Column(
    "location",
    label=_("Warehouse"),
    render=lambda quant: place_name(quant.location),
    value=lambda quant: place_name(quant.location),
    sort="location__code",
    phone="p-start",
)
FREE = Column("unreserved", label=_("Free"), field=QUANTITY, align="num", sort="unreserved", phone="p-end")
WORTH = Column("amount", label=_("Stock value"), phone="p-end")
AVERAGE = Column("average", label=_("Average cost"), field=COST, align="num", sort="average")
TIME = Column("effective_at", label=_("Time"), render=lambda move: minute(move.effective_at))
MOVED = Column("item", sort="item__code", phone="p-full")
COUNTED = Column("quantity", render=counted, phone="p-end")
FROM = Column(
    "from_location",
    render=lambda move: side(move.from_location, move.from_status),
    value=lambda move: place_name(move.from_location),
    phone="p-start",
)
TO = Column(
    "to_location",
    render=lambda move: side(move.to_location, move.to_status),
    value=lambda move: place_name(move.to_location),
    phone="p-full",
)
DOCUMENT = Column("source_id", label=_("Document"), render=document_link, sort="", align="start")
EXPIRES = Column("expires_on", render=expiry)
PLACES = ("location__warehouse", "location__party")
ENDS = ("from_location__warehouse", "from_location__party", "to_location__warehouse", "to_location__party")
RESERVED_FOR = Column("demand_type", label=_("For"), render=lambda kept: capfirst(str(_kind_of(kept))), sort="")


def _kind_of(kept: Reservation) -> Any:
    return kept.demand_type.name


# -- filters -----------------------------------------------------------------------------------


class StockFilterSet(BaseFilterSet):
    """Rows of one item each, by item and by category with all below it."""

    category = RowFilter(
        label=_("category"),
        queryset=ItemCategory.objects.all(),
        widget=AsyncSelectMultiple(ItemCategory),
        method="filter_category",
    )

    def filter_category(self, queryset: QuerySet[M], name: str, value: QuerySet[ItemCategory]) -> QuerySet[M]:
        """Keep what belongs to the categories or lies below them."""
        chosen = list(value)
        return queryset.filter(item__category__in=categories_below(chosen)) if chosen else queryset


class StockQuantFilterSet(StockFilterSet):
    """Stock by what it is and where it lies."""

    item = derive_filter(StockQuant, "item")
    warehouse = derive_filter(StockQuant, "location__warehouse")
    location = derive_filter(StockQuant, "location")
    status = derive_filter(StockQuant, "status")
    lot = derive_filter(StockQuant, "lot")
    expires_on = derive_filter(StockQuant, "lot__expires_on")

    class Meta:
        model = StockQuant
        fields: tuple[str, ...] = ()


class StockMoveFilterSet(StockFilterSet):
    """Moves by what moved, when, why, and at either end."""

    item = derive_filter(StockMove, "item")
    warehouse = RowFilter(
        label=_("warehouse"),
        queryset=Warehouse.objects.all(),
        widget=AsyncSelectMultiple(Warehouse),
        method="filter_warehouse",
    )
    kind = derive_filter(StockMove, "kind")
    effective_on = derive_filter(StockMove, "effective_on")
    lot = derive_filter(StockMove, "lot")
    actor = derive_filter(StockMove, "actor")

    class Meta:
        model = StockMove
        fields: tuple[str, ...] = ()

    def filter_warehouse(
        self, queryset: QuerySet[StockMove], name: str, value: QuerySet[Warehouse]
    ) -> QuerySet[StockMove]:
        """Keep the moves into or out of the warehouses."""
        chosen = list(value)
        return moves_of_warehouses(queryset, chosen) if chosen else queryset


class LotFilterSet(StockFilterSet):
    """Lots by item, supplier and day."""

    item = derive_filter(Lot, "item")
    supplier = derive_filter(Lot, "supplier")
    expires_on = derive_filter(Lot, "expires_on")
    is_serial = derive_filter(Lot, "is_serial")
    is_in_stock = BoolFilter(method="filter_in_stock", label=_("in stock"))
    is_expired = BoolFilter(method="filter_expired", label=_("expired"))

    class Meta:
        model = Lot
        fields: tuple[str, ...] = ()

    def filter_in_stock(self, queryset: QuerySet[Lot], name: str, value: bool) -> QuerySet[Lot]:
        """Keep the lots of which there is something, or all others."""
        found = with_on_hand(queryset)
        return found.filter(on_hand__gt=0) if value else found.filter(on_hand=0)

    def filter_expired(self, queryset: QuerySet[Lot], name: str, value: bool) -> QuerySet[Lot]:
        """Keep the lots whose day has passed, or all others."""
        today = timezone.localdate()
        return queryset.filter(expires_on__lt=today) if value else queryset.exclude(expires_on__lt=today)


class StockValueFilterSet(StockFilterSet):
    """Worth by company and item."""

    company = derive_filter(StockValue, "company")
    item = derive_filter(StockValue, "item")
    amount = derive_filter(StockValue, "amount")
    quantity = derive_filter(StockValue, "quantity")

    class Meta:
        model = StockValue
        fields: tuple[str, ...] = ()


class StockLimitFilterSet(StockFilterSet):
    """Limits by item and warehouse, and those that stock has fallen below."""

    item = derive_filter(StockLimit, "item")
    warehouse = derive_filter(StockLimit, "warehouse")
    is_below = AmongFilter(lambda: below_minimum(StockLimit.objects.all()), label=_("below the minimum"))

    class Meta:
        model = StockLimit
        fields: tuple[str, ...] = ()


# -- pages -------------------------------------------------------------------------------------


class StockRowPages(PageSet):
    """What the pages of rows about one item share."""

    def subtitle(self, obj: Any) -> Any:
        return obj.item.code

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.item.code, obj.item.name


@register
class StockQuantPages(StockRowPages):
    """Stock on hand."""

    model = StockQuant
    slug = "stock"
    imported_as = "erp.OpeningStock"
    icon = "packages"
    description = _("What lies where, of which lot and in which status; it fills as goods arrive.")
    columns = (
        ITEM,
        SPEC,
        PLACE,
        "lot",
        "status",
        "on_hand",
        "reserved",
        FREE,
        Column("item__base_unit", label=_("Unit")),
    )
    optional_columns = ("item__category", "lot__expires_on", "since", "location__company")
    filterset = StockQuantFilterSet
    ordering = "item__code"
    views = (
        View(_("Good"), "status=GOOD"),
        View(_("On hold"), "status=HOLD"),
        View(_("To be inspected"), "status=PENDING", is_hot=True),
    )
    summary = (PLACE, "lot", "on_hand", "reserved", FREE, Column("item__base_unit", label=_("Unit")))
    panels = (
        Attributes("item", "item__spec", "item__category", "lot__expires_on", "since"),
        Children("reservations", RESERVED_FOR, "quantity", "reserved_at", title=_("Reserved")),
    )
    operations = frozenset()
    actions = (
        Action(
            handling.hold_quant,
            _("Put on hold"),
            "hold",
            icon="hand-stop",
            states={GOOD},
            form=StatusForm,
            refusal=handling.why_not_handled,
        ),
        Action(
            handling.release_quant,
            _("Release"),
            "hold",
            icon="lock-open",
            states={HOLD, REJECT},
            primary_in={HOLD},
            form=StatusForm,
            refusal=handling.why_not_handled,
        ),
        Action(
            handling.judge_quant,
            _("Judge"),
            "judge",
            icon="gavel",
            states={PENDING, HOLD},
            primary_in={PENDING},
            form=JudgeForm,
            refusal=handling.why_not_handled,
        ),
        Action(
            handling.transfer_quant,
            _("Move to another warehouse"),
            "transfer",
            icon="transfer",
            states={GOOD},
            primary_in={GOOD},
            form=TransferForm,
            refusal=handling.why_not_handled,
        ),
    )
    list_select = ("item", *PLACES)
    has_activity = False

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # The ledger locks all the stock that a move is about, in the order of the keys.
        return queryset

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.item.code, stock_label(obj)

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave out places that are empty again; their own pages remain."""
        return with_free(queryset.filter(on_hand__gt=0))

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        rows = with_free(self.queryset(user))
        return rows.select_related("item__base_unit", "item__category", "lot", *PLACES)


@register
class StockMovePages(StockRowPages):
    """Moves of stock."""

    model = StockMove
    icon = "arrows-exchange"
    description = _("Every quantity that came, went or changed its status; nothing here can be edited.")
    columns = (TIME, "kind", MOVED, COUNTED, FROM, TO, "lot", DOCUMENT, "actor")
    optional_columns = ("item__spec", "effective_on", "amount", "company")
    filterset = StockMoveFilterSet
    ordering = "-effective_at"
    summary = (TIME, COUNTED, FROM, TO)
    panels = (
        Attributes("item", "item__spec", "lot", "kind", DOCUMENT, "origin", "amount", "actor"),
        Children("entries", "posted_at", "kind", "quantity", "amount"),
        Children("adjustments", "effective_on", "reason", "amount", "expense", link=True),
        Children("returns", TIME, COUNTED, title=_("Returned of it"), link=True),
    )
    operations = frozenset()
    list_select = ("item__base_unit", *ENDS)

    def subtitle(self, obj: Any) -> Any:
        return ""

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.get_kind_display(), f"{obj.item} {counted(obj)}"

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.select_related("item__base_unit", *ENDS)


@register
class LotPages(PageSet):
    """Lots and serial numbers."""

    model = Lot
    icon = "barcode"
    description = _("Lots and serial numbers: where they lie, when they expire, and every move they made.")
    columns = (
        "number",
        Column("item", sort="item__code", phone="p-full"),
        Column("on_hand", label=_("On hand"), field=QUANTITY, align="num", sort="on_hand", phone="p-end"),
        EXPIRES,
        "produced_on",
        "supplier",
    )
    optional_columns = ("supplier_lot", "is_serial", "item__category", "created_at")
    filterset = LotFilterSet
    ordering = "number"
    views = (
        View(_("In stock"), "is_in_stock=true"),
        View(_("Expired"), "is_in_stock=true&is_expired=true", is_hot=True),
    )
    summary = ("item", Column("on_hand", label=_("On hand"), field=QUANTITY), EXPIRES, "supplier")
    panels = (
        Attributes("produced_on", "supplier_lot", "is_serial"),
        Children("quants", PLACE, "status", "on_hand", "reserved", title=_("Where it lies"), link=True),
        Children("moves", TIME, "kind", COUNTED, FROM, TO, "actor", title=_("Moves"), link=True),
    )
    fields = ("expires_on",)
    prints = LOT_PRINTS
    operations = frozenset({"change"})
    is_searchable = True

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return with_on_hand(queryset)

    def hit(self, obj: Any) -> tuple[Any, Any, Any]:
        return obj.number, str(obj.item), ""

    def choices(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        return super().choices(queryset, user).select_related("item")

    def badges(self, obj: Any) -> list[Any]:
        is_expired = obj.expires_on is not None and obj.expires_on < timezone.localdate()
        return [badge(_t("Expired"), "late")] if is_expired else []


@register
class StockLimitPages(StockRowPages):
    """How much a warehouse should hold."""

    model = StockLimit
    icon = "arrows-vertical"
    description = _("How much of an item a warehouse should hold: below the minimum it is replenished.")
    columns = (
        ITEM,
        SPEC,
        Column("warehouse", sort="warehouse__code", phone="p-start"),
        "minimum",
        "maximum",
        Column("in_stock", label=_("In stock"), field=QUANTITY, align="num", sort="in_stock", phone="p-end"),
        Column("item__base_unit", label=_("Unit")),
    )
    filterset = StockLimitFilterSet
    ordering = "item__code"
    views = (View(_("Below the minimum"), "is_below=true", is_hot=True),)
    summary = ("item", "warehouse", "minimum", "maximum", Column("in_stock", label=_("In stock"), field=QUANTITY))
    form = StockLimitForm
    fields = ("item", "warehouse", "minimum", "maximum")
    bulk_fields = ("minimum", "maximum")
    import_fields = ("item", "warehouse", "minimum", "maximum")
    import_key = "item warehouse"
    list_select = ("item",)
    has_activity = False

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return with_stock(queryset)


@register
class StockValuePages(StockRowPages):
    """What stock is worth."""

    model = StockValue
    icon = "coin-yuan"
    description = _("What the stock of each item is worth, at the cost it came in with.")
    columns = (
        ITEM,
        SPEC,
        Column("company", phone="p-full"),
        "quantity",
        Column("item__base_unit", label=_("Unit")),
        AVERAGE,
        WORTH,
    )
    optional_columns = ("item__category", "last_at")
    filterset = StockValueFilterSet
    ordering = "item__code"
    views = (View(_("In stock"), "quantity_min=0.000001"),)
    totals = ("amount",)
    summary = ("company", "quantity", AVERAGE, WORTH, "last_at")
    panels = (Attributes("item", "item__spec", "item__category"),)
    operations = frozenset()
    list_select = ("item",)
    has_activity = False

    def amount(self, obj: Any) -> tuple[Any, Any]:
        return f"{obj.company.base_currency.symbol}{obj.amount:,.2f}", _t("without tax")

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return with_average(queryset)

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        return super().detail_queryset(user).select_related("company__base_currency")


@register
class ValuationEntryPages(StockRowPages):
    """Changes of the worth of stock."""

    model = ValuationEntry
    icon = "receipt-yuan"
    description = _("Every change of the value of stock, and the move that made it; nothing here can be edited.")
    columns = (
        Column("posted_at", render=lambda entry: minute(entry.posted_at)),
        ITEM,
        Column("kind", phone="p-start"),
        "effective_on",
        "quantity",
        Column("amount", phone="p-end"),
    )
    optional_columns = ("company",)
    filters = ("company", "item", "kind", "effective_on")
    ordering = "-pk"
    totals = ("amount",)
    summary = ("item", "kind", "effective_on", "quantity", "amount")
    panels = (Attributes("company", "move", "adjustment", "posted_at"),)
    operations = frozenset()
    list_select = ("item",)
    has_activity = False

    def subtitle(self, obj: Any) -> Any:
        return ""

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        return super().detail_queryset(user).select_related("move__item", "adjustment__move__item")


@register
class CostAdjustmentPages(PageSet):
    """What receipts turned out to cost more, or less."""

    model = CostAdjustment
    icon = "receipt-refund"
    description = _("What receipts turned out to cost more or less: freight, customs, another price.")
    columns = (
        Column("effective_on", phone="p-start"),
        Column("move__item", render=lambda each: each.move.item.name, sort="move__item__code"),
        Column("reason", phone="p-full"),
        Column("amount", phone="p-end"),
        "expense",
        "actor",
    )
    optional_columns = ("company",)
    filters = ("company", "move__item", "effective_on", "amount", "actor")
    ordering = "-effective_on"
    totals = ("amount", "expense")
    summary = ("effective_on", "amount", "expense", "actor")
    panels = (
        Attributes("company", "move", "reason"),
        Children("entries", "posted_at", "kind", "quantity", "amount"),
    )
    operations = frozenset()
    list_select = ("move__item",)

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.move.item.code, f"{obj.move.item.name}: {obj.reason}"

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        return super().detail_queryset(user).select_related("move__item")
