"""What can be promised of items, by the books."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from erp.inventory.availability import Availability
from erp.inventory.ledger import reserve
from erp.masterdata.models import Warehouse
from erp.masterdata.services import store_of
from erp.planning.atp import availability_of
from erp.purchasing.choices import OrderStatus as PurchaseStatus
from erp.sales.selectors import demand_of
from suite.masters.models import Item
from tests.factories.erp import AT, LotFactory, StockItemFactory, WarehouseFactory, stock
from tests.factories.erp_planning import ordered, sold
from tests.factories.masters import ItemFactory

pytestmark = pytest.mark.django_db

D = Decimal
TODAY = date(2026, 11, 2)


def later(days: int) -> date:
    return TODAY + timedelta(days)


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory.create()


@pytest.fixture
def item() -> Item:
    return ItemFactory.create()


def of(warehouse: Warehouse, item: Item) -> Availability:
    return availability_of(warehouse.company, [item.pk], TODAY)[item.pk]


def test_stock_receipts_and_demands_by_date(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 30)
    ordered(warehouse, item, 50, promised_on=later(10), expected_on=later(3))
    ordered(warehouse, item, 20, expected_on=later(20))
    sold(warehouse, item, 40, later(12))
    sold(warehouse, item, 10, later(1), promised_on=later(15))

    found = of(warehouse, item)

    assert [(point.date, point.projected) for point in found.points] == [
        (TODAY, D(30)),
        (later(10), D(80)),
        (later(12), D(40)),
        (later(15), D(30)),
        (later(20), D(50)),
    ]
    assert found.on(TODAY) == D(30)
    assert found.on(later(20)) == D(50)


def test_what_is_kept_for_an_order_counts_neither_as_stock_nor_as_demand(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 30)
    line = sold(warehouse, item, 40, later(2))
    reserve([demand_of(line, D(40))], [store_of(warehouse)], at=AT)
    ordered(warehouse, item, 25, promised_on=later(5))

    found = of(warehouse, item)

    assert [(point.date, point.projected) for point in found.points] == [
        (TODAY, D(0)),
        (later(2), D(-10)),
        (later(5), D(15)),
    ]


def test_only_what_can_be_had_is_supply(warehouse: Warehouse, item: Item) -> None:
    tracked = StockItemFactory.create(item=ItemFactory.create(), tracking="LOT").item
    stock(warehouse, tracked, 7, lot=LotFactory.create(item=tracked, expires_on=later(-1)))
    stock(warehouse, tracked, 5, lot=LotFactory.create(item=tracked, expires_on=TODAY))
    stock(WarehouseFactory.create(), item, 100)
    ordered(warehouse, item, 9, promised_on=later(2), states=())
    ordered(warehouse, item, 9, promised_on=later(-1))
    ordered(warehouse, item, 9)
    ordered(
        warehouse,
        item,
        10,
        needed_on=later(4),
        received_quantity=D(8),
        returned_quantity=D(1),
        states=(PurchaseStatus.APPROVING, PurchaseStatus.RELEASED, PurchaseStatus.PARTIAL),
    )
    sold(warehouse, item, 9, later(1), states=())

    found = availability_of(warehouse.company, [item.pk, tracked.pk], TODAY)

    assert [(point.date, point.projected) for point in found[item.pk].points] == [(TODAY, D(0)), (later(4), D(3))]
    assert found[tracked.pk].on(TODAY) == D(5)


def test_an_overdue_demand_is_taken_off_at_once(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 30)
    sold(warehouse, item, 12, later(-9))

    assert of(warehouse, item).on(TODAY) == D(18)


def test_statements_do_not_grow_with_the_items(warehouse: Warehouse) -> None:
    items = [ItemFactory.create() for _ in range(12)]
    for each in items:
        stock(warehouse, each, 5)
        ordered(warehouse, each, 5, promised_on=later(2))
        sold(warehouse, each, 3, later(1))
    availability_of(warehouse.company, [items[0].pk], TODAY)

    with CaptureQueriesContext(
        connection,
    ) as seen:
        found = availability_of(warehouse.company, [each.pk for each in items], TODAY)

    assert len(seen) == 3
    assert {found[each.pk].on(later(2)) for each in items} == {D(7)}
