"""A purchase and the order that waits for it, decided by several people at once, with real threads and commits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from erp.purchasing.choices import OrderStatus as PurchaseStatus
from erp.purchasing.models import PurchaseOrder
from erp.purchasing.services import cancel_order as cancel_purchase
from erp.purchasing.services import change_promise
from erp.purchasing.services import submit_order as submit_purchase
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrder, SalesPromiseChange
from erp.sales.services import cancel_order, change_promises
from suite.access.models import User
from suite.core.errors import DomainError
from suite.modules import state
from suite.modules.models import ModuleState
from tests.concurrency.test_crm import at_once
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, TaxRateFactory
from tests.kit.trade import draw_up_purchase, sell

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
WANTED = timezone.localdate(AT) + timedelta(days=8)
LATER = WANTED + timedelta(days=6)


@pytest.fixture
def systems_on() -> Iterator[None]:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


@pytest.fixture
def boss(systems_on: None) -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def order(boss: User) -> SalesOrder:
    """A confirmed order of which nothing is in stock."""
    tax = TaxRateFactory().tax_code
    items = [ItemFactory(list_price=D(62), tax_code=tax) for _each in range(3)]
    return sell(boss, WarehouseFactory(company__is_default=True), *items, requested_on=WANTED)


@pytest.fixture
def purchase(boss: User, order: SalesOrder) -> PurchaseOrder:
    """What the order lacks, handed in but not released."""
    return draw_up_purchase(boss, order, expected_on=LATER)


def faults(results: list[Any]) -> list[Any]:
    """What went wrong that nobody refused."""
    return [each for each in results if isinstance(each, Exception) and not isinstance(each, DomainError)]


def test_an_order_is_cancelled_while_its_purchase_is_released(
    boss: User, order: SalesOrder, purchase: PurchaseOrder
) -> None:
    results = at_once(
        lambda: cancel_order(salesorder=order, reason="不要了", actor=boss, at=AT),
        lambda: submit_purchase(order=purchase, actor=boss, at=AT),
    )

    assert faults(results) == []
    order.refresh_from_db()
    purchase.refresh_from_db()
    assert (order.status, purchase.status) == (OrderStatus.CANCELLED, PurchaseStatus.RELEASED)


def test_an_order_and_its_purchase_are_cancelled_at_once(
    boss: User, order: SalesOrder, purchase: PurchaseOrder
) -> None:
    submit_purchase(order=purchase, actor=boss, at=AT)

    results = at_once(
        lambda: cancel_purchase(order=purchase, reason="缺料", actor=boss, at=AT),
        lambda: cancel_order(salesorder=order, reason="不要了", actor=boss, at=AT),
    )

    assert faults(results) == []
    order.refresh_from_db()
    purchase.refresh_from_db()
    assert (order.status, purchase.status) == (OrderStatus.CANCELLED, PurchaseStatus.CANCELLED)


def test_the_salesperson_and_the_purchase_promise_at_once(
    boss: User, order: SalesOrder, purchase: PurchaseOrder
) -> None:
    line = order.lines.order_by("position").first()
    assert line is not None
    day = LATER + timedelta(days=3)

    results = at_once(
        lambda: submit_purchase(order=purchase, actor=boss, at=AT),
        lambda: change_promises(salesorder=order, days={line.pk: day}, reason="客户同意", actor=boss, at=AT),
        lambda: change_promises(salesorder=order, days={line.pk: day}, reason="客户同意", actor=boss, at=AT),
    )

    assert [each for each in results if isinstance(each, Exception)] == []
    changes = SalesPromiseChange.objects.filter(line=line).order_by("pk")
    days = [(each.from_date, each.to_date) for each in changes]
    # Whoever comes first, what the salesperson said counts, and is written down once.
    assert days in ([(None, day)], [(None, LATER), (LATER, day)])
    assert set(order.lines.exclude(pk=line.pk).values_list("promised_on", flat=True)) == {LATER}


def test_a_date_is_changed_ten_times_at_once(boss: User, order: SalesOrder, purchase: PurchaseOrder) -> None:
    purchase = submit_purchase(order=purchase, actor=boss, at=AT)

    results = at_once(
        *[
            lambda number=number: change_promise(
                order=purchase, promised_on=LATER + timedelta(days=number), actor=boss, at=AT
            )
            for number in range(10)
        ]
    )

    assert [each for each in results if isinstance(each, Exception)] == []
    assert set(order.lines.values_list("promised_on", flat=True)) == {LATER}
