"""Many people at one stock, with real threads and real commits."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from threading import Lock
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from erp.counting.choices import CountScope
from erp.counting.models import CountSheet
from erp.counting.posting import submit_count
from erp.counting.recording import record_counts
from erp.counting.services import CountedElsewhere, cancel_count, create_sheet, finish_count, start_count
from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.costing import revalue
from erp.inventory.errors import InsufficientStock
from erp.inventory.ledger import Demand, Posting, lock_places, post, release, reserve
from erp.inventory.models import Reservation, StockMove, StockQuant, StockValue, ValuationEntry
from erp.inventory.proof import faults
from erp.inventory.services import announce, get_lot
from erp.masterdata.choices import LocationKind, Tracking, ValuationMethod
from erp.masterdata.models import Location, Warehouse
from erp.masterdata.services import common_location, store_of
from erp.sales.periodic import serve_who_still_waits
from erp.sales.selectors import kept_for
from erp.sales.services import create_order, submit_order
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.core.errors import DomainError, InvalidInput
from suite.masters.models import Item
from suite.modules import state
from suite.modules.models import ModuleState
from tests.concurrency.test_crm import at_once
from tests.factories.erp import AT, StockItemFactory, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
LATER = AT + timedelta(days=1)
SEED = 20261122
WORKERS = 8
# Ten thousand take some minutes; set it for the full run.
OPERATIONS = int(os.environ.get("STATEFUL_OPERATIONS", "2000"))


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory()


@pytest.fixture
def item() -> Item:
    return ItemFactory()


@pytest.fixture(autouse=True)
def _proven(transactional_db: None) -> Iterator[None]:
    yield
    assert faults() == []


def shipment(warehouse: Warehouse, item: Item, quantity: int, key: str) -> Callable[[], list[StockMove]]:
    place, customers = store_of(warehouse), common_location(warehouse.company, LocationKind.CUSTOMER)

    def work() -> list[StockMove]:
        posting = Posting(key, MoveKind.SHIPMENT, item.pk, D(quantity), place, customers)
        with transaction.atomic():
            return post([posting], company=warehouse.company, actor=None, at=LATER)

    return work


def test_twenty_reserve_the_last_ten(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    place, lines = store_of(warehouse), ItemFactory.create_batch(20)

    def keep(line: Item) -> Callable[[], Decimal]:
        def work() -> Decimal:
            with transaction.atomic():
                return reserve([Demand(line, item.pk, D(1))], [place], at=LATER)[line.pk]

        return work

    results = at_once(*(keep(line) for line in lines))

    assert sorted(results) == [D(0)] * 10 + [D(1)] * 10
    assert StockQuant.objects.get(item=item).reserved == D(10)


def test_one_serial_number_wanted_twice(warehouse: Warehouse, item: Item) -> None:
    StockItemFactory(item=item, tracking=Tracking.SERIAL)
    piece = get_lot(item=item, number="SN-1")
    stock(warehouse, item, 1, lot=piece)
    place, customers = store_of(warehouse), common_location(warehouse.company, LocationKind.CUSTOMER)

    def take(number: int) -> Callable[[], list[StockMove]]:
        def work() -> list[StockMove]:
            posting = Posting(f"s:{number}", MoveKind.SHIPMENT, item.pk, D(1), place, customers, lot_id=piece.pk)
            with transaction.atomic():
                return post([posting], company=warehouse.company, actor=None, at=LATER)

        return work

    results = at_once(take(1), take(2))

    assert [type(each) for each in results].count(InsufficientStock) == 1


def test_the_same_receipt_posted_ten_times(warehouse: Warehouse, item: Item) -> None:
    suppliers, place = common_location(warehouse.company, LocationKind.SUPPLIER), store_of(warehouse)

    def work() -> list[StockMove]:
        posting = Posting("receipt:1", MoveKind.RECEIPT, item.pk, D(5), suppliers, place, amount=D(50))
        with transaction.atomic():
            return post([posting], company=warehouse.company, actor=None, at=LATER)

    results = at_once(*[work] * 10)

    assert sorted(map(len, results)) == [0] * 9 + [1]
    assert StockQuant.objects.get(item=item).on_hand == D(5)


def test_two_shipments_of_more_than_half(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)

    results = at_once(shipment(warehouse, item, 6, "a"), shipment(warehouse, item, 6, "b"))

    assert [isinstance(each, InsufficientStock) for each in results].count(True) == 1
    assert StockQuant.objects.get(item=item).on_hand == D(4)


def test_two_people_transfer_against_each_other(warehouse: Warehouse, item: Item) -> None:
    """Each starts from the row that the other one's stock goes to."""
    with transaction.atomic():
        create_default_roles(actor=None, at=AT)
        ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
    state.forget()
    other = WarehouseFactory(company=warehouse.company)
    stock(warehouse, item, 50)
    stock(other, item, 50)
    here, there = StockQuant.objects.order_by("pk")

    def move(quant: StockQuant, target: Warehouse) -> Callable[[], int]:
        client = Client()
        client.force_login(UserFactory(is_superuser=True), backend="suite.access.backends.RoleBackend")
        address = reverse("erp:stockquant-action", args=(quant.pk, "transfer"))

        def work() -> int:
            return client.post(address, {"quantity": "1", "target": target.pk}).status_code

        return work

    for _round in range(5):
        assert at_once(move(here, other), move(there, warehouse)) == [302, 302]
    assert StockMove.objects.filter(kind=MoveKind.TRANSFER).count() == 10


