"""Credit limits: an order beyond what a customer may owe waits for somebody who may allow it."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection

from erp.masterdata.models import Warehouse
from erp.sales.choices import OrderStatus
from erp.sales.credit import CreditExceeded, credit_used, excess_of
from erp.sales.deliveries import receive_return, ship_order
from erp.sales.models import SalesOrder
from erp.sales.services import approve_order, cancel_order, close_order, create_order, submit_order
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.masters.models import Item, Party
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.erp import AT, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def systems_on(db: None) -> None:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def boss() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def manager() -> User:
    """Somebody who may approve orders, but not beyond the limit."""
    grants = {SalesOrder: (("view", "change", "approve"), ScopeLevel.ALL)}
    user = UserFactory()
    user.groups.add(define_role(name="manager", grants=grants, actor=None, at=AT))
    return user


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item() -> Item:
    return ItemFactory()


@pytest.fixture
def party() -> Party:
    return PartyFactory(is_customer=True, credit_limit=D(1000))


def drafted(party: Party, warehouse: Warehouse, item: Item, boss: User, quantity: int) -> SalesOrder:
    """An order at 10.00 for one, without tax."""
    lines = [{"item": item, "quantity": D(quantity), "unit_price": D(10), "tax_rate": D(0)}]
    return create_order(party=party, warehouse=warehouse, lines=lines, actor=boss, at=AT)


def test_an_order_within_the_limit_is_confirmed(
    party: Party, warehouse: Warehouse, item: Item, manager: User, boss: User
) -> None:
    order = drafted(party, warehouse, item, boss, 100)

    order = submit_order(salesorder=order, actor=manager, at=AT)

    assert order.status == OrderStatus.CONFIRMED
    assert credit_used(party, warehouse.company) == D("1000.00")


def test_a_cent_too_much_waits_for_who_may_allow_it(
    party: Party, warehouse: Warehouse, item: Item, manager: User, boss: User
) -> None:
    submit_order(salesorder=drafted(party, warehouse, item, boss, 99), actor=manager, at=AT)
    order = submit_order(salesorder=drafted(party, warehouse, item, boss, 2), actor=manager, at=AT)
    assert order.status == OrderStatus.APPROVING
    assert excess_of(order) == D("10.00")

    with pytest.raises(CreditExceeded, match=r"10\.00"):
        approve_order(salesorder=order, actor=manager, at=AT)

    order.refresh_from_db()
    assert order.status == OrderStatus.APPROVING
    assert approve_order(salesorder=order, actor=boss, at=AT).status == OrderStatus.CONFIRMED


def test_what_came_back_or_was_given_up_is_not_owed(party: Party, warehouse: Warehouse, item: Item, boss: User) -> None:
    stock(warehouse, item, 60)
    cancelled = submit_order(salesorder=drafted(party, warehouse, item, boss, 30), actor=boss, at=AT)
    cancel_order(salesorder=cancelled, reason="改期", actor=boss, at=AT)
    order = submit_order(salesorder=drafted(party, warehouse, item, boss, 80), actor=boss, at=AT)
    later = AT + timedelta(hours=1)
    delivery = ship_order(salesorder=order, request=uuid4(), actor=boss, at=later)
    back = {delivery.lines.get().pk: D(10)}
    receive_return(delivery=delivery, quantities=back, reason="破损", request=uuid4(), actor=boss, at=later)
    assert credit_used(party, warehouse.company) == D("700.00")

    close_order(salesorder=order, actor=boss, at=later)

    assert credit_used(party, warehouse.company) == D("500.00")


def test_without_a_limit_nothing_is_asked(warehouse: Warehouse, item: Item, manager: User, boss: User) -> None:
    order = drafted(PartyFactory(is_customer=True), warehouse, item, boss, 10_000)

    assert submit_order(salesorder=order, actor=manager, at=AT).status == OrderStatus.CONFIRMED


@pytest.mark.django_db(transaction=True)
def test_two_orders_at_once_do_not_share_the_same_room(
    party: Party, warehouse: Warehouse, item: Item, manager: User, boss: User
) -> None:
    orders = [drafted(party, warehouse, item, boss, 60) for _each in range(2)]
    together = threading.Barrier(2)

    def submit(order: SalesOrder) -> None:
        try:
            together.wait()
            submit_order(salesorder=order, actor=manager, at=AT)
        finally:
            connection.close()

    threads = [threading.Thread(target=submit, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    states = sorted(SalesOrder.objects.values_list("status", flat=True))
    assert states == [OrderStatus.APPROVING, OrderStatus.CONFIRMED]
