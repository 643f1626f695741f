"""Factories of planning, and demand and supply on the books for it to find."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from erp.masterdata.models import Warehouse
from erp.purchasing.choices import OrderStatus as PurchaseStatus
from erp.purchasing.models import PurchaseOrderLine
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrderLine
from suite.masters.models import Item
from tests.factories.erp import AT
from tests.factories.erp_purchasing import PurchaseOrderFactory, PurchaseOrderLineFactory
from tests.factories.erp_sales import SalesOrderFactory, SalesOrderLineFactory


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
