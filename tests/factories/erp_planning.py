"""Factories of planning, and demand and supply on the books for it to find."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from erp.inventory.choices import MoveKind
from erp.inventory.ledger import Posting, post
from erp.inventory.models import StockMove
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Warehouse
from erp.masterdata.services import common_location, store_of
from erp.planning.choices import AbcClass, AlertKind, Cause, XyzClass
from erp.planning.models import ItemClass, PlanningRule, ReplenishmentRun, ReplenishmentSuggestion, StockAlert
from erp.purchasing.choices import OrderStatus as PurchaseStatus
from erp.purchasing.models import PurchaseOrderLine
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrderLine
from suite.masters.models import Item
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.erp_purchasing import PurchaseOrderFactory, PurchaseOrderLineFactory
from tests.factories.erp_sales import SalesOrderFactory, SalesOrderLineFactory
from tests.factories.masters import CompanyFactory, ItemFactory


def ordered(
    warehouse: Warehouse,
    item: Item,
    quantity: int,
    *,
    states: tuple[str, ...] = (PurchaseStatus.APPROVING, PurchaseStatus.RELEASED),
    expected_on: date | None = None,
    **line: Any,
) -> PurchaseOrderLine:
    """So much of an item is ordered from a supplier; the order went through the states."""
    order = PurchaseOrderFactory.create(warehouse=warehouse, expected_on=expected_on)
    for status in states:
        order.become(status, actor=order.owner, at=AT)
    return PurchaseOrderLineFactory.create(document=order, item=item, quantity=Decimal(quantity), **line)


def sold(
    warehouse: Warehouse,
    item: Item,
    quantity: int,
    on: date,
    *,
    states: tuple[str, ...] = (OrderStatus.APPROVING, OrderStatus.CONFIRMED),
    **line: Any,
) -> SalesOrderLine:
    """A customer ordered so much of an item for a day and nothing is kept for it; the order went through the states."""
    order = SalesOrderFactory.create(warehouse=warehouse, requested_on=on)
    for status in states:
        order.become(status, actor=order.owner, at=AT)
    amounts = {"quantity": Decimal(quantity), "base_quantity": Decimal(quantity)}
    return SalesOrderLineFactory.create(document=order, item=item, **amounts, **line)


class PlanningRuleFactory(DjangoModelFactory[PlanningRule]):
    """The defaults of a company."""

    class Meta:
        model = PlanningRule

    company = factory.SubFactory(CompanyFactory)


class ReplenishmentRunFactory(DjangoModelFactory[ReplenishmentRun]):
    """A run for all warehouses."""

    class Meta:
        model = ReplenishmentRun

    company = factory.SubFactory(CompanyFactory)
    started_at = AT


class ReplenishmentSuggestionFactory(DjangoModelFactory[ReplenishmentSuggestion]):
    """Ninety to come from 10 to 100."""

    class Meta:
        model = ReplenishmentSuggestion

    warehouse = factory.SubFactory(WarehouseFactory)
    company = factory.SelfAttribute("warehouse.company")
    run = factory.SubFactory(ReplenishmentRunFactory, company=factory.SelfAttribute("..company"))
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(90)
    suggested_quantity = Decimal(90)
    needed_on = date(2026, 11, 9)
    cause = Cause.MINIMUM
    free = Decimal(10)
    on_order = demand = safety = expected = Decimal(0)
    position = Decimal(10)
    minimum = reorder_at = Decimal(20)
    maximum = level = Decimal(100)
    lead_time_days = 7
    review_days = 7
    service_level = Decimal(95)


class ItemClassFactory(DjangoModelFactory[ItemClass]):
    """An important item of steady demand."""

    class Meta:
        model = ItemClass

    company = factory.SubFactory(CompanyFactory)
    item = factory.SubFactory(ItemFactory)
    abc = AbcClass.A
    xyz = XyzClass.X
    quantity = Decimal(120)
    amount = Decimal(1200)
    classed_at = AT


class StockAlertFactory(DjangoModelFactory[StockAlert]):
    """Five are missing."""

    class Meta:
        model = StockAlert

    kind = AlertKind.SHORTAGE
    warehouse = factory.SubFactory(WarehouseFactory)
    company = factory.SelfAttribute("warehouse.company")
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(5)
    since = AT
    seen_at = AT


def moved_out(
    warehouse: Warehouse, item: Item, quantity: int, on: date, *, kind: MoveKind = MoveKind.SHIPMENT
) -> StockMove:
    """So much of an item was shipped or issued on a day, or came back from a customer."""
    place, company = store_of(warehouse), warehouse.company
    away = LocationKind.PRODUCTION if kind == MoveKind.ISSUE else LocationKind.CUSTOMER
    other = common_location(company, away)
    is_return = kind == MoveKind.CUSTOMER_RETURN
    posting = Posting(
        key=f"test:{uuid4()}",
        kind=kind,
        item_id=item.pk,
        quantity=Decimal(quantity),
        source=other if is_return else place,
        target=place if is_return else other,
    )
    (move,) = post([posting], company=company, actor=None, at=datetime(on.year, on.month, on.day, 12, tzinfo=AT.tzinfo))
    return move
