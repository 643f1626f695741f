"""What ERP tells the systems above it, and its own slices each other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from suite.events import Event


@dataclass(frozen=True)
class StockArrived(Event):
    """Good stock of items came to lie in a company's warehouses, or is free there again."""

    company_pk: int
    item_pks: tuple[int, ...]
    at: datetime


@dataclass(frozen=True)
class ReservationsLost(Event):
    """
    Stock that was kept for lines of documents turned out not to be there.

    :param lines: key of the line, key of the item, and what is not kept any more, in base units.
    """

    company_pk: int
    line_type_pk: int
    lines: tuple[tuple[int, int, str], ...]
    at: datetime
    actor_pk: int


@dataclass(frozen=True)
class OrderShort(Event):
    """
    A confirmed order lacks stock.

    :param shortages: key of the order line, key of the item, and what is missing, in base units.
    :param is_repeated: it was told before; what somebody decided about it since counts.
    """

    order_pk: int
    line_type_pk: int
    shortages: tuple[tuple[int, int, str], ...]
    company_pk: int
    warehouse_pk: int
    needed_on: date
    at: datetime
    actor_pk: int
    is_repeated: bool = False


@dataclass(frozen=True)
class SalesOrderConfirmed(Event):
    """A sales order was confirmed."""

    order_pk: int


@dataclass(frozen=True)
class DemandGone(Event):
    """Lines of an order that ended will not be delivered; what was asked for because of them is not needed any more."""

    line_type_pk: int
    line_pks: tuple[int, ...]
    at: datetime
    actor_pk: int


@dataclass(frozen=True)
class GoodsShipped(Event):
    """Goods left for a customer."""

    delivery_pk: int


@dataclass(frozen=True)
class DeliverySigned(Event):
    """A customer signed for a delivery."""

    delivery_pk: int


@dataclass(frozen=True)
class CustomerReturned(Event):
    """A customer sent goods back."""

    return_pk: int
    at: datetime
    actor_pk: int


@dataclass(frozen=True)
class PurchaseOrderReleased(Event):
    """A purchase order went to its supplier."""

    order_pk: int


@dataclass(frozen=True)
class PurchaseDatesChanged(Event):
    """When what was ordered comes, or whether it does, is not what it was."""

    order_pk: int
    at: datetime
    actor_pk: int


@dataclass(frozen=True)
class PurchaseOrderCancelled(Event):
    """A purchase order was given up before anything of it came."""

    order_pk: int


@dataclass(frozen=True)
class GoodsReceived(Event):
    """A delivery of a supplier was received."""

    receipt_pk: int


@dataclass(frozen=True)
class GoodsReturned(Event):
    """Received goods went back to their supplier."""

    return_pk: int
