"""Stock alerts: what is found, since when, what it is worth, and who is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from erp.masterdata.models import Warehouse
from erp.planning.alerts import Found, refresh_alerts
from erp.planning.choices import Age, AlertKind
from erp.planning.metrics import ALERT_COUNTS, ALERT_VALUES
from erp.planning.models import PlanningRule, StockAlert
from erp.planning.periodic import watch_stock
from erp.planning.services import look_for_alerts, planning_rule
from hrm.org.default_roles import create_default_roles
from suite.activity.models import Notification
from suite.jobs.choices import JobStatus
from suite.jobs.services import run_job
from suite.masters.models import Item
from suite.metrics.registry import this_month
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.erp import AT, LotFactory, StockItemFactory, StockLimitFactory, WarehouseFactory, stock
from tests.factories.erp_planning import StockAlertFactory, moved_out, sold
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory

pytestmark = pytest.mark.django_db

D = Decimal
TODAY = date(2026, 11, 2)


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
    return ItemFactory.create()


def before(days: int) -> datetime:
    return AT - timedelta(days=days)


def found(warehouse: Warehouse, at: datetime = AT) -> list[tuple[str, Decimal, Decimal, str, date | None]]:
    refresh_alerts(company=warehouse.company, at=at)
    rows = StockAlert.objects.filter(company=warehouse.company).order_by("kind", "due_on")
    return [(row.kind, row.quantity, row.amount, row.age, row.due_on) for row in rows]


def test_orders_that_wait(warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 3, cost=8)
    sold(warehouse, item, 10, TODAY + timedelta(9))
    sold(warehouse, item, 5, TODAY + timedelta(2))

    assert found(warehouse) == [(AlertKind.SHORTAGE, D(15), D(120), "", TODAY + timedelta(2))]


def test_below_the_minimum(warehouse: Warehouse, item: Item) -> None:
    StockLimitFactory.create(item=item, warehouse=warehouse, minimum=100)
    stock(warehouse, item, 70, cost=2)

    assert found(warehouse) == [(AlertKind.BELOW_MINIMUM, D(30), D(60), "", None)]


def test_lots_that_expire(warehouse: Warehouse) -> None:
    item = StockItemFactory.create(tracking="LOT").item
    for number, days in ((1, -1), (2, 0), (4, 30), (8, 31)):
        stock(warehouse, item, number, lot=LotFactory.create(item=item, expires_on=TODAY + timedelta(days)))

    assert found(warehouse) == [
        (AlertKind.EXPIRY, D(1), D(10), Age.EXPIRED, TODAY - timedelta(1)),
        (AlertKind.EXPIRY, D(2), D(20), Age.SOON, TODAY),
        (AlertKind.EXPIRY, D(4), D(40), Age.SOON, TODAY + timedelta(30)),
    ]


@pytest.mark.parametrize(
    ("came", "went", "age"),
    [
        (89, None, None),
        (90, None, Age.DAYS_90),
        (400, 179, Age.DAYS_90),
        (400, 180, Age.DAYS_180),
        (500, 365, Age.DAYS_365),
        (500, 89, None),
    ],
)
def test_slow_moving(warehouse: Warehouse, item: Item, came: int, went: int | None, age: str | None) -> None:
    stock(warehouse, item, 20, at=before(came))
    if went is not None:
        moved_out(warehouse, item, 5, TODAY - timedelta(days=went))
    left = D(20) if went is None else D(15)
    idle = TODAY - timedelta(days=came if went is None else went)

    slow = [row for row in found(warehouse) if row[0] == AlertKind.SLOW]

    assert slow == ([] if age is None else [(AlertKind.SLOW, left, left * 10, age, idle)])


def test_more_than_the_maximum(warehouse: Warehouse, item: Item) -> None:
    StockLimitFactory.create(item=item, warehouse=warehouse, minimum=1, maximum=50)
    stock(warehouse, item, 51)

    assert found(warehouse) == [(AlertKind.OVERSTOCK, D(1), D(10), "", None)]


def test_more_than_months_of_consumption(warehouse: Warehouse, item: Item) -> None:
    # Came in July: four complete months with 40 a month on average.
    stock(warehouse, item, 500, at=datetime(2026, 7, 1, 12, tzinfo=AT.tzinfo))
    moved_out(warehouse, item, 100, date(2026, 8, 5))
    moved_out(warehouse, item, 60, date(2026, 10, 5))

    assert found(warehouse) == [(AlertKind.OVERSTOCK, D(100), D(1000), "", None)]


def test_an_alert_keeps_its_first_day_and_goes_when_it_is_settled(warehouse: Warehouse, item: Item) -> None:
    other = ItemFactory.create()
    for each in (item, other):
        StockLimitFactory.create(item=each, warehouse=warehouse, minimum=100)
    first = refresh_alerts(company=warehouse.company, at=AT)
    stock(warehouse, item, 100)
    stock(warehouse, other, 40)
    later = AT + timedelta(days=1)

    second = refresh_alerts(company=warehouse.company, at=later)

    (left,) = StockAlert.objects.all()
    assert (first, second) == (Found(2, 2), Found(1, 0))
    assert (left.item, left.quantity, left.since, left.seen_at) == (other, D(60), AT, later)


def test_another_company_is_left_alone(warehouse: Warehouse) -> None:
    theirs = StockAlertFactory.create()

    refresh_alerts(company=warehouse.company, at=AT)

    assert StockAlert.objects.get() == theirs


def test_the_settings_say_what_is_too_long(warehouse: Warehouse, item: Item) -> None:
    PlanningRule.objects.create(company=warehouse.company, slow_days=10)
    stock(warehouse, item, 5, at=before(12))

    assert found(warehouse) == [(AlertKind.SLOW, D(5), D(50), Age.RECENT, TODAY - timedelta(12))]


def test_statements_do_not_grow_with_the_items(warehouse: Warehouse) -> None:
    def add(number: int) -> None:
        for _n in range(number):
            each = ItemFactory.create()
            StockLimitFactory.create(item=each, warehouse=warehouse)
            stock(warehouse, each, 5, at=before(400))
            sold(warehouse, each, 3, TODAY)

    def statements(at: datetime) -> int:
        with CaptureQueriesContext(connection) as seen:
            refresh_alerts(company=warehouse.company, at=at)
        return len(seen)

    add(2)
    statements(AT)
    few = statements(AT + timedelta(hours=1))
    add(10)
    # New alerts cost the statement that looks for who is to be told.
    statements(AT + timedelta(hours=2))
    many = statements(AT + timedelta(hours=3))

    assert StockAlert.objects.count() == 36
    assert few == many


def test_planners_are_told_once_of_what_is_new(warehouse: Warehouse, item: Item) -> None:
    planner, other = UserFactory.create(), UserFactory.create()
    roles = create_default_roles(actor=None, at=AT)
    planner.groups.add(roles["planner"])
    other.groups.add(roles["salesperson"])
    StockLimitFactory.create(item=item, warehouse=warehouse)

    refresh_alerts(company=warehouse.company, at=AT)
    refresh_alerts(company=warehouse.company, at=AT + timedelta(days=1))

    (told,) = Notification.objects.all()
    assert (told.recipient, told.params) == (planner, {"number": 1})
    assert told.url == reverse("erp:stockalert-list")


def test_value_is_for_those_who_may_know_it(warehouse: Warehouse, item: Item) -> None:
    alert = StockAlertFactory.create(warehouse=warehouse, item=item, amount=D("1234.56"))
    roles = create_default_roles(actor=None, at=AT)
    pages = {}
    for role in ("planner", "boss"):
        user = UserFactory.create()
        user.groups.add(roles[role])
        client = Client()
        client.force_login(user, backend="suite.access.backends.RoleBackend")
        pages[role] = [
            client.get(url).content.decode()
            for url in (reverse("erp:stockalert-list"), alert.get_absolute_url(), "/api/erp/stock-alerts/")
        ]

    assert [("1,234.56" in page or "1234.56" in page) for page in pages["boss"]] == [True] * 3
    assert [("1,234.56" in page or "1234.56" in page) for page in pages["planner"]] == [False] * 3


def test_figures_count_and_add_up_each_kind(warehouse: Warehouse) -> None:
    boss = UserFactory.create()
    boss.groups.add(create_default_roles(actor=None, at=AT)["boss"])
    for amount in (10, 20):
        StockAlertFactory.create(warehouse=warehouse, kind=AlertKind.SLOW, amount=D(amount))
    StockAlertFactory.create(warehouse=warehouse, kind=AlertKind.EXPIRY, amount=D(5))
    context = this_month(boss, AT)

    counts = {kind: each(context).value for kind, each in ALERT_COUNTS.items()}
    values = {kind: each(context).value for kind, each in ALERT_VALUES.items()}

    assert (counts[AlertKind.SLOW], counts[AlertKind.EXPIRY], counts[AlertKind.SHORTAGE]) == (D(2), D(1), D(0))
    assert (values[AlertKind.SLOW], values[AlertKind.EXPIRY], values[AlertKind.SHORTAGE]) == (D(30), D(5), D(0))
    drill = ALERT_COUNTS[AlertKind.SLOW](context).drill
    assert drill is not None
    assert drill.url(boss) == f"{reverse('erp:stockalert-list')}?kind=SLOW"


def test_looking_now_is_a_job(warehouse: Warehouse, item: Item) -> None:
    StockLimitFactory.create(item=item, warehouse=warehouse)
    rule = planning_rule(warehouse.company)

    job = look_for_alerts(planningrule=rule, actor=UserFactory.create(), at=AT)
    run_job(pk=job.pk)

    job.refresh_from_db()
    assert (job.status, job.result["alerts"], job.result["new"]) == (JobStatus.DONE, 1, 1)


def test_every_night_all_companies_are_watched(warehouse: Warehouse, item: Item) -> None:
    StockLimitFactory.create(item=item, warehouse=warehouse)
    StockLimitFactory.create(item=item, warehouse=WarehouseFactory.create())

    assert watch_stock(timezone.now()) == 2
