"""Stock-aware selling: what not to promote, what is said while an offer is entered, orders instead of contracts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.contracts.models import Quotation
from crm.insights.computing import compute_insights
from crm.insights.models import CustomerInsight
from crm.insights.orders import orders_of
from crm.insights.stock import promotion_warnings, selling_advice
from crm.pipeline.models import Opportunity
from erp.planning.choices import AlertKind
from erp.sales.models import SalesOrder
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.lines import Advice
from suite.pages.registry import pageset_of
from tests.factories.crm import (
    CustomerFactory,
    OpportunityFactory,
    QuotationFactory,
    QuotationLineFactory,
)
from tests.factories.erp import StockItemFactory, WarehouseFactory, stock
from tests.factories.erp_planning import StockAlertFactory, ordered
from tests.factories.erp_sales import SalesOrderFactory, SalesOrderLineFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory
from tests.kit.crm_insights import in_english, page_of, signed
from tests.kit.objects import give

__all__ = ["in_english"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("in_english")]
D = Decimal


@pytest.fixture
def both_on(db: None) -> Iterator[None]:
    ModuleState.objects.bulk_create(ModuleState(code=code, is_enabled=True) for code in ("hrm", "crm", "erp"))
    state.forget()
    yield
    state.forget()


@pytest.fixture
def at() -> datetime:
    return timezone.now()


def root() -> User:
    return User.objects.create_superuser("root", "root@example.com", full_name="管理员")


# -- promoting ---------------------------------------------------------------------------------


def test_nothing_is_known_while_nobody_keeps_stock(at: datetime) -> None:
    item = ItemFactory()
    warehouse = WarehouseFactory()
    StockItemFactory(item=item)

    assert promotion_warnings([item], warehouse.company, at) == {}
    assert selling_advice(root(), {}, [{"item": item}]) == [Advice()]


def test_what_is_short_is_not_to_be_promoted(both_on: None, at: datetime) -> None:
    warehouse = WarehouseFactory()
    plenty, empty, low, service = (ItemFactory() for _number in range(4))
    for item in (plenty, empty, low):
        StockItemFactory(item=item)
    stock(warehouse, plenty, 500)
    stock(warehouse, low, 12)
    StockAlertFactory(item=low, warehouse=warehouse, company=warehouse.company, kind=AlertKind.BELOW_MINIMUM)
    ordered(warehouse, empty, 300, promised_on=timezone.localdate(at) + timedelta(10))

    found = promotion_warnings([plenty, empty, low.pk, service], warehouse.company, at)

    assert set(found) == {empty.pk, low.pk}
    assert "do not promote" in found[empty.pk]
    assert "300" in found[empty.pk]
    assert "12" in found[low.pk]


def test_programs_ask_what_not_to_promote(both_on: None) -> None:
    company = WarehouseFactory().company
    item, fine = ItemFactory(), ItemFactory()
    StockItemFactory(item=item)
    user = root()
    route = "/api/crm/promotion-warnings/"

    answer = page_of(user).get(route, {"item": [item.pk, fine.pk], "company": company.pk})
    wrong = page_of(user).get(route, {"item": "x"})
    refused = page_of(UserFactory()).get(route, {"item": item.pk})

    assert answer.status_code == 200, answer.json()
    assert [row["item"] for row in answer.json()] == [item.pk]
    assert "别再大力促销" in answer.json()[0]["warning"]
    assert (wrong.status_code, refused.status_code) == (400, 403)


def test_warnings_cost_the_same_for_one_item_and_for_ten(both_on: None, at: datetime) -> None:
    warehouse = WarehouseFactory()
    items = [StockItemFactory().item for _number in range(10)]

    def statements(number: int) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert len(promotion_warnings(items[:number], warehouse.company, at)) == number
        return len(captured)

    assert statements(1) == statements(10)


def test_another_company_has_stock_of_its_own(both_on: None, at: datetime) -> None:
    warehouse, elsewhere = WarehouseFactory(), WarehouseFactory()
    item = StockItemFactory().item
    stock(warehouse, item, 5)

    assert promotion_warnings([item], warehouse.company, at) == {}
    assert set(promotion_warnings([item], elsewhere.company, at)) == {item.pk}


# -- offers ------------------------------------------------------------------------------------


def advice_on(user: User, customer_pk: int, item_pk: int, quantity: str) -> dict[str, str]:
    data = {
        "customer": customer_pk,
        "lines-TOTAL_FORMS": "1",
        "lines-INITIAL_FORMS": "0",
        "lines-0-item": item_pk,
        "lines-0-quantity": quantity,
    }
    answer = page_of(user).post(reverse("crm:quotation-advice"), data)
    assert answer.status_code == 200
    found: dict[str, str] = answer.json()["lines"]["0"]
    return found


def test_lines_of_a_quotation_say_what_can_be_had_while_they_are_entered(both_on: None) -> None:
    warehouse = WarehouseFactory()
    item = ItemFactory(list_price=Decimal(62))
    StockItemFactory(item=item)
    stock(warehouse, item, 10)
    customer = CustomerFactory(company=warehouse.company)
    user = root()

    enough = advice_on(user, customer.pk, item.pk, "10")
    short = advice_on(user, customer.pk, item.pk, "11")

    assert (enough["tone"], enough["values"]["unit_price"]) == ("done", "62")
    assert (short["tone"], short["values"]["unit_price"]) == ("late", "62")
    assert "10" in short["note"]


def test_stock_is_said_to_those_who_may_see_it_only(both_on: None) -> None:
    warehouse = WarehouseFactory()
    item = ItemFactory()
    StockItemFactory(item=item)
    customer = CustomerFactory(company=warehouse.company)
    user = give(UserFactory(), pageset_of(Quotation), ("view", "add"))  # type: ignore[arg-type]

    found = selling_advice(user, {"customer": customer}, [{"item": item, "quantity": D(5)}])

    assert found == [Advice()]


def test_an_opportunity_shows_the_stock_of_what_was_offered_last(both_on: None) -> None:
    warehouse = WarehouseFactory()
    item = StockItemFactory().item
    opportunity: Opportunity = OpportunityFactory(customer__company=warehouse.company)
    offer = QuotationFactory(customer=opportunity.customer, opportunity=opportunity)
    QuotationLineFactory(document=offer, item=item, quantity=D(5))

    page = page_of(root()).get(reverse("crm:opportunity-detail", args=[opportunity.pk]), {"tab": "stock"})

    assert item.name in page.content.decode()
    assert "st-late" in page.content.decode()


# -- orders in the place of contracts ----------------------------------------------------------


def sold(customer: object, amount: int, status: str, **line: object) -> SalesOrder:
    """An order of one line; status as after the way there."""
    order = SalesOrderFactory(
        party=customer.party,  # type: ignore[attr-defined]
        warehouse__company=customer.company,  # type: ignore[attr-defined]
        company=customer.company,  # type: ignore[attr-defined]
        net_total=amount,
        tax_total=0,
        gross_total=amount,
        document_date=timezone.localdate(),
    )
    values = {"quantity": D(10), "base_quantity": D(10), "net_amount": amount, "tax_amount": 0, "gross_amount": amount}
    SalesOrderLineFactory(document=order, **{**values, **line})
    SalesOrder._base_manager.filter(pk=order.pk)._update([(SalesOrder._meta.get_field("status"), None, status)])
    return SalesOrder.objects.get(pk=order.pk)


def test_orders_count_less_what_came_back_and_contracts_only_without_an_order(both_on: None, at: datetime) -> None:
    customer = CustomerFactory()
    today = timezone.localdate(at)
    signed(customer, today, D(7))
    of_order = signed(customer, today, D(1000))
    order = sold(customer, 1000, "CONFIRMED")
    SalesOrder.objects.filter(pk=order.pk).update(contract=of_order)
    sold(customer, 100, "PARTIAL", delivered=D(8), returned=D(3))
    sold(customer, 200, "CLOSED", delivered=D(5))
    for status, line in (
        ("DRAFT", {}),
        ("CANCELLED", {}),
        ("CLOSED", {"delivered": D(0)}),
        ("DELIVERED", {"delivered": D(10), "returned": D(10)}),
    ):
        sold(customer, 5000, status, **line)

    compute_insights(at=at)

    assert [each.amount for each in orders_of(customer.pk, until=today)] == [D(7), D(70), D(100), D(1000)]
    insight = CustomerInsight.objects.get(customer=customer)
    assert (insight.frequency, insight.monetary) == (4, D(1177))


def test_with_operations_off_contracts_count_alone(at: datetime) -> None:
    customer = CustomerFactory()
    contract = signed(customer, timezone.localdate(at), D(1000))
    order = sold(customer, 300, "CONFIRMED")
    SalesOrder.objects.filter(pk=order.pk).update(contract=contract)

    assert [each.amount for each in orders_of(customer.pk, until=timezone.localdate(at))] == [D(1000)]
