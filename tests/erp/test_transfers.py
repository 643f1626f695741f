"""Transfers: kept, sent, received in parts, written off; and stock that lies at suppliers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from erp.inventory.choices import MoveKind
from erp.inventory.errors import InsufficientStock
from erp.inventory.ledger import reservations_of
from erp.inventory.models import Reservation, StockMove, StockQuant, StockValue
from erp.inventory.proof import faults
from erp.inventory.services import get_lot
from erp.masterdata.choices import LocationKind, Tracking
from erp.masterdata.models import Location, Warehouse
from erp.sales.selectors import kept_for
from erp.sales.services import create_order, submit_order
from erp.transfers.choices import TransferStatus
from erp.transfers.metrics import consigned_value, transit_value
from erp.transfers.models import TransferOrder, TransferPart, TransferStep
from erp.transfers.moving import (
    close_transfer,
    consume_transfer,
    lose_transfer,
    receive_transfer,
    return_transfer,
    ship_transfer,
)
from erp.transfers.services import (
    cancel_transfer,
    confirm_transfer,
    create_transfer,
    reopen_transfer,
    update_transfer,
)
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.errors import LineErrors
from suite.masters.models import Item
from suite.metrics.periods import period_of
from suite.metrics.registry import MetricContext
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.registry import pageset_of
from tests.factories.erp import AT, StockItemFactory, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, ItemFactory, PartyFactory
from tests.kit.metrics import assert_drill_matches, assert_shows_nothing_unpermitted
from tests.kit.objects import give

pytestmark = pytest.mark.django_db
D = Decimal
LATER = AT + timedelta(hours=1)


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
def here() -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def there(here: Warehouse) -> Warehouse:
    return WarehouseFactory(company=here.company)


@pytest.fixture
def item() -> Item:
    return ItemFactory()


def confirmed(source: Warehouse, boss: User, *lines: tuple[Item, int], **details: Any) -> TransferOrder:
    rows = [{"item": item, "quantity": D(quantity)} for item, quantity in lines]
    order = create_transfer(source=source, lines=rows, actor=boss, at=LATER, **details)
    return confirm_transfer(transferorder=order, actor=boss, at=LATER)


def sent(source: Warehouse, boss: User, *lines: tuple[Item, int], **details: Any) -> TransferOrder:
    order = confirmed(source, boss, *lines, **details)
    return ship_transfer(transferorder=order, request=uuid4(), actor=boss, at=LATER)


def do(
    action: Any, order: TransferOrder, boss: User, quantity: int | str, request: UUID | None = None, **more: Any
) -> TransferOrder:
    part = order.parts[0]
    done: TransferOrder = action(
        transferorder=order,
        quantities={part.pk: D(quantity)},
        request=request or uuid4(),
        actor=boss,
        at=LATER,
        **more,
    )
    return done


def lying() -> dict[str, Decimal]:
    """What lies where, by the kind of place or the warehouse."""
    found: dict[str, Decimal] = {}
    for quant in StockQuant.objects.filter(on_hand__gt=0).select_related("location__warehouse"):
        place = quant.location.warehouse.code if quant.location.warehouse else quant.location.kind
        found[place] = found.get(place, D(0)) + quant.on_hand
    return found


# -- the draft ---------------------------------------------------------------------------------


def test_a_transfer_goes_to_one_place_of_the_same_company(here: Warehouse, item: Item, boss: User) -> None:
    lines = [{"item": item, "quantity": D(1)}]
    abroad = WarehouseFactory(company=CompanyFactory(code="X2"))
    common = {"source": here, "lines": lines, "actor": boss, "at": LATER}

    with pytest.raises(InvalidInput):
        create_transfer(target=abroad, **common)  # type: ignore[arg-type]
    for wrong in ({}, {"target": here}, {"target": WarehouseFactory(company=here.company), "supplier": PartyFactory()}):
        with pytest.raises(ValidationError):
            create_transfer(**common, **wrong)  # type: ignore[arg-type]

    assert not TransferOrder.objects.exists()


@pytest.mark.parametrize("quantity", ["0", "-1", "0.5"])
def test_a_wrong_line_is_refused(here: Warehouse, there: Warehouse, item: Item, boss: User, quantity: str) -> None:
    lines = [{"item": item, "quantity": D(quantity)}]

    with pytest.raises(LineErrors):
        create_transfer(source=here, target=there, lines=lines, actor=boss, at=LATER)

    assert not TransferOrder.objects.exists()


def test_a_draft_is_changed_until_it_is_confirmed(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 10)
    order = create_transfer(source=here, target=there, lines=[{"item": item, "quantity": D(3)}], actor=boss, at=LATER)
    change = {"transferorder": order, "lines": [{"item": item, "quantity": D(4)}], "actor": boss, "at": LATER}

    update_transfer(**change, reason="补货")  # type: ignore[arg-type]
    order = confirm_transfer(transferorder=order, actor=boss, at=LATER)
    with pytest.raises(WrongState):
        update_transfer(**change)  # type: ignore[arg-type]
    assert Reservation.objects.get().quantity == 4
    order = reopen_transfer(transferorder=order, actor=boss, at=LATER)

    assert (order.number, order.reason, order.status) == ("TO-2026-0001", "补货", TransferStatus.DRAFT)
    assert not Reservation.objects.exists()


# -- between warehouses ------------------------------------------------------------------------


def test_what_is_sent_is_in_transit_until_it_is_received(
    here: Warehouse, there: Warehouse, item: Item, boss: User
) -> None:
    stock(here, item, 10, cost=3)
    order = confirmed(here, boss, (item, 6), target=there)
    assert StockQuant.objects.get().reserved == 6

    order = ship_transfer(transferorder=order, request=uuid4(), tracking_number="SF1", actor=boss, at=LATER)
    assert lying() == {here.code: 4, "TRANSIT": 6}
    assert (order.status, order.tracking_number) == (TransferStatus.SHIPPED, "SF1")
    order = do(receive_transfer, order, boss, 4)
    assert (order.status, lying()) == (TransferStatus.SHIPPED, {here.code: 4, "TRANSIT": 2, there.code: 4})
    order = do(receive_transfer, order, boss, 2)

    assert (order.status, lying()) == (TransferStatus.DONE, {here.code: 4, there.code: 6})
    assert StockValue.objects.get().amount == 30
    assert not Reservation.objects.exists()
    assert [step.kind for step in order.steps.order_by("pk")] == ["SHIP", "RECEIVE", "RECEIVE"]
    assert order.moves.count() == 3


def test_retries_do_nothing_again(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 10)
    order, request = confirmed(here, boss, (item, 6), target=there), uuid4()
    for _number in range(2):
        ship_transfer(
            transferorder=order, quantities={order.lines.get().pk: D(3)}, request=request, actor=boss, at=LATER
        )
    assert lying() == {here.code: 7, "TRANSIT": 3}

    again = uuid4()
    for _number in range(2):
        do(receive_transfer, order, boss, 1, again)
    with pytest.raises(InvalidInput):
        do(return_transfer, order, boss, 1, again)

    assert lying() == {here.code: 7, "TRANSIT": 2, there.code: 1}
    assert TransferStep.objects.count() == 2


def test_it_goes_in_parts_and_the_rest_is_closed(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 10)
    order = confirmed(here, boss, (item, 10), target=there)
    line = order.lines.get()
    order = ship_transfer(transferorder=order, quantities={line.pk: D(4)}, request=uuid4(), actor=boss, at=LATER)
    waiting = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=here,
        lines=[{"item": item, "quantity": D(5)}],
        actor=boss,
        at=LATER,
    )
    wanted = submit_order(salesorder=waiting, actor=boss, at=LATER).lines.get()
    assert kept_for([wanted]) == {}

    with pytest.raises(WrongState):
        close_transfer(transferorder=order, reason="够了", actor=boss, at=LATER)
    order = do(receive_transfer, order, boss, 4)
    assert order.status == TransferStatus.SHIPPED
    order = close_transfer(transferorder=order, reason="够了", actor=boss, at=LATER)

    assert order.status == TransferStatus.CLOSED
    assert kept_for([wanted]) == {wanted.pk: 5}
    with pytest.raises(WrongState):
        ship_transfer(transferorder=order, request=uuid4(), actor=boss, at=LATER)


def test_what_does_not_arrive_is_written_off_or_brought_back(
    here: Warehouse, there: Warehouse, item: Item, boss: User
) -> None:
    stock(here, item, 10, cost=3)
    order = sent(here, boss, (item, 10), target=there)

    order = do(receive_transfer, order, boss, 7)
    with pytest.raises(InvalidInput):
        do(lose_transfer, order, boss, 1, reason=" ")
    order = do(lose_transfer, order, boss, 1, reason="运输破损")
    order = do(return_transfer, order, boss, 2)

    assert (order.status, lying()) == (TransferStatus.DONE, {here.code: 2, there.code: 7})
    assert StockMove.objects.get(kind=MoveKind.LOSS).quantity == 1
    assert StockValue.objects.get().amount == 27
    part = order.parts.get()
    assert (part.shipped, part.received, part.lost, part.returned) == (10, 7, 1, 2)


@pytest.mark.parametrize("quantity", ["7", "-1", "0", "0.5", "NaN"])
def test_no_more_is_received_than_is_on_its_way(
    here: Warehouse, there: Warehouse, item: Item, boss: User, quantity: str
) -> None:
    stock(here, item, 10)
    order = sent(here, boss, (item, 6), target=there)

    with pytest.raises(InvalidInput):
        do(receive_transfer, order, boss, quantity)

    assert lying() == {here.code: 4, "TRANSIT": 6}


def test_more_than_is_there_is_not_sent(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 5)
    order = confirmed(here, boss, (item, 6), target=there)
    line = order.lines.get()

    with pytest.raises(InsufficientStock, match=item.code):
        ship_transfer(transferorder=order, request=uuid4(), actor=boss, at=LATER)
    with pytest.raises(InvalidInput):
        ship_transfer(transferorder=order, quantities={line.pk: D(7)}, request=uuid4(), actor=boss, at=LATER)
    assert (lying(), StockQuant.objects.get().reserved) == ({here.code: 5}, 5)
    stock(here, item, 1)
    ship_transfer(transferorder=order, request=uuid4(), actor=boss, at=LATER)

    assert lying() == {"TRANSIT": 6}


def test_lots_keep_their_names_on_the_way(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    StockItemFactory(item=item, tracking=Tracking.LOT)
    first, second = get_lot(item=item, number="L1"), get_lot(item=item, number="L2")
    stock(here, item, 3, lot=first)
    stock(here, item, 3, lot=second)
    chosen = create_transfer(
        source=here, target=there, lines=[{"item": item, "quantity": D(2), "lot": second}], actor=boss, at=LATER
    )
    confirm_transfer(transferorder=chosen, actor=boss, at=LATER)
    ship_transfer(transferorder=chosen, request=uuid4(), actor=boss, at=LATER)
    order = sent(here, boss, (item, 4), target=there)

    assert [(str(part.lot), part.shipped) for part in chosen.parts] == [("L2", 2)]
    assert [(str(part.lot), part.shipped) for part in order.parts] == [("L1", 3), ("L2", 1)]
    receive_transfer(
        transferorder=order,
        quantities={part.pk: part.shipped for part in order.parts},
        request=uuid4(),
        actor=boss,
        at=LATER,
    )

    arrived = StockQuant.objects.filter(location__warehouse=there).order_by("lot__number")
    assert [(str(quant.lot), quant.on_hand) for quant in arrived] == [("L1", 3), ("L2", 1)]


def test_a_cancelled_transfer_keeps_nothing(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 10)
    order = confirmed(here, boss, (item, 6), target=there)

    cancel_transfer(transferorder=order, reason="不需要", actor=boss, at=LATER)

    assert not reservations_of(list(order.lines.all())).exists()
    assert StockQuant.objects.get().reserved == 0
    gone = sent(here, boss, (item, 6), target=there)
    with pytest.raises(WrongState):
        cancel_transfer(transferorder=gone, reason="晚了", actor=boss, at=LATER)


def test_what_arrives_serves_who_waits(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 6)
    order = sent(here, boss, (item, 6), target=there)
    waiting = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=there,
        lines=[{"item": item, "quantity": D(5)}],
        actor=boss,
        at=LATER,
    )
    line = submit_order(salesorder=waiting, actor=boss, at=LATER).lines.get()

    do(receive_transfer, order, boss, 6)

    assert kept_for([line]) == {line.pk: 5}


def test_sending_and_receiving_cost_the_same_for_2_and_20_lines(here: Warehouse, there: Warehouse, boss: User) -> None:
    def cost(number: int) -> tuple[int, int]:
        items = ItemFactory.create_batch(number)
        for each in items:
            stock(here, each, 5)
        order = confirmed(here, boss, *((each, 5) for each in items), target=there)
        with CaptureQueriesContext(connection) as sending:
            ship_transfer(transferorder=order, request=uuid4(), actor=boss, at=LATER)
        quantities = {part.pk: D(5) for part in order.parts}
        with CaptureQueriesContext(connection) as receiving:
            receive_transfer(transferorder=order, quantities=quantities, request=uuid4(), actor=boss, at=LATER)
        return len(sending), len(receiving)

    cost(2)
    assert cost(20) == cost(2)


# -- at suppliers ------------------------------------------------------------------------------


def test_what_goes_to_a_supplier_lies_there_until_it_is_used_or_comes_back(
    here: Warehouse, item: Item, boss: User
) -> None:
    supplier = PartyFactory(is_supplier=True)
    stock(here, item, 10, cost=3)

    order = sent(here, boss, (item, 8), supplier=supplier)
    place = Location.objects.get(kind=LocationKind.CONSIGNED)
    assert (place.party, lying()) == (supplier, {here.code: 2, "CONSIGNED": 8})
    assert StockValue.objects.get().amount == 30
    with pytest.raises(WrongState):
        do(receive_transfer, order, boss, 1)
    order = do(consume_transfer, order, boss, 5, reason="委外加工")
    order = do(return_transfer, order, boss, 2)
    order = do(lose_transfer, order, boss, 1, reason="盘亏")

    assert (order.status, lying()) == (TransferStatus.DONE, {here.code: 4})
    assert StockMove.objects.get(kind=MoveKind.ISSUE).quantity == 5
    assert StockValue.objects.get().amount == 12
    sent(here, boss, (item, 1), supplier=supplier)
    assert Location.objects.filter(kind=LocationKind.CONSIGNED).count() == 1


def test_only_a_supplier_consumes(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 10)
    order = sent(here, boss, (item, 8), target=there)

    with pytest.raises(WrongState):
        do(consume_transfer, order, boss, 1)

    assert lying() == {here.code: 2, "TRANSIT": 8}


# -- pages and figures -------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def test_a_transfer_is_made_sent_and_received_on_its_pages(
    here: Warehouse, there: Warehouse, item: Item, boss: User
) -> None:
    stock(here, item, 10)
    client, pageset = signed_in(boss), pageset_of(TransferOrder)
    assert pageset is not None
    data = {
        "source": here.pk,
        "target": there.pk,
        "needed_on": "2026-11-05",
        "owner": boss.pk,
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        "lines-0-item": item.pk,
        "lines-0-quantity": "6",
    }
    assert client.post(pageset.url("create"), data).status_code == 302
    order = TransferOrder.objects.get()

    def act(slug: str, **fields: object) -> int:
        return client.post(pageset.url("action", order.pk, slug), fields).status_code

    assert act("confirm") == 302
    assert 'value="6"' in client.get(pageset.url("action", order.pk, "ship")).content.decode()
    request = str(uuid4())
    line = order.lines.get()
    assert [act("ship", request=request, **{f"quantity_{line.pk}": "6"}) for _ in range(2)] == [302, 302]
    part = TransferPart.objects.get()
    assert act("receive", request=str(uuid4()), **{f"quantity_{part.pk}": "9"}) == 422
    assert act("consume", request=str(uuid4()), **{f"quantity_{part.pk}": "1"}) == 422
    assert act("write-off", request=str(uuid4()), **{f"quantity_{part.pk}": "1"}) == 422
    page = client.get(pageset.url("detail", order.pk)).content.decode()
    assert item.name in page
    api = client.post(
        f"/api/erp/transfer-orders/{order.pk}/receive/",
        {f"quantity_{part.pk}": "6", "request": str(uuid4())},
        content_type="application/json",
    )

    assert (api.status_code, api.json()["status"]) == (200, "DONE")
    assert lying() == {here.code: 4, there.code: 6}


def test_writing_off_needs_a_permission_of_its_own(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    stock(here, item, 10)
    order = sent(here, boss, (item, 6), target=there)
    pageset = pageset_of(TransferOrder)
    assert pageset is not None
    keeper = give(UserFactory(), pageset, ["view", "ship", "receive"])
    part = order.parts.get()

    answer = signed_in(keeper).post(
        pageset.url("action", order.pk, "write-off"), {f"quantity_{part.pk}": "1", "reason": "丢失"}
    )

    assert answer.status_code == 403
    assert lying() == {here.code: 4, "TRANSIT": 6}


def test_what_is_out_keeps_its_value(here: Warehouse, there: Warehouse, item: Item, boss: User) -> None:
    other = ItemFactory()
    stock(here, item, 10, cost=3)
    stock(here, other, 10, cost="2.5")
    context = MetricContext(user=boss, period=period_of("month", LATER.date()), at=LATER)
    assert (transit_value(context).value, consigned_value(context).value) == (0, 0)

    sent(here, boss, (item, 4), (other, 2), target=there)
    sent(here, boss, (item, 1), supplier=PartyFactory())

    assert (transit_value(context).value, consigned_value(context).value) == (17, 3)
    for metric in (transit_value, consigned_value):
        assert_drill_matches(metric, context)
        assert_shows_nothing_unpermitted(metric, MetricContext(UserFactory(), context.period, LATER))
