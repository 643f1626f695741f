"""Pages of warehouses, their locations, and how items are stocked."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.masterdata.choices import Tracking, ValuationMethod
from erp.masterdata.forms import StockItemForm, WarehouseForm
from erp.masterdata.headings import ITEM_HEADINGS
from erp.masterdata.importing import import_stock_items
from erp.masterdata.labels import LOCATION_PRINTS, WAREHOUSE_PRINTS
from erp.masterdata.models import Location, StockItem, Warehouse
from erp.masterdata.services import create_warehouse, update_warehouse
from suite.masters.pages import ACTIVE
from suite.masters.selectors import default_company
from suite.pages.columns import Column
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register


def place_name(location: Location) -> str:
    """What people call a location: its warehouse, with the bin where it has bins, or what it is."""
    if location.warehouse is not None:
        name = location.warehouse.name
        return name if location.code == location.warehouse.code else f"{name} {location.code}"
    kind = str(location.get_kind_display())
    return f"{kind}: {location.party.name}" if location.party is not None else kind


def item_name(row: Any) -> str:
    """The name of a row's item; its code stands below."""
    return str(row.item.name)


# A table column: the item of a row by its name; the pages show the code below it.
ITEM = Column("item", render=item_name, sort="item__code")
SPEC = Column("item__spec", phone="p-full")


@register
class WarehousePages(PageSet):
    """Warehouses."""

    model = Warehouse
    icon = "building-warehouse"
    description = _("Where your stock lies. Create the first warehouse to begin.")
    columns = ("name", "code", Column("company", phone="p-full"), "region", "is_default", ACTIVE)
    optional_columns = ("address", "created_at")
    filters = ("company", "region", "is_active")
    ordering = "code"
    summary = ("company", "region", "is_default", ACTIVE)
    panels = (
        Attributes("code", "name", "region", "address"),
        Children("locations", "code", "kind", "is_active", link=True),
        Children("limits", "item", "minimum", "maximum", link=True, create_label=_("New stock limit")),
    )
    form = WarehouseForm
    fields = (
        (_("Warehouse"), ("company", "code", "name")),
        (_("Where"), ("region", "address")),
        (_("Use"), ("is_default", "is_active")),
    )
    create_service = create_warehouse
    update_service = update_warehouse
    operations = frozenset({"add", "change"})
    is_searchable = True
    is_small = True
    prints = WAREHOUSE_PRINTS

    def initial(self, request: Any) -> dict[str, Any]:
        return {"company": default_company().pk}

    def hit(self, obj: Any) -> tuple[Any, Any, Any]:
        return obj.name, obj.code, ""


@register
class LocationPages(PageSet):
    """Places that stock lies in, comes from or goes to."""

    model = Location
    icon = "map-pin"
    description = _("Every place that stock lies in, comes from or goes to; warehouses bring theirs with them.")
    columns = (
        Column("code", render=place_name, label=_("Place")),
        Column("kind", phone="p-end"),
        "warehouse",
        "party",
        Column("company", phone="p-full"),
        ACTIVE,
    )
    filters = ("kind", "warehouse", "company", "is_active")
    ordering = "code"
    summary = ("kind", "warehouse", "party", "company", ACTIVE)
    panels = (Children("quants", "item", "lot", "status", "on_hand", "reserved", link=True),)
    operations = frozenset()
    prints = LOCATION_PRINTS
    has_activity = False

    def subtitle(self, obj: Any) -> Any:
        return obj.code

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.code, place_name(obj)


@register
class StockItemPages(PageSet):
    """How items are stocked."""

    model = StockItem
    icon = "settings-2"
    description = _(
        "How each item is told apart, valued, inspected and replenished; items without an entry are simply counted, "
        "at moving average."
    )
    columns = (
        ITEM,
        SPEC,
        Column("tracking", phone="p-end"),
        "valuation_method",
        "is_inspected",
        "supplier",
        "lead_time_days",
    )
    optional_columns = ("item__category", "shelf_life_days", "order_minimum", "order_multiple", "service_level")
    filters = ("item", "item__category", "tracking", "valuation_method", "is_inspected", "supplier")
    ordering = "item__code"
    views = (
        View(Tracking.LOT.label, f"tracking={Tracking.LOT.value}"),
        View(Tracking.SERIAL.label, f"tracking={Tracking.SERIAL.value}"),
        View(ValuationMethod.FIFO.label, f"valuation_method={ValuationMethod.FIFO.value}"),
    )
    summary = ("item", "tracking", "valuation_method", "is_inspected")
    panels = (
        Attributes("shelf_life_days"),
        Attributes(
            "supplier", "lead_time_days", "order_minimum", "order_multiple", "service_level", title=_("Replenishment")
        ),
    )
    form = StockItemForm
    fields = (
        (_("Stock"), ("item", "tracking", "valuation_method", "shelf_life_days", "is_inspected")),
        (_("Replenishment"), ("supplier", "lead_time_days", "order_minimum", "order_multiple", "service_level")),
    )
    bulk_fields = (
        "is_inspected",
        "supplier",
        "lead_time_days",
        "order_minimum",
        "order_multiple",
        "service_level",
    )
    import_fields = (
        "item",
        "tracking",
        "valuation_method",
        "shelf_life_days",
        "is_inspected",
        "supplier",
        "lead_time_days",
        "order_minimum",
        "order_multiple",
        "service_level",
    )
    import_key = "item"
    import_service = import_stock_items
    import_headings = {"item": ITEM_HEADINGS, "supplier": ("默认供应商", "主供应商", "vendor")}
    operations = frozenset({"add", "change"})
    list_select = ("item",)

    def subtitle(self, obj: Any) -> Any:
        return obj.item.code

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.item.code, obj.item.name
