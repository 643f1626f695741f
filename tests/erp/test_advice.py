"""What is suggested while orders are entered, through their pages."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from erp.masterdata.models import StockItem, Warehouse
from erp.pricing.choices import AgreementStatus
from erp.purchasing.choices import OrderStatus
from suite.access.models import User
from suite.documents.status import become_all
from suite.masters.models import Currency, Item, Party
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.erp import AT, WarehouseFactory, stock
from tests.factories.erp_pricing import (
    PriceAgreementFactory,
    PriceAgreementLineFactory,
    PriceListFactory,
    PriceListLineFactory,
)
from tests.factories.erp_purchasing import PurchaseOrderFactory, PurchaseOrderLineFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, ItemUnitFactory, PartyFactory, TaxRateFactory

D = Decimal
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def systems_on(db: None) -> None:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def boss(client: Client) -> User:
    user = UserFactory(is_superuser=True)
    client.force_login(user)
    return user


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item() -> Item:
    return ItemFactory(list_price=D(62), tax_code=TaxRateFactory().tax_code)


@pytest.fixture
def currency(warehouse: Warehouse) -> Currency:
    return warehouse.company.base_currency


def ask(client: Client, page: str, header: dict[str, Any], *lines: dict[str, Any]) -> dict[str, Any]:
    """What the page answers to what is entered so far, by place of the line."""
    data = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": 0, **header}
    for place, line in enumerate(lines):
        data.update({f"lines-{place}-{name}": value for name, value in line.items()})
    answer = client.post(reverse(f"erp:{page}-advice"), data)
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()["lines"]
    return found


def day(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def test_stock_is_promised_once_in_the_order_of_the_lines(
    client: Client, boss: User, warehouse: Warehouse, item: Item, currency: Currency
) -> None:
    stock(warehouse, item, 100)
    purchase = PurchaseOrderFactory(warehouse=warehouse, currency=currency)
    PurchaseOrderLineFactory(document=purchase, item=item, base_quantity=D(50), promised_on=day(5))
    become_all([purchase], OrderStatus.RELEASED, actor=boss, at=AT, by_way_of=(OrderStatus.APPROVING,))
    header = {"warehouse": warehouse.pk, "currency": currency.pk, "requested_on": day(0).isoformat()}
    wanted = {"item": item.pk, "quantity": "80"}

    found = ask(client, "salesorder", header, wanted, {}, {**wanted, "quantity": "60"}, wanted)

    assert [found[place]["tone"] for place in ("0", "2", "3")] == ["done", "wait", "late"]
    assert "可交 20 " in found["2"]["note"]
    assert f"{day(5):%m-%d}" in found["2"]["note"]
    assert found["0"]["values"] == {"unit_price": "62", "discount_percent": "0"}


def test_what_nobody_has_takes_its_lead_time(
    client: Client, boss: User, warehouse: Warehouse, item: Item, currency: Currency
) -> None:
    StockItem.objects.create(item=item, lead_time_days=12)
    header = {"warehouse": warehouse.pk, "currency": currency.pk, "requested_on": day(0).isoformat()}

    found = ask(client, "salesorder", header, {"item": item.pk, "quantity": "5"})

    assert found["0"]["tone"] == "late"
    assert f"{day(12):%m-%d}" in found["0"]["note"]


def test_price_lists_count_for_whom_and_how_much(
    client: Client, boss: User, warehouse: Warehouse, item: Item, currency: Currency
) -> None:
    prices = PriceListFactory(company=warehouse.company, currency=currency)
    PriceListLineFactory(price_list=prices, item=item, unit=item.base_unit, unit_price=D(60))
    PriceListLineFactory(price_list=prices, item=item, unit=item.base_unit, unit_price=D(55), minimum_quantity=D(100))
    header = {"warehouse": warehouse.pk, "currency": currency.pk, "party": PartyFactory(is_customer=True).pk}

    few, many = (
        ask(client, "salesorder", header, {"item": item.pk, "quantity": number})["0"] for number in ("99", "100")
    )

    assert (few["values"]["unit_price"], many["values"]["unit_price"]) == ("60", "55")
    assert str(prices) in many["note"]


def test_units_without_conversion_are_told_not_raised(
    client: Client, boss: User, warehouse: Warehouse, item: Item, currency: Currency
) -> None:
    carton = ItemUnitFactory().unit
    header = {"warehouse": warehouse.pk, "currency": currency.pk, "party": PartyFactory(is_customer=True).pk}

    found = ask(client, "salesorder", header, {"item": item.pk, "quantity": "5", "unit": carton.pk})

    assert (found["0"]["tone"], found["0"]["values"]) == ("late", {})


def agreed(supplier: Party, warehouse: Warehouse, item: Item, currency: Currency) -> None:
    agreement = PriceAgreementFactory(supplier=supplier, company=warehouse.company, currency=currency)
    PriceAgreementLineFactory(
        agreement=agreement,
        item=item,
        unit=item.base_unit,
        unit_price=D("28.5"),
        lead_time_days=10,
        order_minimum=D(20),
    )
    become_all([agreement], AgreementStatus.ACTIVE, actor=None, at=AT, by_way_of=(AgreementStatus.APPROVING,))


def test_purchases_take_the_agreed_price_and_never_the_sales_price(
    client: Client, boss: User, warehouse: Warehouse, item: Item, currency: Currency
) -> None:
    supplier = PartyFactory(is_supplier=True)
    agreed(supplier, warehouse, item, currency)
    header = {"warehouse": warehouse.pk, "currency": currency.pk, "supplier": supplier.pk}
    other = {**header, "supplier": PartyFactory(is_supplier=True).pk}

    found = ask(client, "purchaseorder", header, {"item": item.pk, "quantity": "5"})["0"]
    unknown = ask(client, "purchaseorder", other, {"item": item.pk, "quantity": "5"})["0"]

    assert (found["values"], found["tone"]) == ({"unit_price": "28.5"}, "late")
    assert "20" in found["note"]
    assert unknown["values"] == {}


def test_advice_needs_the_permission_to_write(client: Client, warehouse: Warehouse) -> None:
    client.force_login(UserFactory())

    answer = client.post(reverse("erp:salesorder-advice"), {})

    assert answer.status_code == 403


def test_the_form_says_where_to_ask(client: Client, boss: User, warehouse: Warehouse) -> None:
    for page in ("salesorder", "purchaseorder"):
        form = client.get(reverse(f"erp:{page}-create")).content.decode()

        assert f'data-advice="{reverse(f"erp:{page}-advice")}"' in form


def test_a_unit_without_conversion_does_not_hide_the_prices_of_other_lines(
    client: Client, boss: User, warehouse: Warehouse, item: Item, currency: Currency
) -> None:
    carton = ItemUnitFactory().unit
    prices = PriceListFactory(company=warehouse.company, currency=currency)
    PriceListLineFactory(price_list=prices, item=item, unit=item.base_unit, unit_price=D(60))
    header = {"warehouse": warehouse.pk, "currency": currency.pk, "party": PartyFactory(is_customer=True).pk}
    line = {"item": item.pk, "quantity": "5"}

    found = ask(client, "salesorder", header, {**line, "unit": carton.pk}, line)

    assert (found["0"]["tone"], found["0"]["values"]) == ("late", {})
    assert found["1"]["values"]["unit_price"] == "60"
