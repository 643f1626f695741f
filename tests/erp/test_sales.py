"""Sales orders: from the contract to stock kept, short, delivered and back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from crm.contracts.services import create_contract, sign_contract, submit_contract, void_contract
from erp.events import OrderShort
from erp.inventory.choices import StockStatus
from erp.inventory.errors import InsufficientStock
from erp.inventory.models import Reservation, StockMove, StockQuant
from erp.inventory.proof import faults
from erp.inventory.services import Part, announce, change_stock_status
from erp.masterdata.models import StockItem, Warehouse
from erp.purchasing.models import PurchaseOrder, PurchaseRequest
from erp.purchasing.receipts import receive_goods
from erp.purchasing.requests import cancel_request
from erp.purchasing.services import order_request
from erp.purchasing.services import submit_order as submit_purchase
from erp.purchasing.services import update_order as update_purchase
from erp.sales.choices import DeliveryStatus, OrderStatus
from erp.sales.deliveries import receive_return, ship_order, sign_delivery
from erp.sales.models import Delivery, SalesOrder
from erp.sales.periodic import ask_for_what_is_still_short, serve_who_still_waits
from erp.sales.selectors import kept_for
from erp.sales.services import (
    cancel_order,
    close_order,
    create_order,
    create_order_from_contract,
    submit_order,
    update_order,
)
from hrm.org.default_roles import create_default_roles
from suite import events
from suite.access.models import User
from suite.activity.selectors import stream
from suite.core.errors import InvalidInput, WrongState
from suite.documents.models import DocumentLink
from suite.documents.status import become_all
from suite.masters.models import Item
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import CustomerFactory
from tests.factories.erp import AT, WarehouseFactory, stock
from tests.factories.erp_purchasing import PurchaseOrderFactory, PurchaseOrderLineFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, ItemUnitFactory, PartyFactory, TaxRateFactory

pytestmark = pytest.mark.django_db
D = Decimal
HOUR = timedelta(hours=1)
LATER = AT + 10 * HOUR


@pytest.fixture(autouse=True)
def systems_on(db: None) -> Iterator[None]:
    ModuleState.objects.bulk_create(
        (ModuleState(code=code, is_enabled=True) for code in ("crm", "erp")),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["is_enabled"],
    )
    state.forget()
    yield
    assert faults() == []


@pytest.fixture
def seller() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item() -> Item:
    return ItemFactory(list_price=D(62), tax_code=TaxRateFactory().tax_code)


def order_of(seller: User, warehouse: Warehouse, *lines: tuple[Item, int], **details: object) -> SalesOrder:
    order = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(quantity)} for item, quantity in lines],
        actor=seller,
        at=LATER,
        **details,
    )
    return submit_order(salesorder=order, actor=seller, at=LATER)


def short(monkeypatch: pytest.MonkeyPatch) -> list[OrderShort]:
    told: list[OrderShort] = []
    publish = events.publish
    monkeypatch.setattr(
        events, "publish", lambda event: told.append(event) if isinstance(event, OrderShort) else publish(event)
    )
    return told


def kept(order: SalesOrder) -> list[Decimal]:
    lines = list(order.lines.order_by("position"))
    found = kept_for(lines)
    return [found.get(line.pk, D(0)) for line in lines]


def test_a_signed_contract_becomes_a_confirmed_order_once(seller: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 100)
    customer = CustomerFactory(owner=seller)
    contract = create_contract(
        customer=customer, company=warehouse.company, lines=[{"item": item, "quantity": D(40)}], actor=seller, at=LATER
    )
    contract = submit_contract(contract=contract, actor=seller, at=LATER)

    sign_contract(contract=contract, actor=seller, at=LATER)
    again = create_order_from_contract(contract=contract, actor=seller, at=LATER)

    order = SalesOrder.objects.get()
    assert again == order
    assert (order.status, order.gross_total, order.party) == ("CONFIRMED", contract.gross_total, customer.party)
    assert kept(order) == [D(40)]
    assert DocumentLink.objects.filter(target_id=order.pk, source_id=contract.pk).exists()


def test_voiding_the_contract_cancels_the_order_unless_goods_went(
    seller: User, warehouse: Warehouse, item: Item
) -> None:
    stock(warehouse, item, 100)
    for _number in range(2):
        contract = create_contract(
            customer=CustomerFactory(owner=seller),
            company=warehouse.company,
            lines=[{"item": item, "quantity": D(40)}],
            actor=seller,
            at=LATER,
        )
        sign_contract(contract=submit_contract(contract=contract, actor=seller, at=LATER), actor=seller, at=LATER)
    first, second = SalesOrder.objects.order_by("pk")
    ship_order(salesorder=second, request=uuid4(), actor=seller, at=LATER)

    assert first.contract is not None
    assert second.contract is not None
    void_contract(contract=first.contract, reason="取消", actor=seller, at=LATER)
    with pytest.raises(WrongState):
        void_contract(contract=second.contract, reason="取消", actor=seller, at=LATER)

    first.refresh_from_db()
    assert (first.status, kept(first)) == (OrderStatus.CANCELLED, [D(0)])


def test_what_is_missing_is_asked_for_with_its_line(
    seller: User, warehouse: Warehouse, item: Item, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = short(monkeypatch)
    stock(warehouse, item, 30)

    order = order_of(seller, warehouse, (item, 100))

    line = order.lines.get()
    assert kept(order) == [D(30)]
    assert [each.shortages for each in told] == [((line.pk, item.pk, "70.000000"),)]


def test_other_warehouses_help_the_nearest_first(seller: User, item: Item) -> None:
    own = WarehouseFactory()
    far, near = (WarehouseFactory(company=own.company, region=region) for region in ("浙江省", "广东省"))
    for each in (own, far, near):
        stock(each, item, 10)
    order = create_order(
        party=PartyFactory(is_customer=True, region="广东省"),
        warehouse=own,
        lines=[{"item": item, "quantity": D(18)}],
        actor=seller,
        at=LATER,
    )

    submit_order(salesorder=order, actor=seller, at=LATER)

    quants = Reservation.objects.order_by("pk").values_list("quant__location__warehouse", "quantity")
    assert list(quants) == [(own.pk, D(10)), (near.pk, D(8))]


def test_partial_deliveries_until_all_is_delivered(seller: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 100, 5)
    order = order_of(seller, warehouse, (item, 80))
    line = order.lines.get()

    request = uuid4()
    first = ship_order(salesorder=order, quantities={line.pk: D(30)}, request=request, actor=seller, at=LATER)
    again = ship_order(salesorder=order, quantities={line.pk: D(30)}, request=request, actor=seller, at=LATER)
    order.refresh_from_db()
    assert (first, order.status, kept(order)) == (again, OrderStatus.PARTIAL, [D(50)])

    with pytest.raises(InvalidInput):
        ship_order(salesorder=order, quantities={line.pk: D(51)}, request=uuid4(), actor=seller, at=LATER)
    ship_order(salesorder=order, request=uuid4(), actor=seller, at=LATER)

    order.refresh_from_db()
    line.refresh_from_db()
    assert (order.status, line.delivered, Delivery.objects.count()) == (OrderStatus.DELIVERED, D(80), 2)
    assert sum(each.entries.get().amount for each in StockMove.objects.filter(kind="SHIPMENT")) == D("-400.00")
    signed = sign_delivery(delivery=first, actor=seller, at=LATER)
    assert signed.status == DeliveryStatus.SIGNED


def test_the_activity_of_a_delivery_begins_with_who_shipped_it(seller: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10, 30, at=AT)
    order = order_of(seller, warehouse, (item, 10))
    keeper = UserFactory()
    delivery = ship_order(salesorder=order, request=uuid4(), actor=keeper, at=LATER)
    sign_delivery(delivery=delivery, actor=seller, at=LATER + HOUR)

    told = [(each.actor, each.at, each.icon == "plus") for each in stream(delivery, user=seller)]

    assert told == [(seller, LATER + HOUR, False), (keeper, LATER, True)]


def test_nothing_goes_that_is_not_there(seller: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    order = order_of(seller, warehouse, (item, 20))
    line = order.lines.get()

    with pytest.raises(InsufficientStock):
        ship_order(salesorder=order, quantities={line.pk: D(11)}, request=uuid4(), actor=seller, at=LATER)
    other = order_of(seller, warehouse, (item, 5))
    with pytest.raises(InvalidInput):
        ship_order(salesorder=other, request=uuid4(), actor=seller, at=LATER)


def test_what_arrives_goes_to_who_waits_longest(seller: User, warehouse: Warehouse, item: Item) -> None:
    first = order_of(seller, warehouse, (item, 50))
    second = order_of(seller, warehouse, (item, 50))

    announce([stock(warehouse, item, 70, at=LATER)])
    assert (kept(first), kept(second)) == ([D(50)], [D(20)])

    cancel_order(salesorder=first, reason="客户取消", actor=seller, at=LATER)
    assert kept(second) == [D(50)]
    close_order(salesorder=second, actor=seller, at=LATER)
    assert not StockQuant.objects.filter(reserved__gt=0).exists()


def test_lines_in_somebodys_hands_are_served_later(seller: User, warehouse: Warehouse, item: Item) -> None:
    order = order_of(seller, warehouse, (item, 5))
    stock(warehouse, item, 5, at=LATER)
    assert kept(order) == [D(0)]

    serve_who_still_waits(LATER)

    assert kept(order) == [D(5)]


def test_a_seller_sees_what_others_sent_for_the_own_order(seller: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 5)
    order = order_of(seller, warehouse, (item, 5))
    keeper, request = UserFactory(), uuid4()

    delivery = ship_order(salesorder=order, request=request, actor=keeper, at=LATER)

    assert (delivery.owner, delivery.created_by) == (seller, keeper)
    with pytest.raises(InvalidInput):
        ship_order(salesorder=order_of(seller, warehouse, (item, 1)), request=request, actor=keeper, at=LATER)


def test_what_a_cancelled_order_lacked_is_not_bought(seller: User, warehouse: Warehouse, item: Item) -> None:
    first, second = (order_of(seller, warehouse, (item, 7)) for _number in range(2))

    cancel_order(salesorder=first, reason="客户取消", actor=seller, at=LATER)

    requests = PurchaseRequest.objects.order_by("pk").values_list("status", "lines__demand_id")
    assert list(requests) == [("CANCELLED", first.lines.get().pk), ("APPROVED", second.lines.get().pk)]


def test_a_carton_is_kept_in_pieces(seller: User, warehouse: Warehouse, item: Item) -> None:
    carton = ItemUnitFactory(item=item, numerator=24).unit
    stock(warehouse, item, 60)
    order = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(2), "unit": carton}],
        actor=seller,
        at=LATER,
    )

    submit_order(salesorder=order, actor=seller, at=LATER)

    assert (order.lines.get().base_quantity, kept(order)) == (D(48), [D(48)])


def test_a_return_waits_for_inspection_and_never_exceeds_what_went(
    seller: User, warehouse: Warehouse, item: Item
) -> None:
    stock(warehouse, item, 20, 5)
    order = order_of(seller, warehouse, (item, 20))
    delivery = ship_order(salesorder=order, request=uuid4(), actor=seller, at=LATER)
    line = delivery.lines.get()
    common = {"delivery": delivery, "reason": "外壳划伤", "actor": seller, "at": LATER + HOUR}

    back = receive_return(quantities={line.pk: D(3)}, request=uuid4(), **common)  # type: ignore[arg-type]
    with pytest.raises(InvalidInput):
        receive_return(quantities={line.pk: D(18)}, request=uuid4(), **common)  # type: ignore[arg-type]

    assert StockQuant.objects.get(status=StockStatus.PENDING).on_hand == D(3)
    assert back.lines.get().move.entries.get().amount == D("15.00")
    assert order.lines.get().returned == D(3)


def test_a_draft_is_changed_and_a_confirmed_order_is_not(seller: User, warehouse: Warehouse, item: Item) -> None:
    order = create_order(
        party=PartyFactory(), warehouse=warehouse, lines=[{"item": item, "quantity": D(2)}], actor=seller, at=LATER
    )
    order = update_order(salesorder=order, lines=[{"item": item, "quantity": D(3)}], actor=seller, at=LATER)
    assert order.lines.get().base_quantity == D(3)
    submit_order(salesorder=order, actor=seller, at=LATER)

    with pytest.raises(WrongState):
        update_order(salesorder=order, lines=[{"item": item, "quantity": D(4)}], actor=seller, at=LATER)


def test_statements_do_not_grow_with_the_lines(seller: User, warehouse: Warehouse) -> None:
    def statements(count: int) -> tuple[int, int]:
        items = ItemFactory.create_batch(count)
        for each in items:
            stock(warehouse, each, 10)
        order = create_order(
            party=PartyFactory(),
            warehouse=warehouse,
            lines=[{"item": each, "quantity": D(2)} for each in items],
            actor=seller,
            at=LATER,
        )
        with CaptureQueriesContext(connection) as confirming:
            submit_order(salesorder=order, actor=seller, at=LATER)
        with CaptureQueriesContext(connection) as shipping:
            ship_order(salesorder=order, request=uuid4(), actor=seller, at=LATER)
        return len(confirming), len(shipping)

    statements(1)
    few, many = statements(2), statements(20)

    assert few == many


def test_lines_are_promised_for_when_what_is_missing_comes(seller: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 30)
    purchase = PurchaseOrderFactory(warehouse=warehouse)
    coming = AT.date() + timedelta(days=9)
    PurchaseOrderLineFactory(document=purchase, item=item, base_quantity=D(20), promised_on=coming)
    become_all([purchase], "RELEASED", actor=seller, at=AT, by_way_of=("APPROVING",))
    wanted = AT.date() + timedelta(days=2)

    order = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=warehouse,
        requested_on=wanted,
        lines=[{"item": item, "quantity": D(number)} for number in (25, 15, 40)],
        actor=seller,
        at=AT,
    )
    submit_order(salesorder=order, actor=seller, at=AT)

    assert list(order.lines.order_by("position").values_list("promised_on", flat=True)) == [wanted, coming, None]


def test_what_was_rejected_is_asked_for_again_once(seller: User, warehouse: Warehouse, item: Item) -> None:
    StockItem.objects.create(item=item, is_inspected=True)
    order = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(10)}],
        actor=seller,
        at=AT,
    )
    submit_order(salesorder=order, actor=seller, at=AT)
    request = PurchaseRequest.objects.get()
    purchase = order_request(request=request, supplier=PartyFactory(is_supplier=True), actor=seller, at=AT)
    line = purchase.lines.get()
    update_purchase(order=purchase, lines=[{"id": line.pk, "unit_price": D(31)}], actor=seller, at=AT)
    purchase = submit_purchase(order=PurchaseOrder.objects.get(), actor=seller, at=AT)
    receive_goods(order=purchase, lines=[(line, D(10))], request=uuid4(), actor=seller, at=AT)
    # What waits for inspection may still be good.
    ask_for_what_is_still_short(LATER)
    assert PurchaseRequest.objects.count() == 1

    for status, quantity in ((StockStatus.GOOD, 6), (StockStatus.REJECT, 4)):
        change_stock_status(
            warehouse=warehouse,
            part=Part(item, D(quantity)),
            from_status=StockStatus.PENDING,
            to_status=status,
            reason="检验",
            request=uuid4(),
            actor=seller,
            at=LATER,
        )
    for _night in range(2):
        ask_for_what_is_still_short(LATER)

    again = PurchaseRequest.objects.exclude(pk=request.pk).get()
    assert [(each.item, each.quantity) for each in again.lines.all()] == [(item, D(4))]
    assert kept_for(order.lines.all()) == {order.lines.get().pk: D(6)}


def test_who_sells_orders_for_own_customers_only(warehouse: Warehouse, item: Item, client: Client) -> None:
    roles = create_default_roles(actor=None, at=AT)
    seller = UserFactory()
    seller.groups.add(roles["salesperson"])
    own, other = CustomerFactory(owner=seller), CustomerFactory()
    client.force_login(seller)
    lookup = reverse("lookup", args=["crm.customer"])

    page = client.get(reverse("erp:salesorder-list")).content.decode()
    form = client.get(reverse("erp:salesorder-create")).content.decode()
    found = client.get(lookup, {"value": "party"}).json()["results"]
    data = {
        "warehouse": warehouse.pk,
        "currency": warehouse.company.base_currency_id,
        "document_date": "2026-11-02",
        "requested_on": "2026-11-10",
        "exchange_rate": "1",
        "discount_amount": "0",
        "owner": seller.pk,
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        "lines-0-item": item.pk,
        "lines-0-quantity": "5",
        "lines-0-unit": item.base_unit_id,
        "lines-0-unit_price": "62",
        "lines-0-discount_percent": "0",
        "lines-0-tax_rate": "13",
    }
    answers = [client.post(reverse("erp:salesorder-create"), {**data, "party": row.party_id}) for row in (other, own)]

    # Not every party may be seen, so there is nothing to filter by.
    assert reverse("lookup", args=["suite.party"]) not in page
    assert reverse("lookup", args=["erp.warehouse"]) in page or 'name="warehouse"' in page
    assert f"{lookup}?value=party" in form
    assert [each["id"] for each in found] == [own.party_id]
    assert [answer.status_code for answer in answers] == [422, 302]
    assert SalesOrder.objects.get().party == own.party
    assert client.get(lookup, {"value": "owner__password"}).status_code == 404


def test_what_somebody_decided_not_to_buy_is_not_asked_for_again(
    seller: User, warehouse: Warehouse, item: Item
) -> None:
    lines = [{"item": item, "quantity": D(10)}]
    order = create_order(party=PartyFactory(is_customer=True), warehouse=warehouse, lines=lines, actor=seller, at=AT)
    submit_order(salesorder=order, actor=seller, at=AT)
    cancel_request(request=PurchaseRequest.objects.get(), reason="客户改用现货", actor=seller, at=AT)

    ask_for_what_is_still_short(LATER)

    assert PurchaseRequest.objects.count() == 1
