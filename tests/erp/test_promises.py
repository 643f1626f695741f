"""What those who sell are told of stock, without CRM knowing of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.contracts.choices import QuotationStatus
from erp.planning.choices import AlertKind
from erp.planning.promises.pages import warnings_of
from erp.planning.promises.selectors import line_outlooks, lying_of
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import ContractFactory, ContractLineFactory, QuotationFactory, QuotationLineFactory
from tests.factories.erp import StockItemFactory, WarehouseFactory, stock
from tests.factories.erp_planning import ItemClassFactory, StockAlertFactory, ordered, sold
from tests.factories.masters import ItemFactory, ItemUnitFactory, UnitFactory

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
def client(db: None) -> Client:
    user = User.objects.create_superuser("root", "root@example.com", full_name="管理员")
    found = Client()
    found.force_login(user, backend="suite.access.backends.RoleBackend")
    return found


def test_lines_take_from_each_other_and_wait_for_receipts() -> None:
    warehouse, item = WarehouseFactory.create(), ItemFactory.create()
    carton = UnitFactory.create(code="CTN")
    ItemUnitFactory.create(item=item, unit=carton, numerator=12, denominator=1)
    contract = ContractFactory.create(company=warehouse.company)
    ContractLineFactory.create(document=contract, item=item, quantity=D(10), unit=None, position=1)
    ContractLineFactory.create(document=contract, item=item, quantity=D(2), unit=carton, position=2)
    ContractLineFactory.create(document=contract, item=None, description="安装", quantity=D(1), position=3)
    stock(warehouse, item, 15)
    ordered(warehouse, item, 20, promised_on=TODAY + timedelta(10))
    StockAlertFactory.create(company=warehouse.company, warehouse=warehouse, item=item, kind=AlertKind.SHORTAGE)
    StockAlertFactory.create(company=warehouse.company, warehouse=warehouse, item=item, kind=AlertKind.SLOW)

    first, second = line_outlooks(contract, today=TODAY, wanted_on=TODAY + timedelta(3))

    assert (first.asked, first.available, first.full_date) == (D(10), D(10), TODAY + timedelta(3))
    assert (second.asked, second.available, second.full_date) == (D(24), D(5), TODAY + timedelta(10))
    assert (first.is_short, second.is_short) == (False, True)
    assert first.alerts == second.alerts == (str(AlertKind.SHORTAGE.label),)


def test_what_never_comes_is_not_promised() -> None:
    quotation = QuotationFactory.create()
    QuotationLineFactory.create(document=quotation, item=ItemFactory.create(), quantity=D(4), unit=None)

    (found,) = line_outlooks(quotation, today=TODAY)

    assert (found.available, found.full_date, found.is_warning) == (D(0), None, True)


def test_statements_do_not_grow_with_the_lines() -> None:
    def statements(number: int) -> int:
        quotation = QuotationFactory.create()
        for position in range(number):
            QuotationLineFactory.create(
                document=quotation, item=ItemFactory.create(), quantity=D(4), unit=None, position=position + 1
            )
        with CaptureQueriesContext(connection) as seen:
            line_outlooks(quotation, today=TODAY)
        return len(seen)

    assert statements(1) == statements(12)


def test_the_page_of_a_quotation_warns_and_is_silent_without_erp(client: Client) -> None:
    quotation = QuotationFactory.create()
    QuotationLineFactory.create(document=quotation, item=ItemFactory.create(), quantity=D(4), unit=None)
    url = reverse("crm:quotation-detail", args=(quotation.pk,))

    page, tab = client.get(url), client.get(f"{url}?tab=stock")
    ModuleState.objects.filter(code="erp").update(is_enabled=False)
    state.forget()
    without, gone = client.get(url), client.get(f"{url}?tab=stock")

    assert ("?tab=stock" in page.content.decode(), tab.status_code) == (True, 200)
    assert "st-late" in tab.content.decode()
    assert ("?tab=stock" in without.content.decode(), gone.status_code) == (False, 404)


def test_a_decided_quotation_warns_no_more(client: Client) -> None:
    quotation = QuotationFactory.create()
    QuotationLineFactory.create(document=quotation, item=ItemFactory.create(), quantity=D(4), unit=None)
    asked = warnings_of(quotation, None)
    quotation.become(QuotationStatus.SENT, actor=quotation.owner, at=timezone.now())
    quotation.become(QuotationStatus.REJECTED, actor=quotation.owner, at=timezone.now())

    assert (asked, warnings_of(quotation, None)) == (1, 0)


def test_the_tab_of_an_item(client: Client) -> None:
    warehouse, item = WarehouseFactory.create(), ItemFactory.create()
    today = timezone.localdate()
    stock(warehouse, item, 30)
    ordered(warehouse, item, 50, promised_on=today + timedelta(5))
    sold(warehouse, item, 40, today + timedelta(9))
    StockAlertFactory.create(company=warehouse.company, warehouse=warehouse, item=item)
    ItemClassFactory.create(company=warehouse.company, item=item)
    user = User.objects.get(username="root")

    (lying,) = lying_of(item, user=user)
    page = client.get(f"{item.get_absolute_url()}?tab=stock")
    stocking = client.get(f"{StockItemFactory.create(item=item).get_absolute_url()}?tab=stock")

    assert (lying.warehouse, lying.good, lying.free, lying.other, lying.coming) == (
        warehouse,
        D(30),
        D(30),
        D(0),
        D(50),
    )
    assert [row.cumulative for _company, points in page.context["promises"] for row in points] == [D(30), D(40), D(40)]
    assert "AX" in page.content.decode()
    assert (page.status_code, stocking.status_code) == (200, 200)


def test_an_item_that_nobody_stocks_has_an_empty_tab(client: Client) -> None:
    page = client.get(f"{ItemFactory.create().get_absolute_url()}?tab=stock")

    assert (page.status_code, page.context["lying"], page.context["promises"]) == (200, [], [])
