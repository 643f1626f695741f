"""Operations on goods that arrive from suppliers and go back to them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.events import GoodsReceived, GoodsReturned
from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.ledger import Posting, post
from erp.inventory.models import Lot, StockMove
from erp.inventory.services import announce
from erp.lines import quantity_fault
from erp.masterdata.choices import LocationKind, Tracking
from erp.masterdata.models import StockItem
from erp.masterdata.services import store_and_common
from erp.papers import posted_already
from erp.purchasing.choices import OrderStatus
from erp.purchasing.models import GoodsReceipt, GoodsReceiptLine, PurchaseOrder, PurchaseOrderLine, SupplierReturn
from erp.purchasing.requests import follow_requests
from erp.purchasing.selectors import line_values
from erp.purchasing.services import refuse_unless_open
from suite import events
from suite.access.models import User
from suite.core.bulk import set_columns
from suite.core.errors import DomainError, InvalidInput
from suite.core.text import listed
from suite.documents.numbering import next_number, register_kind
from suite.documents.services import link_documents
from suite.masters.decimals import round_exact
from suite.masters.models import Item
from suite.pages.columns import quantity as quantity_text

RECEIPT_NUMBERS = register_kind(
    "erp.goodsreceipt", pattern="GR-{yyyy}-{seq:05}", reset="YEAR", title=gettext_lazy("goods receipt")
)
RETURN_NUMBERS = register_kind(
    "erp.supplierreturn", pattern="SR-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("return to supplier")
)
# So much more than was ordered is accepted of each line.
TOLERANCE_PERCENT = Decimal(5)
NOON = time(12)


class OverReceipt(DomainError):
    """More arrived than was ordered, beyond the tolerance."""

    code = "over-receipt"


class OverReturn(DomainError):
    """More would go back than is left of what arrived."""

    code = "over-return"


class Arrival(NamedTuple):
    """So much of an order line arrived, in the base unit of its item, of a lot where it has one."""

    line: PurchaseOrderLine
    quantity: Decimal
    lot_number: str = ""
    expires_on: date | None = None


@transaction.atomic
def receive_goods(
    *,
    order: PurchaseOrder,
    lines: Sequence[Arrival | tuple[Any, ...]],
    request: UUID,
    actor: User,
    at: datetime,
    received_on: date | None = None,
    supplier_delivery_number: str = "",
) -> GoodsReceipt:
    """
    Receive a delivery of a supplier into the warehouse of its order.

    Stock costs what the order says without tax, in the base currency; the shares of a line are rounded so that they
    add up to its amount once all of it came. What is inspected on receipt waits for inspection.

    :param lines: line of the order, quantity in the base unit, lot or serial number, last day of use.
    :param request: names this receipt; received again it returns the same one and posts nothing.
    :raises WrongState: unless the order is released and not received in full.
    :raises OverReceipt: when more arrived than was ordered, beyond five percent of a line.
    :raises InvalidInput: when nothing arrived, a lot is missing or of another day, or a line is of another order.
    :raises PeriodClosed: when the day is closed for stock.
    """
    order = PurchaseOrder.objects.lock(order)
    if (known := posted_already(GoodsReceipt, request, order=order)) is not None:
        return known
    refuse_unless_open(order)
    arrivals = [Arrival(*each) for each in lines]
    rows = {line.pk: line for line in order.lines.select_related("item__base_unit")}
    _check_arrivals(arrivals, rows)
    stocking = StockItem.objects.in_bulk({row.goods.pk for row in rows.values()}, field_name="item_id")
    lots = _lots(order, arrivals, rows, stocking)
    day = received_on or timezone.localdate(at)
    receipt = GoodsReceipt(
        company=order.company,
        order=order,
        warehouse=order.warehouse,
        received_on=day,
        supplier_delivery_number=supplier_delivery_number,
        request=request,
        owner=order.owner,
        created_by=actor,
        created_at=at,
    )
    # That the request is new was asked above; of two at once the second finds the order locked until then.
    receipt.full_clean(exclude=["status", "number", "request"])
    receipt.number = next_number(order.company, RECEIPT_NUMBERS, day)
    receipt.save()
    parts = []
    for position, (arrival, amount) in enumerate(_costed(order, arrivals, rows), start=1):
        row = rows[arrival.line.pk]
        is_inspected = row.goods.pk in stocking and stocking[row.goods.pk].is_inspected
        part = GoodsReceiptLine(
            receipt=receipt,
            position=position,
            order_line=row,
            quantity=arrival.quantity,
            lot=lots.get((row.goods.pk, arrival.lot_number)),
            status=StockStatus.PENDING if is_inspected else StockStatus.GOOD,
        )
        parts.append((part, amount))
    moves = _post_receipt(receipt, parts, stocking, actor, at)
    set_columns(rows.values(), ["received_quantity"])
    _settle(order, rows.values(), actor, at)
    if any(row.request_line_id for row in rows.values()):
        follow_requests((row.request_line_id for row in rows.values()), actor=actor, at=at)
    link_documents(order, receipt)
    announce(moves)
    events.publish(GoodsReceived(receipt_pk=receipt.pk))
    return receipt


@transaction.atomic
def return_goods(
    *,
    receipt_line: GoodsReceiptLine,
    quantity: Decimal,
    reason: str,
    request: UUID,
    actor: User,
    at: datetime,
    stock_status: StockStatus | None = None,
) -> SupplierReturn:
    """
    Send received goods back to their supplier, at what they were received for.

    The order waits for a replacement then; close it when none is expected.

    :param request: names this return; done again it returns the same one and posts nothing.
    :param stock_status: of the stock that goes back; None: as it was received.
    :raises OverReturn: when more would go back than is left of what arrived.
    :raises InsufficientStock: when less is there and free.
    :raises InvalidInput: when the quantity does not fit the unit.
    """
    order = PurchaseOrder.objects.lock(PurchaseOrder.objects.get(lines=receipt_line.order_line_id))
    receipt_line = GoodsReceiptLine.objects.lock(receipt_line)
    if (known := posted_already(SupplierReturn, request, receipt_line=receipt_line)) is not None:
        return known
    rows = {line.pk: line for line in order.lines.select_related("item__base_unit")}
    row = rows[receipt_line.order_line_id]
    if fault := quantity_fault(row.goods, quantity):
        raise InvalidInput(fault["quantity"], field="quantity")
    if quantity > receipt_line.kept_quantity:
        raise OverReturn(
            _("Only %(quantity)s of it are left to return.") % {"quantity": quantity_text(receipt_line.kept_quantity)},
            field="quantity",
        )
    receipt = receipt_line.receipt
    returned = SupplierReturn(
        company=receipt.company,
        receipt_line=receipt_line,
        returned_on=timezone.localdate(at),
        quantity=quantity,
        reason=reason,
        request=request,
        owner=receipt.owner,
        created_by=actor,
        created_at=at,
    )
    returned.full_clean(exclude=["status", "number", "move"])
    store, supplier = store_and_common(receipt.warehouse, LocationKind.SUPPLIER)
    posting = Posting(
        key=f"supplier-return:{request}",
        kind=MoveKind.SUPPLIER_RETURN,
        item_id=row.goods.pk,
        quantity=quantity,
        source=store,
        target=supplier,
        lot_id=receipt_line.lot_id,
        from_status=stock_status or StockStatus(receipt_line.status),
        origin_id=receipt_line.move_id,
        document=receipt,
        line_id=receipt_line.pk,
    )
    (returned.move,) = post([posting], company=receipt.company, actor=actor, at=at)
    returned.number = next_number(receipt.company, RETURN_NUMBERS, returned.returned_on)
    returned.save()
    receipt_line.returned_quantity += quantity
    receipt_line.save()
    row.returned_quantity += quantity
    row.save()
    _settle(order, rows.values(), actor, at)
    link_documents(receipt, returned)
    events.publish(GoodsReturned(return_pk=returned.pk))
    return returned


@transaction.atomic
def return_from_receipt(
    *,
    receipt: GoodsReceipt,
    receipt_line: GoodsReceiptLine,
    quantity: Decimal,
    reason: str,
    request: UUID,
    actor: User,
    at: datetime,
    stock_status: StockStatus | None = None,
) -> SupplierReturn:
    """
    Send goods of one receipt back; see :func:`return_goods`.

    :raises InvalidInput: when the line is of another receipt.
    """
    if receipt_line.receipt_id != receipt.pk:
        raise InvalidInput(_("This line belongs to another receipt."), field="receipt_line")
    return return_goods(
        receipt_line=receipt_line,
        quantity=quantity,
        reason=reason,
        request=request,
        stock_status=stock_status,
        actor=actor,
        at=at,
    )


def limit_of(line: PurchaseOrderLine) -> Decimal:
    """Return how much of an order line may be there: what was ordered and the tolerance, rounded down."""
    more = Fraction(line.base_quantity) * Fraction(TOLERANCE_PERCENT) / 100
    decimals: int = line.goods.base_unit.decimals
    return line.base_quantity + round_exact(more, decimals, ROUND_DOWN)


def _check_arrivals(arrivals: Sequence[Arrival], rows: dict[int, PurchaseOrderLine]) -> None:
    """Refuse arrivals of other orders, wrong quantities, and more than the tolerance lets in."""
    if not arrivals:
        raise InvalidInput(_("Enter what arrived."))
    total = {pk: row.kept_quantity for pk, row in rows.items()}
    for arrival in arrivals:
        row = rows.get(arrival.line.pk)
        if row is None:
            raise InvalidInput(_("This line belongs to another order."))
        if fault := quantity_fault(row.goods, arrival.quantity):
            raise InvalidInput(f"{row}: {fault['quantity']}")
        total[row.pk] += arrival.quantity
    over = [
        (row, kept)
        for row, kept in ((rows[pk], kept) for pk, kept in total.items())
        if row.kept_quantity < kept > limit_of(row)
    ]
    if over:
        each = [
            _("%(line)s: %(quantity)s would be there, at most %(limit)s are accepted")
            % {"line": row, "quantity": quantity_text(kept), "limit": quantity_text(limit_of(row))}
            for row, kept in over
        ]
        raise OverReceipt(_("More arrived than was ordered. %(lines)s.") % {"lines": listed(each)})


def _costed(
    order: PurchaseOrder, arrivals: Sequence[Arrival], rows: dict[int, PurchaseOrderLine]
) -> list[tuple[Arrival, Decimal]]:
    """Count what arrived in the order lines, and return what each arrival costs: the rise of the rounded share."""
    values = line_values(order, rows.values())
    decimals = order.company.base_currency.decimals

    def share(row: PurchaseOrderLine) -> Decimal:
        part = Fraction(row.received_quantity) / Fraction(row.base_quantity)
        return round_exact(values[row.pk] * part, decimals)

    found = []
    for arrival in arrivals:
        row = rows[arrival.line.pk]
        before = share(row)
        row.received_quantity += arrival.quantity
        found.append((arrival, share(row) - before))
    return found


def _lots(
    order: PurchaseOrder,
    arrivals: Sequence[Arrival],
    rows: dict[int, PurchaseOrderLine],
    stocking: dict[int, StockItem],
) -> dict[tuple[int, str], Lot]:
    """Return the lots that arrived, by item and number; new ones are made by one statement."""
    items: dict[int, Item] = {row.goods.pk: row.goods for row in rows.values()}
    wanted: dict[tuple[int, str], date | None] = {}
    for arrival in arrivals:
        if arrival.lot_number:
            key = rows[arrival.line.pk].goods.pk, arrival.lot_number
            wanted[key] = arrival.expires_on or wanted.get(key)
    if not wanted:
        return {}
    found = _lots_of(wanted)
    Lot.objects.bulk_create(
        [
            Lot(
                item=items[item_pk],
                number=number,
                expires_on=expires_on,
                is_serial=item_pk in stocking and stocking[item_pk].tracking == Tracking.SERIAL,
                supplier=order.supplier,
            )
            for (item_pk, number), expires_on in wanted.items()
            if (item_pk, number) not in found
        ],
        ignore_conflicts=True,
    )
    found = _lots_of(wanted)
    for key, expires_on in wanted.items():
        lot = found[key]
        if expires_on is not None and lot.expires_on != expires_on:
            raise InvalidInput(
                _("Lot %(lot)s expires on %(day)s.") % {"lot": lot, "day": lot.expires_on}
                if lot.expires_on
                else _("Lot %(lot)s is known without a last day of use.") % {"lot": lot}
            )
    return found


def _lots_of(keys: Collection[tuple[int, str]]) -> dict[tuple[int, str], Lot]:
    items, numbers = zip(*keys, strict=True)
    rows = Lot.objects.filter(item__in=set(items), number__in=set(numbers))
    return {(lot.item_id, lot.number): lot for lot in rows}


def _post_receipt(
    receipt: GoodsReceipt,
    parts: Sequence[tuple[GoodsReceiptLine, Decimal]],
    stocking: Mapping[int, StockItem],
    actor: User,
    at: datetime,
) -> list[StockMove]:
    """Post the lines of a receipt into the ledger, and save them with their moves."""
    target, source = store_and_common(receipt.warehouse, LocationKind.SUPPLIER)
    keys = [f"receipt:{receipt.request}:{part.position}" for part, _amount in parts]
    postings = [
        Posting(
            key=key,
            kind=MoveKind.RECEIPT,
            item_id=part.order_line.goods.pk,
            quantity=part.quantity,
            source=source,
            target=target,
            lot_id=part.lot_id,
            to_status=StockStatus(part.status),
            amount=amount,
            document=receipt,
        )
        for key, (part, amount) in zip(keys, parts, strict=True)
    ]
    is_today = receipt.received_on == timezone.localdate(at)
    when = at if is_today else timezone.make_aware(datetime.combine(receipt.received_on, NOON))
    moves = post(postings, company=receipt.company, actor=actor, at=at, effective_at=when, stocking=stocking)
    by_key = {move.key: move for move in moves}
    for key, (part, _amount) in zip(keys, parts, strict=True):
        part.move = by_key[key]
    GoodsReceiptLine.objects.bulk_create(part for part, _amount in parts)
    return moves


def _settle(order: PurchaseOrder, rows: Collection[PurchaseOrderLine], actor: User, at: datetime) -> None:
    """Let an open order say how much of it is there."""
    if order.status not in {OrderStatus.RELEASED, OrderStatus.PARTIAL, OrderStatus.RECEIVED}:
        return
    status = OrderStatus.PARTIAL if any(row.open_quantity > 0 for row in rows) else OrderStatus.RECEIVED
    if order.status != status:
        order.become(status, actor=actor, at=at)
