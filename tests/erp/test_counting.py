"""Stock counting: from the sheet to the posted difference, blind, frozen, and with moves in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from erp.counting.choices import CountScope, CountStatus
from erp.counting.metrics import count_accuracy, count_differences
from erp.counting.models import CountLine, CountSheet
from erp.counting.posting import (
    CostUnknown,
    CountShortage,
    PieceElsewhere,
    RecountNeeded,
    approve_count,
    reject_count,
    submit_count,
)
from erp.counting.recording import (
    CountedAlready,
    SamePerson,
    add_found,
    count_line,
    explain_line,
    record_counts,
    recount_lines,
)
from erp.counting.services import (
    CountedElsewhere,
    NotAllCounted,
    cancel_count,
    create_sheet,
    finish_count,
    start_count,
    update_sheet,
)
from erp.counting.tolerance import is_beyond
from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.errors import StockFrozen
from erp.inventory.ledger import Demand, Posting, post, reserve
from erp.inventory.models import Reservation, StockFreeze, StockMove, StockQuant, StockValue
from erp.inventory.proof import faults
from erp.inventory.services import Part, get_lot, transfer_stock
from erp.masterdata.choices import LocationKind, Tracking
from erp.masterdata.models import Warehouse
from erp.masterdata.services import common_location, store_of
from erp.purchasing.models import PurchaseRequestLine
from erp.sales.selectors import kept_for
from erp.sales.services import create_order, submit_order
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.masters.models import Item
from suite.metrics.periods import period_of
from suite.metrics.registry import MetricContext
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.registry import pageset_of
from tests.factories.erp import AT, StockItemFactory, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemCategoryFactory, ItemFactory, PartyFactory
from tests.kit.metrics import assert_drill_matches, assert_shows_nothing_unpermitted
from tests.kit.objects import give

pytestmark = pytest.mark.django_db
D = Decimal
HOUR = timedelta(hours=1)
LATER = AT + HOUR


@pytest.fixture(autouse=True)
def systems_on(db: None) -> Iterator[None]:
    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
    state.forget()
    yield
    assert faults() == []


@pytest.fixture
def boss() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def keeper() -> User:
    """May count, and decide nothing."""
    return UserFactory()


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item() -> Item:
    return ItemFactory()


def started(warehouse: Warehouse, actor: User, **details: object) -> CountSheet:
    sheet = create_sheet(warehouse=warehouse, actor=actor, at=LATER, **details)  # type: ignore[arg-type]
    return start_count(countsheet=sheet, actor=actor, at=LATER)


def record(sheet: CountSheet, actor: User, *quantities: int | str, at: object = LATER) -> CountSheet:
    lines = sheet.lines.order_by("position")
    counts = {line.pk: D(quantity) for line, quantity in zip(lines, quantities, strict=True)}
    return record_counts(countsheet=sheet, counts=counts, request=uuid4(), actor=actor, at=at)  # type: ignore[arg-type]


def recount(sheet: CountSheet, actor: User, line: CountLine, quantity: int | str) -> CountSheet:
    return recount_lines(countsheet=sheet, counts={line.pk: D(quantity)}, request=uuid4(), actor=actor, at=LATER)


def ship(warehouse: Warehouse, item: Item, quantity: int, key: str = "ship") -> list[StockMove]:
    customers = common_location(warehouse.company, LocationKind.CUSTOMER)
    posting = Posting(key, MoveKind.SHIPMENT, item.pk, D(quantity), store_of(warehouse), customers)
    with transaction.atomic():
        return post([posting], company=warehouse.company, actor=None, at=LATER)


def on_hand(item: Item) -> Decimal:
    return sum((quant.on_hand for quant in StockQuant.objects.filter(item=item)), D(0))


def posted(sheet: CountSheet, boss: User, keeper: User) -> CountSheet:
    """Finish a count whose tolerance lets everything pass, and post it."""
    finish_count(countsheet=sheet, actor=keeper, at=LATER)
    return submit_count(countsheet=sheet, actor=boss, at=LATER + HOUR)


WIDE = {"tolerance_percent": D(100)}


# -- the tolerance -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("difference", "book", "value", "percent", "amount", "expected"),
    [
        ("0", "10", None, "0", None, False),
        ("-2", "100", "-20", "2", None, False),
        ("-2.000001", "100", "-20", "2", None, True),
        ("2", "100", "20", "2", "20", False),
        ("2", "100", "20.01", "2", "20", True),
        ("2", "100", None, "2", "20", True),
        ("1", "0", "5", "100", None, True),
        ("-1", "10", "-5", "0", None, True),
    ],
)
def test_what_is_beyond_the_tolerance(
    difference: str, book: str, value: str | None, percent: str, amount: str | None, expected: bool
) -> None:
    found = is_beyond(
        D(difference),
        D(book),
        D(value) if value is not None else None,
        percent=D(percent),
        amount=D(amount) if amount is not None else None,
    )

    assert found is expected


# -- the sheet ---------------------------------------------------------------------------------


def test_a_sheet_lists_what_lies_there_and_is_within_its_scope(warehouse: Warehouse, boss: User) -> None:
    above = ItemCategoryFactory()
    below = ItemFactory(category=ItemCategoryFactory(parent=above), code="A1")
    other, gone, resting = ItemFactory(code="A2"), ItemFactory(code="A3"), ItemFactory(code="A4")
    stock(warehouse, below, 5)
    stock(warehouse, other, 7, at=AT + 24 * HOUR)
    stock(warehouse, gone, 1)
    ship(warehouse, gone, 1)
    stock(WarehouseFactory(company=warehouse.company), resting, 3)

    def counted(**details: object) -> list[tuple[str, int]]:
        sheet = create_sheet(warehouse=warehouse, actor=boss, at=AT + 48 * HOUR, **details)  # type: ignore[arg-type]
        start_count(countsheet=sheet, actor=boss, at=AT + 48 * HOUR)
        found = [(line.item.code, line.position) for line in sheet.lines.order_by("position")]
        cancel_count(countsheet=sheet, reason="演示", actor=boss, at=AT + 48 * HOUR)
        return found

    assert counted() == [("A1", 1), ("A2", 2)]
    assert counted(scope_kind=CountScope.CATEGORY, category=above) == [("A1", 1)]
    assert counted(scope_kind=CountScope.ITEMS, items=[other, resting]) == [("A2", 1)]
    assert counted(scope_kind=CountScope.MOVED, moved_since=(AT + 24 * HOUR).date()) == [("A2", 1)]
    assert set(CountLine.objects.values_list("is_open", flat=True)) == {False}


@pytest.mark.parametrize("scope", [CountScope.CATEGORY, CountScope.ITEMS, CountScope.MOVED])
def test_a_sheet_says_what_it_counts(warehouse: Warehouse, boss: User, scope: str) -> None:
    with pytest.raises(InvalidInput):
        create_sheet(warehouse=warehouse, scope_kind=scope, actor=boss, at=LATER)

    assert not CountSheet.objects.exists()


def test_a_sheet_is_changed_until_it_starts(warehouse: Warehouse, item: Item, boss: User) -> None:
    sheet = create_sheet(warehouse=warehouse, actor=boss, at=LATER)

    update_sheet(countsheet=sheet, scope_kind=CountScope.ITEMS, items=[item], actor=boss, at=LATER)
    start_count(countsheet=sheet, actor=boss, at=LATER)
    with pytest.raises(WrongState):
        update_sheet(countsheet=sheet, is_blind=False, actor=boss, at=LATER)

    sheet.refresh_from_db()
    assert sheet.number == "CS-2026-0001"
    assert (sheet.scope_kind, list(sheet.items.all()), sheet.is_blind) == (CountScope.ITEMS, [item], True)


def test_what_is_being_counted_is_on_one_open_sheet_only(warehouse: Warehouse, item: Item, boss: User) -> None:
    stock(warehouse, item, 10)
    first = started(warehouse, boss)
    second = create_sheet(warehouse=warehouse, actor=boss, at=LATER)

    with pytest.raises(CountedElsewhere, match=first.number):
        start_count(countsheet=second, actor=boss, at=LATER)
    second.refresh_from_db()
    assert (second.status, second.lines.count()) == (CountStatus.DRAFT, 0)

    cancel_count(countsheet=first, reason="改期", actor=boss, at=LATER)
    assert start_count(countsheet=second, actor=boss, at=LATER).lines.count() == 1


# -- recording ---------------------------------------------------------------------------------


def test_the_books_are_taken_when_the_count_is_recorded(warehouse: Warehouse, item: Item, keeper: User) -> None:
    stock(warehouse, item, 10)
    sheet = started(warehouse, keeper)
    ship(warehouse, item, 3)

    record(sheet, keeper, 7)

    line = sheet.lines.get()
    assert (line.counted_quantity, line.book_quantity, line.counted_by, line.counted_at) == (7, 7, keeper, LATER)


def test_a_count_recorded_again_by_a_retry_keeps_its_books(warehouse: Warehouse, item: Item, keeper: User) -> None:
    stock(warehouse, item, 10)
    sheet = started(warehouse, keeper)
    line, request = sheet.lines.get(), uuid4()
    entry = {"countsheet": sheet, "counts": {line.pk: D(10)}, "request": request, "actor": keeper, "at": LATER}
    record_counts(**entry)  # type: ignore[arg-type]
    ship(warehouse, item, 2)

    record_counts(**entry)  # type: ignore[arg-type]

    line.refresh_from_db()
    assert (line.counted_quantity, line.book_quantity) == (10, 10)


def test_who_counted_corrects_it_and_nobody_else(warehouse: Warehouse, item: Item, keeper: User, boss: User) -> None:
    stock(warehouse, item, 10)
    sheet = started(warehouse, keeper)
    record(sheet, keeper, 9)
    ship(warehouse, item, 1)

    record(sheet, keeper, 8)
    with pytest.raises(CountedAlready):
        record(sheet, boss, 5)

    line = sheet.lines.get()
    assert (line.counted_quantity, line.book_quantity, line.counted_by) == (8, 9, keeper)


@pytest.mark.parametrize("quantity", ["-1", "0.5", "NaN"])
def test_a_count_that_cannot_be_is_refused(warehouse: Warehouse, item: Item, keeper: User, quantity: str) -> None:
    stock(warehouse, item, 10)
    sheet = started(warehouse, keeper)

    with pytest.raises(InvalidInput):
        record(sheet, keeper, quantity)

    assert sheet.lines.get().counted_at is None


def test_a_line_of_another_sheet_is_refused(warehouse: Warehouse, item: Item, keeper: User) -> None:
    stock(warehouse, item, 10)
    other = WarehouseFactory(company=warehouse.company)
    stock(other, item, 10)
    sheet, theirs = started(warehouse, keeper), started(other, keeper)
    counts = {sheet.lines.get().pk: D(1), theirs.lines.get().pk: D(1)}

    with pytest.raises(InvalidInput):
        record_counts(countsheet=sheet, counts=counts, request=uuid4(), actor=keeper, at=LATER)

    assert not CountLine.objects.filter(counted_at__isnull=False).exists()


def test_recording_costs_the_same_for_2_and_20_lines(warehouse: Warehouse, keeper: User) -> None:
    def cost(number: int) -> int:
        items = ItemFactory.create_batch(number)
        for each in items:
            stock(warehouse, each, 5)
        sheet = started(warehouse, keeper, scope_kind=CountScope.ITEMS, items=items)
        with CaptureQueriesContext(connection) as captured:
            record(sheet, keeper, *[4] * number)
        return len(captured)

    assert cost(20) == cost(2)


def test_starting_and_posting_cost_the_same_for_2_and_20_lines(warehouse: Warehouse, keeper: User, boss: User) -> None:
    def cost(number: int) -> tuple[int, int]:
        items = ItemFactory.create_batch(number)
        for each in items:
            stock(warehouse, each, 5)
        sheet = create_sheet(
            warehouse=warehouse, scope_kind=CountScope.ITEMS, items=items, actor=keeper, at=LATER, **WIDE
        )
        with CaptureQueriesContext(connection) as starting:
            start_count(countsheet=sheet, actor=keeper, at=LATER)
        record(sheet, keeper, *([4, 6] * (number // 2)))
        with CaptureQueriesContext(connection) as ending:
            posted(sheet, boss, keeper)
        return len(starting), len(ending)

    cost(2)
    assert cost(20) == cost(2)


def test_what_is_found_gets_a_line_once(warehouse: Warehouse, item: Item, keeper: User) -> None:
    sheet = started(warehouse, keeper)
    request = uuid4()
    entry = {"countsheet": sheet, "item": item, "quantity": D(3), "request": request, "actor": keeper, "at": LATER}

    line = add_found(**entry)  # type: ignore[arg-type]
    again = add_found(**entry)  # type: ignore[arg-type]

    assert line == again
    assert (line.counted_quantity, line.book_quantity, line.is_added, line.position) == (3, 0, True, 1)


def test_a_found_lot_is_named(warehouse: Warehouse, item: Item, keeper: User) -> None:
    StockItemFactory(item=item, tracking=Tracking.LOT)
    sheet = started(warehouse, keeper)

    with pytest.raises(InvalidInput):
        add_found(countsheet=sheet, item=item, quantity=D(3), request=uuid4(), actor=keeper, at=LATER)
    assert not sheet.lines.exists()

    line = add_found(
        countsheet=sheet, item=item, quantity=D(3), lot_number="P7", request=uuid4(), actor=keeper, at=LATER
    )
    assert (str(line.lot), line.counted_quantity) == ("P7", 3)


# -- ending and counting again -----------------------------------------------------------------


def test_a_count_ends_when_all_is_counted_or_left_out(warehouse: Warehouse, keeper: User) -> None:
    first, second = ItemFactory(code="B1"), ItemFactory(code="B2")
    stock(warehouse, first, 10)
    stock(warehouse, second, 10)
    sheet = started(warehouse, keeper)
    with pytest.raises(InvalidInput):
        finish_count(countsheet=sheet, leaves_out_uncounted=True, actor=keeper, at=LATER)
    record_counts(
        countsheet=sheet, counts={sheet.lines.get(item=first).pk: D(10)}, request=uuid4(), actor=keeper, at=LATER
    )

    with pytest.raises(NotAllCounted):
        finish_count(countsheet=sheet, actor=keeper, at=LATER)
    sheet.refresh_from_db()
    assert sheet.status == CountStatus.COUNTING
    sheet = finish_count(countsheet=sheet, leaves_out_uncounted=True, actor=keeper, at=LATER)

    assert sheet.status == CountStatus.REVIEWING
    assert [(line.is_open, line.difference) for line in sheet.lines.all()] == [(True, 0), (False, None)]


def test_beyond_the_tolerance_somebody_else_counts_again(
    warehouse: Warehouse, item: Item, keeper: User, boss: User
) -> None:
    stock(warehouse, item, 100)
    sheet = started(warehouse, keeper, tolerance_percent=D(2))
    record(sheet, keeper, 95)
    finish_count(countsheet=sheet, actor=keeper, at=LATER)
    line = sheet.lines.get()
    assert (line.difference, line.difference_value, line.needs_recount) == (-5, -50, True)

    with pytest.raises(RecountNeeded):
        submit_count(countsheet=sheet, actor=boss, at=LATER)
    with pytest.raises(SamePerson):
        recount(sheet, keeper, line, 99)
    ship(warehouse, item, 10)
    recount(sheet, boss, line, 89)
    with pytest.raises(CountedAlready):
        recount(sheet, UserFactory(), line, 70)
    submit_count(countsheet=sheet, actor=boss, at=LATER + HOUR)

    line.refresh_from_db()
    assert (line.recount_quantity, line.recount_book_quantity, line.difference) == (89, 90, -1)
    assert line.is_beyond is False
    assert on_hand(item) == 89


def test_who_sends_a_count_back_has_it_counted_again(
    warehouse: Warehouse, item: Item, keeper: User, boss: User
) -> None:
    stock(warehouse, item, 100)
    sheet = started(warehouse, keeper)
    record(sheet, keeper, 95)
    finish_count(countsheet=sheet, actor=keeper, at=LATER)
    recount(sheet, boss, sheet.lines.get(), 95)
    sheet = submit_count(countsheet=sheet, actor=keeper, at=LATER)
    assert sheet.status == CountStatus.APPROVING

    sheet = reject_count(countsheet=sheet, reason="再数一遍", actor=boss, at=LATER)

    line = sheet.lines.get()
    assert sheet.status == CountStatus.REVIEWING
    assert (line.needs_recount, line.recount_quantity, line.counted_quantity) == (True, None, 95)
    with pytest.raises(RecountNeeded):
        submit_count(countsheet=sheet, actor=keeper, at=LATER)
    assert on_hand(item) == 100


# -- posting -----------------------------------------------------------------------------------


def test_what_moves_between_count_and_posting_survives(
    warehouse: Warehouse, item: Item, keeper: User, boss: User
) -> None:
    stock(warehouse, item, 100)
    sheet = started(warehouse, keeper, **WIDE)
    record(sheet, keeper, 97)
    ship(warehouse, item, 40)
    stock(warehouse, item, 5)

    sheet = posted(sheet, boss, keeper)

    line = sheet.lines.get()
    move = StockMove.objects.get(kind=MoveKind.COUNT)
    assert (sheet.status, sheet.posted_on) == (CountStatus.POSTED, LATER.date())
    assert on_hand(item) == 62
    assert (move.quantity, move.key, move.source_id) == (3, f"count:{sheet.pk}:{line.pk}", sheet.pk)
    assert (line.move, line.difference_value, line.is_open) == (move, -30, False)
    assert StockValue.objects.get(item=item).amount == 620


def test_a_count_is_posted_once(warehouse: Warehouse, item: Item, keeper: User, boss: User) -> None:
    stock(warehouse, item, 10)
    sheet = started(warehouse, keeper, **WIDE)
    record(sheet, keeper, 8)
    posted(sheet, boss, keeper)

    for again in (submit_count, approve_count):
        with pytest.raises(WrongState):
            again(countsheet=sheet, actor=boss, at=LATER + HOUR)

    assert on_hand(item) == 8


def test_without_the_right_to_approve_a_count_waits(warehouse: Warehouse, item: Item, keeper: User, boss: User) -> None:
    stock(warehouse, item, 10)
    sheet = started(warehouse, keeper, **WIDE)
    record(sheet, keeper, 8)
    finish_count(countsheet=sheet, actor=keeper, at=LATER)

    sheet = submit_count(countsheet=sheet, actor=keeper, at=LATER)
    assert (sheet.status, on_hand(item)) == (CountStatus.APPROVING, 10)
    approve_count(countsheet=sheet, actor=boss, at=LATER)

    assert on_hand(item) == 8


def test_what_is_found_costs_the_average_or_what_the_line_says(
    warehouse: Warehouse, item: Item, keeper: User, boss: User
) -> None:
    stock(warehouse, item, 10, cost=3)
    new = ItemFactory()
    sheet = started(warehouse, keeper, **WIDE)
    record(sheet, keeper, 12)
    found = add_found(countsheet=sheet, item=new, quantity=D(4), request=uuid4(), actor=keeper, at=LATER)
    finish_count(countsheet=sheet, actor=keeper, at=LATER)
    recount(sheet, boss, found, 4)

    with pytest.raises(CostUnknown, match=new.code):
        submit_count(countsheet=sheet, actor=boss, at=LATER)
    assert not StockMove.objects.filter(kind=MoveKind.COUNT).exists()
    explain_line(countline=found, reason="上月未入账", unit_cost=D("2.5"), actor=boss, at=LATER)
    submit_count(countsheet=sheet, actor=boss, at=LATER + HOUR)

    worth = {value.item: (value.quantity, value.amount) for value in StockValue.objects.all()}
    assert worth == {item: (12, 36), new: (4, 10)}
    assert [line.difference_value for line in sheet.lines.order_by("position")] == [6, 10]


def test_statuses_and_lots_are_counted_apart(warehouse: Warehouse, item: Item, keeper: User, boss: User) -> None:
    lot, other = get_lot(item=item, number="L1"), get_lot(item=item, number="L2")
    stock(warehouse, item, 10, lot=lot)
    stock(warehouse, item, 10, lot=other)
    place = store_of(warehouse)
    held = Posting("hold", MoveKind.STATUS, item.pk, D(4), place, place, lot_id=lot.pk, to_status=StockStatus.HOLD)
    with transaction.atomic():
        post([held], company=warehouse.company, actor=None, at=LATER)
    sheet = started(warehouse, keeper, **WIDE)
    names = [(str(line.lot), line.stock_status) for line in sheet.lines.order_by("position")]
    record(sheet, keeper, 7, 3, 9)

    posted(sheet, boss, keeper)

    assert names == [("L1", "GOOD"), ("L1", "HOLD"), ("L2", "GOOD")]
    left = StockQuant.objects.order_by("lot__number", "status").values_list("lot__number", "status", "on_hand")
    assert list(left) == [("L1", "GOOD", 7), ("L1", "HOLD", 3), ("L2", "GOOD", 9)]


def test_a_piece_found_at_one_place_of_the_sheet_is_missing_at_the_other(
    warehouse: Warehouse, item: Item, keeper: User, boss: User
) -> None:
    StockItemFactory(item=item, tracking=Tracking.SERIAL)
    piece = get_lot(item=item, number="SN1")
    stock(warehouse, item, 1, lot=piece)
    sheet = started(warehouse, keeper, **WIDE)
    record(sheet, keeper, 0)
    found = add_found(
        countsheet=sheet,
        item=item,
        quantity=D(1),
        lot_number="SN1",
        stock_status=StockStatus.HOLD,
        request=uuid4(),
        actor=keeper,
        at=LATER,
    )
    finish_count(countsheet=sheet, actor=keeper, at=LATER)
    recount(sheet, boss, found, 1)

    submit_count(countsheet=sheet, actor=boss, at=LATER + HOUR)

    assert list(StockQuant.objects.filter(on_hand__gt=0).values_list("status", flat=True)) == ["HOLD"]


def test_a_piece_that_lies_elsewhere_by_the_books_is_not_found_twice(
    warehouse: Warehouse, item: Item, keeper: User, boss: User
) -> None:
    StockItemFactory(item=item, tracking=Tracking.SERIAL)
    stock(WarehouseFactory(company=warehouse.company), item, 1, lot=get_lot(item=item, number="SN1"))
    sheet = started(warehouse, keeper)
    found = add_found(
        countsheet=sheet, item=item, quantity=D(1), lot_number="SN1", request=uuid4(), actor=keeper, at=LATER
    )
    finish_count(countsheet=sheet, actor=keeper, at=LATER)
    recount(sheet, boss, found, 1)

    with pytest.raises(PieceElsewhere, match="SN1"):
        submit_count(countsheet=sheet, actor=boss, at=LATER)

    assert on_hand(item) == 1


def test_what_is_gone_meanwhile_is_refused_by_line(warehouse: Warehouse, item: Item, keeper: User, boss: User) -> None:
    stock(warehouse, item, 10)
    sheet = started(warehouse, keeper, **WIDE)
    record(sheet, keeper, 4)
    ship(warehouse, item, 8)
    finish_count(countsheet=sheet, actor=keeper, at=LATER)

    with pytest.raises(CountShortage, match=item.code):
        submit_count(countsheet=sheet, actor=boss, at=LATER)

    sheet.refresh_from_db()
    assert (sheet.status, on_hand(item)) == (CountStatus.REVIEWING, 2)


def test_the_newest_reservations_give_way_and_their_orders_are_served_again(
    warehouse: Warehouse, item: Item, keeper: User, boss: User
) -> None:
    stock(warehouse, item, 10)
    orders = []
    for hours in (0, 1):
        order = create_order(
            party=PartyFactory(is_customer=True),
            warehouse=warehouse,
            lines=[{"item": item, "quantity": D(5)}],
            actor=boss,
            at=LATER + hours * HOUR,
        )
        orders.append(submit_order(salesorder=order, actor=boss, at=LATER + hours * HOUR))
    other = WarehouseFactory(company=warehouse.company)
    stock(other, item, 2)
    sheet = started(warehouse, keeper, **WIDE)
    record(sheet, keeper, 6)

    posted(sheet, boss, keeper)

    first, second = (order.lines.get() for order in orders)
    assert kept_for([first, second]) == {first.pk: 5, second.pk: 3}
    assert kept_for([second], store_of(other)) == {second.pk: 2}
    asked = PurchaseRequestLine.objects.get()
    assert (asked.demand_id, asked.quantity) == (second.pk, 2)
    quant = StockQuant.objects.get(item=item, location=store_of(warehouse))
    assert (quant.on_hand, quant.reserved) == (6, 6)


def test_reservations_of_other_kinds_of_lines_give_way_too(
    warehouse: Warehouse, item: Item, keeper: User, boss: User
) -> None:
    stock(warehouse, item, 10)
    with transaction.atomic():
        reserve([Demand(ItemFactory(), item.pk, D(9))], [store_of(warehouse)], at=LATER)
    sheet = started(warehouse, keeper, **WIDE)
    record(sheet, keeper, 7)

    posted(sheet, boss, keeper)

    assert Reservation.objects.get().quantity == 7


def test_found_stock_serves_who_waits(warehouse: Warehouse, item: Item, keeper: User, boss: User) -> None:
    stock(warehouse, item, 10)
    order = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(12)}],
        actor=boss,
        at=LATER,
    )
    line = submit_order(salesorder=order, actor=boss, at=LATER).lines.get()
    sheet = started(warehouse, keeper, **WIDE)
    record(sheet, keeper, 11)

    posted(sheet, boss, keeper)

    assert kept_for([line]) == {line.pk: 11}


# -- freezing ----------------------------------------------------------------------------------


def test_what_is_frozen_stands_still_until_the_count_is_posted(
    warehouse: Warehouse, item: Item, keeper: User, boss: User
) -> None:
    other, free = WarehouseFactory(company=warehouse.company), ItemFactory()
    for each in (item, free):
        stock(other, each, 10)
    stock(warehouse, item, 10)
    sheet = started(warehouse, keeper, is_frozen=True, **WIDE)

    with pytest.raises(StockFrozen, match=f"{item.code}.*{sheet.number}"):
        ship(warehouse, item, 1)
    with pytest.raises(StockFrozen):
        transfer_stock(source=other, target=warehouse, parts=[Part(item, D(1))], request=uuid4(), actor=boss, at=LATER)
    ship(other, item, 1, key="elsewhere")
    ship(other, free, 1, key="another item")
    assert on_hand(item) == 19

    record(sheet, keeper, 9)
    posted(sheet, boss, keeper)
    ship(warehouse, item, 1)

    assert on_hand(item) == 17
    assert not StockFreeze.objects.exists()


def test_a_cancelled_count_freezes_nothing(warehouse: Warehouse, item: Item, boss: User) -> None:
    stock(warehouse, item, 10)
    sheet = started(warehouse, boss, is_frozen=True)
    line = add_found(countsheet=sheet, item=ItemFactory(), quantity=D(1), request=uuid4(), actor=boss, at=LATER)
    assert set(StockFreeze.objects.values_list("item", flat=True)) == {item.pk, line.item_id}

    cancel_count(countsheet=sheet, reason="停电", actor=boss, at=LATER)
    ship(warehouse, item, 1)

    assert on_hand(item) == 9


def test_freezing_costs_a_posting_no_statement(warehouse: Warehouse, item: Item, boss: User) -> None:
    stock(warehouse, item, 10)
    frozen = ItemFactory()
    stock(warehouse, frozen, 10)

    def cost(key: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            ship(warehouse, item, 1, key=key)
        return len(captured)

    before = [cost("warm"), cost("a")][1]
    started(warehouse, boss, is_frozen=True, scope_kind=CountScope.ITEMS, items=[frozen])

    assert cost("b") == before


# -- pages, API, blindness ---------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def counting_person() -> User:
    create_default_roles(actor=None, at=AT)
    user = UserFactory()
    from hrm.org.models import StandardRole

    user.groups.add(StandardRole.objects.get(code="warehouse").role)
    return User.objects.get(pk=user.pk)


def url(view: str, *args: object, model: type = CountSheet) -> str:
    pageset = pageset_of(model)
    assert pageset is not None
    return pageset.url(view, *args)


def test_counts_are_entered_on_one_page(warehouse: Warehouse, boss: User) -> None:
    items = [ItemFactory(code=f"C{n}") for n in range(3)]
    for each in items:
        stock(warehouse, each, 987)
    client = signed_in(counting_person())
    client.post(url("create"), {"warehouse": warehouse.pk, "count_on": "2026-11-02", "scope_kind": "ALL",
                                "is_blind": "on", "tolerance_percent": "2", "owner": boss.pk})  # fmt: skip
    sheet = CountSheet.objects.get()
    client.post(url("action", sheet.pk, "start"))
    first, second, third = sheet.lines.order_by("position")

    asked = client.get(url("action", sheet.pk, "record")).content.decode()
    assert f'name="count_{first.pk}"' in asked
    assert "987" not in asked
    data = {f"count_{first.pk}": "987", f"count_{second.pk}": "0", f"count_{third.pk}": ""}
    assert client.post(url("action", sheet.pk, "record"), {**data, "request": str(uuid4())}).status_code == 302

    assert [line.counted_quantity for line in sheet.lines.order_by("position")] == [987, 0, None]
    assert "2 / 3" in client.get(url("list")).content.decode()
    again = client.get(url("action", sheet.pk, "record")).content.decode()
    assert f'name="count_{first.pk}"' not in again
    assert f'name="count_{third.pk}"' in again


def test_an_open_sheet_shows_the_books(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 987)
    person = counting_person()
    sheet = started(warehouse, person, is_blind=False)
    client = signed_in(person)

    assert "987" in client.get(url("action", sheet.pk, "record")).content.decode()
    assert "987" in client.get(url("print", sheet.pk)).content.decode()


def test_who_counts_blind_sees_the_books_nowhere(warehouse: Warehouse, item: Item, boss: User) -> None:
    for each in (item, ItemFactory()):
        stock(warehouse, each, 98765)
    person, first = counting_person(), UserFactory()
    sheet = started(warehouse, person)
    line = sheet.lines.order_by("position")[0]
    record(sheet, first, 43210, 43210)
    finish_count(countsheet=sheet, actor=first, at=LATER)
    recount(sheet, boss, line, 55555)
    explain_line(countline=line, reason="待查", actor=boss, at=LATER)

    def seen(user: User) -> str:
        client = signed_in(user)
        addresses = [
            url("detail", sheet.pk),
            url("print", sheet.pk),
            url("history", sheet.pk),
            url("list", model=CountLine),
            url("list", model=CountLine) + "?columns=counted_quantity&columns=book_quantity&columns=recount_quantity",
            url("detail", line.pk, model=CountLine),
            url("history", line.pk, model=CountLine),
            url("action", sheet.pk, "recount"),
            f"/api/erp/count-lines/{line.pk}/",
            "/api/erp/count-lines/",
            f"/api/erp/count-sheets/{sheet.pk}/",
            url("export", model=CountLine) + "?format=csv",
        ]
        answers = [client.get(address) for address in addresses]
        assert [a.status_code for a in answers] == [200] * len(addresses)
        bodies = [b"".join(a.streaming_content) if a.streaming else a.content for a in answers]
        return b"".join(bodies).decode(errors="replace").replace(",", "")

    blind, knowing = seen(person), seen(boss)

    assert [text for text in ("98765", "43210", "55555") if text in blind] == []
    assert [text for text in ("98765", "43210", "55555") if text in knowing] == ["98765", "43210", "55555"]


def test_a_program_records_counts_and_retries(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    person = counting_person()
    sheet = started(warehouse, person)
    line = sheet.lines.get()
    client = signed_in(person)
    request = str(uuid4())

    def send(address: str, **body: object) -> int:
        return client.post(address, {**body, "request": request}, content_type="application/json").status_code

    many = send(f"/api/erp/count-sheets/{sheet.pk}/record/", **{f"count_{line.pk}": "9"})
    ship(warehouse, item, 4)
    again = send(f"/api/erp/count-sheets/{sheet.pk}/record/", **{f"count_{line.pk}": "9"})
    line.refresh_from_db()
    assert (many, again, line.counted_quantity, line.book_quantity) == (200, 200, 9, 10)

    request = str(uuid4())
    assert send(f"/api/erp/count-lines/{line.pk}/count/", quantity="6") == 200
    line.refresh_from_db()
    assert (line.counted_quantity, line.book_quantity) == (6, 6)
    assert send(f"/api/erp/count-sheets/{sheet.pk}/approve/") == 403


def test_a_line_is_counted_from_its_own_page(warehouse: Warehouse, item: Item, keeper: User, boss: User) -> None:
    stock(warehouse, item, 10)
    sheet = started(warehouse, keeper)
    line = sheet.lines.get()

    count_line(countline=line, quantity=D(7), request=uuid4(), actor=keeper, at=LATER)
    finish_count(countsheet=sheet, actor=keeper, at=LATER)
    line = count_line(countline=line, quantity=D(8), request=uuid4(), actor=boss, at=LATER)

    assert (line.counted_quantity, line.recount_quantity) == (7, 8)


# -- figures -----------------------------------------------------------------------------------


def test_accuracy_and_differences_are_of_the_posted_sheets(warehouse: Warehouse, keeper: User, boss: User) -> None:
    for code in ("E1", "E2", "E3", "E4"):
        stock(warehouse, ItemFactory(code=code), 100)
    sheet = started(warehouse, keeper, tolerance_percent=D(5))
    record(sheet, keeper, 100, 98, 103, 50)
    finish_count(countsheet=sheet, actor=keeper, at=LATER)
    recount(sheet, boss, sheet.lines.get(position=4), 50)
    context = MetricContext(user=boss, period=period_of("month", LATER.date()), at=LATER)
    assert count_accuracy(context).value is None

    submit_count(countsheet=sheet, actor=boss, at=LATER)

    accuracy, differences = count_accuracy(context), count_differences(context)
    assert (accuracy.value, accuracy.numerator, accuracy.denominator) == (75, 3, 4)
    assert differences.value == -490
    assert [(fact.value) for fact in differences.facts] == [30, 520]
    for metric in (count_accuracy, count_differences):
        assert_drill_matches(metric, context)
        assert_shows_nothing_unpermitted(metric, MetricContext(UserFactory(), context.period, LATER))


def test_who_may_only_see_own_sheets_sees_their_lines(warehouse: Warehouse, item: Item, boss: User) -> None:
    stock(warehouse, item, 10)
    line = started(warehouse, boss).lines.get()
    pageset = pageset_of(CountLine)
    assert pageset is not None
    user = give(UserFactory(), pageset, ["view"], "OWN")

    assert signed_in(user).get(url("detail", line.pk, model=CountLine)).status_code == 404
