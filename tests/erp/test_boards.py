"""The figures of delivering and purchasing, and who finds them on the first page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from crm.backfill import prepare_crm
from erp.masterdata.models import Warehouse
from erp.purchasing import metrics as purchasing
from erp.purchasing.choices import OrderStatus as PurchaseStatus
from erp.purchasing.choices import RequestStatus
from erp.purchasing.models import PurchaseOrder
from erp.sales import metrics as sales
from erp.sales.choices import OrderStatus
from erp.sales.deliveries import ship_order
from erp.sales.models import SalesOrder
from erp.sales.services import create_order, submit_order
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.documents.status import StatusModel
from suite.masters.models import Item
from suite.metrics.registry import Metric, MetricContext, this_month
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.erp import WarehouseFactory, stock
from tests.factories.erp_purchasing import (
    GoodsReceiptFactory,
    GoodsReceiptLineFactory,
    PurchaseOrderFactory,
    PurchaseOrderLineFactory,
    PurchaseRequestFactory,
)
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory
from tests.kit.metrics import assert_drill_matches, assert_shows_nothing_unpermitted

pytestmark = pytest.mark.django_db
D, ONE_DAY = Decimal, timedelta(days=1)
METRICS = (
    sales.orders_late,
    sales.to_ship,
    sales.deliveries,
    sales.on_time_delivery,
    purchasing.purchases,
    purchasing.purchases_open,
    purchasing.purchases_late,
    purchasing.requests_to_order,
    purchasing.supplier_on_time,
)


@pytest.fixture(autouse=True)
def systems_on(db: None) -> Iterator[None]:
    ModuleState.objects.bulk_create(
        (ModuleState(code=code, is_enabled=True) for code in ("crm", "hrm", "erp")),
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["is_enabled"],
    )
    state.forget()
    yield
    state.forget()


@pytest.fixture
def now() -> datetime:
    """The fifteenth of this month, or of the last: the days around it are in the same month and have passed."""
    today = timezone.localtime()
    return today.replace(day=15, hour=12) if today.day > 15 else (today.replace(day=1) - ONE_DAY).replace(day=15)


@pytest.fixture
def boss() -> User:
    return UserFactory(is_superuser=True, language="zh-hans")


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item(warehouse: Warehouse, now: datetime) -> Item:
    item = ItemFactory(list_price=D(50))
    stock(warehouse, item, 100, at=now - 10 * ONE_DAY)
    return item


def ordered(
    boss: User, warehouse: Warehouse, item: Item, quantity: int, day: date, at: datetime, **more: User
) -> SalesOrder:
    order = create_order(
        party=PartyFactory(is_customer=True),
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(quantity)}],
        requested_on=day,
        actor=boss,
        at=at,
        **more,
    )
    return submit_order(salesorder=order, actor=boss, at=at)


def shipped(order: SalesOrder, boss: User, at: datetime, quantity: int | None = None) -> None:
    quantities = {order.lines.get().pk: D(quantity)} if quantity is not None else None
    ship_order(salesorder=order, request=uuid4(), quantities=quantities, actor=boss, at=at)


def figures(metric: Metric, context: MetricContext) -> tuple[Any, ...]:
    value = metric(context)
    return value.value, value.numerator, value.denominator


def through(row: StatusModel, *states: str) -> None:
    for each in states:
        row.become(each, actor=None, at=timezone.now())


def bought(warehouse: Warehouse, day: date, *states: str, promised: date | None = None) -> PurchaseOrder:
    order = PurchaseOrderFactory(warehouse=warehouse, document_date=day - 5 * ONE_DAY, expected_on=day)
    PurchaseOrderLineFactory(document=order, base_quantity=D(10), promised_on=promised)
    PurchaseOrder.objects.filter(pk=order.pk).update(net_total=D(300), gross_total=D(300), exchange_rate=D("0.5"))
    through(order, *(states or (PurchaseStatus.APPROVING, PurchaseStatus.RELEASED)))
    return PurchaseOrder.objects.get(pk=order.pk)


def test_lines_count_as_in_time_by_their_last_delivery(
    boss: User, warehouse: Warehouse, item: Item, now: datetime
) -> None:
    day, before = now.date(), now - 8 * ONE_DAY
    in_time = ordered(boss, warehouse, item, 10, day - 2 * ONE_DAY, before)
    shipped(in_time, boss, now - 2 * ONE_DAY)
    late = ordered(boss, warehouse, item, 10, day - 4 * ONE_DAY, before)
    shipped(late, boss, now - 4 * ONE_DAY, 5)
    shipped(late, boss, now - 3 * ONE_DAY, 5)
    ordered(boss, warehouse, item, 10, day - 3 * ONE_DAY, before)
    not_due = ordered(boss, warehouse, item, 10, day + 5 * ONE_DAY, before)
    shipped(not_due, boss, now - 2 * ONE_DAY)
    draft = ordered(boss, warehouse, item, 10, day - 3 * ONE_DAY, before)
    draft.become(OrderStatus.CANCELLED, actor=boss, at=now)
    context = this_month(boss, now)

    value = sales.on_time_delivery(context)
    chart = sales.lines_in_time(context)

    assert (value.numerator, value.denominator) == (D(1), D(3))
    assert [fact.value for fact in value.facts] == [D(2)]
    assert [series.data[-1] for series in chart.series] == [1, 2]
    assert value.series[-1] == value.value
    assert chart.links[-1].endswith(f"due_after={day.replace(day=1)}&due_before={day - ONE_DAY}")


def test_a_promise_goes_before_the_wish(boss: User, warehouse: Warehouse, item: Item, now: datetime) -> None:
    order = ordered(boss, warehouse, item, 10, now.date() - 6 * ONE_DAY, now - 8 * ONE_DAY)
    order.lines.update(promised_on=now.date() - 3 * ONE_DAY)
    shipped(order, boss, now - 3 * ONE_DAY)

    assert figures(sales.on_time_delivery, this_month(boss, now)) == (D(100), D(1), D(1))


def test_what_is_due_today_is_not_judged_yet(boss: User, warehouse: Warehouse, item: Item, now: datetime) -> None:
    ordered(boss, warehouse, item, 10, now.date(), now - ONE_DAY)

    assert sales.on_time_delivery(this_month(boss, now)).value is None
    assert sales.orders_late(this_month(boss, now)).value == 0


def test_orders_are_late_and_can_be_shipped(boss: User, warehouse: Warehouse, item: Item, now: datetime) -> None:
    ordered(boss, warehouse, item, 90, now.date() - 3 * ONE_DAY, now - 8 * ONE_DAY)
    ordered(boss, warehouse, ItemFactory(), 5, now.date() - 2 * ONE_DAY, now - 8 * ONE_DAY)
    ordered(boss, warehouse, item, 5, now.date() + 40 * ONE_DAY, now - 8 * ONE_DAY)
    context = this_month(boss, now)

    late, ready = sales.orders_late(context), sales.to_ship(context)

    assert (late.value, [fact.value for fact in late.facts]) == (D(2), [D(3)])
    assert (ready.value, [fact.value for fact in ready.facts]) == (D(2), [D(1)])
    assert [row.requested_on for row in sales.longest_late(context).queryset] == [
        now.date() - 3 * ONE_DAY,
        now.date() - 2 * ONE_DAY,
    ]


def test_purchases_are_late_by_what_was_promised(boss: User, warehouse: Warehouse, now: datetime) -> None:
    day = now.date()
    late = bought(warehouse, day - ONE_DAY)
    bought(warehouse, day - ONE_DAY, promised=day)
    bought(warehouse, day)
    bought(warehouse, day - ONE_DAY, PurchaseStatus.APPROVING)
    context = this_month(boss, now)

    assert list(purchasing.longest_late(context).queryset) == [late]
    assert purchasing.purchases_late(context).value == 1
    assert (purchasing.purchases_open(context).value, purchasing.purchases(context).value) == (D(3), D(450))


def test_suppliers_are_judged_by_what_came(boss: User, warehouse: Warehouse, now: datetime) -> None:
    day = now.date()
    for came, expected, promised in ((day, day, None), (day, day - ONE_DAY, None), (day, day - ONE_DAY, day)):
        order = PurchaseOrderFactory(warehouse=warehouse, expected_on=expected)
        line = PurchaseOrderLineFactory(document=order, promised_on=promised)
        receipt = GoodsReceiptFactory(order=order, received_on=came)
        GoodsReceiptLineFactory(receipt=receipt, order_line=line)

    assert figures(purchasing.supplier_on_time, this_month(boss, now))[1:] == (D(2), D(3))


@pytest.mark.parametrize("metric", METRICS, ids=lambda each: each.code)
def test_the_rows_behind_a_figure_are_those_of_the_list(
    boss: User, warehouse: Warehouse, item: Item, metric: Metric
) -> None:
    # The filters of lists ask about today.
    now = timezone.now()
    day = timezone.localdate()
    stock(warehouse, item, 50, at=now - 9 * ONE_DAY)
    for days, quantity in ((0, 3), (1, 4), (2, 5), (-9, 6)):
        shipped(
            ordered(boss, warehouse, item, quantity, day - days * ONE_DAY, now - 8 * ONE_DAY), boss, now - 2 * ONE_DAY
        )
        ordered(boss, warehouse, item, quantity, day - days * ONE_DAY, now - 8 * ONE_DAY)
        bought(warehouse, day - days * ONE_DAY)
        request = PurchaseRequestFactory(warehouse=warehouse, needed_on=day - days * ONE_DAY)
        through(request, RequestStatus.APPROVING, RequestStatus.APPROVED)
        receipt = GoodsReceiptFactory(order=bought(warehouse, day - days * ONE_DAY), received_on=day - ONE_DAY)
        GoodsReceiptLineFactory(receipt=receipt, order_line=receipt.order.lines.get())
    context = this_month(boss, now)

    assert metric(context).value is not None or day.day <= 2
    assert_drill_matches(metric, context)
    assert_shows_nothing_unpermitted(metric, this_month(UserFactory(), now))


@pytest.mark.parametrize(
    ("role", "title"),
    [
        ("warehouse", "仓库"),
        ("purchaser", "采购"),
        ("planner", "计划"),
        ("finance", "资金"),
        ("boss", "经营"),
        ("sales_manager", "销售团队"),
        ("salesperson", "我的销售"),
    ],
)
def test_everybody_in_trade_finds_a_board(
    boss: User, warehouse: Warehouse, item: Item, client: Client, role: str, title: str
) -> None:
    now = timezone.now()
    prepare_crm(actor=None, at=now)
    user = UserFactory(language="zh-hans")
    with translation.override("zh-hans"):
        user.groups.add(create_default_roles(actor=None, at=now)[role])
    order = ordered(boss, warehouse, item, 5, timezone.localdate() - 2 * ONE_DAY, now - 8 * ONE_DAY, owner=user)
    client.force_login(user)

    text = client.get("/").content.decode()

    assert f"{title}</h1>" in text
    is_shown = role not in {"purchaser", "finance"}
    assert (order.number in text) == is_shown
    assert ("逾期订单" in text) == is_shown


def test_without_operations_there_is_nothing_of_it(boss: User, warehouse: Warehouse, client: Client) -> None:
    prepare_crm(actor=None, at=timezone.now())
    ModuleState.objects.filter(code="erp").update(is_enabled=False)
    state.forget()
    user = UserFactory(language="zh-hans")
    user.groups.add(create_default_roles(actor=None, at=timezone.now())["boss"])
    client.force_login(user)

    text = client.get("/").content.decode()

    assert "经营</h1>" in text
    assert "逾期订单" not in text
    assert client.get("/dashboards/warehouse/").status_code == 404

    # An administrator is told once what operations would add.
    client.force_login(boss)
    assert client.get("/").content.decode().count("逾期订单") == 1


def test_targets_and_snapshots_of_a_board_are_read_at_once(boss: User, warehouse: Warehouse, client: Client) -> None:
    prepare_crm(actor=None, at=timezone.now())
    client.force_login(boss)
    client.get("/dashboards/warehouse/")

    with CaptureQueriesContext(connection) as asked:
        client.get("/dashboards/warehouse/")

    statements = [each["sql"] for each in asked]
    assert sum('FROM "suite_target"' in sql for sql in statements) == 1
    assert sum('FROM "suite_metricsnapshot"' in sql for sql in statements) == 1


def test_an_earlier_figure_is_compared_without_its_line_and_facts(boss: User, warehouse: Warehouse) -> None:
    with CaptureQueriesContext(connection) as asked:
        value = purchasing.purchases(this_month(boss, timezone.now()))
        figure = len(asked)
        facts, series = list(value.facts), list(value.series)

    assert (figure, len(asked)) == (1, 3)
    assert (len(facts), len(series)) == (1, 12)