def test_stock_that_arrives_twice_at_once_is_kept_once(warehouse: Warehouse, item: Item) -> None:
    """A line that waits for ten gets ten, though ten and ten arrive."""
    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
    state.forget()
    seller = UserFactory(is_superuser=True)
    order = create_order(
        party=PartyFactory(), warehouse=warehouse, lines=[{"item": item, "quantity": D(10)}], actor=seller, at=AT
    )
    line = submit_order(salesorder=order, actor=seller, at=AT).lines.get()
    other = WarehouseFactory(company=warehouse.company)

    def arrive(place: Warehouse, key: str) -> Callable[[], None]:
        suppliers, store = common_location(place.company, LocationKind.SUPPLIER), store_of(place)

        def work() -> None:
            posting = Posting(key, MoveKind.RECEIPT, item.pk, D(10), suppliers, store, amount=D(50))
            with transaction.atomic():
                announce(post([posting], company=place.company, actor=None, at=LATER))

        return work

    assert at_once(arrive(warehouse, "a"), arrive(other, "b")) == [None, None]
    serve_who_still_waits(LATER)

    assert kept_for([line]) == {line.pk: D(10)}


class Naive:
    """What the ledger should come to: plain sums, under one lock."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.on_hand: dict[tuple[int, int], Decimal] = {}
        self.received: dict[int, Decimal] = {}
        self.spent: dict[int, Decimal] = {}
        self.kept: dict[tuple[int, int], Decimal] = {}
        self.keys: set[str] = set()

    def add(self, moves: list[StockMove]) -> None:
        with self.lock:
            for move in moves:
                assert move.key not in self.keys
                self.keys.add(move.key)
                for location, sign in ((move.from_location, -1), (move.to_location, 1)):
                    if location.holds_stock:
                        place = (move.item_id, location.pk)
                        self.on_hand[place] = self.on_hand.get(place, D(0)) + sign * move.quantity


def begin_count(place: Location, item: Item, error: int, actor: User, at: datetime) -> CountSheet:
    """Count an item at a place, and be wrong by so much at the first of its lines."""
    warehouse = Warehouse.objects.get(pk=place.warehouse_id)
    sheet = create_sheet(
        warehouse=warehouse,
        scope_kind=CountScope.ITEMS,
        items=[item],
        tolerance_percent=D(100),
        actor=actor,
        at=at,
    )
    with transaction.atomic():
        start_count(countsheet=sheet, actor=actor, at=at)
        books = {place: quant.on_hand for place, quant in lock_places(line.place for line in sheet.lines.all()).items()}
        counts = {line.pk: books[line.place] for line in sheet.lines.all()}
        for pk in list(counts)[:1]:
            counts[pk] = max(counts[pk] + error, D(0))
        record_counts(countsheet=sheet, counts=counts, request=uuid4(), actor=actor, at=at)
    return sheet


def end_count(sheet: CountSheet, actor: User, at: datetime) -> list[StockMove]:
    """Post a count, or give it up where that is refused."""
    try:
        with transaction.atomic():
            finish_count(countsheet=sheet, actor=actor, at=at)
            submit_count(countsheet=sheet, actor=actor, at=at)
    except DomainError:
        cancel_count(countsheet=sheet, reason="演示", actor=actor, at=at)
    posted = StockMove.objects.filter(key__startswith=sheet.key_prefix)
    return list(posted.select_related("from_location", "to_location"))


def test_random_operations_by_eight_workers() -> None:
    """Receive, keep, transfer, ship, return, hold, count and back-date at random; nothing is lost or sold twice."""
    first = WarehouseFactory()
    places = [store_of(first), store_of(WarehouseFactory(company=first.company))]
    items, lines = ItemFactory.create_batch(12), ItemFactory.create_batch(40)
    suppliers, customers = (
        common_location(first.company, kind) for kind in (LocationKind.SUPPLIER, LocationKind.CUSTOMER)
    )
    StockItemFactory(item=items[0], valuation_method=ValuationMethod.FIFO)
    naive, clock, boss = Naive(), count(), UserFactory(is_superuser=True)

    def run(worker: int) -> int:
        dice, refused = random.Random(SEED + worker), 0
        shipped: list[StockMove] = []
        counting: list[CountSheet] = []
        for number in range(OPERATIONS // WORKERS):
            item, place, quantity = dice.choice(items), dice.choice(places), D(dice.randint(1, 30))
            key, when = f"{worker}:{number}", AT + timedelta(seconds=next(clock))
            what = dice.choices(
                ("receive", "ship", "transfer", "keep", "give up", "return", "hold", "again", "back-date", "count"),
                (30, 26, 8, 12, 8, 6, 4, 3, 3, 6),
            )[0]
            posting: Posting | None = None
            if what in {"receive", "back-date"}:
                amount = quantity * dice.randint(1, 900) / 100
                posting = Posting(key, MoveKind.RECEIPT, item.pk, quantity, suppliers, place, amount=amount)
                when -= timedelta(minutes=dice.randint(1, 20)) if what == "back-date" else timedelta()
            elif what == "ship":
                posting = Posting(key, MoveKind.SHIPMENT, item.pk, quantity, place, customers)
            elif what == "transfer":
                other = places[1 - places.index(place)]
                posting = Posting(key, MoveKind.TRANSFER, item.pk, quantity, place, other)
            elif what == "hold":
                held = StockStatus.HOLD
                posting = Posting(key, MoveKind.STATUS, item.pk, D(1), place, place, to_status=held)
            elif what == "return" and shipped:
                origin = shipped.pop(dice.randrange(len(shipped)))
                posting = Posting(
                    key,
                    MoveKind.CUSTOMER_RETURN,
                    origin.item_id,
                    origin.quantity,
                    customers,
                    place,
                    origin_id=origin.pk,
                )
            elif what == "again" and shipped:
                posting = Posting(shipped[-1].key, MoveKind.SHIPMENT, item.pk, quantity, place, customers)
            if what == "count" and counting:
                naive.add(end_count(counting.pop(), boss, when))
                continue
            try:
                if what == "count":
                    counting.append(begin_count(place, item, dice.randint(-20, 10), boss, when))
                    continue
                with transaction.atomic():
                    if posting is not None:
                        moves = post([posting], company=first.company, actor=None, at=LATER, effective_at=when)
                    elif what in {"keep", "give up"}:
                        # Who changes what is kept for a line has the line in hand.
                        line = Item.objects.lock(dice.choice(lines))
                        if what == "keep":
                            reserve([Demand(line, item.pk, quantity)], places, at=LATER)
                        else:
                            release([line])
                        moves = []
                    else:
                        moves = []
            except (InsufficientStock, CountedElsewhere, InvalidInput):
                refused += 1
                continue
            naive.add(moves)
            if moves and what == "ship":
                shipped += moves
        for sheet in counting:
            naive.add(end_count(sheet, boss, AT + timedelta(seconds=next(clock))))
        connection.close()
        return refused

    with ThreadPoolExecutor(WORKERS) as pool:
        refused = list(pool.map(run, range(WORKERS)))

    on_hand: dict[tuple[int, int], Decimal] = {}
    for quant in StockQuant.objects.all():
        place = (quant.item_id, quant.location_id)
        on_hand[place] = on_hand.get(place, D(0)) + quant.on_hand
    assert on_hand == naive.on_hand
    assert StockMove.objects.count() == len(naive.keys) > OPERATIONS // 4
    assert sum(refused) > 0
    assert Reservation.objects.count() > 0
    assert StockMove.objects.filter(kind=MoveKind.COUNT).count() > OPERATIONS // 100
    for value in StockValue.objects.all():
        assert value.quantity == sum(total for (item, _place), total in on_hand.items() if item == value.item_id)
    # What was valued step by step is what the whole history comes to.
    entries = ValuationEntry.objects.count()
    with transaction.atomic():
        revalue(first.company, [item.pk for item in items], LATER)
    assert ValuationEntry.objects.count() == entries
