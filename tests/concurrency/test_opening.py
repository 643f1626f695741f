"""Two people who import the same file at once, with real threads and real commits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from erp.inventory.models import Reservation, StockMove, StockQuant
from erp.inventory.proof import faults
from erp.masterdata.models import Warehouse
from erp.opening.models import OpeningStock
from erp.purchasing.models import PurchaseOrder
from erp.sales.models import SalesOrder, SalesOrderLine
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.exchange.apply import Outcome, apply_import
from suite.pages.exchange.plan import plan_import
from tests.concurrency.test_crm import at_once, winners
from tests.exchange.conftest import pages_of, sheet
from tests.factories.erp import AT, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
STOCK = ("warehouse", "item", "quantity", "unit_cost")
ORDER = ("external_key", "party", "line_item", "line_quantity", "line_unit_price")


@pytest.fixture(autouse=True)
def proven(transactional_db: None) -> Iterator[None]:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    yield
    assert faults() == []


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(code="W1", company__is_default=True)


@pytest.fixture
def people(warehouse: Warehouse) -> list[User]:
    return UserFactory.create_batch(2, is_superuser=True)


def importing(user: User, label: str, *rows: Sequence[Any]) -> Callable[[], Outcome]:
    """Import a file that was checked before anybody imported it."""
    plan = plan_import(pages_of(label), sheet(*rows), user=user)
    return lambda: apply_import(plan, at=AT)


def reading_again(user: User, label: str, *rows: Sequence[Any]) -> Callable[[], Outcome]:
    """Import a file as the page does: read again, with what exists locked."""

    def work() -> Outcome:
        with transaction.atomic():
            return apply_import(plan_import(pages_of(label), sheet(*rows), user=user, lock=True), at=AT)

    return work


@pytest.mark.parametrize("how", [importing, reading_again])
def test_stock_is_entered_once(how: Callable[..., Any], warehouse: Warehouse, people: list[User]) -> None:
    for code in ("M-1", "M-2", "M-3"):
        ItemFactory(code=code)
    rows = (STOCK, ("W1", "M-1", "10", "5"), ("W1", "M-2", "20", "2.5"), ("W1", "M-3", "0", "1"))

    results = at_once(*(how(user, "erp.OpeningStock", *rows) for user in people))

    assert sorted(result.created for result in winners(results)) == [0, 3]
    assert OpeningStock.objects.count() == 3
    assert StockMove.objects.count() == 2
    assert sorted(StockQuant.objects.values_list("on_hand", flat=True)) == [10, 20]


def test_one_correction_of_two_different_ones_counts(warehouse: Warehouse, people: list[User]) -> None:
    item = ItemFactory(code="M-1")
    apply_import(
        plan_import(pages_of("erp.OpeningStock"), sheet(STOCK, ("W1", "M-1", "10", "5")), user=people[0]), at=AT
    )

    results = at_once(
        reading_again(people[0], "erp.OpeningStock", STOCK, ("W1", "M-1", "12", "5")),
        reading_again(people[1], "erp.OpeningStock", STOCK, ("W1", "M-1", "7", "5")),
    )

    row = OpeningStock.objects.get(item=item)
    assert [result.updated for result in winners(results)] == [1, 1]
    assert row.quantity in {7, 12}
    assert StockQuant.objects.get().on_hand == row.quantity
    assert row.revision == 3


@pytest.mark.parametrize("how", [importing, reading_again])
def test_orders_are_taken_over_once(how: Callable[..., Any], warehouse: Warehouse, people: list[User]) -> None:
    stock(warehouse, ItemFactory(code="M-1"), 4)
    PartyFactory(code="K-1", is_customer=True)
    rows = (ORDER, ("A-1", "K-1", "M-1", "3", "9"), ("A-1", "K-1", "M-1", "2", "9"), ("A-2", "K-1", "M-1", "1", "9"))

    results = at_once(*(how(user, "erp.SalesOrder", *rows) for user in people))

    assert sorted(result.created for result in winners(results)) == [0, 3]
    assert SalesOrder.objects.count() == 2
    assert SalesOrderLine.objects.count() == 3
    assert sum(Reservation.objects.values_list("quantity", flat=True)) == 4


def test_purchase_orders_are_taken_over_once(warehouse: Warehouse, people: list[User]) -> None:
    ItemFactory(code="M-1")
    PartyFactory(code="V-1", is_supplier=True)
    head = tuple("supplier" if name == "party" else name for name in ORDER)

    results = at_once(*(importing(user, "erp.PurchaseOrder", head, ("P-1", "V-1", "M-1", "3", "9")) for user in people))

    assert sorted(result.created for result in winners(results)) == [0, 1]
    assert PurchaseOrder.objects.count() == 1
