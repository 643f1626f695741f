"""Factories of sales orders, deliveries and returns; stock papers are made by posting."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.ledger import Posting, post
from erp.inventory.models import StockMove
from erp.masterdata.choices import LocationKind
from erp.masterdata.services import common_location, store_of
from erp.sales.models import (
    CustomerReturn,
    CustomerReturnLine,
    Delivery,
    DeliveryLine,
    SalesOrder,
    SalesOrderLine,
)
from tests.factories.erp import AT, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import CurrencyFactory, ItemFactory, PartyFactory

DAY = date(2026, 11, 2)


class SalesOrderFactory(DjangoModelFactory[SalesOrder]):
    """An order without lines."""

    class Meta:
        model = SalesOrder

    number = factory.Sequence(lambda n: f"SO{n:06}")
    warehouse = factory.SubFactory(WarehouseFactory)
    company = factory.SelfAttribute("warehouse.company")
    party = factory.SubFactory(PartyFactory, is_customer=True)
    currency = factory.SubFactory(CurrencyFactory)
    requested_on = DAY
    document_date = DAY
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class SalesOrderLineFactory(DjangoModelFactory[SalesOrderLine]):
    """Ten pieces."""

    class Meta:
        model = SalesOrderLine

    document = factory.SubFactory(SalesOrderFactory)
    position = factory.Sequence(lambda n: n + 1)
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(10)
    base_quantity = Decimal(10)


class _StockDocumentFactory(DjangoModelFactory[Any]):
    class Meta:
        abstract = True

    document_date = DAY
    request = factory.LazyFunction(uuid4)


class DeliveryFactory(_StockDocumentFactory):
    """A delivery without lines."""

    class Meta:
        model = Delivery

    number = factory.Sequence(lambda n: f"DN{n:06}")
    order = factory.SubFactory(SalesOrderFactory)
    warehouse = factory.SelfAttribute("order.warehouse")
    company = factory.SelfAttribute("order.company")
    owner = factory.SelfAttribute("order.owner")
    created_by = factory.SelfAttribute("owner")


class CustomerReturnFactory(_StockDocumentFactory):
    """A return without lines."""

    class Meta:
        model = CustomerReturn

    number = factory.Sequence(lambda n: f"RT{n:06}")
    delivery = factory.SubFactory(DeliveryFactory)
    warehouse = factory.SelfAttribute("delivery.warehouse")
    company = factory.SelfAttribute("delivery.company")
    owner = factory.SelfAttribute("delivery.owner")
    created_by = factory.SelfAttribute("owner")
    reason = "外壳划伤"


def _moved(line: SalesOrderLine, quantity: Decimal, origin: StockMove | None = None) -> StockMove:
    """Stock that went to the customer of a line, or came back from there."""
    warehouse, item = line.document.warehouse, line.item
    assert item is not None
    company = warehouse.company
    customers = common_location(company, LocationKind.CUSTOMER)
    if origin is None:
        stock(warehouse, item, quantity)
    posting = Posting(
        key=f"test:{uuid4()}",
        kind=MoveKind.SHIPMENT if origin is None else MoveKind.CUSTOMER_RETURN,
        item_id=item.pk,
        quantity=quantity,
        source=store_of(warehouse) if origin is None else customers,
        target=customers if origin is None else store_of(warehouse),
        to_status=StockStatus.GOOD if origin is None else StockStatus.PENDING,
        origin_id=origin.pk if origin is not None else None,
    )
    (move,) = post([posting], company=company, actor=None, at=AT)
    return move


class DeliveryLineFactory(DjangoModelFactory[DeliveryLine]):
    """Ten pieces that went."""

    class Meta:
        model = DeliveryLine

    document = factory.SubFactory(DeliveryFactory)
    order_line = factory.SubFactory(SalesOrderLineFactory, document=factory.SelfAttribute("..document.order"))
    quantity = Decimal(10)
    move = factory.LazyAttribute(lambda line: _moved(line.order_line, line.quantity))


class CustomerReturnLineFactory(DjangoModelFactory[CustomerReturnLine]):
    """Two pieces that came back."""

    class Meta:
        model = CustomerReturnLine

    document = factory.SubFactory(CustomerReturnFactory)
    delivery_line = factory.SubFactory(DeliveryLineFactory, document=factory.SelfAttribute("..document.delivery"))
    quantity = Decimal(2)
    move = factory.LazyAttribute(
        lambda line: _moved(line.delivery_line.order_line, line.quantity, line.delivery_line.move)
    )
