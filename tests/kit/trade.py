"""What people do in trade, step by step, for tests that begin in the middle of it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from erp.masterdata.models import Warehouse
from erp.purchasing import services as purchasing
from erp.purchasing.models import PurchaseOrder, PurchaseRequest
from erp.sales.models import SalesOrder
from erp.sales.services import create_order, submit_order
from suite.access.models import User
from suite.masters.models import Item
from tests.factories.erp import AT
from tests.factories.masters import PartyFactory

PRICE = Decimal(31)


def sell(
    seller: User, warehouse: Warehouse, *items: Item, requested_on: date, quantity: int = 10, at: datetime = AT
) -> SalesOrder:
    """A confirmed order of a new customer, so many of each item."""
    order = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=warehouse,
        requested_on=requested_on,
        lines=[{"item": each, "quantity": Decimal(quantity)} for each in items],
        owner=seller,
        actor=seller,
        at=at,
    )
    return submit_order(salesorder=order, actor=seller, at=at)


def draw_up_purchase(buyer: User, order: SalesOrder, *, at: datetime = AT, **changes: Any) -> PurchaseOrder:
    """A draft with a new supplier for what an order lacks and nobody ordered yet."""
    request = PurchaseRequest.objects.get(reason=str(order))
    purchase = purchasing.order_request(request=request, supplier=PartyFactory(is_supplier=True), actor=buyer, at=at)
    lines = [{"id": line.pk, "unit_price": PRICE} for line in purchase.lines.order_by("position")]
    return purchasing.update_order(order=purchase, lines=lines, actor=buyer, at=at, **changes)


def buy(buyer: User, order: SalesOrder, *, at: datetime = AT, **changes: Any) -> PurchaseOrder:
    """A purchase order for what an order lacks, released where the buyer may do so."""
    purchase = draw_up_purchase(buyer, order, at=at, **changes)
    return purchasing.submit_order(order=purchase, actor=buyer, at=at)
