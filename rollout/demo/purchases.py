"""How the demo company buys: what is asked for is ordered, arrives, is inspected and billed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from erp.inventory.choices import StockStatus
from erp.inventory.models import StockQuant
from erp.inventory.services import Part, change_stock_status
from erp.landed.services import create_landed_cost, submit_landed_cost
from erp.masterdata.choices import Tracking
from erp.matching.services import match_invoice
from erp.purchasing.choices import OPEN_ORDERS, RequestStatus
from erp.purchasing.choices import OrderStatus as PurchaseStatus
from erp.purchasing.models import GoodsReceipt, PurchaseOrder, PurchaseRequest
from erp.purchasing.receipts import Arrival, receive_goods
from erp.purchasing.services import (
    change_promise,
    create_order_from_requests,
    release_order,
    submit_order,
    update_order,
)
from erp.sourcing.awards import award_rfq
from erp.sourcing.requests import ask_suppliers, record_quote, send_rfq
from rollout.demo.dice import Dice, request_id
from rollout.demo.goods import GOODS, Good
from rollout.demo.suppliers import SUPPLIERS, Supplier, cost_of
from rollout.demo.timeline import Story, later
from rollout.demo.world import World
from suite.access.models import User
from suite.masters.models import Party


def buying(world: World, suppliers: dict[str, Party], at: datetime) -> Story:
    """The buyer orders what was asked for, sometimes after asking several suppliers."""
    buyer, boss = world.users["fenglihua"], world.users["linzhiyuan"]
    while True:
        for request in PurchaseRequest.objects.filter(status=RequestStatus.APPROVED).order_by("pk"):
            dice = Dice(f"buying for {request.number}")
            lines = list(request.lines.select_related("item").order_by("position"))
            codes = {line.item.code for line in lines}
            if all(code.startswith("CH") for code in codes) and dice.happens(0.6):
                yield from _ask_around(world, dice, request, suppliers, at)
                continue
            for supplier in SUPPLIERS:
                own = [line for line in lines if line.item.code.startswith(supplier.category) and line.open_quantity]
                if own and supplier != SUPPLIERS[1]:
                    _order(world, dice, supplier, suppliers, own, buyer, boss, at)
        at = later(at, Dice(f"buying day after {at:%Y-%m-%d}"), 1, 3)
        yield at


def _order(
    world: World,
    dice: Dice,
    supplier: Supplier,
    suppliers: dict[str, Party],
    lines: Iterable[Any],
    buyer: User,
    boss: User,
    at: datetime,
) -> None:
    order = create_order_from_requests(
        request_lines=lines, supplier=suppliers[supplier.name], actor=buyer, at=at, owner=buyer
    )
    _price(world, order)
    order = submit_order(order=order, actor=buyer, at=at)
    # The latest ones still wait on the boss's desk.
    if order.status == PurchaseStatus.APPROVING and world.timeline.now - at > timedelta(days=2):
        order = release_order(order=order, actor=boss, at=at + timedelta(minutes=40))
        _promise(dice, supplier, order, buyer, at + timedelta(hours=1))


def _price(world: World, order: PurchaseOrder) -> None:
    """Give lines that nobody agreed a price for the usual one."""
    goods = {good.code: good for good in GOODS}
    rows = [
        {"id": line.pk, "unit_price": line.unit_price or cost_of(goods[line.goods.code])}
        for line in order.lines.select_related("item").order_by("position")
    ]
    update_order(order=order, lines=rows, actor=order.owner, at=order.created_at)


def _promise(dice: Dice, supplier: Supplier, order: PurchaseOrder, buyer: User, at: datetime) -> None:
    promised_on = timezone.localdate(at) + timedelta(days=supplier.days + dice.number(-2, 3))
    change_promise(order=order, promised_on=promised_on, actor=buyer, at=at)


def _ask_around(world: World, dice: Dice, request: PurchaseRequest, suppliers: dict[str, Party], at: datetime) -> Story:
    """Ask both makers of chargers and order from the better one."""
    buyer, boss = world.users["fenglihua"], world.users["linzhiyuan"]
    asked = [supplier for supplier in SUPPLIERS if supplier.category == "CH"]
    rfq = ask_suppliers(
        purchaserequest=request,
        suppliers=[suppliers[each.name] for each in asked],
        due_on=timezone.localdate(at) + timedelta(days=3),
        request=request_id(dice, "rfq"),
        actor=buyer,
        at=at,
    )
    rfq = send_rfq(rfq=rfq, actor=buyer, at=at)
    goods = {good.code: good for good in GOODS}
    for each in asked:
        at = later(at, dice, 0, 1)
        yield at
        lines = [
            {
                "rfq_line": line,
                "unit_price": _quoted(dice, goods[line.item.code], each),
                "lead_time_days": each.days,
            }
            for line in rfq.lines.select_related("item").order_by("position")
        ]
        record_quote(
            rfq=rfq,
            supplier=suppliers[each.name],
            valid_until=timezone.localdate(at) + timedelta(days=30),
            lines=lines,
            request=request_id(dice, each.name),
            actor=buyer,
            at=at,
        )
    at = later(at, dice, 1, 2)
    yield at
    award_rfq(rfq=rfq, reason="价格与交期综合考虑", actor=buyer, at=at)
    names = {party.pk: supplier for supplier in asked for party in [suppliers[supplier.name]]}
    drafts = PurchaseOrder.objects.filter(lines__request_line__request=request, status=PurchaseStatus.DRAFT).distinct()
    for order in drafts.order_by("pk"):
        order = submit_order(order=order, actor=buyer, at=at)
        if order.status == PurchaseStatus.APPROVING:
            order = release_order(order=order, actor=boss, at=at + timedelta(minutes=30))
        _promise(dice, names[order.supplier_id], order, buyer, at + timedelta(hours=1))


def _quoted(dice: Dice, good: Good, supplier: Supplier) -> Decimal:
    return (cost_of(good) * supplier.price * dice.number(97, 104) / 100).quantize(Decimal("0.01"))


def receiving(world: World, suppliers: dict[str, Party], at: datetime) -> Story:
    """Deliveries arrive when promised, later, or in two parts; they are inspected and billed."""
    by_key = {suppliers[supplier.name].pk: supplier for supplier in SUPPLIERS}
    while True:
        today = timezone.localdate(at)
        due = PurchaseOrder.objects.filter(status__in=OPEN_ORDERS, lines__promised_on__lte=today).distinct()
        for order in due.order_by("pk"):
            dice = Dice(f"{order.number} on {today}")
            first = min(day for day in order.lines.values_list("promised_on", flat=True) if day is not None)
            is_punctual = Dice(f"punctuality of {order.number}").happens(by_key[order.supplier_id].reliability)
            if is_punctual or (today - first).days > Dice(f"delay of {order.number}").number(2, 14):
                _receive(world, dice, order, at)
        _inspect(world, at)
        at = later(at, Dice(f"receiving day after {at:%Y-%m-%d}"), 1, 1)
        yield at


def _receive(world: World, dice: Dice, order: PurchaseOrder, at: datetime) -> None:
    lines = order.lines.select_related("item", "item__stocking").order_by("position")
    arrivals = []
    for line in lines:
        quantity = line.open_quantity
        if dice.happens(0.12):
            quantity = max((quantity / 2).quantize(Decimal(1)), Decimal(1))
        if quantity <= 0:
            continue
        is_lot = line.goods.stocking.tracking == Tracking.LOT
        number = f"{line.goods.code[3:6]}{at:%y%m%d}" if is_lot else ""
        expires_on: date | None = timezone.localdate(at) + timedelta(days=540) if is_lot else None
        arrivals.append(Arrival(line, quantity, number, expires_on))
    if not arrivals:
        return
    receipt = receive_goods(
        order=order,
        lines=arrivals,
        supplier_delivery_number=f"SH{at:%y%m}{dice.number(100, 999)}",
        request=request_id(dice, "receipt"),
        actor=world.users["majianjun"],
        at=at,
    )
    billed = later(at, dice, 2, 12)
    world.timeline.begin(billed, _bill(world, dice, receipt, billed))
    if dice.happens(0.15):
        costs = [{"kind": "FREIGHT", "amount": dice.around(600, 10), "reference": f"YF{at:%y%m}{dice.number(10, 99)}"}]
        cost = create_landed_cost(
            receipts=[receipt], lines=costs, remarks="到货运费", actor=world.users["fenglihua"], at=at
        )
        submit_landed_cost(landedcost=cost, actor=world.finance, at=at + timedelta(hours=2))


def _bill(world: World, dice: Dice, receipt: GoodsReceipt, at: datetime) -> Story:
    invoice = f"2544200000{dice.number(10**9, 10**10 - 1)}"
    for line in receipt.lines.select_related("move").order_by("position"):
        if line.kept_quantity <= 0 or line.move.amount is None:
            continue
        off = dice.by_weight({Decimal(1): 88, Decimal("1.01"): 7, Decimal("1.06"): 5})
        amount = line.move.amount * line.kept_quantity / line.quantity * off
        match_invoice(
            receipt_line=line,
            invoice_number=invoice,
            invoiced_on=timezone.localdate(at),
            quantity=line.kept_quantity,
            amount=amount.quantize(Decimal("0.01")),
            request=request_id(dice, f"invoice {line.pk}"),
            actor=world.finance,
            at=at,
        )
    yield from ()


def _inspect(world: World, at: datetime) -> None:
    """What waits for inspection since yesterday is judged; what came back from customers takes longer."""
    waiting = StockQuant.objects.filter(
        status=StockStatus.PENDING, on_hand__gt=0, since__lt=at - timedelta(hours=20)
    ).select_related("item", "lot", "location__warehouse")
    for quant in waiting.order_by("pk"):
        dice = Dice(f"inspection of {quant.item.code} on {at:%Y-%m-%d}")
        warehouse = quant.location.warehouse
        if warehouse is None or dice.happens(0.35):
            continue
        bad = min(Decimal(dice.number(1, 6)), quant.on_hand) if dice.happens(0.15) else Decimal(0)
        parts = ((StockStatus.REJECT, bad), (StockStatus.GOOD, quant.on_hand - bad))
        for status, quantity in parts:
            if quantity:
                change_stock_status(
                    warehouse=warehouse,
                    part=Part(quant.item, quantity, quant.lot),
                    from_status=StockStatus.PENDING,
                    to_status=status,
                    reason="来料检验",
                    request=request_id(dice, str(status)),
                    actor=world.users["majianjun"],
                    at=at,
                )
