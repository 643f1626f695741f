"""Two people at one transfer, with real threads and real commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from erp.inventory.models import StockMove, StockQuant
from erp.inventory.proof import faults
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Warehouse
from erp.masterdata.services import consigned_location
from erp.transfers.choices import TransferStatus
from erp.transfers.models import TransferOrder, TransferPart, TransferStep
from erp.transfers.moving import lose_transfer, receive_transfer, ship_transfer
from erp.transfers.services import cancel_transfer, confirm_transfer, create_transfer
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
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
def here() -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item() -> Item:
    return ItemFactory()


@pytest.fixture
def boss() -> User:
    return UserFactory(is_superuser=True)


def confirmed(here: Warehouse, there: Warehouse, item: Item, quantity: int, boss: User) -> TransferOrder:
    lines = [{"item": item, "quantity": D(quantity)}]
    order = create_transfer(source=here, target=there, lines=lines, actor=boss, at=LATER)
    return confirm_transfer(transferorder=order, actor=boss, at=LATER)


def shipped(order: TransferOrder, boss: User, request: UUID | None = None) -> Callable[[], TransferOrder]:
    return lambda: ship_transfer(transferorder=order, request=request or uuid4(), actor=boss, at=LATER)


def received(order: TransferOrder, quantity: int, boss: User, request: UUID | None = None) -> Callable[[], object]:
    part = TransferPart.objects.get(line__transfer=order)
    return lambda: receive_transfer(
        transferorder=order, quantities={part.pk: D(quantity)}, request=request or uuid4(), actor=boss, at=LATER
    )


def test_two_people_receive_one_parcel(here: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 10)
    there = WarehouseFactory(company=here.company)
    order = shipped(confirmed(here, there, item, 10, boss), boss)()

    results = at_once(received(order, 10, boss), received(order, 10, boss))

    assert [isinstance(result, InvalidInput | WrongState) for result in results].count(True) == 1
    assert StockQuant.objects.get(location__warehouse=there).on_hand == 10
    order.refresh_from_db()
    assert order.status == TransferStatus.DONE


def test_one_request_sent_five_times(here: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 20)
    there = WarehouseFactory(company=here.company)
    order, request = confirmed(here, there, item, 10, boss), uuid4()

    assert not [each for each in at_once(*[shipped(order, boss, request)] * 5) if isinstance(each, Exception)]
    again = uuid4()
    assert not [each for each in at_once(*[received(order, 4, boss, again)] * 5) if isinstance(each, Exception)]

    assert (TransferStep.objects.count(), StockMove.objects.filter(key__startswith="transfer-order:").count()) == (2, 2)
    assert StockQuant.objects.get(location__warehouse=there).on_hand == 4


def test_one_writes_off_what_another_receives(here: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 10)
    there = WarehouseFactory(company=here.company)
    order = shipped(confirmed(here, there, item, 10, boss), boss)()
    part = TransferPart.objects.get()

    def lose() -> object:
        return lose_transfer(
            transferorder=order, quantities={part.pk: D(6)}, reason="丢失", request=uuid4(), actor=boss, at=LATER
        )

    results = at_once(received(order, 6, boss), lose)

    assert [isinstance(result, InvalidInput) for result in results].count(True) == 1
    assert StockQuant.objects.get(location__kind=LocationKind.TRANSIT).on_hand == 4


def test_one_cancels_what_another_sends(here: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 10)
    order = confirmed(here, WarehouseFactory(company=here.company), item, 10, boss)

    results = at_once(
        shipped(order, boss), lambda: cancel_transfer(transferorder=order, reason="不要", actor=boss, at=LATER)
    )

    assert [isinstance(result, WrongState) for result in results].count(True) == 1
    assert StockQuant.objects.get(location__warehouse=here).reserved == 0


def test_two_transfers_of_the_same_stock_cross(here: Warehouse, boss: User) -> None:
    """Orders over the same items in another order wait for each other, never in a circle."""
    there = WarehouseFactory(company=here.company)
    items = ItemFactory.create_batch(4)
    for each in items:
        stock(here, each, 40)

    def whole(chosen: list[Item]) -> Callable[[], TransferOrder]:
        def work() -> TransferOrder:
            lines = [{"item": each, "quantity": D(5)} for each in chosen]
            order = create_transfer(source=here, target=there, lines=lines, actor=boss, at=LATER)
            confirm_transfer(transferorder=order, actor=boss, at=LATER)
            ship_transfer(transferorder=order, request=uuid4(), actor=boss, at=LATER)
            quantities = {part.pk: part.shipped for part in order.parts}
            return receive_transfer(transferorder=order, quantities=quantities, request=uuid4(), actor=boss, at=LATER)

        return work

    results = at_once(*[whole(items), whole(items[::-1])] * 3)

    assert [each for each in results if isinstance(each, Exception)] == []
    assert set(StockQuant.objects.filter(location__warehouse=there).values_list("on_hand", flat=True)) == {D(30)}


def test_the_place_at_a_supplier_is_made_once(here: Warehouse, boss: User) -> None:
    supplier = PartyFactory()

    results = at_once(*[lambda: consigned_location(here.company, supplier).pk] * 4)

    assert len(set(results)) == 1
