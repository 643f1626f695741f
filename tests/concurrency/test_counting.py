"""Two people at one count, with real threads and real commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from erp.counting.models import CountLine, CountSheet
from erp.counting.posting import CountShortage, approve_count, submit_count
from erp.counting.recording import CountedAlready, record_counts
from erp.counting.services import CountedElsewhere, create_sheet, finish_count, start_count
from erp.inventory.choices import MoveKind
from erp.inventory.errors import InsufficientStock, StockFrozen
from erp.inventory.ledger import Posting, post
from erp.inventory.models import StockMove, StockQuant
from erp.inventory.proof import faults
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Warehouse
from erp.masterdata.services import common_location, store_of
from erp.sales.deliveries import ship_order
from erp.sales.models import Delivery
from erp.sales.services import create_order, submit_order
from suite.access.models import User
from suite.core.errors import DomainError, InvalidInput, WrongState
from suite.masters.models import Item
from suite.modules import state
from suite.modules.models import ModuleState
from tests.concurrency.test_crm import at_once
from tests.factories.erp import AT, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
LATER = AT + timedelta(days=1)


@pytest.fixture(autouse=True)
def proven(transactional_db: None) -> Iterator[None]:
    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
    state.forget()
    yield
    assert faults() == []


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item() -> Item:
    return ItemFactory()


@pytest.fixture
def boss() -> User:
    return UserFactory(is_superuser=True)


def sheet_of(warehouse: Warehouse, boss: User, *, is_frozen: bool = False) -> CountSheet:
    return create_sheet(warehouse=warehouse, is_frozen=is_frozen, tolerance_percent=D(100), actor=boss, at=LATER)


def counted(line: CountLine, quantity: int, actor: User) -> Callable[[], CountSheet]:
    sheet = CountSheet.objects.get(pk=line.sheet_id)

    def work() -> CountSheet:
        return record_counts(countsheet=sheet, counts={line.pk: D(quantity)}, request=uuid4(), actor=actor, at=LATER)

    return work


def shipped(warehouse: Warehouse, item: Item, quantity: int, key: str) -> Callable[[], list[StockMove]]:
    place, customers = store_of(warehouse), common_location(warehouse.company, LocationKind.CUSTOMER)

    def work() -> list[StockMove]:
        posting = Posting(key, MoveKind.SHIPMENT, item.pk, D(quantity), place, customers)
        with transaction.atomic():
            return post([posting], company=warehouse.company, actor=None, at=LATER)

    return work


def test_two_people_count_one_line(warehouse: Warehouse, item: Item, boss: User) -> None:
    stock(warehouse, item, 10)
    sheet = start_count(countsheet=sheet_of(warehouse, boss), actor=boss, at=LATER)
    line = sheet.lines.get()

    results = at_once(counted(line, 9, UserFactory()), counted(line, 8, UserFactory()))

    line.refresh_from_db()
    lost = [isinstance(result, CountedAlready) for result in results]
    assert sorted(lost) == [False, True]
    assert line.counted_quantity == (D(8) if lost[0] else D(9))


def test_two_people_post_one_count(warehouse: Warehouse, item: Item, boss: User) -> None:
    stock(warehouse, item, 10)
    sheet, keeper = start_count(countsheet=sheet_of(warehouse, boss), actor=boss, at=LATER), UserFactory()
    counted(sheet.lines.get(), 7, keeper)()
    finish_count(countsheet=sheet, actor=keeper, at=LATER)
    submit_count(countsheet=sheet, actor=keeper, at=LATER)

    results = at_once(*[lambda: approve_count(countsheet=sheet, actor=boss, at=LATER)] * 3)

    assert [isinstance(result, WrongState) for result in results].count(True) == 2
    assert StockMove.objects.filter(kind=MoveKind.COUNT).count() == 1
    assert StockQuant.objects.get(item=item).on_hand == 7


def test_two_sheets_start_over_the_same_stock(warehouse: Warehouse, item: Item, boss: User) -> None:
    stock(warehouse, item, 10)
    sheets = [sheet_of(warehouse, boss) for _number in range(2)]

    def start(sheet: CountSheet) -> Callable[[], CountSheet]:
        return lambda: start_count(countsheet=sheet, actor=boss, at=LATER)

    results = at_once(*(start(sheet) for sheet in sheets))

    assert [isinstance(result, CountedElsewhere) for result in results].count(True) == 1
    assert CountLine.objects.filter(is_open=True).count() == 1


def test_counts_recorded_while_stock_is_shipped_fit_the_books(warehouse: Warehouse, item: Item, boss: User) -> None:
    """Whichever comes first: what was counted by the books is no difference."""
    stock(warehouse, item, 100)
    sheet = start_count(countsheet=sheet_of(warehouse, boss), actor=boss, at=LATER)
    line = sheet.lines.get()

    at_once(counted(line, 100, boss), *(shipped(warehouse, item, 1, f"s{number}") for number in range(5)))

    line.refresh_from_db()
    assert line.book_quantity is not None
    assert 95 <= line.book_quantity <= 100
    finish_count(countsheet=sheet, actor=boss, at=LATER)
    submit_count(countsheet=sheet, actor=boss, at=LATER)
    found = D(100) - line.book_quantity
    assert StockQuant.objects.get(item=item, location=store_of(warehouse)).on_hand == 95 + found


def test_a_frozen_count_starts_while_stock_is_shipped(warehouse: Warehouse, item: Item, boss: User) -> None:
    """Every shipment is either in the books when the count begins, or refused."""
    stock(warehouse, item, 100)
    for number in range(6):
        sheet = sheet_of(warehouse, boss, is_frozen=True)
        before = StockQuant.objects.get(item=item).on_hand

        def start(sheet: CountSheet = sheet) -> Decimal:
            with transaction.atomic():
                start_count(countsheet=sheet, actor=boss, at=LATER)
                return StockQuant.objects.get(item=item).on_hand

        works = [shipped(warehouse, item, 1, f"{number}:{each}") for each in range(4)]
        at_start, *results = at_once(start, *works)

        done = [result for result in results if not isinstance(result, StockFrozen)]
        assert all(isinstance(result, list) for result in done)
        assert StockQuant.objects.get(item=item).on_hand == at_start == before - len(done)
        counted(sheet.lines.get(), int(at_start), boss)()
        finish_count(countsheet=sheet, actor=boss, at=LATER)
        submit_count(countsheet=sheet, actor=boss, at=LATER)


@pytest.mark.parametrize("wanted", [5, 6, 7])
def test_a_shortage_is_posted_while_its_order_is_shipped(
    warehouse: Warehouse, item: Item, boss: User, wanted: int
) -> None:
    """The reservation of an order that is being shipped is not taken under its hands."""
    stock(warehouse, item, 10)
    order = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(10)}],
        actor=boss,
        at=LATER,
    )
    line = submit_order(salesorder=order, actor=boss, at=LATER).lines.get()
    sheet = start_count(countsheet=sheet_of(warehouse, boss), actor=boss, at=LATER)
    counted(sheet.lines.get(), 6, boss)()
    finish_count(countsheet=sheet, actor=boss, at=LATER)

    def send() -> object:
        return ship_order(salesorder=order, request=uuid4(), quantities={line.pk: D(wanted)}, actor=boss, at=LATER)

    sent, posted = at_once(send, lambda: submit_count(countsheet=sheet, actor=boss, at=LATER))

    went = 0 if isinstance(sent, DomainError) else wanted
    missing = 0 if isinstance(posted, DomainError) else 4
    assert {type(sent), type(posted)} <= {Delivery, CountSheet, InsufficientStock, CountShortage, InvalidInput}
    assert went or missing
    assert StockQuant.objects.get(item=item).on_hand == 10 - went - missing
