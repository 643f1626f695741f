"""Factories of purchasing; each builds only what is asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from erp.purchasing.models import (
    GoodsReceipt,
    GoodsReceiptLine,
    PurchaseOrder,
    PurchaseOrderLine,
    PurchaseRequest,
    PurchaseRequestLine,
    SupplierReturn,
)
from tests.factories.erp import WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory


class PurchaseRequestFactory(DjangoModelFactory[PurchaseRequest]):
    """A requisition without lines."""

    class Meta:
        model = PurchaseRequest

    number = factory.Sequence(lambda n: f"PR{n:06}")
    warehouse = factory.SubFactory(WarehouseFactory)
    company = factory.SelfAttribute("warehouse.company")
    needed_on = date(2026, 12, 1)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class PurchaseRequestLineFactory(DjangoModelFactory[PurchaseRequestLine]):
    """A hundred of an item."""

    class Meta:
        model = PurchaseRequestLine

    request = factory.SubFactory(PurchaseRequestFactory)
    position = factory.Sequence(lambda n: n + 1)
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(100)


class PurchaseOrderFactory(DjangoModelFactory[PurchaseOrder]):
    """A purchase order without lines."""

    class Meta:
        model = PurchaseOrder

    number = factory.Sequence(lambda n: f"PO{n:06}")
    warehouse = factory.SubFactory(WarehouseFactory)
    company = factory.SelfAttribute("warehouse.company")
    currency = factory.SelfAttribute("company.base_currency")
    supplier = factory.SubFactory(PartyFactory, is_customer=False, is_supplier=True)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class PurchaseOrderLineFactory(DjangoModelFactory[PurchaseOrderLine]):
    """Ten of an item."""

    class Meta:
        model = PurchaseOrderLine

    document = factory.SubFactory(PurchaseOrderFactory)
    position = factory.Sequence(lambda n: n + 1)
    item = factory.SubFactory(ItemFactory)
    description = "PCB 主板"
    quantity = Decimal(10)
    base_quantity = factory.SelfAttribute("quantity")


class GoodsReceiptFactory(DjangoModelFactory[GoodsReceipt]):
    """A receipt without lines."""

    class Meta:
        model = GoodsReceipt

    number = factory.Sequence(lambda n: f"GR{n:06}")
    order = factory.SubFactory(PurchaseOrderFactory)
    company = factory.SelfAttribute("order.company")
    warehouse = factory.SelfAttribute("order.warehouse")
    received_on = date(2026, 11, 2)
    request = factory.LazyFunction(uuid4)
    owner = factory.SelfAttribute("order.owner")
    created_by = factory.SelfAttribute("owner")


class GoodsReceiptLineFactory(DjangoModelFactory[GoodsReceiptLine]):
    """Ten pieces, with the move that laid them into the warehouse."""

    class Meta:
        model = GoodsReceiptLine

    receipt = factory.SubFactory(GoodsReceiptFactory)
    position = factory.Sequence(lambda n: n + 1)
    order_line = factory.SubFactory(PurchaseOrderLineFactory, document=factory.SelfAttribute("..receipt.order"))
    quantity = Decimal(10)
    move = factory.LazyAttribute(lambda line: stock(line.receipt.warehouse, line.order_line.item, line.quantity))


class SupplierReturnFactory(DjangoModelFactory[SupplierReturn]):
    """One piece that went back; its move stands for any."""

    class Meta:
        model = SupplierReturn

    number = factory.Sequence(lambda n: f"SR{n:06}")
    receipt_line = factory.SubFactory(GoodsReceiptLineFactory)
    company = factory.SelfAttribute("receipt_line.receipt.company")
    returned_on = date(2026, 11, 2)
    quantity = Decimal(1)
    reason = "外观不良"
    request = factory.LazyFunction(uuid4)
    move = factory.LazyAttribute(
        lambda each: stock(each.receipt_line.receipt.warehouse, each.receipt_line.order_line.item, each.quantity)
    )
    owner = factory.SelfAttribute("receipt_line.receipt.owner")
    created_by = factory.SelfAttribute("owner")
