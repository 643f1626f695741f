"""Purchasing: requisitions, orders, receipts and returns, and that the stock ledger stays right."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.contracts.models import ContractLine
from erp.events import OrderShort
from erp.inventory.choices import StockStatus
from erp.inventory.errors import InsufficientStock
from erp.inventory.models import Lot, StockMove, StockQuant, StockValue
from erp.inventory.proof import faults
from erp.masterdata.choices import Tracking
from erp.masterdata.models import Warehouse
from erp.purchasing.choices import OrderStatus, RequestOrigin, RequestStatus
from erp.purchasing.models import (
    GoodsReceipt,
    PromiseChange,
    PurchaseOrder,
    PurchaseRequest,
    PurchaseRequestLine,
)
from erp.purchasing.receipts import OverReceipt, OverReturn, receive_goods, return_from_receipt, return_goods
from erp.purchasing.receivers import raise_requisition
from erp.purchasing.requests import (
    approve_request,
    cancel_request,
    close_request,
    create_request,
    reject_request,
    submit_request,
    update_request,
)
from erp.purchasing.services import (
    cancel_order,
    change_promise,
    close_order,
    create_order,
    create_order_from_requests,
    order_request,
    reject_order,
    release_order,
    submit_order,
    update_order,
)
from hrm.org.default_roles import create_default_roles
from suite import events
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.errors import LineErrors
from suite.documents.models import DocumentLink
from suite.masters.errors import NoConversion
from suite.masters.models import Item, Party
from suite.modules import state
from suite.modules.models import ModuleState
from tests.concurrency.test_crm import at_once
from tests.factories.crm import ContractLineFactory
from tests.factories.erp import AT, StockItemFactory, WarehouseFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import (
    CompanyFactory,
    CurrencyFactory,
    ExchangeRateFactory,
    ItemFactory,
    ItemUnitFactory,
    PartyFactory,
    UnitFactory,
)

pytestmark = pytest.mark.django_db
D = Decimal
DAY = timedelta(days=1)
NEEDED = date(2026, 12, 1)
PURCHASING = ("purchaserequest", "purchaseorder")


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory()


@pytest.fixture
def item() -> Item:
    return ItemFactory()


@pytest.fixture
def supplier() -> Party:
    return PartyFactory(is_customer=False, is_supplier=True)


@pytest.fixture
def buyer() -> User:
    return UserFactory()


@pytest.fixture
def boss() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture(autouse=True)
def _proven(db: None) -> object:
    yield
    assert faults() == []


@pytest.fixture
def released(warehouse: Warehouse, supplier: Party, boss: User) -> Any:
    def make(*lines: dict[str, Any], **details: Any) -> PurchaseOrder:
        order = create_order(supplier=supplier, warehouse=warehouse, lines=list(lines), actor=boss, at=AT, **details)
        submit_order(order=order, actor=boss, at=AT)
        return PurchaseOrder.objects.get(pk=order.pk)

    return make


def receive(order: PurchaseOrder, quantity: int | str, actor: User, **more: Any) -> GoodsReceipt:
    """Receive so much of the first line."""
    values = {"request": uuid4(), "at": AT + DAY, **more}
    return receive_goods(order=order, lines=[(order.lines.first(), D(quantity))], actor=actor, **values)


def on_hand(item: Item, status: str = StockStatus.GOOD) -> Decimal:
    return sum((quant.on_hand for quant in StockQuant.objects.filter(item=item, status=status)), D(0))


def value_of(item: Item) -> Decimal:
    return StockValue.objects.get(item=item).amount


def requested(warehouse: Warehouse, actor: User, *lines: tuple[Item, int]) -> PurchaseRequest:
    return create_request(
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(quantity)} for item, quantity in lines],
        needed_on=NEEDED,
        actor=actor,
        at=AT,
    )


def approved(warehouse: Warehouse, actor: User, *lines: tuple[Item, int]) -> PurchaseRequest:
    request = requested(warehouse, actor, *lines)
    submit_request(request=request, actor=actor, at=AT)
    return PurchaseRequest.objects.get(pk=request.pk)


def state_of(row: Any) -> str:
    return type(row).objects.get(pk=row.pk).status


# -- requisitions ------------------------------------------------------------------------------


def test_a_requisition_waits_for_who_may_approve(warehouse: Warehouse, item: Item, buyer: User, boss: User) -> None:
    request = requested(warehouse, buyer, (item, 10))

    submit_request(request=request, actor=buyer, at=AT)
    assert state_of(request) == RequestStatus.APPROVING
    reject_request(request=request, reason="太多", actor=boss, at=AT)
    update_request(
        request=PurchaseRequest.objects.get(pk=request.pk),
        lines=[{"id": request.lines.get().pk, "item": item, "quantity": D(5)}],
        actor=buyer,
        at=AT,
    )
    submit_request(request=request, actor=buyer, at=AT)
    approve_request(request=request, actor=boss, at=AT)

    assert (state_of(request), request.lines.get().quantity) == (RequestStatus.APPROVED, D(5))
    with pytest.raises(WrongState):
        update_request(request=request, lines=[], actor=buyer, at=AT)


def test_who_may_approve_does_so_by_submitting(warehouse: Warehouse, item: Item, boss: User) -> None:
    assert approved(warehouse, boss, (item, 1)).status == RequestStatus.APPROVED


def test_the_standard_roles_divide_the_work(db: None) -> None:
    roles = create_default_roles(actor=None, at=AT)

    def may(code: str) -> set[str]:
        user = UserFactory()
        user.groups.add(roles[code])
        asked = [f"{action}_{name}" for action in ("approve", "receive", "add") for name in PURCHASING]
        return {each for each in asked if User.objects.get(pk=user.pk).has_perm(f"erp.{each}")}

    assert may("boss") == {"approve_purchaserequest", "approve_purchaseorder"}
    assert may("warehouse") == {"receive_purchaseorder"}
    assert may("planner") == {"add_purchaserequest"}
    assert may("purchaser") == {"add_purchaserequest", "add_purchaseorder", "receive_purchaseorder"}


def test_a_requisition_says_what_is_wrong_with_each_line(warehouse: Warehouse, item: Item, buyer: User) -> None:
    with pytest.raises(LineErrors) as refused:
        create_request(
            warehouse=warehouse,
            lines=[{"item": item, "quantity": D(1)}, {"item": item, "quantity": D(0)}, {"item": None, "quantity": 1}],
            needed_on=NEEDED,
            actor=buyer,
            at=AT,
        )

    assert {place: set(faults) for place, faults in refused.value.rows.items()} == {1: {"quantity"}, 2: {"item"}}


def test_a_requisition_is_followed_from_order_to_receipt(
    warehouse: Warehouse, item: Item, supplier: Party, boss: User
) -> None:
    request = approved(warehouse, boss, (item, 10))

    order = order_request(request=request, supplier=supplier, actor=boss, at=AT)
    line = order.lines.get()
    assert (line.quantity, line.base_quantity, line.needed_on) == (D(10), D(10), NEEDED)
    assert (state_of(request), request.lines.get().ordered_quantity) == (RequestStatus.ORDERED, D(10))
    assert DocumentLink.objects.filter(source_id=request.pk, target_id=order.pk).exists()
    update_order(order=order, lines=[{"id": line.pk, "quantity": D(6), "unit_price": D(2)}], actor=boss, at=AT)
    assert (state_of(request), request.lines.get().ordered_quantity) == (RequestStatus.APPROVED, D(6))
    rest = order_request(request=request, supplier=supplier, actor=boss, at=AT)
    assert rest.lines.get().quantity == D(4)
    cancel_order(order=rest, reason="重复", actor=boss, at=AT)
    assert (state_of(request), request.lines.get().ordered_quantity) == (RequestStatus.APPROVED, D(6))
    rest = order_request(request=request, supplier=supplier, actor=boss, at=AT)
    update_order(order=rest, lines=[{"id": rest.lines.get().pk, "unit_price": D(2)}], actor=boss, at=AT)
    for each in (order, rest):
        submit_order(order=each, actor=boss, at=AT)
    receive(order, 6, boss)
    assert state_of(request) == RequestStatus.ORDERED
    receive(rest, 4, boss)

    assert state_of(request) == RequestStatus.CLOSED
    assert not request.lines.get().is_open


def test_several_requisitions_make_one_order(warehouse: Warehouse, item: Item, supplier: Party, boss: User) -> None:
    requests = [approved(warehouse, boss, (item, 3)), approved(warehouse, boss, (ItemFactory(), 4), (item, 5))]
    lines = PurchaseRequestLine.objects.all()

    order = create_order_from_requests(request_lines=lines, supplier=supplier, actor=boss, at=AT)

    assert [line.quantity for line in order.lines.order_by("position")] == [D(3), D(4), D(5)]
    assert {state_of(request) for request in requests} == {RequestStatus.ORDERED}
    with pytest.raises(WrongState):
        create_order_from_requests(request_lines=lines, supplier=supplier, actor=boss, at=AT)


def test_what_should_have_been_here_already_is_expected_today(
    warehouse: Warehouse, item: Item, supplier: Party, boss: User
) -> None:
    approved(warehouse, boss, (item, 3))
    late = AT + timedelta(days=400)

    order = create_order_from_requests(
        request_lines=PurchaseRequestLine.objects.all(), supplier=supplier, actor=boss, at=late
    )

    assert order.expected_on == timezone.localdate(late)
    assert order.lines.get().needed_on == NEEDED


def test_what_is_not_approved_is_not_ordered(warehouse: Warehouse, item: Item, supplier: Party, boss: User) -> None:
    with pytest.raises(WrongState):
        order_request(request=requested(warehouse, boss, (item, 1)), supplier=supplier, actor=boss, at=AT)


def test_an_ordered_requisition_is_closed_not_cancelled(
    warehouse: Warehouse, item: Item, supplier: Party, boss: User
) -> None:
    free, ordered = approved(warehouse, boss, (item, 1)), approved(warehouse, boss, (item, 1))
    order_request(request=ordered, supplier=supplier, actor=boss, at=AT)

    cancel_request(request=free, reason="不需要", actor=boss, at=AT)
    with pytest.raises(WrongState), transaction.atomic():
        cancel_request(request=ordered, reason="不需要", actor=boss, at=AT)
    close_request(request=ordered, reason="不需要", actor=boss, at=AT)

    assert (state_of(free), state_of(ordered)) == (RequestStatus.CANCELLED, RequestStatus.CLOSED)


# -- shortages ---------------------------------------------------------------------------------


def short(warehouse: Warehouse, actor: User, item: Item, *lines: tuple[ContractLine, str]) -> OrderShort:
    return OrderShort(
        order_pk=lines[0][0].document_id,
        line_type_pk=ContentType.objects.get_for_model(ContractLine).pk,
        shortages=tuple((line.pk, item.pk, quantity) for line, quantity in lines),
        company_pk=warehouse.company_id,
        warehouse_pk=warehouse.pk,
        needed_on=NEEDED,
        at=AT,
        actor_pk=actor.pk,
    )


def test_a_shortage_raises_one_pegged_requisition(warehouse: Warehouse, item: Item, buyer: User) -> None:
    first = ContractLineFactory(item=item)
    second = ContractLineFactory(item=item, document=first.document)
    event = short(warehouse, buyer, item, (first, "5"), (second, "7.000000"))

    raise_requisition(event)
    raise_requisition(event)

    request = PurchaseRequest.objects.get()
    assert (request.status, request.origin, request.needed_on) == ("APPROVED", RequestOrigin.SHORTAGE, NEEDED)
    assert {line.demand_id: line.quantity for line in request.lines.all()} == {first.pk: D(5), second.pk: D(7)}
    assert DocumentLink.objects.filter(source_id=first.document_id, target_id=request.pk).exists()


def test_a_published_shortage_is_heard(warehouse: Warehouse, item: Item, buyer: User) -> None:
    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})

    events.publish(short(warehouse, buyer, item, (ContractLineFactory(item=item), "5")))

    assert PurchaseRequest.objects.get().status == RequestStatus.APPROVED


def test_only_what_no_open_line_covers_is_asked_for(
    warehouse: Warehouse, item: Item, supplier: Party, boss: User
) -> None:
    line = ContractLineFactory(item=item)
    raise_requisition(short(warehouse, boss, item, (line, "5")))
    request = PurchaseRequest.objects.get()
    order = order_request(request=request, supplier=supplier, actor=boss, at=AT)
    update_order(order=order, lines=[{"id": order.lines.get().pk, "unit_price": D(1)}], actor=boss, at=AT)
    submit_order(order=order, actor=boss, at=AT)
    receive(order, 2, boss)

    # Three are still to come; eight are lacking, so that five more are asked for.
    raise_requisition(short(warehouse, boss, item, (line, "8")))
    raise_requisition(short(warehouse, boss, item, (line, "8")))

    peg = PurchaseRequestLine.objects.get()
    assert (peg.quantity, peg.ordered_quantity, state_of(request)) == (D(10), D(5), RequestStatus.APPROVED)


def test_a_closed_requisition_covers_nothing(warehouse: Warehouse, item: Item, boss: User) -> None:
    line = ContractLineFactory(item=item)
    raise_requisition(short(warehouse, boss, item, (line, "5")))
    cancel_request(request=PurchaseRequest.objects.get(), reason="取消", actor=boss, at=AT)

    raise_requisition(short(warehouse, boss, item, (line, "3")))

    assert list(PurchaseRequestLine.objects.order_by("pk").values_list("quantity", "is_open")) == [
        (D(5), False),
        (D(3), True),
    ]


def test_the_database_holds_a_peg_to_one_open_line(warehouse: Warehouse, item: Item, buyer: User) -> None:
    line = ContractLineFactory(item=item)
    raise_requisition(short(warehouse, buyer, item, (line, "5")))
    peg = PurchaseRequestLine.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        PurchaseRequestLine.objects.create(
            request=peg.request,
            position=9,
            item=item,
            quantity=1,
            demand_type=peg.demand_type,
            demand_id=peg.demand_id,
        )


# -- orders ------------------------------------------------------------------------------------


def test_an_order_waits_for_who_may_approve(
    warehouse: Warehouse, item: Item, supplier: Party, buyer: User, boss: User
) -> None:
    lines = [{"item": item, "quantity": D(2), "unit_price": D(3)}]
    order = create_order(supplier=supplier, warehouse=warehouse, lines=lines, actor=buyer, at=AT)

    submit_order(order=order, actor=buyer, at=AT)
    assert state_of(order) == OrderStatus.APPROVING
    reject_order(order=order, reason="价格", actor=boss, at=AT)
    submit_order(order=order, actor=buyer, at=AT)
    release_order(order=order, actor=boss, at=AT)

    assert (state_of(order), order.number[:8], order.net_total) == (OrderStatus.RELEASED, "PO-2026-", D(6))
    with pytest.raises(WrongState):
        update_order(order=PurchaseOrder.objects.get(pk=order.pk), lines=lines, actor=buyer, at=AT)


def test_an_order_goes_to_a_supplier_for_a_warehouse_of_the_company(
    warehouse: Warehouse, item: Item, supplier: Party, buyer: User
) -> None:
    lines = [{"item": item, "quantity": D(2), "unit_price": D(3)}]
    with pytest.raises(InvalidInput, match="供应商"):
        create_order(supplier=PartyFactory(), warehouse=warehouse, lines=lines, actor=buyer, at=AT)
    order = create_order(supplier=supplier, warehouse=warehouse, lines=lines, actor=buyer, at=AT)
    other = WarehouseFactory(company=CompanyFactory())
    with pytest.raises(InvalidInput, match="公司"):
        update_order(order=order, lines=lines, warehouse=other, actor=buyer, at=AT)


def test_lines_need_an_item_a_quantity_and_a_unit_that_converts(
    warehouse: Warehouse, item: Item, supplier: Party, buyer: User
) -> None:
    def order(**line: Any) -> None:
        with transaction.atomic():
            create_order(supplier=supplier, warehouse=warehouse, lines=[line], actor=buyer, at=AT)

    with pytest.raises(LineErrors):
        order(description="运费", unit_price=D(1))
    with pytest.raises(LineErrors):
        order(item=item, quantity=D(-1))
    with pytest.raises(NoConversion):
        order(item=item, quantity=D(1), unit=UnitFactory(code="CTN"), unit_price=D(1))


def test_the_price_is_what_the_supplier_last_got(
    warehouse: Warehouse, item: Item, supplier: Party, boss: User, released: Any
) -> None:
    carton = ItemUnitFactory(item=item).unit
    released({"item": item, "quantity": D(2), "unit": carton, "unit_price": D(48)})

    order = create_order(supplier=supplier, warehouse=warehouse, lines=[{"item": item}], actor=boss, at=AT)
    other = PartyFactory(is_supplier=True)
    unknown = create_order(supplier=other, warehouse=warehouse, lines=[{"item": item}], actor=boss, at=AT)

    assert (order.lines.get().unit_price, unknown.lines.get().unit_price) == (D(2), D(0))


def test_promised_dates_keep_their_history(item: Item, boss: User, released: Any) -> None:
    order = released({"item": item, "quantity": D(2), "unit_price": D(3), "promised_on": NEEDED})

    change_promise(order=order, promised_on=NEEDED + DAY, reason="缺料", actor=boss, at=AT)
    change_promise(order=order, promised_on=NEEDED + DAY, actor=boss, at=AT)
    change_promise(order=order, lines=order.lines.all(), promised_on=NEEDED + 5 * DAY, actor=boss, at=AT)

    dates = PromiseChange.objects.order_by("pk").values_list("from_date", "to_date", "reason")
    assert list(dates) == [(NEEDED, NEEDED + DAY, "缺料"), (NEEDED + DAY, NEEDED + 5 * DAY, "")]
    assert list(order.promise_changes) == list(PromiseChange.objects.all())
    with pytest.raises(ProgrammingError), transaction.atomic():
        PromiseChange.objects.update(reason="")
    reject_order(order=order, reason="规格", actor=boss, at=AT)
    with pytest.raises(InvalidInput):
        update_order(
            order=PurchaseOrder.objects.get(pk=order.pk),
            lines=[{"item": item, "quantity": D(1), "unit_price": D(3)}],
            actor=boss,
            at=AT,
        )


# -- receipts ----------------------------------------------------------------------------------


def test_partial_receipts_add_up_to_the_line(item: Item, boss: User, released: Any) -> None:
    order = released({"item": item, "quantity": D(3), "unit_price": D("3.3333")})
    assert order.lines.get().net_amount == D("10.00")

    receipts = []
    for _n in range(3):
        receipts.append(receive(order, 1, boss))
        assert DocumentLink.objects.filter(source_id=order.pk, target_id=receipts[-1].pk).exists()
        order.refresh_from_db()
        if _n < 2:
            assert order.status == OrderStatus.PARTIAL

    assert [r.lines.get().move.amount for r in receipts] == [D("3.33"), D("3.34"), D("3.33")]
    assert (order.status, value_of(item), on_hand(item)) == (OrderStatus.RECEIVED, D("10.00"), D(3))
    with pytest.raises(WrongState):
        receive(order, 1, boss)
    close_order(order=order, actor=boss, at=AT)
    assert order.lines.get().received_quantity == D(3)


@pytest.mark.parametrize("role", ["warehouse", "planner", "purchaser", "finance", "boss"])
def test_whoever_sees_a_receipt_sees_what_came(item: Item, boss: User, released: Any, pages: Client, role: str) -> None:
    receipt = receive(released({"item": item, "quantity": D(3), "unit_price": D(3)}), 3, boss)
    user = UserFactory()
    user.groups.add(create_default_roles(actor=None, at=AT)[role])
    pages.force_login(user, backend="suite.access.backends.RoleBackend")

    page = pages.get(receipt.get_absolute_url()).content.decode()

    assert item.code in page
    assert ("/erp/received-lines/" in page) == (role in {"purchaser", "finance", "boss"})


def test_prices_with_tax_and_a_foreign_currency_become_cost_without_tax(item: Item, boss: User, released: Any) -> None:
    ExchangeRateFactory()
    order = released(
        {"item": item, "quantity": D(7), "unit_price": D("11.30"), "tax_rate": D(13)},
        currency=CurrencyFactory(code="USD"),
        price_includes_tax=True,
    )
    assert (order.exchange_rate, order.net_total) == (D("7.1"), D("70.00"))

    amounts = [receive(order, quantity, boss).lines.get().move.amount for quantity in (3, 4)]

    assert amounts == [D("213.00"), D("284.00")]


def test_a_discount_lowers_what_stock_costs(boss: User, released: Any) -> None:
    items = ItemFactory.create_batch(3)
    order = released(*({"item": each, "quantity": D(1), "unit_price": D(10)} for each in items), discount_amount=D(10))

    receive_goods(
        order=order, lines=[(line, D(1)) for line in order.lines.all()], request=uuid4(), actor=boss, at=AT + DAY
    )

    assert sum(value_of(each) for each in items) == order.net_total == D("20.00")


def test_the_same_receipt_posts_once(item: Item, boss: User, released: Any) -> None:
    order = released({"item": item, "quantity": D(10), "unit_price": D(1)})
    other = released({"item": item, "quantity": D(10), "unit_price": D(1)})
    request = uuid4()

    first, second = receive(order, 4, boss, request=request), receive(order, 4, boss, request=request)

    assert (first, StockMove.objects.count(), on_hand(item)) == (second, 1, D(4))
    assert order.lines.get().received_quantity == D(4)
    with pytest.raises(InvalidInput):
        receive(other, 4, boss, request=request)


def test_the_tolerance_is_five_percent_rounded_down(item: Item, boss: User, released: Any) -> None:
    order = released({"item": item, "quantity": D(59), "unit_price": D(1)})
    receive(order, 50, boss)

    with pytest.raises(OverReceipt), transaction.atomic():
        receive(order, 12, boss)
    receive(order, 11, boss)

    assert (state_of(order), on_hand(item), value_of(item)) == (OrderStatus.RECEIVED, D(61), D("61.00"))


def test_an_order_in_cartons_is_received_in_pieces(item: Item, boss: User, released: Any) -> None:
    carton = ItemUnitFactory(item=item).unit
    order = released({"item": item, "quantity": D(2), "unit": carton, "unit_price": D("100.01")})
    assert order.lines.get().base_quantity == D(48)

    receive(order, 25, boss)
    assert order.lines.get().open_quantity == D(23)
    receive(order, 23, boss)

    assert (state_of(order), on_hand(item), value_of(item)) == (OrderStatus.RECEIVED, D(48), D("200.02"))


def test_what_is_inspected_waits(item: Item, boss: User, released: Any) -> None:
    StockItemFactory(item=item, is_inspected=True)
    order = released({"item": item, "quantity": D(2), "unit_price": D(1)})

    receipt = receive(order, 2, boss)

    assert (on_hand(item), on_hand(item, StockStatus.PENDING)) == (D(0), D(2))
    assert receipt.lines.get().status == StockStatus.PENDING
    return_goods(
        receipt_line=receipt.lines.get(), quantity=D(2), reason="不良", request=uuid4(), actor=boss, at=AT + DAY
    )
    assert on_hand(item, StockStatus.PENDING) == D(0)


def test_lots_arrive_with_their_last_day(item: Item, boss: User, supplier: Party, released: Any) -> None:
    StockItemFactory(item=item, tracking=Tracking.LOT)
    order = released({"item": item, "quantity": D(10), "unit_price": D(1)})
    line = order.lines.get()

    def arrive(*parts: tuple[Any, ...]) -> GoodsReceipt:
        with transaction.atomic():
            return receive_goods(order=order, lines=parts, request=uuid4(), actor=boss, at=AT + DAY)

    with pytest.raises(InvalidInput, match="批号"):
        arrive((line, D(1)))
    arrive((line, D(4), "A1", NEEDED), (line, D(3), "B2"))
    with pytest.raises(InvalidInput, match="到期"):
        arrive((line, D(1), "A1", NEEDED + DAY))
    arrive((line, D(3), "A1", NEEDED))

    lots = {lot.number: (lot.expires_on, lot.supplier) for lot in Lot.objects.all()}
    assert lots == {"A1": (NEEDED, supplier), "B2": (None, supplier)}
    assert on_hand(item) == D(10)


def test_serial_numbers_are_single(item: Item, boss: User, released: Any) -> None:
    StockItemFactory(item=item, tracking=Tracking.SERIAL)
    order = released({"item": item, "quantity": D(2), "unit_price": D(1)})
    line = order.lines.get()

    with pytest.raises(InvalidInput), transaction.atomic():
        receive_goods(order=order, lines=[(line, D(2), "S1")], request=uuid4(), actor=boss, at=AT + DAY)
    receive_goods(order=order, lines=[(line, D(1), "S1"), (line, D(1), "S2")], request=uuid4(), actor=boss, at=AT + DAY)

    assert set(Lot.objects.values_list("number", "is_serial")) == {("S1", True), ("S2", True)}


def test_a_receipt_of_an_earlier_day_is_posted_on_it(item: Item, boss: User, released: Any) -> None:
    order = released({"item": item, "quantity": D(2), "unit_price": D(1)})
    day = timezone.localdate(AT) - DAY

    receipt = receive(order, 1, boss, received_on=day)

    assert receipt.lines.get().move.effective_on == day
    with pytest.raises(InvalidInput), transaction.atomic():
        receive(order, 1, boss, received_on=day + 9 * DAY)


@pytest.mark.parametrize("quantity", ["0", "-1", "0.5"])
def test_wrong_quantities_are_refused(item: Item, boss: User, released: Any, quantity: str) -> None:
    order = released({"item": item, "quantity": D(2), "unit_price": D(1)})

    with pytest.raises(InvalidInput):
        receive(order, quantity, boss)


def test_only_released_orders_are_received(
    warehouse: Warehouse, item: Item, supplier: Party, boss: User, released: Any
) -> None:
    lines = [{"item": item, "quantity": D(2), "unit_price": D(1)}]
    draft = create_order(supplier=supplier, warehouse=warehouse, lines=lines, actor=boss, at=AT)
    other = released(*lines)

    with pytest.raises(WrongState):
        receive(draft, 1, boss)
    with pytest.raises(InvalidInput):
        receive_goods(order=other, lines=[(draft.lines.get(), D(1))], request=uuid4(), actor=boss, at=AT + DAY)
    receive(other, 1, boss)
    with pytest.raises(WrongState):
        cancel_order(order=other, reason="x", actor=boss, at=AT)


def test_closing_short_lets_the_rest_be_ordered_again(
    warehouse: Warehouse, item: Item, supplier: Party, boss: User
) -> None:
    request = approved(warehouse, boss, (item, 10))
    order = order_request(request=request, supplier=supplier, actor=boss, at=AT)
    update_order(order=order, lines=[{"id": order.lines.get().pk, "unit_price": D(1)}], actor=boss, at=AT)
    submit_order(order=order, actor=boss, at=AT)
    receive(order, 6, boss)

    with pytest.raises(InvalidInput), transaction.atomic():
        close_order(order=order, actor=boss, at=AT)
    close_order(order=order, reason="供应商停产", actor=boss, at=AT)

    assert (state_of(request), request.lines.get().open_quantity) == (RequestStatus.APPROVED, D(4))


# -- returns -----------------------------------------------------------------------------------


def test_returns_are_limited_to_what_came(item: Item, boss: User, released: Any) -> None:
    order = released({"item": item, "quantity": D(10), "unit_price": D("1.01")})
    receipt = receive(order, 10, boss)
    line = receipt.lines.get()
    request = uuid4()

    def give_back(quantity: int, **more: Any) -> Any:
        values = {"request": uuid4(), "reason": "外观不良", "actor": boss, "at": AT + 2 * DAY, **more}
        with transaction.atomic():
            return return_goods(receipt_line=line, quantity=D(quantity), **values)

    first, again = give_back(4, request=request), give_back(4, request=request)
    assert (first, first.move.origin) == (again, line.move)
    assert (state_of(order), order.lines.get().open_quantity) == (OrderStatus.PARTIAL, D(4))
    with pytest.raises(OverReturn):
        give_back(7)
    replacement = receive(order, 4, boss, at=AT + 3 * DAY)
    give_back(6, at=AT + 3 * DAY)

    assert replacement.lines.get().move.amount == D("4.04")
    assert (on_hand(item), value_of(item)) == (D(4), D("4.04"))
    assert DocumentLink.objects.filter(source_id=receipt.pk, target_id=first.pk).exists()


def test_what_is_not_there_any_more_is_not_returned(item: Item, boss: User, released: Any) -> None:
    order = released({"item": item, "quantity": D(2), "unit_price": D(1)})
    receipt, other = receive(order, 1, boss), receive(order, 1, boss)
    values = {"quantity": D(1), "reason": "不良", "actor": boss, "at": AT + DAY}

    with pytest.raises(InsufficientStock), transaction.atomic():
        return_goods(receipt_line=receipt.lines.get(), stock_status=StockStatus.REJECT, request=uuid4(), **values)
    with pytest.raises(InvalidInput):
        return_from_receipt(receipt=other, receipt_line=receipt.lines.get(), request=uuid4(), **values)
    assert on_hand(item) == D(2)


# -- pages -------------------------------------------------------------------------------------


@pytest.fixture
def pages(boss: User) -> Client:
    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
    state.forget()
    client = Client()
    client.force_login(boss, backend="suite.access.backends.RoleBackend")
    return client


def grid(*rows: dict[str, Any]) -> dict[str, Any]:
    """Form data of a line grid."""
    data: dict[str, Any] = {"lines-TOTAL_FORMS": len(rows), "lines-INITIAL_FORMS": 0}
    for place, row in enumerate(rows):
        data.update({f"lines-{place}-{name}": value for name, value in row.items()})
    return data


def page(row: Any, view: str = "detail", *args: Any) -> str:
    return reverse(f"erp:{type(row)._meta.model_name}-{view}", args=(row.pk, *args))


def test_from_requisition_to_return_by_pages(
    pages: Client, warehouse: Warehouse, item: Item, supplier: Party, boss: User
) -> None:
    UnitFactory()
    header = {"warehouse": warehouse.pk, "needed_on": "2026-12-01", "reason": "备货", "owner": boss.pk}
    made = pages.post(reverse("erp:purchaserequest-create"), header | grid({"item": item.pk, "quantity": "20"}))
    assert made.status_code == 302
    request = PurchaseRequest.objects.get()
    line = request.lines.get()
    changed = grid({"id": line.pk, "item": item.pk, "quantity": "10"}) | {"lines-INITIAL_FORMS": 1}
    assert pages.post(page(request, "edit"), header | changed | {"version": request.version}).status_code == 302
    assert pages.post(page(request, "action", "submit")).status_code == 302
    assert pages.get(page(request, "action", "order")).status_code == 200
    assert pages.post(page(request, "action", "order"), {"supplier": supplier.pk}).status_code == 302
    order = PurchaseOrder.objects.get()
    line = order.lines.get()
    terms = {
        "supplier": supplier.pk,
        "warehouse": warehouse.pk,
        "document_date": "2026-11-02",
        "currency": order.currency_id,
        "exchange_rate": "1",
        "discount_amount": "0",
        "owner": boss.pk,
        "version": order.version,
    }
    row = {
        "id": line.pk,
        "item": item.pk,
        "quantity": "10",
        "unit": line.unit_id,
        "unit_price": "2",
        "discount_percent": "0",
        "tax_rate": "13",
    }
    edited = pages.post(page(order, "edit"), terms | grid(row) | {"lines-INITIAL_FORMS": 1})
    assert edited.status_code == 302
    assert pages.post(page(order, "action", "submit")).status_code == 302
    assert pages.post(page(order, "action", "promise"), {"promised_on": "2026-12-09"}).status_code == 302
    asked = pages.get(page(order, "action", "receive")).content.decode()
    assert f"quantity_{line.pk}" in asked
    today = timezone.localdate().isoformat()
    arrived = {"request": str(uuid4()), "received_on": today, f"quantity_{line.pk}": "10"}
    assert pages.post(page(order, "action", "receive"), arrived).status_code == 302
    receipt = GoodsReceipt.objects.get()
    back = {"request": str(uuid4()), "receipt_line": receipt.lines.get().pk, "quantity": "1", "reason": "不良"}
    returned = pages.post(page(receipt, "action", "return"), back)

    assert returned.status_code == 302
    assert (state_of(order), on_hand(item), value_of(item)) == (OrderStatus.PARTIAL, D(9), D("18.00"))
    assert pages.get(returned["Location"]).status_code == 200
    shown = [pages.get(page(row)).status_code for row in (request, order, receipt)]
    assert [*shown, pages.get(page(order, "print")).status_code] == [200] * 4


def test_serial_numbers_are_received_by_pages(pages: Client, item: Item, released: Any) -> None:
    StockItemFactory(item=item, tracking=Tracking.SERIAL)
    order = released({"item": item, "quantity": D(2), "unit_price": D(1)})
    line = order.lines.get()
    data = {"received_on": timezone.localdate().isoformat(), f"quantity_{line.pk}": "2", f"lot_{line.pk}": "S1"}

    refused = pages.post(page(order, "action", "receive"), data)
    accepted = pages.post(page(order, "action", "receive"), {**data, f"lot_{line.pk}": "S1, S2"})

    assert (refused.status_code, accepted.status_code, on_hand(item)) == (422, 302, D(2))


def test_receiving_costs_no_query_for_a_line(boss: User, released: Any) -> None:
    def statements(number: int) -> int:
        items = ItemFactory.create_batch(number)
        for each in items:
            StockItemFactory(item=each, tracking=Tracking.LOT)
        order = released(*({"item": each, "quantity": D(2), "unit_price": D(1)} for each in items))
        lines = [(line, D(2), f"L{line.pk}") for line in order.lines.all()]
        with CaptureQueriesContext(connection) as captured:
            receive_goods(order=order, lines=lines, request=uuid4(), actor=boss, at=AT + DAY)
        return len(captured)

    statements(1)

    assert statements(12) <= statements(2)


# -- at once -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_receipts_at_the_same_moment(transactional_db: None, item: Item, boss: User, released: Any) -> None:
    ContentType.objects.clear_cache()
    order = released({"item": item, "quantity": D(10), "unit_price": D("0.33")})
    request = uuid4()

    again = at_once(*(lambda: receive(order, 1, boss, request=request) for _n in range(6)))
    others = at_once(*(lambda: receive(order, 1, boss) for _n in range(12)))

    assert {each.pk for each in again} == {GoodsReceipt.objects.get(request=request).pk}
    assert Counter(type(each) for each in others) == {GoodsReceipt: 9, WrongState: 3}
    assert (state_of(order), on_hand(item), value_of(item)) == (OrderStatus.RECEIVED, D(10), D("3.30"))
    assert len({receipt.number for receipt in GoodsReceipt.objects.all()}) == 10
