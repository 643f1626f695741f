"""The pages of stock: what they show to whom, and what can be done on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from erp.inventory import metrics
from erp.inventory.choices import MoveKind, StockStatus
from erp.inventory.handling import hold_quant
from erp.inventory.ledger import Posting, post
from erp.inventory.models import CostAdjustment, Lot, StockMove, StockQuant, StockValue, ValuationEntry
from erp.inventory.proof import faults
from erp.inventory.selectors import below_minimum, with_average
from erp.masterdata.choices import LocationKind, Tracking
from erp.masterdata.models import Location, StockItem, StockLimit, Warehouse
from erp.masterdata.services import common_location, store_of
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.activity.models import Comment
from suite.masters.models import Item
from suite.metrics.registry import this_month
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.exchange.apply import apply_import, check_import
from suite.pages.exchange.plan import plan_import
from suite.pages.exchange.reading import Sheet
from suite.pages.registry import pageset_of
from tests.factories.erp import (
    AT,
    CostAdjustmentFactory,
    LotFactory,
    StockItemFactory,
    StockLimitFactory,
    StockQuantFactory,
    WarehouseFactory,
    stock,
)
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemCategoryFactory, ItemFactory
from tests.kit.metrics import assert_drill_matches
from tests.kit.objects import give

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def _erp_on(db: None) -> Iterator[None]:
    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root", "root@example.com", full_name="管理员")


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(name="主仓")


@pytest.fixture
def item() -> Item:
    return ItemFactory()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def url(model: Any, view: str = "list", *args: Any) -> str:
    pageset = pageset_of(model)
    assert pageset is not None
    return pageset.url(view, *args)


def shown(client: Client, model: Any, query: str = "") -> set[int]:
    """The keys that a list holds."""
    answer = client.get(f"/api{url(model)}?{query}")
    assert answer.status_code == 200, answer.content
    return {row["id"] for row in answer.json()["results"]}


def act(client: Client, quant: StockQuant, verb: str, **data: Any) -> Any:
    return client.post(url(StockQuant, "action", quant.pk, verb), data)


def on_hand(item: Item, warehouse: Warehouse, status: str = StockStatus.GOOD) -> Decimal:
    found = StockQuant.objects.filter(item=item, location__warehouse=warehouse, status=status).first()
    return found.on_hand if found is not None else D(0)


# -- masters -----------------------------------------------------------------------------------


def test_a_warehouse_is_created_with_its_place_and_keeps_its_code(root: User, warehouse: Warehouse) -> None:
    client = signed_in(root)
    data = {"company": warehouse.company_id, "code": "B1", "name": "保税仓", "is_active": "on"}

    assert client.get(url(Warehouse, "create")).status_code == 200
    assert client.post(url(Warehouse, "create"), data).status_code == 302
    made = Warehouse.objects.get(code="B1")
    changed = {**data, "code": "B2", "name": "外仓", "version": made.version}
    assert client.post(url(Warehouse, "edit", made.pk), changed).status_code == 302

    made.refresh_from_db()
    assert (made.name, made.code) == ("外仓", "B1")
    assert list(made.locations.values_list("code", "kind")) == [("B1", LocationKind.STORE)]


def test_a_warehouse_with_stock_cannot_be_closed(root: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 1)
    data = {"company": warehouse.company_id, "code": warehouse.code, "name": "主仓", "version": warehouse.version}

    answer = signed_in(root).post(url(Warehouse, "edit", warehouse.pk), data)

    assert answer.status_code == 422
    assert "主仓" in answer.content.decode()
    warehouse.refresh_from_db()
    assert warehouse.is_active


def test_tracking_is_fixed_while_there_is_stock(root: User, warehouse: Warehouse) -> None:
    stocking = StockItemFactory()
    client = signed_in(root)
    path = f"/api{url(StockItem, 'detail', stocking.pk)}"

    def switch(to: str) -> int:
        return client.patch(path, {"tracking": to}, content_type="application/json").status_code

    assert switch(Tracking.LOT) == 200
    assert switch(Tracking.NONE) == 200
    stock(warehouse, stocking.item, 5)
    assert switch(Tracking.LOT) >= 400
    assert client.patch(path, {"lead_time_days": 21}, content_type="application/json").status_code == 200
    stocking.refresh_from_db()
    assert (stocking.tracking, stocking.lead_time_days) == (Tracking.NONE, 21)


def test_a_limit_says_what_is_in_stock_and_what_is_below(root: User, warehouse: Warehouse, item: Item) -> None:
    low = StockLimitFactory(item=item, warehouse=warehouse)
    met = StockLimitFactory(warehouse=warehouse)
    stock(warehouse, item, 99)
    stock(warehouse, met.item, 100)
    client = signed_in(root)

    assert shown(client, StockLimit, "is_below=true") == {low.pk}
    assert shown(client, StockLimit, "is_below=false") == {met.pk}
    assert ">99<" in client.get(url(StockLimit)).content.decode()


def test_a_limit_needs_a_maximum_that_is_no_less(root: User, warehouse: Warehouse, item: Item) -> None:
    data = {"item": item.pk, "warehouse": warehouse.pk, "minimum": 10, "maximum": 5}

    answer = signed_in(root).post(url(StockLimit, "create"), data)

    assert answer.status_code == 422
    assert not StockLimit.objects.exists()


def test_limits_are_imported_by_item_and_warehouse(root: User, warehouse: Warehouse, item: Item) -> None:
    limit = StockLimitFactory(item=item, warehouse=warehouse)
    other = ItemFactory()
    pageset = pageset_of(StockLimit)
    assert pageset is not None
    head = ["item", "warehouse", "minimum", "maximum"]
    rows = [[item.code, warehouse.code, "20", "80"], [other.code, warehouse.name, "1", "5"]]

    plan = plan_import(pageset, Sheet([head, *rows]), user=root)
    assert plan.bad_rows == []
    apply_import(plan, at=AT)
    wrong = check_import(plan_import(pageset, Sheet([head, [item.code, warehouse.code, "9", "8"]]), user=root), at=AT)

    limit.refresh_from_db()
    assert (limit.minimum, limit.maximum) == (20, 80)
    assert StockLimit.objects.get(item=other).maximum == 5
    assert len(wrong.bad_rows) == 1


# -- stock on hand -----------------------------------------------------------------------------


def test_stock_is_found_by_item_category_warehouse_status_lot_and_word(root: User, warehouse: Warehouse) -> None:
    above = ItemCategoryFactory()
    mine = ItemFactory(category=ItemCategoryFactory(parent=above), code="ZX-9", name="铝壳")
    lot = LotFactory(item=mine, number="P2026")
    stock(warehouse, mine, 5, lot=lot)
    other = StockQuantFactory()
    quant = StockQuant.objects.get(item=mine)
    client = signed_in(root)

    assert shown(client, StockQuant) == {quant.pk, other.pk}
    for query in (
        f"item={mine.pk}",
        f"category={above.pk}",
        f"warehouse={warehouse.pk}",
        f"lot={lot.pk}",
        "q=ZX-9",
        "q=P2026",
    ):
        assert shown(client, StockQuant, query) == {quant.pk}, query
    assert shown(client, StockQuant, "status=HOLD") == set()
    page = client.get(url(StockQuant)).content.decode()
    assert "铝壳" in page
    assert "主仓" in page


def test_stock_is_held_judged_and_released(root: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    good = StockQuant.objects.get(item=item)
    client = signed_in(root)

    assert client.get(url(StockQuant, "action", good.pk, "hold")).status_code == 200
    assert act(client, good, "hold", quantity="4", reason="外壳划伤").status_code == 302
    assert (on_hand(item, warehouse), on_hand(item, warehouse, "HOLD")) == (6, 4)
    held = StockQuant.objects.get(item=item, status="HOLD")
    assert act(client, held, "judge", quantity="1", to_status="REJECT", reason="报废").status_code == 302
    assert act(client, held, "release", quantity="3", reason="复检合格").status_code == 302

    assert (on_hand(item, warehouse), on_hand(item, warehouse, "REJECT")) == (9, 1)
    assert on_hand(item, warehouse, "HOLD") == 0
    told = {c.body for c in Comment.objects.all()}
    assert told == {"外壳划伤", "报废", "复检合格"}
    assert StockMove.objects.filter(kind=MoveKind.STATUS, actor=root).count() == 3
    assert faults() == []
    # What is used up has left the list, not its own page.
    assert held.pk not in shown(client, StockQuant)
    assert client.get(url(StockQuant, "detail", held.pk)).status_code == 200
    assert act(client, held, "release", quantity="1", reason="再来").status_code == 422
    assert on_hand(item, warehouse) == 9


def test_more_than_is_free_is_refused_beside_the_form(root: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    good = StockQuant.objects.get(item=item)
    client = signed_in(root)

    too_much = act(client, good, "hold", quantity="11", reason="盘点")
    nothing = act(client, good, "hold", quantity="0", reason="盘点")
    no_reason = act(client, good, "hold", quantity="1", reason="")
    same = act(client, good, "judge", quantity="1", to_status="GOOD", reason="盘点")

    assert [a.status_code for a in (too_much, nothing, no_reason)] == [422] * 3
    assert item.code in too_much.content.decode()
    assert same.status_code in {302, 422}
    assert on_hand(item, warehouse) == 10
    assert not Comment.objects.exists()


def test_a_form_sent_twice_moves_once(root: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    target = WarehouseFactory(company=warehouse.company)
    good = StockQuant.objects.get(item=item)
    client = signed_in(root)
    data = {"quantity": "4", "target": target.pk, "form_token": "abc"}

    answers = [act(client, good, "transfer", **data).status_code for _again in range(2)]

    assert answers == [302, 302]
    assert (on_hand(item, warehouse), on_hand(item, target)) == (6, 4)


def test_stock_goes_only_to_other_warehouses_of_the_company(root: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    foreign = WarehouseFactory()
    good = StockQuant.objects.get(item=item)
    client = signed_in(root)

    refused = [act(client, good, "transfer", quantity="1", target=w.pk).status_code for w in (foreign, warehouse)]

    assert refused == [422, 422]
    assert on_hand(item, warehouse) == 10


def test_stock_in_transit_cannot_be_handled(root: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    StockQuant.objects.update(location=common_location(warehouse.company, LocationKind.TRANSIT))
    quant = StockQuant.objects.get(item=item)
    client = signed_in(root)

    assert act(client, quant, "hold", quantity="1", reason="盘点").status_code in {302, 422}
    assert StockMove.objects.count() == 1
    assert client.get(url(StockQuant)).status_code == 200


def test_the_api_handles_stock_and_each_repeat_is_a_new_move(root: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    good = StockQuant.objects.get(item=item)
    client = signed_in(root)
    path = f"/api{url(StockQuant, 'detail', good.pk)}hold/"
    data = {"quantity": "2", "reason": "抽检"}

    answers = [client.post(path, data, content_type="application/json").status_code for _again in range(2)]

    assert answers == [200, 200]
    assert on_hand(item, warehouse, "HOLD") == 4


# -- moves, lots, worth ------------------------------------------------------------------------


def test_moves_are_newest_first_and_found_from_either_side(root: User, warehouse: Warehouse, item: Item) -> None:
    target = WarehouseFactory(company=warehouse.company)
    came = stock(warehouse, item, 10)
    elsewhere = stock(target, ItemFactory(), 1, at=AT + timedelta(hours=1))
    quant = StockQuant.objects.get(item=item)
    act(signed_in(root), quant, "transfer", quantity="4", target=target.pk)
    moved = StockMove.objects.get(kind=MoveKind.TRANSFER)
    client = signed_in(root)

    answer = client.get(f"/api{url(StockMove)}").json()["results"]
    assert [row["id"] for row in answer] == [moved.pk, elsewhere.pk, came.pk]
    assert shown(client, StockMove, f"warehouse={warehouse.pk}") == {came.pk, moved.pk}
    assert shown(client, StockMove, f"warehouse={target.pk}") == {elsewhere.pk, moved.pk}
    assert shown(client, StockMove, "kind=TRANSFER") == {moved.pk}
    assert client.get(url(StockMove, "detail", moved.pk)).status_code == 200
    assert client.get(url(StockMove, "edit", moved.pk)).status_code in {403, 404}


def test_a_move_leads_to_its_document(root: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    posting = Posting(
        key="test:document",
        kind=MoveKind.ISSUE,
        item_id=item.pk,
        quantity=D(1),
        source=store_of(warehouse),
        target=common_location(warehouse.company, LocationKind.PRODUCTION),
        document=item,
    )
    post([posting], company=warehouse.company, actor=root, at=AT + timedelta(hours=1))

    page = signed_in(root).get(url(StockMove)).content.decode()

    assert f'href="{item.get_absolute_url()}"' in page


def test_a_lot_shows_where_it_lies_and_its_moves(root: User, warehouse: Warehouse, item: Item) -> None:
    day = timezone.localdate()
    lot = LotFactory(item=item, number="L-77", expires_on=day - timedelta(days=1))
    empty = LotFactory(item=item)
    stock(warehouse, item, 12, lot=lot)
    client = signed_in(root)

    page = client.get(url(Lot, "detail", lot.pk)).content.decode()
    assert "主仓" in page
    assert page.count("12") >= 2
    assert shown(client, Lot, "is_expired=true") == {lot.pk}
    assert shown(client, Lot, "is_in_stock=false") == {empty.pk}
    data = {"expires_on": (day + timedelta(days=30)).isoformat(), "version": lot.version}
    assert client.post(url(Lot, "edit", lot.pk), data).status_code == 302
    lot.refresh_from_db()
    assert lot.expires_on == day + timedelta(days=30)
    assert client.get(url(Lot, "create")).status_code in {403, 404}


def test_worth_and_average_cost(root: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 3, "3.33")
    stock(warehouse, item, 4, 5)
    client = signed_in(root)

    value: Any = with_average(StockValue.objects.all()).get()
    page = client.get(url(StockValue)).content.decode()

    assert (value.quantity, value.amount, value.average) == (7, D("29.99"), D("4.2843"))
    assert "4.2843" in page
    assert "29.99" in page
    assert client.get(url(StockValue, "detail", value.pk)).status_code == 200


def test_every_page_of_a_row_opens(root: User) -> None:
    CostAdjustmentFactory()
    StockItemFactory()
    StockLimitFactory()
    client = signed_in(root)

    models: list[Any] = [
        Warehouse,
        Location,
        StockItem,
        StockLimit,
        StockQuant,
        StockMove,
        StockValue,
        ValuationEntry,
        CostAdjustment,
    ]
    for model in models:
        row = model.objects.order_by("pk").first()
        for view in ("detail", "history"):
            assert client.get(url(model, view, row.pk)).status_code == 200, (model, view)
        assert client.get(url(model, "export")).status_code == 200, model
        assert row.get_absolute_url() == url(model, "detail", row.pk)


# -- who may -----------------------------------------------------------------------------------


def member(code: str) -> Client:
    roles = create_default_roles(actor=None, at=timezone.now())
    user = UserFactory()
    user.groups.add(Group.objects.get(pk=roles[code].pk))
    return signed_in(User.objects.get(pk=user.pk))


@pytest.mark.parametrize(
    ("role", "stock_page", "worth", "moves"),
    [
        ("warehouse", 200, 403, 200),
        ("planner", 200, 403, 403),
        ("purchaser", 200, 403, 403),
        ("salesperson", 200, 403, 403),
        ("sales_manager", 200, 403, 403),
        ("finance", 200, 200, 200),
        ("boss", 200, 200, 200),
        ("hr", 403, 403, 403),
        ("administrator", 403, 403, 403),
    ],
)
def test_who_sees_stock_and_its_worth(role: str, stock_page: int, worth: int, moves: int) -> None:
    client = member(role)

    seen = [client.get(url(model)).status_code for model in (StockQuant, StockValue, StockMove, ValuationEntry)]

    assert seen == [stock_page, worth, moves, worth]


def test_a_keeper_works_with_stock_and_is_not_told_its_cost(warehouse: Warehouse, item: Item) -> None:
    move = stock(warehouse, item, 10, "7.89")
    quant = StockQuant.objects.get(item=item)
    keeper = member("warehouse")

    assert act(keeper, quant, "hold", quantity="1", reason="破损").status_code == 302
    assert "78.9" not in keeper.get(url(StockMove, "detail", move.pk)).content.decode()
    assert "amount" not in keeper.get(f"/api{url(StockMove, 'detail', move.pk)}").json()
    assert "78.9" in member("finance").get(url(StockMove, "detail", move.pk)).content.decode()


def test_who_only_looks_cannot_handle(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    quant = StockQuant.objects.get(item=item)
    seller = member("salesperson")

    answers = [act(seller, quant, verb, quantity="1", reason="x").status_code for verb in ("hold", "judge", "transfer")]

    assert answers == [403] * 3
    assert on_hand(item, warehouse) == 10


def test_an_administrator_keeps_warehouses_and_a_planner_how_items_are_stocked() -> None:
    administrator, planner = member("administrator"), member("planner")
    WarehouseFactory()
    pages = [url(m, "create") for m in (Warehouse, StockItem, StockLimit)]

    assert [administrator.get(page).status_code for page in pages] == [200, 403, 200]
    assert [planner.get(page).status_code for page in pages] == [403, 200, 200]


def test_a_hold_without_the_right_to_see_moves_is_refused_whole(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 10)
    quant = StockQuant.objects.get(item=item)
    pageset = pageset_of(StockQuant)
    assert pageset is not None
    user = give(UserFactory(), pageset, ["view", "hold"])

    answer = act(signed_in(user), quant, "hold", quantity="1", reason="破损")

    assert answer.status_code == 422
    assert on_hand(item, warehouse) == 10


# -- figures -----------------------------------------------------------------------------------


def test_figures_of_stock(root: User, warehouse: Warehouse, item: Item) -> None:
    limit = StockLimitFactory(item=item, warehouse=warehouse)
    stock(warehouse, item, 99, 2)
    context = this_month(root, timezone.now())

    assert metrics.stock_value(context).value == 198
    assert metrics.below(context).value == 1
    assert metrics.ledger_differences(context).value == 0
    for each in (metrics.stock_value, metrics.below, metrics.ledger_differences):
        assert_drill_matches(each, context)
    hold_quant(
        stockquant=StockQuant.objects.get(item=item), quantity=D(9), reason="破损", actor=root, at=timezone.now()
    )
    assert below_minimum(StockLimit.objects.all()).get() == limit
    StockQuant.objects.filter(item=item, status=StockStatus.GOOD).update(on_hand=1)
    assert metrics.ledger_differences(context).value == 2
