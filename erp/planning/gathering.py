"""
What a replenishment run has to know of every item and warehouse, read in a fixed number of statements.

An item is looked at where it lies, moved, is wanted or has limits, and if it can be bought: it is marked so, a
supplier of it is known, or somebody set limits for it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from erp.inventory.models import StockValue
from erp.masterdata.models import StockItem, StockLimit, Warehouse
from erp.planning.choices import Grain
from erp.planning.demand import Place, Series, consumption, first_moves, span_before
from erp.planning.models import PlanningRule
from erp.planning.proposal import Situation
from erp.planning.replenish import LotRule
from erp.planning.supply import coming_lines, free_stock, requested_lines, totals, uncovered_lines
from erp.purchasing.choices import LIVE_ORDERS
from erp.purchasing.selectors import suppliers_of
from suite.masters.choices import ItemKind
from suite.masters.models import Company, Item

ZERO = Decimal(0)
WEEKS = 52
MONTHS = 24


@dataclass(frozen=True)
class Case:
    """One item in one warehouse as a run sees it; ``stocking`` is the default where the item has none."""

    warehouse_id: int
    item: Item
    stocking: StockItem
    supplier_id: int | None
    free: Decimal
    on_order: Decimal
    demand: Decimal
    situation: Situation


@dataclass(frozen=True)
class Gathered:
    """
    All that a run starts from.

    :param months: monthly consumption of each place of the whole company, for the classes of its items.
    """

    cases: list[Case]
    months: dict[Place, Series]


@dataclass(frozen=True)
class _Books:
    """Figures by warehouse and item."""

    free: dict[Place, Decimal]
    coming: dict[Place, Decimal]
    requested: dict[Place, Decimal]
    wanted: dict[Place, Decimal]
    limits: dict[Place, StockLimit]
    weeks: dict[Place, Series]
    months: dict[Place, Series]

    def places(self) -> set[Place]:
        return {*self.free, *self.coming, *self.requested, *self.wanted, *self.limits, *self.months, *self.weeks}


def gather(company: Company, day: date, rule: PlanningRule, *, warehouse: Warehouse | None = None) -> Gathered:
    """Read the situation of every item, in all active warehouses of a company or in one of them."""
    stores = set(Warehouse.objects.filter(company=company, is_active=True).values_list("pk", flat=True))
    if warehouse is not None:
        stores &= {warehouse.pk}
    books = _read(company, day)
    places = sorted(place for place in books.places() if place[0] in stores)
    pks = {item for _store, item in places}
    items = (
        Item.objects.filter(pk__in=pks, is_active=True)
        .exclude(kind__in=(ItemKind.SERVICE, ItemKind.PHANTOM))
        .select_related("base_unit")
        .in_bulk()
    )
    stockings = {each.item_id: each for each in StockItem.objects.filter(item__in=pks)}
    suppliers = suppliers_of(company, pks, day)
    cases = []
    for place in places:
        item = items.get(place[1])
        if item is None:
            continue
        stocking = stockings.get(item.pk) or StockItem(item=item)
        supplier = next(iter(suppliers.get(item.pk, ())), None)
        if item.is_purchased or supplier is not None or place in books.limits:
            cases.append(_case(place, item, stocking, supplier, books, rule))
    return Gathered(cases, books.months)


def unit_costs(company: Company, items: Collection[int]) -> dict[int, Decimal]:
    """Return what one base unit of items in stock costs on average, by key of the item."""
    values = StockValue.objects.filter(company=company, item__in=items, quantity__gt=0)
    return {item: amount / quantity for item, amount, quantity in values.values_list("item_id", "amount", "quantity")}


def _read(company: Company, day: date) -> _Books:
    since = first_moves(company)
    limits = StockLimit.objects.filter(warehouse__company=company)
    return _Books(
        free=totals(free_stock(company, None, day), "location__warehouse_id", "item_id"),
        coming=totals(coming_lines(company, None, LIVE_ORDERS), "document__warehouse_id", "item_id"),
        requested=totals(requested_lines(company, None), "request__warehouse_id", "item_id"),
        wanted=totals(uncovered_lines(company, None), "document__warehouse_id", "item_id"),
        limits={(each.warehouse_id, each.item_id): each for each in limits},
        weeks=consumption(company, span_before(day, Grain.WEEK, WEEKS), since),
        months=consumption(company, span_before(day, Grain.MONTH, MONTHS), since),
    )


def _case(
    place: Place, item: Item, stocking: StockItem, supplier: int | None, books: _Books, rule: PlanningRule
) -> Case:
    free, demand = books.free.get(place, ZERO), books.wanted.get(place, ZERO)
    on_order = books.coming.get(place, ZERO) + books.requested.get(place, ZERO)
    limit = books.limits.get(place)
    return Case(
        warehouse_id=place[0],
        item=item,
        stocking=stocking,
        supplier_id=supplier,
        free=free,
        on_order=on_order,
        demand=demand,
        situation=Situation(
            weeks=books.weeks.get(place, ()),
            months=books.months.get(place, ()),
            position=free + on_order - demand,
            lead_time_days=stocking.lead_time_days,
            review_days=rule.review_days,
            service_level=stocking.service_level / 100,
            minimum=limit.minimum if limit is not None else None,
            maximum=limit.maximum if limit is not None else None,
            rule=LotRule(stocking.order_minimum, stocking.order_multiple),
            step=Decimal(1).scaleb(-item.base_unit.decimals),
        ),
    )
