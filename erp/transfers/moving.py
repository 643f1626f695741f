"""Sending what a transfer is about, and what becomes of it: received, brought back, consumed or written off."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from erp.inventory.choices import MoveKind
from erp.inventory.errors import InsufficientStock, Shortage
from erp.inventory.ledger import Posting, post, reservations_of, reserve
from erp.inventory.models import Reservation
from erp.inventory.services import announce
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Location
from erp.masterdata.services import common_location, consigned_location, store_of
from erp.transfers.choices import StepKind, TransferStatus
from erp.transfers.models import TransferLine, TransferOrder, TransferPart, TransferStep
from erp.transfers.services import demand_of, let_go, lines_in_hand, refuse_unless_open
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.masters.decimals import round_exact
from suite.masters.models import Item

ZERO = Decimal(0)
# Quantities in base units, by key of a line or a part.
Quantities = Mapping[int, Decimal]


class Way(NamedTuple):
    """What a step does: which column counts it, as which kind of move."""

    column: str
    move: MoveKind


WAYS = {
    StepKind.RECEIVE: Way("received", MoveKind.TRANSFER),
    StepKind.RETURN: Way("returned", MoveKind.TRANSFER),
    StepKind.CONSUME: Way("consumed", MoveKind.ISSUE),
    StepKind.LOSE: Way("lost", MoveKind.LOSS),
}


@transaction.atomic
def ship_transfer(
    *,
    transferorder: TransferOrder,
    request: UUID,
    actor: User,
    at: datetime,
    quantities: Quantities | None = None,
    tracking_number: str = "",
) -> TransferOrder:
    """
    Send what a transfer is about, from what is kept for it first: on its way, or straight to the supplier.

    :param request: names this shipment; asked for again it does nothing.
    :param quantities: by key of the line, in base units; None: all that was not sent yet.
    :raises WrongState: unless the order is confirmed or partly sent.
    :raises InvalidInput: when nothing is to go, or more than is open.
    :raises InsufficientStock: when there is less than should go.
    """
    order = TransferOrder.objects.lock(transferorder)
    if _is_done(order, request, StepKind.SHIP):
        return order
    refuse_unless_open(order)
    lines = {line.pk: line for line in lines_in_hand(order)}
    wanted = _wanted(lines, quantities)
    place = store_of(order.source)
    taken = _take_kept(lines, wanted, place, at)
    between = _between(order)
    postings = [
        Posting(
            key=f"transfer-order:{request}:{number}",
            kind=MoveKind.TRANSFER,
            item_id=each.quant.item_id,
            quantity=quantity,
            source=place,
            target=between,
            lot_id=each.quant.lot_id,
            document=order,
            line_id=each.demand_id,
            reservation=each,
        )
        for number, (each, quantity) in enumerate(taken)
    ]
    post(postings, company=order.company, actor=actor, at=at)
    _count_shipped(lines, wanted, taken)
    _record(order, request, StepKind.SHIP, actor, at)
    if tracking_number:
        order.tracking_number = tracking_number
        order.save(update_fields=["tracking_number"])
    if order.status == TransferStatus.CONFIRMED:
        order.become(TransferStatus.SHIPPED, actor=actor, at=at)
    return order


@transaction.atomic
def receive_transfer(
    *, transferorder: TransferOrder, quantities: Quantities, request: UUID, actor: User, at: datetime
) -> TransferOrder:
    """
    Receive what arrived at the warehouse it goes to.

    :param quantities: by key of the sent part, in base units.
    :param request: names this receipt; received again it does nothing.
    :raises WrongState: unless it is on its way to a warehouse.
    :raises InvalidInput: when nothing arrived, or more than is on its way.
    """
    order = TransferOrder.objects.lock(transferorder)
    if order.target is None:
        raise WrongState(_("It went to a supplier: bring it back, or record what was consumed."))
    return _settle(order, StepKind.RECEIVE, store_of(order.target), quantities, request, actor, at)


@transaction.atomic
def return_transfer(
    *,
    transferorder: TransferOrder,
    quantities: Quantities,
    request: UUID,
    actor: User,
    at: datetime,
    reason: str = "",
) -> TransferOrder:
    """
    Bring back to the warehouse it came from what is on its way, or lies at the supplier.

    :param quantities: by key of the sent part, in base units.
    :param request: names this return; done again it does nothing.
    :raises WrongState: unless something was sent.
    :raises InvalidInput: when nothing comes back, or more than is out.
    """
    order = TransferOrder.objects.lock(transferorder)
    return _settle(order, StepKind.RETURN, store_of(order.source), quantities, request, actor, at, reason)


@transaction.atomic
def consume_transfer(
    *,
    transferorder: TransferOrder,
    quantities: Quantities,
    request: UUID,
    actor: User,
    at: datetime,
    reason: str = "",
) -> TransferOrder:
    """
    Record what a supplier used up of what lies there, for what it makes for the company.

    :param quantities: by key of the sent part, in base units.
    :param request: names this entry; done again it does nothing.
    :raises WrongState: unless it went to a supplier.
    :raises InvalidInput: when nothing was consumed, or more than lies there.
    """
    order = TransferOrder.objects.lock(transferorder)
    if not order.goes_to_supplier:
        raise WrongState(_("Only what lies at a supplier is consumed there."))
    target = common_location(order.company, LocationKind.PRODUCTION)
    return _settle(order, StepKind.CONSUME, target, quantities, request, actor, at, reason)


@transaction.atomic
def lose_transfer(
    *, transferorder: TransferOrder, quantities: Quantities, reason: str, request: UUID, actor: User, at: datetime
) -> TransferOrder:
    """
    Write off what will not arrive, or is missing at the supplier.

    :param quantities: by key of the sent part, in base units.
    :param request: names this entry; done again it does nothing.
    :raises WrongState: unless something was sent.
    :raises InvalidInput: without a reason, when nothing is lost, or more than is out.
    """
    order = TransferOrder.objects.lock(transferorder)
    if not reason.strip():
        raise InvalidInput(_("Say why it is written off."), field="reason")
    target = common_location(order.company, LocationKind.LOSS)
    return _settle(order, StepKind.LOSE, target, quantities, request, actor, at, reason)


@transaction.atomic
def close_transfer(*, transferorder: TransferOrder, actor: User, at: datetime, reason: str = "") -> TransferOrder:
    """
    Close a transfer whose rest is not sent any more; what was kept for it is free again.

    :raises WrongState: unless it was sent in part and nothing of it is out any more.
    """
    order = TransferOrder.objects.lock(transferorder)
    order.become(TransferStatus.CLOSED, actor=actor, at=at, reason=reason)
    if any(part.outstanding for part in order.parts):
        raise WrongState(
            _("Something is still on its way or at the supplier: receive it, bring it back or write it off.")
        )
    let_go(order, at)
    return order


def _between(order: TransferOrder) -> Location:
    """Return where what was sent is until it is settled: in transit, or at the supplier."""
    if order.supplier is not None:
        return consigned_location(order.company, order.supplier)
    return common_location(order.company, LocationKind.TRANSIT)


# -- sending -----------------------------------------------------------------------------------


def _wanted(lines: Mapping[int, TransferLine], quantities: Quantities | None) -> dict[int, Decimal]:
    """Return what is to go, by line."""
    given = {pk: line.open_quantity for pk, line in lines.items()} if quantities is None else quantities
    wanted = {pk: quantity for pk, quantity in given.items() if quantity}
    for pk, quantity in wanted.items():
        if pk not in lines or not quantity.is_finite() or not 0 < quantity <= lines[pk].open_quantity:
            raise InvalidInput(_("No more can be sent than is open."))
        _check_unit(lines[pk].item, quantity)
    if not wanted:
        raise InvalidInput(_("Enter what is sent."))
    return wanted


def _take_kept(
    lines: Mapping[int, TransferLine], wanted: Quantities, place: Location, at: datetime
) -> list[tuple[Reservation, Decimal]]:
    """Return what is kept for the lines and how much of it goes; what is missing is kept now."""
    going = [lines[pk] for pk in wanted]
    kept: dict[int, Decimal] = defaultdict(Decimal)
    for each in reservations_of(going).filter(quant__location=place):
        kept[each.demand_id] += each.quantity
    missing = {line.pk: wanted[line.pk] - kept[line.pk] for line in going if wanted[line.pk] > kept[line.pk]}
    got = reserve([demand_of(lines[pk], quantity) for pk, quantity in missing.items()], [place], at=at)
    shortages = [
        Shortage(str(lines[pk].item), wanted[pk], kept[pk] + got[pk]) for pk in missing if got[pk] < missing[pk]
    ]
    if shortages:
        raise InsufficientStock(shortages)
    left = dict(wanted)
    taken = []
    for each in reservations_of(going).filter(quant__location=place).select_related("quant").order_by("pk"):
        part = min(left[each.demand_id], each.quantity)
        if part:
            left[each.demand_id] -= part
            taken.append((each, part))
    return taken


def _count_shipped(
    lines: Mapping[int, TransferLine], wanted: Quantities, taken: Sequence[tuple[Reservation, Decimal]]
) -> None:
    """Count what went in the lines, and by lot in their parts."""
    for pk, quantity in wanted.items():
        lines[pk].shipped += quantity
    TransferLine.objects.bulk_update([lines[pk] for pk in wanted], ["shipped"])
    parts = {(part.line_id, part.lot_id): part for part in TransferPart.objects.filter(line__in=list(wanted))}
    new: dict[tuple[int, int | None], TransferPart] = {}
    for each, quantity in taken:
        key = each.demand_id, each.quant.lot_id
        part = parts.get(key) or new.setdefault(key, TransferPart(line=lines[each.demand_id], lot_id=key[1]))
        part.shipped += quantity
    TransferPart.objects.bulk_update(parts.values(), ["shipped"])
    TransferPart.objects.bulk_create(new.values())


# -- settling ----------------------------------------------------------------------------------


def _settle(
    order: TransferOrder,
    kind: StepKind,
    target: Location,
    quantities: Quantities,
    request: UUID,
    actor: User,
    at: datetime,
    reason: str = "",
) -> TransferOrder:
    """Move what was sent to where it goes now, count it, and complete an order of which nothing is out any more."""
    if _is_done(order, request, kind):
        return order
    if order.status != TransferStatus.SHIPPED:
        raise WrongState(
            _("%(number)s is “%(state)s”.") % {"number": order.number, "state": order.get_status_display()}
        )
    way = WAYS[kind]
    parts = {part.pk: part for part in order.parts.select_related("line__item__base_unit", "lot")}
    moving = {pk: quantity for pk, quantity in quantities.items() if quantity}
    _check_out(parts, moving)
    source = _between(order)
    postings = [
        Posting(
            key=f"transfer-order:{request}:{pk}",
            kind=way.move,
            item_id=parts[pk].line.item_id,
            quantity=quantity,
            source=source,
            target=target,
            lot_id=parts[pk].lot_id,
            document=order,
            line_id=parts[pk].line_id,
        )
        for pk, quantity in moving.items()
    ]
    moves = post(postings, company=order.company, actor=actor, at=at)
    for pk, quantity in moving.items():
        setattr(parts[pk], way.column, getattr(parts[pk], way.column) + quantity)
    TransferPart.objects.bulk_update([parts[pk] for pk in moving], [way.column])
    _record(order, request, kind, actor, at, reason)
    is_sent = not any(line.open_quantity for line in order.lines.all())
    if is_sent and not any(part.outstanding for part in parts.values()):
        order.become(TransferStatus.DONE, actor=actor, at=at)
    announce(moves)
    return order


def _check_out(parts: Mapping[int, TransferPart], moving: Quantities) -> None:
    """Refuse more than is out, and quantities that cannot be."""
    for pk, quantity in moving.items():
        if pk not in parts or not quantity.is_finite() or not 0 < quantity <= parts[pk].outstanding:
            raise InvalidInput(_("No more than what is on its way or at the supplier."))
        _check_unit(parts[pk].line.item, quantity)
    if not moving:
        raise InvalidInput(_("Enter at least one quantity."))


def _check_unit(item: Item, quantity: Decimal) -> None:
    unit = item.base_unit
    if round_exact(quantity, unit.decimals) != quantity:
        raise InvalidInput(
            _("%(unit)s has no more than %(decimals)d decimals.") % {"unit": unit, "decimals": unit.decimals}
        )


def _is_done(order: TransferOrder, request: UUID, kind: StepKind) -> bool:
    """
    Whether a request was carried out before.

    :raises InvalidInput: when it was for something else.
    """
    step = TransferStep.objects.filter(request=request).first()
    if step is not None and (step.transfer_id, step.kind) != (order.pk, kind):
        raise InvalidInput(_("This was posted for another document already. Reload the page."))
    return step is not None


def _record(order: TransferOrder, request: UUID, kind: StepKind, actor: User, at: datetime, reason: str = "") -> None:
    TransferStep.objects.create(transfer=order, kind=kind, request=request, reason=reason, actor=actor, at=at)
