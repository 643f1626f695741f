"""The stock ledger: what lies where, what is kept, what it is worth, and that nothing is posted twice."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.errors import InsufficientStock, PeriodClosed
from erp.inventory.ledger import Demand, Posting, post, release, reserve
from erp.inventory.models import Reservation, StockMove, StockQuant, StockValue, ValuationEntry
from erp.inventory.proof import faults
from erp.inventory.services import (
    Part,
    adjust_cost,
    change_stock_status,
    close_stock,
    enter_opening_stock,
    get_lot,
    transfer_stock,
)
from erp.masterdata.choices import LocationKind, Tracking, ValuationMethod
from erp.masterdata.models import Warehouse
from erp.masterdata.services import common_location, store_of
from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.masters.models import Item
from tests.factories.erp import AT, LotFactory, StockItemFactory, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory

pytestmark = pytest.mark.django_db
D = Decimal
HOUR = timedelta(hours=1)


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory()


@pytest.fixture
def item() -> Item:
    return ItemFactory()


@pytest.fixture
def keeper() -> User:
    return UserFactory()


@pytest.fixture(autouse=True)
def _proven(db: None) -> object:
    yield
    assert faults() == []


def ship(
    warehouse: Warehouse, item: Item, quantity: int, *, hours: int = 1, key: str = "", **more: object
) -> StockMove:
    posting = Posting(
        key=key or f"ship:{uuid4()}",
        kind=MoveKind.SHIPMENT,
        item_id=item.pk,
        quantity=D(quantity),
        source=store_of(warehouse),
        target=common_location(warehouse.company, LocationKind.CUSTOMER),
        **more,  # type: ignore[arg-type]
    )
    at = AT + hours * HOUR
    (move,) = post([posting], company=warehouse.company, actor=None, at=max(at, AT + 99 * HOUR), effective_at=at)
    return move


def on_hand(item: Item, **where: object) -> Decimal:
    return sum((quant.on_hand for quant in StockQuant.objects.filter(item=item, **where)), D(0))


def worth(item: Item) -> tuple[Decimal, Decimal]:
    value = StockValue.objects.get(item=item)
    return value.quantity, value.amount


def test_receipt_and_shipment_at_moving_average(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10, 5)
    stock(warehouse, item, 30, 7, at=AT + HOUR)

    move = ship(warehouse, item, 15, hours=2)

    # 10×5 + 30×7 = 260 for 40; 15 of them cost 97.50.
    assert move.entries.get().amount == D("-97.50")
    assert worth(item) == (D(25), D("162.50"))
    assert on_hand(item) == D(25)


def test_the_last_piece_takes_the_cents(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 3, "3.3333")

    amounts = [ship(warehouse, item, 1, hours=n).entries.get().amount for n in (1, 2, 3)]

    assert amounts == [D("-3.33"), D("-3.34"), D("-3.33")]
    assert worth(item) == (D(0), D(0))


def test_more_than_there_is_is_refused_and_nothing_changes(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)

    with pytest.raises(InsufficientStock) as refused, transaction.atomic():
        ship(warehouse, item, 11)

    assert refused.value.shortages[0][1:] == (D(11), D(10))
    assert (on_hand(item), StockMove.objects.count()) == (D(10), 1)


def test_the_same_key_posts_once(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    ship(warehouse, item, 4, key="delivery:1:1")

    customers = common_location(warehouse.company, LocationKind.CUSTOMER)
    posting = Posting("delivery:1:1", MoveKind.SHIPMENT, item.pk, D(4), store_of(warehouse), customers)
    again = post([posting], company=warehouse.company, actor=None, at=AT + 99 * HOUR)

    assert (again, on_hand(item)) == ([], D(6))


def test_a_back_dated_receipt_changes_what_later_shipments_cost(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10, 10)
    shipped = ship(warehouse, item, 5, hours=10)

    stock(warehouse, item, 10, 20, at=AT + HOUR)

    # 100 + 200 for 20; 5 of them cost 75 instead of 50.
    assert [(entry.kind, entry.amount) for entry in shipped.entries.order_by("pk")] == [
        ("MOVE", D("-50.00")),
        ("REPLAY", D("-25.00")),
    ]
    assert worth(item) == (D(15), D("225.00"))


def test_first_in_first_out(warehouse: Warehouse, item: Item) -> None:
    StockItemFactory(item=item, valuation_method=ValuationMethod.FIFO)
    stock(warehouse, item, 10, 5)
    stock(warehouse, item, 10, 8, at=AT + HOUR)

    move = ship(warehouse, item, 12, hours=2)

    assert sum(entry.amount for entry in move.entries.all()) == D("-66.00")
    assert worth(item) == (D(8), D("64.00"))


def test_a_return_comes_back_at_its_original_cost(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10, 5)
    shipped = ship(warehouse, item, 10, hours=1)
    stock(warehouse, item, 10, 9, at=AT + 2 * HOUR)
    back = Posting(
        key="return:1",
        kind=MoveKind.CUSTOMER_RETURN,
        item_id=item.pk,
        quantity=D(4),
        source=common_location(warehouse.company, LocationKind.CUSTOMER),
        target=store_of(warehouse),
        to_status=StockStatus.PENDING,
        origin_id=shipped.pk,
    )

    post([back], company=warehouse.company, actor=None, at=AT + 3 * HOUR)

    assert worth(item) == (D(14), D("110.00"))
    assert on_hand(item, status=StockStatus.PENDING) == D(4)
    with pytest.raises(InvalidInput), transaction.atomic():
        post(
            [Posting(**{**back.__dict__, "key": "return:2", "quantity": D(7)})],
            company=warehouse.company,
            actor=None,
            at=AT + 4 * HOUR,
        )


def test_a_cost_known_later_is_split_by_what_is_left(warehouse: Warehouse, item: Item, keeper: User) -> None:
    receipt = stock(warehouse, item, 10, 10)
    ship(warehouse, item, 6)

    common = {"receipt": receipt, "amount": D(30), "reason": "运费", "actor": keeper, "at": AT + 5 * HOUR}
    adjustment = adjust_cost(key="freight:1", **common)  # type: ignore[arg-type]
    adjust_cost(key="freight:1", **common)  # type: ignore[arg-type]

    assert adjustment.expense == D("18.00")
    assert worth(item) == (D(4), D("52.00"))


def test_nothing_is_posted_into_a_closed_day(warehouse: Warehouse, item: Item, keeper: User) -> None:
    stock(warehouse, item, 10)
    close_stock(company=warehouse.company, through=date(2026, 11, 2), actor=keeper, at=AT + 48 * HOUR)

    with pytest.raises(PeriodClosed), transaction.atomic():
        stock(warehouse, item, 1, at=AT + HOUR)
    with pytest.raises(PeriodClosed):
        close_stock(company=warehouse.company, through=date(2026, 11, 1), actor=keeper, at=AT + 48 * HOUR)
    assert on_hand(item) == D(10)


def test_moves_and_entries_are_never_changed(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)

    for rows in (StockMove.objects.all(), ValuationEntry.objects.all()):
        with pytest.raises(ProgrammingError), transaction.atomic():
            rows.update(quantity=1)
        with pytest.raises(ProgrammingError), transaction.atomic():
            rows._raw_delete(rows.db)


def test_what_expires_first_is_kept_first(warehouse: Warehouse, item: Item) -> None:
    StockItemFactory(item=item, tracking=Tracking.LOT)
    expired, late, soon = (
        LotFactory(item=item, expires_on=day) for day in (date(2026, 11, 1), date(2027, 6, 1), date(2026, 12, 1))
    )
    for lot in (expired, late, soon):
        stock(warehouse, item, 10, lot=lot)
    line = ItemFactory()

    kept = reserve([Demand(line, item.pk, D(25))], [store_of(warehouse)], at=AT)

    assert kept == {line.pk: D(20)}
    assert [(row.quant.lot, row.quantity) for row in Reservation.objects.order_by("pk")] == [(soon, 10), (late, 10)]
    release([line])
    assert StockQuant.objects.filter(reserved__gt=0).count() == 0


def test_what_is_kept_for_others_is_not_free(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    reserve([Demand(ItemFactory(), item.pk, D(8))], [store_of(warehouse)], at=AT)
    reservation = Reservation.objects.get()

    with pytest.raises(InsufficientStock), transaction.atomic():
        ship(warehouse, item, 3)
    ship(warehouse, item, 5, reservation=reservation)

    reservation.refresh_from_db()
    assert reservation.quantity == D(3)


def test_status_transfer_and_opening(warehouse: Warehouse, item: Item, keeper: User) -> None:
    other = WarehouseFactory(company=warehouse.company)
    common = {"actor": keeper, "at": AT}
    enter_opening_stock(warehouse=warehouse, parts=[Part(item, D(10), unit_cost=D(3))], request=uuid4(), **common)  # type: ignore[arg-type]
    transfer_stock(source=warehouse, target=other, parts=[Part(item, D(4))], request=uuid4(), **common)  # type: ignore[arg-type]
    change_stock_status(
        warehouse=other,
        part=Part(item, D(1)),
        from_status=StockStatus.GOOD,
        to_status=StockStatus.HOLD,
        reason="外箱破损",
        request=uuid4(),
        **common,  # type: ignore[arg-type]
    )

    assert on_hand(item, location__warehouse=warehouse) == D(6)
    assert on_hand(item, location__warehouse=other, status=StockStatus.HOLD) == D(1)
    assert worth(item) == (D(10), D("30.00"))
    assert reserve([Demand(keeper, item.pk, D(9))], [store_of(other)], at=AT) == {keeper.pk: D(3)}


def test_serial_numbers_are_single(warehouse: Warehouse, item: Item) -> None:
    StockItemFactory(item=item, tracking=Tracking.SERIAL)
    piece = get_lot(item=item, number="SN-1")
    stock(warehouse, item, 1, lot=piece)

    with pytest.raises(InvalidInput), transaction.atomic():
        stock(warehouse, item, 2, lot=get_lot(item=item, number="SN-2"), at=AT + HOUR)
    with pytest.raises(InvalidInput), transaction.atomic():
        stock(warehouse, item, 1, at=AT + HOUR)


def test_statements_do_not_grow_with_the_lines(warehouse: Warehouse) -> None:
    def statements(count: int, prefix: str) -> int:
        items = ItemFactory.create_batch(count)
        postings = [
            Posting(
                key=f"{prefix}:{each.pk}",
                kind=MoveKind.RECEIPT,
                item_id=each.pk,
                quantity=D(5),
                source=common_location(warehouse.company, LocationKind.SUPPLIER),
                target=store_of(warehouse),
                amount=D(50),
            )
            for each in items
        ]
        with CaptureQueriesContext(connection) as queries:
            post(postings, company=warehouse.company, actor=None, at=AT)
        return len(queries)

    statements(1, "warm")
    assert statements(2, "few") == statements(40, "many") <= 12


def test_the_proof_finds_and_mends_a_wrong_cache(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    StockQuant.objects.update(on_hand=9)
    StockValue.objects.update(amount=1)

    assert {fault.what for fault in faults()} == {"on-hand", "value", "valued"}
    with pytest.raises(CommandError):
        call_command("verify_ledgers")
    call_command("verify_ledgers", rebuild=True)
    assert (on_hand(item), worth(item)) == (D(10), (D(10), D(100)))
