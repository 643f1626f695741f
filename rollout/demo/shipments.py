"""How goods of the demo company leave: to customers, back from them, and between its warehouses."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F
from django.utils import timezone

from erp.inventory.choices import StockStatus
from erp.inventory.models import StockQuant
from erp.masterdata.models import Warehouse
from erp.masterdata.services import store_of
from erp.sales.choices import OPEN
from erp.sales.deliveries import receive_return, ship_order, sign_delivery
from erp.sales.models import SalesOrder
from erp.sales.selectors import kept_for
from erp.transfers.models import TransferPart
from erp.transfers.moving import receive_transfer, ship_transfer
from erp.transfers.services import confirm_transfer, create_transfer
from rollout.demo.dice import Dice, request_id
from rollout.demo.timeline import Story, later
from rollout.demo.world import World
from suite.access.models import User
from suite.masters.models import Party

CARRIERS = ("顺丰速运", "跨越速运", "德邦快递", "自有车辆")


def shipping(world: World, suppliers: dict[str, Party], at: datetime) -> Story:
    """What is in stock and due goes out; nearly all of it is signed for, a little comes back."""
    keeper = world.users["majianjun"]
    number = 0
    while True:
        soon = timezone.localdate(at) + timedelta(days=6)
        for order in SalesOrder.objects.filter(status__in=OPEN, requested_on__lte=soon).order_by("requested_on", "pk"):
            number += 1
            dice = Dice(f"shipping {number} of {order.number}")
            if dice.happens(0.7):
                _ship(world, dice, order, keeper, at)
        at = later(at, Dice(f"shipping day after {at:%Y-%m-%d}"), 1, 2)
        yield at


def ship_what_is_there(world: World, at: datetime) -> None:
    """One more delivery goes out today and is still on its way."""
    for order in SalesOrder.objects.filter(status__in=OPEN).order_by("requested_on", "pk"):
        kept = kept_for(order.lines.filter(item__isnull=False), store_of(order.warehouse))
        if kept:
            ship_order(
                salesorder=order,
                quantities=kept,
                carrier=CARRIERS[0],
                tracking_number="SF1029384756012",
                request=request_id("the last delivery"),
                actor=world.users["majianjun"],
                at=at,
            )
            return


def _ship(world: World, dice: Dice, order: SalesOrder, keeper: User, at: datetime) -> None:
    lines = list(order.lines.filter(item__isnull=False))
    by_warehouse = {
        warehouse: kept_for(lines, warehouse.locations.get(code=warehouse.code))
        for warehouse in Warehouse.objects.filter(company=world.company).order_by("pk")
    }
    open_lines = {line.pk: line.open_quantity for line in lines}
    missing = sum(open_lines.values()) - sum(sum(kept.values()) for kept in by_warehouse.values())
    # Small orders wait until all of it is there.
    if missing > 0 and not dice.happens(0.3):
        return
    for warehouse, kept in by_warehouse.items():
        if not kept:
            continue
        delivery = ship_order(
            salesorder=order,
            warehouse=warehouse,
            quantities=kept,
            carrier=dice.one_of(CARRIERS),
            tracking_number=f"SF{dice.number(10**11, 10**12)}",
            request=request_id(dice, warehouse.code),
            actor=keeper,
            at=at,
        )
        signed = later(at, dice, 1, 4)
        world.timeline.begin(signed, _signed(dice, delivery, keeper, signed))


def _signed(dice: Dice, delivery: Any, keeper: User, at: datetime) -> Story:
    sign_delivery(delivery=delivery, actor=keeper, at=at)
    if not dice.happens(0.05):
        return
    at = later(at, dice, 3, 9)
    yield at
    line = delivery.lines.order_by("pk").first()
    receive_return(
        delivery=delivery,
        quantities={line.pk: max(Decimal(1), (line.quantity / 50).quantize(Decimal(1)))},
        reason=dice.one_of(("外壳划伤", "包装破损", "接口松动")),
        request=request_id(dice, "return"),
        actor=keeper,
        at=at,
    )


def moving(world: World, warehouses: list[Warehouse], at: datetime) -> Story:
    """Stock for the east of the country goes to the branch warehouse; the second load is still on its way."""
    keeper = world.users["majianjun"]
    for number in range(2):
        free = StockQuant.objects.filter(
            location__warehouse=warehouses[0], status=StockStatus.GOOD, lot=None, on_hand__gt=F("reserved") + 300
        ).select_related("item")
        lines = [{"item": quant.item, "quantity": Decimal(100)} for quant in free.order_by("item__code")[number::6][:3]]
        if lines:
            order = create_transfer(
                source=warehouses[0], target=warehouses[1], lines=lines, reason="华东备货", actor=keeper, at=at
            )
            order = confirm_transfer(transferorder=order, actor=keeper, at=at)
            ship_transfer(
                transferorder=order,
                request=request_id(f"transfer {number}"),
                tracking_number="KY8890",
                actor=keeper,
                at=at,
            )
            if number == 0:
                at += timedelta(days=2)
                yield at
                arrived = {part.pk: part.shipped for part in TransferPart.objects.filter(line__transfer=order)}
                receive_transfer(
                    transferorder=order, quantities=arrived, request=request_id("arrival"), actor=keeper, at=at
                )
        at = max(at + timedelta(days=1), world.timeline.now - timedelta(days=2))
        yield at
