"""Where orders are and why they are late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from erp.masterdata.models import StockItem, Warehouse
from erp.purchasing.models import PurchaseOrder, PurchaseRequest
from erp.purchasing.receipts import receive_goods
from erp.purchasing.services import change_promise, order_request, update_order
from erp.purchasing.services import submit_order as submit_purchase
from erp.sales.deliveries import receive_return, ship_order, sign_delivery
from erp.sales.models import SalesOrder
from erp.tracking.progress import Place, Progress, Source, Supply, progress_of
from erp.tracking.selectors import find_orders, late_orders, track_orders
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.masters.models import Item
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import CustomerFactory
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.erp_sales import DeliveryFactory, SalesOrderFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory, TaxRateFactory
from tests.kit.trade import buy, sell

D = Decimal
TODAY = date(2026, 11, 2)
WANTED = date(2026, 11, 10)


def day(number: int) -> date:
    return date(2026, 11, number)


def judged(sources: list[Source], missing: int = 10, requested_on: date = WANTED, inspecting: int = 0) -> Progress:
    return progress_of(
        missing=D(missing),
        is_open=True,
        requested_on=requested_on,
        today=TODAY,
        sources=sources,
        inspecting=D(inspecting),
    )


@pytest.mark.parametrize(
    ("supply", "expected_on", "place", "known_on", "late_days"),
    [
        (Supply.RELEASED, day(9), Place.COMING, day(9), 0),
        (Supply.RELEASED, day(15), Place.COMING, day(15), 5),
        # What should have come yesterday says nothing about when it comes.
        (Supply.RELEASED, day(1), Place.COMING, None, 0),
        (Supply.RELEASED, None, Place.COMING, None, 0),
        (Supply.DRAFT, day(12), Place.TO_RELEASE, day(12), 2),
        (Supply.APPROVED, None, Place.TO_ORDER, None, 0),
        (Supply.REQUESTED, None, Place.TO_APPROVE, None, 0),
    ],
)
def test_a_short_line_waits_for_its_purchase(
    supply: Supply, expected_on: date | None, place: Place, known_on: date | None, late_days: int
) -> None:
    found = judged([Source(supply, D(10), expected_on)])

    assert (found.place, found.expected_on, found.late_days) == (place, known_on, late_days)


def test_the_slowest_of_what_is_needed_is_named() -> None:
    soon, late = Source(Supply.RELEASED, D(6), day(5)), Source(Supply.RELEASED, D(4), day(20))
    unordered = Source(Supply.APPROVED, D(4))

    assert judged([late, soon]).cause == late
    assert judged([unordered, soon]).cause == unordered
    assert judged([soon], missing=6).expected_on == day(5)
    # More than enough comes in time: what comes later does not matter.
    assert judged([replace(soon, quantity=D(10)), late]).late_days == 0


def test_what_nobody_buys_is_said() -> None:
    found = judged([Source(Supply.RELEASED, D(9), day(5))])

    assert (found.place, found.expected_on) == (Place.NOTHING, None)
    assert judged([], requested_on=day(1)).late_days == 1
    assert judged([], inspecting=10).place == Place.INSPECTING


# -- on orders ---------------------------------------------------------------------------------


@pytest.fixture
def systems_on(db: None) -> None:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def boss(systems_on: None) -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def warehouse(systems_on: None) -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item(systems_on: None) -> Item:
    return ItemFactory(list_price=D(62), tax_code=TaxRateFactory().tax_code)


def ordered(boss: User, warehouse: Warehouse, *items: Item) -> SalesOrder:
    return sell(boss, warehouse, *items, requested_on=WANTED)


def place_of(order: SalesOrder, today: date = TODAY) -> tuple[Place, date | None]:
    (tracked,) = track_orders([order], user=UserFactory.build(is_superuser=True), today=today)
    return tracked.lines[0].progress.place, tracked.lines[0].progress.expected_on


def test_an_order_is_followed_from_short_to_signed(boss: User, warehouse: Warehouse, item: Item) -> None:
    order = ordered(boss, warehouse, item)
    assert place_of(order) == (Place.TO_ORDER, None)

    purchase = buy(boss, order)
    change_promise(order=purchase, promised_on=day(14), actor=boss, at=AT)
    assert place_of(order) == (Place.COMING, day(14))
    assert place_of(order, today=day(15)) == (Place.COMING, None)

    receive_goods(order=purchase, lines=[(purchase.lines.get(), D(10))], request=uuid4(), actor=boss, at=AT)
    assert place_of(order) == (Place.READY, WANTED)
    assert place_of(order, today=day(12)) == (Place.READY, day(12))

    delivery = ship_order(salesorder=order, request=uuid4(), actor=boss, at=AT + timedelta(hours=1))
    assert place_of(SalesOrder.objects.get()) == (Place.ON_THE_WAY, TODAY)
    sign_delivery(delivery=delivery, actor=boss, at=AT + timedelta(hours=2))
    assert place_of(SalesOrder.objects.get()) == (Place.SIGNED, TODAY)


def test_what_waits_for_inspection_is_said(boss: User, warehouse: Warehouse, item: Item) -> None:
    StockItem.objects.create(item=item, is_inspected=True)
    order = ordered(boss, warehouse, item)
    purchase = buy(boss, order)

    receive_goods(order=purchase, lines=[(purchase.lines.get(), D(10))], request=uuid4(), actor=boss, at=AT)

    assert place_of(order) == (Place.INSPECTING, WANTED)


def test_a_supplier_who_kept_dates_is_trusted(boss: User, warehouse: Warehouse, item: Item) -> None:
    supplier = PartyFactory(is_supplier=True)
    for number in range(5):
        order = ordered(boss, warehouse, item)
        request = PurchaseRequest.objects.get(reason=str(order))
        purchase = order_request(request=request, supplier=supplier, actor=boss, at=AT)
        line = purchase.lines.get()
        update_order(order=purchase, lines=[{"id": line.pk, "unit_price": D(31)}], actor=boss, at=AT)
        purchase = submit_purchase(order=PurchaseOrder.objects.get(pk=purchase.pk), actor=boss, at=AT)
        change_promise(order=purchase, promised_on=day(1 if number == 0 else 3), actor=boss, at=AT)
        receive_goods(order=purchase, lines=[(line, D(10))], request=uuid4(), actor=boss, at=AT)
    waiting = ordered(boss, warehouse, item)
    request = PurchaseRequest.objects.get(reason=str(waiting))
    order_request(request=request, supplier=supplier, actor=boss, at=AT)

    (tracked,) = track_orders([waiting], user=boss, today=TODAY)

    assert tracked.lines[0].confidence == 80


def test_statements_do_not_grow_with_the_orders(boss: User, warehouse: Warehouse) -> None:
    tax = TaxRateFactory().tax_code
    items = [ItemFactory(list_price=D(62), tax_code=tax) for _each in range(3)]
    orders = [ordered(boss, warehouse, *items) for _each in range(4)]
    for order in orders:
        buy(boss, order)
    track_orders(orders[:1], user=boss, today=TODAY)

    with CaptureQueriesContext(
        connection,
    ) as few:
        track_orders(orders[:1], user=boss, today=TODAY)
    with CaptureQueriesContext(connection) as many:
        tracked = track_orders(orders, user=boss, today=TODAY)

    assert [len(each.lines) for each in tracked] == [3, 3, 3, 3]
    assert len(many) == len(few) <= 9


def test_orders_are_found_by_what_customers_say(boss: User, warehouse: Warehouse) -> None:
    order = SalesOrderFactory(
        warehouse=warehouse, customer_reference="QY-7781", external_key="19K0048976", party__name="珠海斗门灯饰"
    )
    DeliveryFactory(order=order, tracking_number="SF1029384756")
    SalesOrderFactory(warehouse=warehouse)

    for word in (order.number, "QY-7781", "19K0048976", "斗门", "sf1029384756"):
        assert find_orders(user=boss, q=word) == [order]
    assert find_orders(user=boss, q="SF10293") == []


def test_the_page_shows_what_is_late_and_no_purchases_to_sellers(
    boss: User, warehouse: Warehouse, item: Item, client: Client
) -> None:
    order = ordered(boss, warehouse, item)
    purchase = buy(boss, order)
    assert late_orders(user=boss, today=WANTED + timedelta(days=1)) == [order]
    client.force_login(boss)
    url = reverse("erp:order-tracking")

    page = client.get(url, {"q": order.number}).content.decode()
    tab = client.get(order.get_absolute_url(), {"tab": "progress"}, headers={"HX-Request": "true"}).content.decode()

    for text in (page, tab):
        assert purchase.number in text
        assert "已向供应商订购" in text
    stranger = UserFactory()
    client.force_login(stranger)
    assert client.get(url).status_code == 403


def test_purchases_are_named_to_who_may_see_them(boss: User, warehouse: Warehouse, item: Item, client: Client) -> None:
    order = ordered(boss, warehouse, item)
    request = PurchaseRequest.objects.get(reason=str(order))
    grants = {SalesOrder: (("view",), ScopeLevel.ALL), PurchaseOrder: (("view",), ScopeLevel.OWN)}
    seller = UserFactory()
    seller.groups.add(define_role(name="seller", grants=grants, actor=None, at=AT))
    client.force_login(seller)
    url = reverse("erp:order-tracking")

    asked = client.get(url, {"q": order.number}).content.decode()
    purchase = buy(boss, order)
    others = client.get(url, {"q": order.number}).content.decode()
    PurchaseOrder.objects.update(owner=seller)
    own = client.get(url, {"q": order.number}).content.decode()

    assert "待下单" in asked
    assert request.number not in asked
    assert "已向供应商订购" in others
    assert purchase.number not in others
    assert str(purchase.supplier) not in others
    assert purchase.number in own


def test_only_a_promise_is_called_one(boss: User, warehouse: Warehouse, item: Item, client: Client) -> None:
    order = ordered(boss, warehouse, item)
    purchase = buy(boss, order)
    client.force_login(boss)
    url = f"{order.get_absolute_url()}?tab=progress"

    with translation.override("en"):
        assumed = client.get(url, headers={"accept-language": "en"}).content.decode()
        change_promise(order=purchase, promised_on=purchase.expected_on, actor=boss, at=AT)
        promised = client.get(url, headers={"accept-language": "en"}).content.decode()

    assert "confirmed a date" in assumed
    assert "the supplier promise" in promised


def test_what_came_back_is_shown_on_the_customer(boss: User, warehouse: Warehouse, item: Item, client: Client) -> None:
    order = ordered(boss, warehouse, item)
    customer = CustomerFactory(party=order.party, company=warehouse.company)
    purchase = buy(boss, order)
    receive_goods(order=purchase, lines=[(purchase.lines.get(), D(10))], request=uuid4(), actor=boss, at=AT)
    delivery = ship_order(salesorder=order, request=uuid4(), actor=boss, at=AT + timedelta(hours=1))
    back = receive_return(
        delivery=delivery,
        quantities={delivery.lines.get().pk: D(3)},
        reason="划伤",
        request=uuid4(),
        actor=boss,
        at=AT + timedelta(hours=2),
    )
    client.force_login(boss)

    (tracked,) = track_orders([order], user=boss, today=TODAY)
    tab = client.get(f"{customer.get_absolute_url()}?tab=delivery").content.decode()

    assert tracked.lines[0].returned == 3
    assert tracked.papers == (delivery, back)
    for paper in (order, delivery, back):
        assert paper.number in tab


def test_a_seller_finds_own_orders_only(boss: User, warehouse: Warehouse) -> None:
    role = define_role(name="seller", grants={SalesOrder: (("view",), ScopeLevel.OWN)}, actor=None, at=AT)
    seller = UserFactory()
    seller.groups.add(role)
    own = SalesOrderFactory(warehouse=warehouse, owner=seller, customer_reference="REF-1")
    SalesOrderFactory(warehouse=warehouse, customer_reference="REF-1")

    assert find_orders(user=seller, q="REF-1") == [own]


@pytest.mark.django_db
def test_without_operations_there_is_no_tracking(client: Client) -> None:
    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": False})
    state.forget()
    client.force_login(UserFactory(is_superuser=True))

    assert client.get(reverse("erp:order-tracking")).status_code == 404
