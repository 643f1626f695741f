"""Operations on deliveries: what goes to customers, and what comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.events import CustomerReturned, DeliverySigned, GoodsShipped
from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.errors import InsufficientStock, Shortage
from erp.inventory.ledger import Posting, post, release, reservations_of, reserve
from erp.inventory.models import Reservation
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Location, Warehouse
from erp.masterdata.services import store_and_common
from erp.papers import posted_already
from erp.sales.choices import OPEN, DeliveryStatus, OrderStatus
from erp.sales.models import (
    CustomerReturn,
    CustomerReturnLine,
    Delivery,
    DeliveryLine,
    SalesOrder,
    SalesOrderLine,
)
from erp.sales.selectors import Quantities, demand_of
from erp.sales.services import places_for
from suite import events
from suite.access.models import User
from suite.core.bulk import set_columns
from suite.core.errors import InvalidInput, WrongState
from suite.documents.numbering import next_number, register_kind
from suite.documents.services import link_documents

DELIVERY_NUMBERS = register_kind(
    "erp.delivery", pattern="DN{yyyy}{mm}{seq:04}", reset="MONTH", title=gettext_lazy("delivery")
)
RETURN_NUMBERS = register_kind(
    "erp.customerreturn", pattern="RT{yyyy}{mm}{seq:04}", reset="MONTH", title=gettext_lazy("return")
)
ZERO = Decimal(0)


@transaction.atomic
def ship_order(
    *,
    salesorder: SalesOrder,
    request: UUID,
    actor: User,
    at: datetime,
    quantities: Quantities | None = None,
    warehouse: Warehouse | None = None,
    **details: Any,
) -> Delivery:
    """
    Send goods of an order, from what is kept for it first.

    :param request: names this delivery; asked for again it is returned as it is.
    :param quantities: by key of the order line, in base units; None: all that is kept in the warehouse.
    :param warehouse: None: the order's own.
    :raises WrongState: unless the order is confirmed.
    :raises InvalidInput: when nothing is to go, or more than is open.
    :raises InsufficientStock: when there is less than should go.
    """
    order = SalesOrder.objects.lock(salesorder)
    if (made := posted_already(Delivery, request, order=order)) is not None:
        return made
    if order.status not in OPEN:
        raise WrongState(
            _("%(number)s is “%(state)s”.") % {"number": order.number, "state": order.get_status_display()}
        )
    warehouse = warehouse or order.warehouse
    place, target = store_and_common(warehouse, LocationKind.CUSTOMER)
    # Before any stock: who serves waiting lines passes over those that are in somebody's hands.
    goods = order.lines.filter(item__isnull=False).select_for_update(of=("self",)).order_by("pk")
    lines = {line.pk: line for line in goods.select_related("item")}
    # Nobody else keeps more or less for lines that are in hand here.
    reservations = _reservations(lines)
    there = _sums(reservations, place)
    wanted = _wanted(lines, quantities, there)
    if _keep_missing(lines, wanted, there, place, at):
        reservations = _reservations(lines)
    kept = _parts(wanted, reservations, place)
    day = timezone.localdate(at)
    delivery = Delivery.objects.create(
        company=order.company,
        number=next_number(order.company, DELIVERY_NUMBERS, day),
        document_date=day,
        warehouse=warehouse,
        request=request,
        order=order,
        owner=order.owner,
        created_by=actor,
        created_at=at,
        **details,
    )
    postings = [
        Posting(
            key=f"delivery:{request}:{number}",
            kind=MoveKind.SHIPMENT,
            item_id=each.quant.item_id,
            quantity=quantity,
            source=place,
            target=target,
            lot_id=each.quant.lot_id,
            document=delivery,
            line_id=each.demand_id,
            reservation=each,
        )
        for number, (each, quantity) in enumerate(kept)
    ]
    moves = post(postings, company=order.company, actor=actor, at=at)
    DeliveryLine.objects.bulk_create(
        DeliveryLine(document=delivery, order_line=lines[move.line_id or 0], quantity=move.quantity, move=move)
        for move in moves
    )
    for pk, quantity in wanted.items():
        lines[pk].delivered += quantity
    set_columns(lines.values(), ["delivered"])
    _keep_no_more_than_open(order, lines, _left(reservations, kept), at)
    is_complete = all(line.open_quantity == 0 for line in lines.values())
    status = OrderStatus.DELIVERED if is_complete else OrderStatus.PARTIAL
    if order.status != status:
        order.become(status, actor=actor, at=at, reason=delivery.number)
    link_documents(order, delivery)
    events.publish(GoodsShipped(delivery_pk=delivery.pk))
    return delivery


@transaction.atomic
def sign_delivery(*, delivery: Delivery, actor: User, at: datetime, signed_on: date | None = None) -> Delivery:
    """
    Record that the customer signed for a delivery.

    :raises WrongState: when it was signed for already.
    """
    delivery = Delivery.objects.lock(delivery)
    delivery.signed_on = signed_on or timezone.localdate(at)
    delivery.save(update_fields=["signed_on"])
    delivery.become(DeliveryStatus.SIGNED, actor=actor, at=at)
    events.publish(DeliverySigned(delivery_pk=delivery.pk))
    return delivery


@transaction.atomic
def receive_return(
    *,
    delivery: Delivery,
    quantities: Quantities,
    reason: str,
    request: UUID,
    actor: User,
    at: datetime,
) -> CustomerReturn:
    """
    Take goods back; they wait for inspection, at what they cost when they left.

    :param quantities: by key of the delivery line, in base units.
    :param request: names this return; asked for again it is returned as it is.
    :raises InvalidInput: when nothing comes back, or more than went.
    """
    order = SalesOrder.objects.lock(delivery.order_id)
    if (made := posted_already(CustomerReturn, request, delivery=delivery)) is not None:
        return made
    lines = {line.pk: line for line in delivery.lines.select_related("move", "order_line")}
    wanted = {pk: quantity for pk, quantity in quantities.items() if quantity}
    for pk, quantity in wanted.items():
        if pk not in lines or not 0 < quantity <= lines[pk].quantity - lines[pk].returned:
            raise InvalidInput(_("More cannot come back than went."))
    if not wanted:
        raise InvalidInput(_("Enter what comes back."))
    day = timezone.localdate(at)
    back = CustomerReturn.objects.create(
        company=delivery.company,
        number=next_number(delivery.company, RETURN_NUMBERS, day),
        document_date=day,
        warehouse=delivery.warehouse,
        request=request,
        delivery=delivery,
        reason=reason,
        owner=order.owner,
        created_by=actor,
        created_at=at,
    )
    target, source = store_and_common(delivery.warehouse, LocationKind.CUSTOMER)
    postings = [
        Posting(
            key=f"customer-return:{request}:{pk}",
            kind=MoveKind.CUSTOMER_RETURN,
            item_id=lines[pk].move.item_id,
            quantity=quantity,
            source=source,
            target=target,
            lot_id=lines[pk].move.lot_id,
            to_status=StockStatus.PENDING,
            origin_id=lines[pk].move_id,
            document=back,
            line_id=pk,
        )
        for pk, quantity in wanted.items()
    ]
    moves = post(postings, company=delivery.company, actor=actor, at=at)
    CustomerReturnLine.objects.bulk_create(
        CustomerReturnLine(document=back, delivery_line=lines[move.line_id or 0], quantity=move.quantity, move=move)
        for move in moves
    )
    ordered = {line.pk: line for line in order.lines.all()}
    for pk, quantity in wanted.items():
        lines[pk].returned += quantity
        ordered[lines[pk].order_line_id].returned += quantity
    DeliveryLine.objects.bulk_update(lines.values(), ["returned"])
    SalesOrderLine.objects.bulk_update(ordered.values(), ["returned"])
    link_documents(delivery, back)
    events.publish(CustomerReturned(return_pk=back.pk, at=at, actor_pk=actor.pk))
    return back


def _reservations(lines: Mapping[int, SalesOrderLine]) -> list[Reservation]:
    """Return what is kept for lines, with the stock, in the order of its keys."""
    return list(reservations_of(list(lines.values())).select_related("quant").order_by("pk"))


def _sums(reservations: Iterable[Reservation], place: Location) -> dict[int, Decimal]:
    """Return how much is kept at a place, by key of the line."""
    sums: dict[int, Decimal] = defaultdict(Decimal)
    for each in reservations:
        if each.quant.location_id == place.pk:
            sums[each.demand_id] += each.quantity
    return sums


def _left(reservations: Iterable[Reservation], parts: Iterable[tuple[Reservation, Decimal]]) -> dict[int, Decimal]:
    """Return how much is kept anywhere once the parts are gone, by key of the line."""
    left: dict[int, Decimal] = defaultdict(Decimal)
    for each in reservations:
        left[each.demand_id] += each.quantity
    for each, quantity in parts:
        left[each.demand_id] -= quantity
    return left


def _wanted(lines: Mapping[int, SalesOrderLine], quantities: Quantities | None, kept: Quantities) -> dict[int, Decimal]:
    """Return what is to go, by line."""
    if quantities is None:
        wanted = {pk: min(kept.get(pk, ZERO), line.open_quantity) for pk, line in lines.items()}
    else:
        wanted = dict(quantities)
    wanted = {pk: quantity for pk, quantity in wanted.items() if quantity}
    for pk, quantity in wanted.items():
        if pk not in lines or not 0 < quantity <= lines[pk].open_quantity:
            raise InvalidInput(_("No more can be delivered than is open."))
    if not wanted:
        raise InvalidInput(_("Nothing is kept in stock for this order yet."))
    return wanted


def _keep_missing(
    lines: Mapping[int, SalesOrderLine], wanted: Quantities, kept: Quantities, place: Location, at: datetime
) -> bool:
    """
    Keep now what is to go and not kept yet, and return whether there was any.

    :raises InsufficientStock: when there is less.
    """
    missing = {pk: quantity - kept.get(pk, ZERO) for pk, quantity in wanted.items() if quantity > kept.get(pk, ZERO)}
    if not missing:
        return False
    got = reserve([demand_of(lines[pk], quantity) for pk, quantity in missing.items()], [place], at=at)
    shortages = [
        Shortage(str(lines[pk].item), wanted[pk], kept.get(pk, ZERO) + got[pk])
        for pk, quantity in missing.items()
        if got[pk] < quantity
    ]
    if shortages:
        raise InsufficientStock(shortages)
    return True


def _parts(
    wanted: Quantities, reservations: Iterable[Reservation], place: Location
) -> list[tuple[Reservation, Decimal]]:
    """Return what of each reservation at a place goes."""
    left = dict(wanted)
    taken = []
    for each in reservations:
        part = min(left.get(each.demand_id, ZERO), each.quantity) if each.quant.location_id == place.pk else ZERO
        if part:
            left[each.demand_id] -= part
            taken.append((each, part))
    return taken


def _keep_no_more_than_open(
    order: SalesOrder, lines: Mapping[int, SalesOrderLine], kept: Quantities, at: datetime
) -> None:
    """Free what is kept elsewhere for what has gone from here."""
    over = [line for line in lines.values() if kept.get(line.pk, ZERO) > line.open_quantity]
    if not over:
        return
    release(over)
    reserve(
        [demand_of(line, line.open_quantity) for line in over if line.open_quantity],
        places_for(order),
        at=at,
    )
