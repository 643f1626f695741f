"""The demo company turns on personnel and operations, with what it has in stock then."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from erp.counting.recording import record_counts
from erp.counting.services import create_sheet, start_count
from erp.inventory.models import StockQuant
from erp.inventory.services import Part, enter_opening_stock, get_lot
from erp.masterdata.choices import Tracking
from erp.masterdata.models import StockItem, StockLimit, Warehouse
from erp.masterdata.services import create_warehouse
from erp.planning.alerts import refresh_alerts
from erp.planning.models import ReplenishmentRun
from erp.planning.services import run_replenishment
from erp.pricing.services import approve_agreement, create_agreement, submit_agreement
from rollout.demo.dice import Dice, request_id
from rollout.demo.goods import GOODS, Good
from rollout.demo.personnel import keep_personnel
from rollout.demo.purchases import buying, receiving
from rollout.demo.shipments import moving, ship_what_is_there, shipping
from rollout.demo.suppliers import SUPPLIERS, cost_of, made_by
from rollout.demo.timeline import Story, working
from rollout.demo.working import first_working_day, keep_time
from rollout.demo.world import World
from rollout.services import advance_stage, name_people, open_stage, request_override, sign_override
from suite.masters.models import Party, PaymentTerms
from suite.masters.services import create_party
from suite.modules import state

# Days of the story on which the systems are turned on.
PERSONNEL_DAY, OPERATIONS_DAY = 150, 270


def trade(world: World, start: datetime) -> None:
    """Let the stories of operations begin."""
    timeline = world.timeline
    opened = start + timedelta(days=OPERATIONS_DAY)
    timeline.begin(start + timedelta(days=PERSONNEL_DAY), _open_personnel(world, start + timedelta(days=PERSONNEL_DAY)))
    timeline.begin(opened, _open_operations(world, opened))


def _open_personnel(world: World, at: datetime) -> Story:
    open_system(world, "hrm", "xiewanting", at, "先把组织和人员档案建起来，后面的审批和权限都要用")
    world.timeline.begin(at + timedelta(days=1), keep_personnel(world, at + timedelta(days=1)))
    monday = first_working_day(world.timeline.now)
    world.timeline.begin(monday, keep_time(world, monday))
    for _step in range(2):
        at += timedelta(days=14)
        yield at
        advance_stage(code="hrm", actor=world.admin, at=at)


def _open_operations(world: World, at: datetime) -> Story:
    warehouses = _warehouses(world, at)
    suppliers = _suppliers(world, at)
    _stocking(world, warehouses, suppliers)
    _opening_stock(world, warehouses, at)
    open_system(world, "erp", "fenglihua", at + timedelta(minutes=30), "销售合同已规范，采购和仓库上线")
    _agreements(world, suppliers, at + timedelta(hours=1))
    work = working(at + timedelta(days=1), Dice("first working day of operations"))
    for story in (shipping, buying, receiving):
        world.timeline.begin(work, story(world, suppliers, work))
    world.timeline.begin(at + timedelta(days=70), moving(world, warehouses, at + timedelta(days=70)))
    for _step in range(2):
        at += timedelta(days=7)
        yield at
        advance_stage(code="erp", actor=world.admin, at=at)


def open_system(world: World, code: str, owner: str, at: datetime, reason: str) -> None:
    """Turn a system on with an exception signed by two, since not every condition holds."""
    people = {login: world.users[login].employee for login in (owner, "linzhiyuan")}
    name_people(code=code, owner=people[owner], sponsor=people["linzhiyuan"], actor=world.admin, at=at)
    override = request_override(
        code=code, reason=reason, expires_at=world.timeline.now + timedelta(days=400), actor=world.admin, at=at
    )
    override = sign_override(override=override, actor=world.users["linzhiyuan"], at=at)
    state.end_request()
    open_stage(code=code, actor=world.admin, at=at, reason=reason, override=override)
    state.start_request()


def _warehouses(world: World, at: datetime) -> list[Warehouse]:
    common: dict[str, Any] = {"company": world.company, "actor": world.admin, "at": at}
    return [
        create_warehouse(code="SZ", name="深圳成品仓", region="广东省", address=world.company.address, **common),
        create_warehouse(
            code="YW", name="义乌分仓", region="浙江省", address="浙江省义乌市城西街道物流园 3 号库", **common
        ),
    ]


def _suppliers(world: World, at: datetime) -> dict[str, Party]:
    terms = PaymentTerms.objects.get(code="EOM30")
    return {
        supplier.name: create_party(
            name=supplier.name,
            is_supplier=True,
            payment_terms=terms,
            currency=world.company.base_currency,
            region="广东省",
            actor=world.admin,
            at=at,
        )
        for supplier in SUPPLIERS
    }


def _stocking(world: World, warehouses: list[Warehouse], suppliers: dict[str, Party]) -> None:
    for good in GOODS:
        usual = made_by(good)[0]
        StockItem.objects.create(
            item=world.items[good.code],
            tracking=Tracking.LOT if good.code.startswith("PB") else Tracking.NONE,
            shelf_life_days=540 if good.code.startswith("PB") else None,
            is_inspected=good.code.startswith(("CH-G1", "WL")),
            supplier=suppliers[usual.name],
            lead_time_days=usual.days,
            order_minimum=Decimal(good.lot // 4),
            order_multiple=Decimal(50),
        )
    StockLimit.objects.bulk_create(
        StockLimit(
            item=world.items[good.code],
            warehouse=warehouses[0],
            minimum=Decimal(good.lot // 4),
            maximum=Decimal(good.lot * 2),
        )
        for good in GOODS[::3]
    )


def _opening_stock(world: World, warehouses: list[Warehouse], at: datetime) -> None:
    for warehouse, share in zip(warehouses, (Decimal("0.9"), Decimal("0.2")), strict=True):
        parts = [part for good in GOODS if (part := _opening(world, good, warehouse, share, at)) is not None]
        request = request_id(f"opening {warehouse.code}")
        enter_opening_stock(warehouse=warehouse, parts=parts, request=request, actor=world.users["majianjun"], at=at)


def _opening(world: World, good: Good, warehouse: Warehouse, share: Decimal, at: datetime) -> Part | None:
    dice = Dice(f"opening stock of {good.code} in {warehouse.code}")
    quantity = (dice.around(good.lot, 50) * share).quantize(Decimal(1))
    if quantity <= 0 or dice.happens(0.08):
        return None
    item = world.items[good.code]
    lot = None
    if good.code.startswith("PB"):
        # Some of it is old.
        expires_on = timezone.localdate(at) + timedelta(days=dice.number(100, 420))
        lot = get_lot(item=item, number=f"{good.code[3:6]}{dice.number(1000, 9999)}", expires_on=expires_on)
    return Part(item=item, quantity=quantity, lot=lot, unit_cost=cost_of(good))


def _agreements(world: World, suppliers: dict[str, Party], at: datetime) -> None:
    buyer, boss = world.users["fenglihua"], world.users["linzhiyuan"]
    for supplier in SUPPLIERS[2:4]:
        made = [good for good in GOODS if good.code.startswith(supplier.category)]
        lines = [
            {
                "item": world.items[good.code],
                "unit": world.items[good.code].base_unit,
                "minimum_quantity": Decimal(minimum),
                "unit_price": (cost_of(good) * factor).quantize(Decimal("0.01")),
                "lead_time_days": supplier.days,
            }
            for good in made
            for minimum, factor in ((0, Decimal(1)), (good.lot, Decimal("0.97")))
        ]
        agreement = create_agreement(
            supplier=suppliers[supplier.name], company=world.company, lines=lines, actor=buyer, at=at
        )
        agreement = submit_agreement(agreement=agreement, actor=buyer, at=at)
        approve_agreement(agreement=agreement, actor=boss, at=at + timedelta(hours=3))


def finish_trade(world: World) -> None:
    """A count is under way, and planning has looked at the stock."""
    now = world.timeline.now
    # Not a moment earlier: some of it may have arrived today only.
    ship_what_is_there(world, now)
    company, keeper = world.company, world.users["majianjun"]
    warehouse = Warehouse.objects.get(code="SZ")
    at = now - timedelta(hours=4)
    sheet = create_sheet(
        warehouse=warehouse,
        scope_kind="ITEMS",
        items=[item for code, item in world.items.items() if code.startswith("CB")],
        tolerance_percent=Decimal(1),
        actor=keeper,
        at=at,
    )
    sheet = start_count(countsheet=sheet, actor=keeper, at=at)
    dice = Dice("count")
    lines = list(sheet.lines.order_by("pk"))
    counts = {
        line.pk: _in_the_books(line) + (dice.number(-6, 2) if dice.happens(0.3) else 0)
        for line in lines[: len(lines) * 2 // 3 + 1]
    }
    record_counts(
        countsheet=sheet, counts=counts, request=request_id("count"), actor=keeper, at=at + timedelta(hours=1)
    )
    run = ReplenishmentRun.objects.create(company=company, owner=world.users["caiwenbin"], started_at=now)
    run_replenishment(run=run, at=now)
    refresh_alerts(company=company, at=now)


def _in_the_books(line: Any) -> Decimal:
    """What the books say about a line of a count."""
    found = StockQuant.objects.filter(
        item=line.item_id, location=line.location_id, lot=line.lot_id, status=line.stock_status
    ).first()
    return found.on_hand if found is not None else Decimal(0)
