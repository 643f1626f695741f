"""Replenishment: what is read, what is suggested and why, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from erp.inventory.choices import MoveKind
from erp.masterdata.models import Warehouse
from erp.planning.choices import AbcClass, Cause, Grain, SuggestionStatus, XyzClass
from erp.planning.demand import by_item, consumption, first_moves, span_before
from erp.planning.models import ItemClass, ReplenishmentRun, ReplenishmentSuggestion
from erp.planning.periodic import plan_replenishment
from erp.planning.reasons import reason_of
from erp.planning.services import (
    accept_suggestion,
    accept_suggestions,
    dismiss_suggestion,
    run_replenishment,
    start_run,
)
from erp.purchasing.choices import RequestOrigin, RequestStatus
from erp.purchasing.models import PurchaseRequest
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.jobs.choices import JobStatus
from suite.jobs.services import run_job
from suite.masters.models import Item
from suite.modules import state
from suite.modules.models import ModuleState
from tests.concurrency.test_crm import at_once
from tests.factories.erp import AT, StockItemFactory, StockLimitFactory, WarehouseFactory, stock
from tests.factories.erp_planning import ReplenishmentSuggestionFactory, moved_out, ordered, sold
from tests.factories.erp_purchasing import PurchaseRequestFactory, PurchaseRequestLineFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, ItemFactory, PartyFactory

pytestmark = pytest.mark.django_db

D = Decimal
TODAY = date(2026, 11, 2)
OPEN = SuggestionStatus.OPEN


@pytest.fixture(autouse=True)
def _on(db: None) -> Iterator[None]:
    for code in ("crm", "erp"):
        ModuleState.objects.create(code=code, is_enabled=True)
    state.forget()
    yield
    state.forget()


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory.create()


@pytest.fixture
def item() -> Item:
    return ItemFactory.create(is_purchased=True)


@pytest.fixture
def actor() -> User:
    return UserFactory.create()


def before(days: int) -> datetime:
    return AT - timedelta(days=days)


def planned(warehouse: Warehouse, at: datetime = AT) -> list[ReplenishmentSuggestion]:
    """Run and return the open suggestions."""
    run = ReplenishmentRun.objects.create(company=warehouse.company, started_at=at)
    run_replenishment(run=run, at=at)
    return list(ReplenishmentSuggestion.objects.filter(status=OPEN).order_by("item__code"))


def steady(warehouse: Warehouse, item: Item, weekly: int, left: int, weeks: int = 12) -> None:
    """So many a week were shipped in the past weeks, and so many are left."""
    monday = TODAY - timedelta(days=TODAY.weekday())
    stock(warehouse, item, weekly * weeks + left, at=before(7 * weeks + TODAY.weekday()))
    for week in range(1, weeks + 1):
        moved_out(warehouse, item, weekly, monday - timedelta(weeks=week) + timedelta(days=2))


# -- demand ------------------------------------------------------------------------------------


def test_consumption_by_month_is_net_and_begins_with_the_first_move(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 100, at=datetime(2026, 7, 20, 12, tzinfo=AT.tzinfo))
    moved_out(warehouse, item, 10, date(2026, 8, 3))
    moved_out(warehouse, item, 5, date(2026, 8, 31), kind=MoveKind.ISSUE)
    moved_out(warehouse, item, 4, date(2026, 8, 31), kind=MoveKind.CUSTOMER_RETURN)
    moved_out(warehouse, item, 2, date(2026, 9, 9), kind=MoveKind.CUSTOMER_RETURN)
    moved_out(warehouse, item, 7, date(2026, 10, 31))
    moved_out(warehouse, item, 9, date(2026, 11, 1))
    place = (warehouse.pk, item.pk)

    since = first_moves(warehouse.company)
    months = consumption(warehouse.company, span_before(TODAY, Grain.MONTH, 24), since)
    late = consumption(warehouse.company, span_before(TODAY, Grain.MONTH, 2), since)

    assert since == {place: date(2026, 7, 20)}
    assert months == {place: (D(0), D(11), D(0), D(7))}
    assert late == {place: (D(0), D(7))}


def test_consumption_by_week_leaves_the_running_week_out(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 100, at=before(20))
    moved_out(warehouse, item, 3, date(2026, 10, 25))
    moved_out(warehouse, item, 4, date(2026, 10, 26))
    moved_out(warehouse, item, 5, TODAY)

    weeks = consumption(
        warehouse.company, span_before(TODAY, Grain.WEEK, 52), first_moves(warehouse.company), items=[item.pk]
    )

    assert weeks == {(warehouse.pk, item.pk): (D(0), D(3), D(4))}


def test_series_of_warehouses_are_added_from_their_ends() -> None:
    found = by_item({(1, 7): (D(1), D(2), D(3)), (2, 7): (D(10),), (1, 8): (D(5),)})

    assert found == {7: (D(1), D(2), D(13)), 8: (D(5),)}


# -- runs --------------------------------------------------------------------------------------


def test_steady_demand_is_ordered_at_the_reorder_point(warehouse: Warehouse, item: Item) -> None:
    supplier = PartyFactory.create(is_supplier=True)
    StockItemFactory.create(item=item, supplier=supplier, lead_time_days=14, order_multiple=D(25))
    steady(warehouse, item, weekly=10, left=18)

    (found,) = planned(warehouse)

    assert (found.item, found.warehouse, found.cause, found.supplier) == (item, warehouse, Cause.REORDER, supplier)
    # Two weeks of 10, no error of the forecast, so nothing for safety; another week is covered by the order.
    assert (found.reorder_at, found.safety, found.expected, found.level) == (D(20), D(0), D(30), D(30))
    assert (found.free, found.position, found.quantity, found.suggested_quantity) == (D(18), D(18), D(25), D(25))
    assert (found.needed_on, found.method, found.error) == (date(2026, 11, 16), "NAIVE", D(0))
    assert (found.abc, found.xyz, found.is_edited) == (AbcClass.A, XyzClass.X, False)


def test_there_is_enough_above_the_reorder_point(warehouse: Warehouse, item: Item) -> None:
    StockItemFactory.create(item=item, lead_time_days=14)
    steady(warehouse, item, weekly=10, left=21)

    assert planned(warehouse) == []


def test_what_comes_counts_once_and_what_orders_want_is_taken_off(warehouse: Warehouse, item: Item) -> None:
    StockLimitFactory.create(item=item, warehouse=warehouse, minimum=100, maximum=500)
    stock(warehouse, item, 50)
    ordered(warehouse, item, 20)
    ordered(warehouse, item, 7, states=())
    PurchaseRequestLineFactory.create(
        request=PurchaseRequestFactory.create(warehouse=warehouse),
        item=item,
        quantity=D(30),
        ordered_quantity=D(7),
    )
    sold(warehouse, item, 60, TODAY)

    (found,) = planned(warehouse)

    assert (found.free, found.on_order, found.demand, found.position) == (D(50), D(50), D(60), D(40))
    assert (found.cause, found.quantity) == (Cause.MINIMUM, D(460))


def test_below_the_minimum_is_replenished_to_the_maximum_without_history(warehouse: Warehouse) -> None:
    below, at_minimum = ItemFactory.create(), ItemFactory.create()
    for each, quantity in ((below, 99), (at_minimum, 100)):
        StockLimitFactory.create(item=each, warehouse=warehouse, minimum=100, maximum=500)
        stock(warehouse, each, quantity)

    (found,) = planned(warehouse)

    assert (found.item, found.quantity, found.method, found.supplier) == (below, D(401), "", None)


def test_orders_that_wait_are_a_reason_without_limits(warehouse: Warehouse, item: Item) -> None:
    sold(warehouse, item, 12, TODAY)

    (found,) = planned(warehouse)

    assert (found.cause, found.position, found.quantity) == (Cause.SHORTAGE, D(-12), D(12))


def test_only_what_is_bought_is_suggested(warehouse: Warehouse) -> None:
    made, service = ItemFactory.create(), ItemFactory.create(kind="SERVICE", is_purchased=True)
    gone, bought_once = ItemFactory.create(is_active=False, is_purchased=True), ItemFactory.create()
    last = ordered(warehouse, bought_once, 1)
    for each in (made, service, gone, bought_once):
        sold(warehouse, each, 12, TODAY)

    (found,) = planned(warehouse)

    assert (found.item, found.supplier) == (bought_once, last.document.supplier)


def test_rare_demand_is_covered_by_its_quantile(warehouse: Warehouse, item: Item) -> None:
    StockItemFactory.create(item=item, lead_time_days=7)
    stock(warehouse, item, 105, at=before(7 * 30))
    for week in (3, 9, 15, 21, 27):
        moved_out(warehouse, item, 20, TODAY - timedelta(weeks=week))

    (found,) = planned(warehouse)

    # Two weeks of demand: with 95 % no more than one of the five.
    assert (found.position, found.reorder_at) == (D(5), D(20))
    assert found.cause == Cause.REORDER
    assert found.quantity >= D(15)


def test_statements_of_a_run_do_not_grow_with_the_items(warehouse: Warehouse) -> None:
    def add(number: int) -> None:
        for _n in range(number):
            each = ItemFactory.create(is_purchased=True)
            StockLimitFactory.create(item=each, warehouse=warehouse)
            stock(warehouse, each, 5, at=before(70))
            moved_out(warehouse, each, 1, TODAY - timedelta(days=30))
            sold(warehouse, each, 3, TODAY)

    def statements(at: datetime) -> int:
        run = ReplenishmentRun.objects.create(company=warehouse.company, started_at=at)
        with CaptureQueriesContext(connection) as seen:
            run_replenishment(run=run, at=at)
        return len(seen)

    add(2)
    planned(warehouse)
    few = statements(AT + timedelta(hours=1))
    add(18)
    many = statements(AT + timedelta(hours=2))

    assert ReplenishmentSuggestion.objects.filter(status=OPEN).count() == 20
    assert few == many
    assert many < 40


def test_a_new_run_replaces_what_nobody_touched(warehouse: Warehouse, actor: User) -> None:
    items = [ItemFactory.create() for _ in range(4)]
    for each in items:
        StockLimitFactory.create(item=each, warehouse=warehouse)
    untouched, edited, accepted, dismissed = planned(warehouse)
    edited.quantity = D(77)
    edited.save()
    accept_suggestion(replenishmentsuggestion=accepted, actor=actor, at=AT)
    dismiss_suggestion(
        replenishmentsuggestion=dismissed, reason="改用新型号", quiet_until=TODAY + timedelta(3), actor=actor, at=AT
    )

    again = planned(warehouse, AT + timedelta(days=1))
    later = planned(warehouse, AT + timedelta(days=3))

    assert [(row.item, row.quantity) for row in again] == [(items[0], D(500)), (items[1], D(77))]
    assert edited.is_edited
    assert untouched.pk not in {row.pk for row in again}
    assert again[1].pk == edited.pk
    assert [row.item for row in later] == [items[0], items[1], items[3]]


def test_a_run_of_one_warehouse_leaves_the_others_alone(warehouse: Warehouse, item: Item) -> None:
    other = WarehouseFactory.create(company=warehouse.company)
    for each in (warehouse, other):
        StockLimitFactory.create(item=item, warehouse=each)
    first, second = planned(warehouse)

    run = ReplenishmentRun.objects.create(company=warehouse.company, warehouse=other, started_at=AT)
    run_replenishment(run=run, at=AT)

    open_now = {row.warehouse_id: row.pk for row in ReplenishmentSuggestion.objects.filter(status=OPEN)}
    assert {first.warehouse_id, second.warehouse_id} == set(open_now)
    assert open_now[warehouse.pk] in {first.pk, second.pk}
    assert open_now[other.pk] not in {first.pk, second.pk}


def test_what_was_decided_while_a_run_calculates_is_not_suggested_again(
    warehouse: Warehouse, item: Item, actor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    StockLimitFactory.create(item=item, warehouse=warehouse)
    (found,) = planned(warehouse)
    later = AT + timedelta(hours=1)
    run = ReplenishmentRun.objects.create(company=warehouse.company, started_at=later)

    def meanwhile(done: int, total: int | None, message: Any) -> None:
        accept_suggestion(replenishmentsuggestion=found, actor=actor, at=later + timedelta(seconds=5))

    run_replenishment(run=run, at=later, progress=meanwhile)

    assert not ReplenishmentSuggestion.objects.filter(status=OPEN).exists()
    assert PurchaseRequest.objects.count() == 1


def test_classes_are_kept_for_each_company(warehouse: Warehouse) -> None:
    big, small, unused = (ItemFactory.create() for _ in range(3))
    steady(warehouse, big, weekly=90, left=1)
    stock(warehouse, small, 50, at=before(80))
    moved_out(warehouse, small, 40, TODAY - timedelta(days=40))
    stock(warehouse, unused, 10, at=before(80))

    planned(warehouse)
    planned(warehouse, AT + timedelta(days=1))

    found = {row.item_id: (row.abc, row.xyz) for row in ItemClass.objects.filter(company=warehouse.company)}
    assert found == {big.pk: ("A", "X"), small.pk: ("C", "Z"), unused.pk: ("C", "Z")}


# -- what becomes of suggestions ---------------------------------------------------------------


def test_accepting_raises_one_requisition_for_each_warehouse(warehouse: Warehouse, actor: User) -> None:
    other = WarehouseFactory.create(company=warehouse.company)
    rows = [
        ReplenishmentSuggestionFactory.create(warehouse=each, needed_on=day, quantity=D(number))
        for number, (each, day) in enumerate(
            ((warehouse, date(2026, 11, 20)), (warehouse, date(2026, 11, 9)), (other, date(2026, 11, 9))), start=1
        )
    ]

    first = accept_suggestions(suggestions=rows, actor=actor, at=AT)
    second = accept_suggestions(suggestions=rows, actor=actor, at=AT)

    assert first == second
    assert PurchaseRequest.objects.count() == 2
    assert [(each.warehouse, each.needed_on, each.origin, each.status) for each in first] == [
        (warehouse, date(2026, 11, 9), RequestOrigin.REPLENISHMENT, RequestStatus.APPROVING),
        (other, date(2026, 11, 9), RequestOrigin.REPLENISHMENT, RequestStatus.APPROVING),
    ]
    assert [(line.item_id, line.quantity, line.needed_on) for line in first[0].lines.order_by("position")] == [
        (rows[0].item_id, D(1), date(2026, 11, 20)),
        (rows[1].item_id, D(2), date(2026, 11, 9)),
    ]
    assert {(row.status, row.request_id) for row in ReplenishmentSuggestion.objects.filter(warehouse=other)} == {
        (SuggestionStatus.ACCEPTED, first[1].pk)
    }


def test_a_dismissed_suggestion_cannot_be_accepted(actor: User) -> None:
    row = ReplenishmentSuggestionFactory.create()
    dismiss_suggestion(replenishmentsuggestion=row, reason="停产", actor=actor, at=AT)

    with pytest.raises(WrongState), transaction.atomic():
        accept_suggestion(replenishmentsuggestion=row, actor=actor, at=AT)

    row.refresh_from_db()
    assert (row.status, row.dismissal, row.request) == (SuggestionStatus.DISMISSED, "停产", None)
    assert PurchaseRequest.objects.count() == 0


def test_a_suggestion_that_was_replaced_is_refused(actor: User) -> None:
    row = ReplenishmentSuggestionFactory.create()
    ReplenishmentSuggestion.objects.all().delete()

    with pytest.raises(WrongState):
        accept_suggestions(suggestions=[row], actor=actor, at=AT)

    assert PurchaseRequest.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_people_accept_the_same_at_the_same_time(actor: User) -> None:
    rows = [ReplenishmentSuggestionFactory.create() for _ in range(3)]

    first, second = at_once(*[lambda: accept_suggestions(suggestions=rows, actor=actor, at=AT) for _ in range(2)])

    assert first == second
    assert PurchaseRequest.objects.count() == 3
    assert ReplenishmentSuggestion.objects.filter(status=SuggestionStatus.ACCEPTED).count() == 3


def test_why_is_said_in_the_words_of_the_reader(warehouse: Warehouse, item: Item) -> None:
    StockItemFactory.create(item=item, lead_time_days=14, order_multiple=D(25))
    steady(warehouse, item, weekly=10, left=18)
    (found,) = planned(warehouse)

    with translation.override("en"):
        text = reason_of(found)

    assert text == (
        "Available 18 has reached the reorder point of 20; free 18, on order 0, wanted by orders 0; "
        "expected demand of 21 days (lead time 14) 30, safety stock 0; "
        "forecast from 12 weeks: Last period again, error 0 against 0 without a method; "
        "replenished up to 30; in multiples of 25"
    )


# -- doors -------------------------------------------------------------------------------------


def client_of(role: str) -> Client:
    user = UserFactory.create()
    user.groups.add(create_default_roles(actor=None, at=AT)[role])
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def test_a_planner_edits_in_bulk_and_buys_with_one_click() -> None:
    warehouse = WarehouseFactory.create()
    rows = [ReplenishmentSuggestionFactory.create(warehouse=warehouse) for _ in range(2)]
    client, url = client_of("planner"), reverse("erp:replenishmentsuggestion-bulk")
    selected = {"pk": [row.pk for row in rows]}

    edited = client.post(url, {**selected, "bulk": "edit", "confirmed": "1", "fields": ["quantity"], "quantity": "120"})
    accepted = client.post(url, {**selected, "bulk": "accept"})
    page = client.get(reverse("erp:replenishmentsuggestion-list"))

    assert (edited.status_code, accepted.status_code, page.status_code) == (302, 302, 200)
    assert {(row.quantity, row.is_edited, row.status) for row in ReplenishmentSuggestion.objects.all()} == {
        (D(120), True, SuggestionStatus.ACCEPTED)
    }
    (request,) = PurchaseRequest.objects.all()
    assert [line.quantity for line in request.lines.all()] == [D(120), D(120)]


def test_a_quantity_that_the_unit_does_not_know_is_refused() -> None:
    row = ReplenishmentSuggestionFactory.create()
    client = client_of("planner")

    answer = client.post(
        reverse("erp:replenishmentsuggestion-edit", args=(row.pk,)),
        {"quantity": "1.5", "supplier": "", "needed_on": "2026-11-20", "version": row.version},
    )

    row.refresh_from_db()
    assert (answer.status_code, row.quantity, row.is_edited) == (422, D(90), False)


def test_a_run_is_started_as_a_job(warehouse: Warehouse, item: Item) -> None:
    StockLimitFactory.create(item=item, warehouse=warehouse)
    client = client_of("planner")

    answer = client.post(reverse("erp:replenishmentrun-create"), {"company": warehouse.company_id})
    run = ReplenishmentRun.objects.get()
    assert run.job is not None
    run_job(pk=run.job.pk)
    run.refresh_from_db()

    assert answer.status_code == 302
    assert (run.job.status, run.item_count, run.suggestion_count) == (JobStatus.DONE, 1, 1)
    assert client.get(run.get_absolute_url()).status_code == 200


def test_a_warehouse_of_another_company_is_refused(warehouse: Warehouse, actor: User) -> None:
    with pytest.raises(InvalidInput):
        start_run(company=CompanyFactory.create(), warehouse=warehouse, actor=actor, at=AT)

    assert not ReplenishmentRun.objects.exists()


def test_every_night_all_companies_are_planned(warehouse: Warehouse, item: Item) -> None:
    other = WarehouseFactory.create(company=CompanyFactory.create())
    for each in (warehouse, other):
        StockLimitFactory.create(item=item, warehouse=each)

    assert plan_replenishment(timezone.now()) == 2
