"""Days promised to customers: they follow the purchases that orders wait for, and are changed by hand with a reason."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from erp.masterdata.models import Warehouse
from erp.purchasing.receipts import receive_goods
from erp.purchasing.services import (
    cancel_order,
    change_promise,
    close_order,
    reject_order,
    update_order,
)
from erp.purchasing.services import submit_order as submit_purchase
from erp.sales.models import SalesOrder, SalesPromiseChange
from erp.sales.services import cancel_order as cancel_sale
from erp.sales.services import change_promises, serve_waiting
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, WrongState
from suite.masters.models import Item
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.erp import AT, WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, TaxRateFactory
from tests.kit.trade import buy, draw_up_purchase, sell

D = Decimal
TODAY = timezone.localdate(AT)
WANTED = TODAY + timedelta(days=8)
LATER = WANTED + timedelta(days=6)


@pytest.fixture
def systems_on(db: None) -> None:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def buyer(systems_on: None) -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def seller(systems_on: None) -> User:
    return UserFactory(language="zh-hans", is_superuser=True)


@pytest.fixture
def warehouse(systems_on: None) -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item(systems_on: None) -> Item:
    return ItemFactory(list_price=D(62), tax_code=TaxRateFactory().tax_code)


def sold(seller: User, warehouse: Warehouse, *items: Item) -> SalesOrder:
    return sell(seller, warehouse, *items, requested_on=WANTED)


def promised(order: SalesOrder) -> list[date | None]:
    return list(order.lines.order_by("position").values_list("promised_on", flat=True))


def told(user: User) -> list[str]:
    with translation.override("zh-hans"):
        return [each.title for each in Notification.objects.filter(recipient=user).order_by("pk")]


def test_what_was_short_is_promised_when_its_purchase_is_released(
    buyer: User, seller: User, warehouse: Warehouse, item: Item
) -> None:
    order = sold(seller, warehouse, item)
    assert promised(order) == [None]

    buy(buyer, order, expected_on=LATER)

    assert promised(order) == [LATER]
    assert told(seller) == [f"{order.number}：缺的货有着落了，可承诺 {LATER} 交货"]
    (change,) = SalesPromiseChange.objects.all()
    assert (change.from_date, change.to_date, change.reason, change.actor) == (None, LATER, "缺的货已在途。", buyer)
    notice = Notification.objects.get(recipient=seller)
    assert notice.url == f"{order.get_absolute_url()}?tab=progress#tabs"
    assert notice.body == f"{item} 10 {item.base_unit}"


def test_nothing_is_promised_for_before_it_was_asked_for(
    buyer: User, seller: User, warehouse: Warehouse, item: Item
) -> None:
    order = sold(seller, warehouse, item)

    buy(buyer, order, expected_on=TODAY + timedelta(days=2))

    assert promised(order) == [WANTED]


def test_a_draft_promises_nothing(buyer: User, seller: User, warehouse: Warehouse, item: Item) -> None:
    order = sold(seller, warehouse, item)

    draw_up_purchase(buyer, order, expected_on=LATER)

    assert promised(order) == [None]
    assert told(seller) == []


def test_nothing_is_promised_before_all_that_is_needed_is_on_its_way(
    buyer: User, seller: User, warehouse: Warehouse, item: Item
) -> None:
    order = sold(seller, warehouse, item)
    first = draw_up_purchase(buyer, order, expected_on=WANTED)
    line = first.lines.get()
    first = update_order(order=first, lines=[{"id": line.pk, "quantity": D(4)}], actor=buyer, at=AT)
    second = draw_up_purchase(buyer, order, expected_on=LATER)
    assert (first.lines.get().quantity, second.lines.get().quantity) == (4, 6)

    submit_purchase(order=first, actor=buyer, at=AT)
    assert (promised(order), told(seller)) == ([None], [])
    submit_purchase(order=second, actor=buyer, at=AT)

    assert promised(order) == [LATER]
    assert len(told(seller)) == 1


def test_a_promise_that_cannot_be_kept_stays_and_is_told(
    buyer: User, seller: User, warehouse: Warehouse, item: Item
) -> None:
    order = sold(seller, warehouse, item)
    purchase = buy(buyer, order, expected_on=WANTED)
    Notification.objects.all().delete()

    change_promise(order=purchase, promised_on=WANTED - timedelta(days=1), actor=buyer, at=AT)
    assert told(seller) == []
    change_promise(order=purchase, promised_on=LATER, actor=buyer, at=AT)
    change_promise(order=purchase, promised_on=LATER, actor=buyer, at=AT)

    assert promised(order) == [WANTED]
    assert told(seller) == [f"{order.number}：货 {LATER} 才到，晚于承诺日期"]


@pytest.mark.parametrize("end", ["cancel", "reject", "close"])
def test_that_nobody_knows_the_day_any_more_is_told(
    buyer: User, seller: User, warehouse: Warehouse, item: Item, end: str
) -> None:
    order = sold(seller, warehouse, item)
    purchase = buy(buyer, order, expected_on=WANTED)
    Notification.objects.all().delete()

    if end == "cancel":
        cancel_order(order=purchase, reason="缺料", actor=buyer, at=AT)
    elif end == "reject":
        reject_order(order=purchase, reason="价格", actor=buyer, at=AT)
    else:
        receive_goods(order=purchase, lines=[(purchase.lines.get(), D(4))], request=uuid4(), actor=buyer, at=AT)
        close_order(order=purchase, reason="停产", actor=buyer, at=AT)

    assert told(seller) == ([] if end == "reject" else [f"{order.number}：缺的货何时到已无法确定"])


def test_what_stock_covers_by_now_is_no_news(buyer: User, seller: User, warehouse: Warehouse, item: Item) -> None:
    order = sold(seller, warehouse, item)
    purchase = draw_up_purchase(buyer, order)
    stock(warehouse, item, 10, 30, at=AT)
    serve_waiting(company=order.company_id, items=[item.pk], at=AT)

    submit_purchase(order=purchase, actor=buyer, at=AT)

    assert told(seller) == []


def test_who_buys_for_an_own_order_is_not_told(seller: User, warehouse: Warehouse, item: Item) -> None:
    order = sold(seller, warehouse, item)

    buy(seller, order, expected_on=LATER)

    assert (promised(order), told(seller)) == ([LATER], [])


def test_who_may_not_see_orders_is_not_told(buyer: User, warehouse: Warehouse, item: Item) -> None:
    former = UserFactory(is_superuser=True)
    order = sold(former, warehouse, item)
    User.objects.filter(pk=former.pk).update(is_superuser=False)

    buy(buyer, order, expected_on=LATER)

    assert (promised(order), told(former)) == ([LATER], [])


def test_statements_do_not_grow_with_the_lines(buyer: User, seller: User, warehouse: Warehouse) -> None:
    tax = TaxRateFactory().tax_code
    counts = []
    for number in (1, 2, 6):
        items = [ItemFactory(list_price=D(62), tax_code=tax) for _each in range(number)]
        order = sold(seller, warehouse, *items)
        purchase = draw_up_purchase(buyer, order, expected_on=LATER)
        with CaptureQueriesContext(connection) as statements:
            submit_purchase(order=purchase, actor=buyer, at=AT)
        assert promised(order) == [LATER] * number
        counts.append(len(statements))

    assert counts[1] == counts[2]


# -- by hand -----------------------------------------------------------------------------------


def test_days_are_promised_anew_with_a_reason(seller: User, warehouse: Warehouse) -> None:
    tax = TaxRateFactory().tax_code
    items = [ItemFactory(list_price=D(62), tax_code=tax) for _each in range(2)]
    order = sold(seller, warehouse, *items)
    first, second = order.lines.order_by("position")

    change_promises(salesorder=order, days={first.pk: LATER, second.pk: None}, reason="客户同意", actor=seller, at=AT)

    assert promised(order) == [LATER, None]
    assert [(each.line_id, each.to_date, each.reason) for each in order.promise_changes] == [
        (first.pk, LATER, "客户同意")
    ]


def test_what_cannot_be_promised_is_refused(seller: User, warehouse: Warehouse, item: Item) -> None:
    order, other = sold(seller, warehouse, item), sold(seller, warehouse, item)
    line = order.lines.get()

    with pytest.raises(InvalidInput) as passed:
        change_promises(salesorder=order, days={line.pk: TODAY - timedelta(days=1)}, actor=seller, at=AT)
    assert passed.value.field == f"day_{line.pk}"
    with pytest.raises(InvalidInput):
        change_promises(salesorder=order, days={other.lines.get().pk: LATER}, actor=seller, at=AT)
    cancel_sale(salesorder=order, reason="不要了", actor=seller, at=AT)
    with pytest.raises(WrongState):
        change_promises(salesorder=order, days={line.pk: LATER}, actor=seller, at=AT)
    assert not SalesPromiseChange.objects.exists()


def test_the_form_asks_for_each_open_line_and_the_page_keeps_what_was_said(
    seller: User, warehouse: Warehouse, item: Item, client: Client
) -> None:
    order = sold(seller, warehouse, item)
    line = order.lines.get()
    day = timezone.localdate() + timedelta(days=30)
    client.force_login(seller)

    form = client.get(reverse("erp:salesorder-action", args=[order.pk, "promise"])).content.decode()
    answer = client.post(
        reverse("erp:salesorder-action", args=[order.pk, "promise"]), {f"day_{line.pk}": day, "reason": "客户同意"}
    )
    page = client.get(order.get_absolute_url()).content.decode()

    assert f'name="day_{line.pk}"' in form
    assert answer.status_code == 302
    assert promised(order) == [day]
    assert "客户同意" in page


def test_a_program_changes_only_the_lines_it_names(seller: User, warehouse: Warehouse, client: Client) -> None:
    tax = TaxRateFactory().tax_code
    order = sold(seller, warehouse, *[ItemFactory(list_price=D(62), tax_code=tax) for _each in range(2)])
    first, second = order.lines.order_by("position")
    change_promises(salesorder=order, days={first.pk: LATER, second.pk: LATER}, actor=seller, at=AT)
    day = timezone.localdate() + timedelta(days=30)
    client.force_login(seller)
    url = f"/api/erp/sales-orders/{order.pk}/promise/"

    named = client.post(url, {f"day_{second.pk}": day.isoformat()}, content_type="application/json")
    strange = client.post(url, {f"day_{second.pk}": "bald"}, content_type="application/json")

    assert named.status_code == 200, named.content
    assert strange.status_code == 400
    assert promised(order) == [LATER, day]


def test_who_may_not_change_orders_promises_nothing(
    seller: User, warehouse: Warehouse, item: Item, client: Client
) -> None:
    order = sold(seller, warehouse, item)
    reader = UserFactory()
    reader.groups.add(define_role(name="reader", grants={SalesOrder: (("view",), ScopeLevel.ALL)}, actor=None, at=AT))
    client.force_login(reader)

    answer = client.post(
        reverse("erp:salesorder-action", args=[order.pk, "promise"]), {f"day_{order.lines.get().pk}": LATER}
    )

    assert answer.status_code == 403
    assert promised(order) == [None]
