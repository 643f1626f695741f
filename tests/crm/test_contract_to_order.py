"""From the contract to the order without typing anything again, with a look at the stock before."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.contracts.models import Contract
from crm.contracts.quotations import accept_quotation, create_quotation, send_quotation
from crm.contracts.services import create_contract_from_quotation, sign_contract, submit_contract
from crm.customers.models import Customer
from erp.masterdata.models import Warehouse
from erp.purchasing.models import PurchaseRequest
from erp.sales.choices import OrderStatus
from erp.sales.models import SalesOrder
from erp.sales.selectors import kept_for
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.masters.models import Item
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import CustomerFactory
from tests.factories.erp import WarehouseFactory, stock
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PaymentTermsFactory, TaxRateFactory

pytestmark = pytest.mark.django_db
D = Decimal
COPIED = ("item", "description", "quantity", "unit", "unit_price", "discount_percent", "tax_rate", "gross_amount")


def turn(*codes: str) -> None:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": code in codes})
    state.forget()


@pytest.fixture
def boss(db: None) -> User:
    turn("crm", "erp")
    return UserFactory(is_superuser=True)


@pytest.fixture
def warehouse(boss: User) -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item(boss: User) -> Item:
    return ItemFactory(list_price=D(62), tax_code=TaxRateFactory().tax_code)


@pytest.fixture
def customer(warehouse: Warehouse, boss: User) -> Customer:
    return CustomerFactory(owner=boss, company=warehouse.company)


def signed(customer: Customer, item: Item, boss: User, quantity: int) -> Contract:
    """A contract that came out of a quotation and was signed."""
    now = timezone.now()
    quotation = create_quotation(
        customer=customer,
        payment_terms=PaymentTermsFactory(),
        discount_amount=D("20.00"),
        remarks="贴客户标签",
        lines=[{"item": item, "quantity": D(quantity), "unit_price": D("58.50"), "discount_percent": D(5)}],
        actor=boss,
        at=now,
    )
    sent = send_quotation(quotation=quotation, actor=boss, at=now)
    contract = create_contract_from_quotation(
        quotation=accept_quotation(quotation=sent, actor=boss, at=now),
        delivery_date=timezone.localdate() + timedelta(days=20),
        customer_reference="PO-7788",
        actor=boss,
        at=now,
    )
    return sign_contract(contract=submit_contract(contract=contract, actor=boss, at=now), actor=boss, at=now)


def test_nothing_is_typed_again(customer: Customer, item: Item, boss: User, warehouse: Warehouse) -> None:
    stock(warehouse, item, 100)

    contract = signed(customer, item, boss, 40)

    order = SalesOrder.objects.get()
    assert list(order.lines.values_list(*COPIED)) == list(contract.lines.values_list(*COPIED))
    for name in ("gross_total", "net_total", "discount_amount", "payment_terms", "currency", "owner", "company"):
        assert getattr(order, name) == getattr(contract, name), name
    assert (order.party, order.customer_reference, order.remarks) == (customer.party, "PO-7788", "贴客户标签")
    assert (order.contract, order.requested_on) == (contract, contract.delivery_date)
    assert (order.status, kept_for(list(order.lines.all()))) == (OrderStatus.CONFIRMED, {order.lines.get().pk: D(40)})


def test_what_is_not_in_stock_is_asked_for(customer: Customer, item: Item, boss: User, warehouse: Warehouse) -> None:
    stock(warehouse, item, 30)

    signed(customer, item, boss, 40)

    order = SalesOrder.objects.get()
    wanted = PurchaseRequest.objects.get().lines.get()
    assert kept_for(list(order.lines.all())) == {order.lines.get().pk: D(30)}
    assert (wanted.quantity, wanted.demand_id) == (D(10), order.lines.get().pk)


def advice(client: Client, page: str, header: dict[str, Any], item: Item, quantity: int) -> Any:
    data = {
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        "lines-0-item": item.pk,
        "lines-0-quantity": quantity,
        **header,
    }
    return client.post(reverse(f"crm:{page}-advice"), data)


@pytest.mark.parametrize("page", ["contract", "quotation"])
def test_the_stock_is_seen_before_anything_is_promised(
    customer: Customer, item: Item, boss: User, warehouse: Warehouse, client: Client, page: str
) -> None:
    stock(warehouse, item, 100)
    client.force_login(boss)
    header = {"customer": customer.pk, "currency": customer.company.base_currency.pk}

    enough, short = (advice(client, page, header, item, n).json()["lines"]["0"] for n in (40, 140))

    assert (enough["tone"], short["tone"]) == ("done", "late")
    assert D(enough["values"]["unit_price"]) > 0


def test_without_operations_nothing_is_suggested_and_nothing_ordered(
    customer: Customer, item: Item, boss: User, client: Client
) -> None:
    turn("crm")
    client.force_login(boss)

    answer = advice(client, "contract", {"customer": customer.pk}, item, 40)
    signed(customer, item, boss, 40)

    assert answer.json()["lines"]["0"] == {"values": {}, "note": "", "tone": ""}
    assert SalesOrder.objects.count() == 0


def test_by_page_and_by_api_with_permission(
    customer: Customer, item: Item, boss: User, warehouse: Warehouse, client: Client
) -> None:
    stock(warehouse, item, 100)
    now = timezone.now()
    quotation = create_quotation(
        customer=customer, lines=[{"item": item, "quantity": D(1)}], actor=boss, at=now, payment_terms=None
    )
    accepted = accept_quotation(quotation=send_quotation(quotation=quotation, actor=boss, at=now), actor=boss, at=now)
    contract = create_contract_from_quotation(quotation=accepted, actor=boss, at=now)
    submit_contract(contract=contract, actor=boss, at=now)
    reader: User = UserFactory()
    reader.groups.add(define_role(name="看合同", grants={Contract: (("view",), ScopeLevel.ALL)}, actor=None, at=now))
    url = reverse("crm:contract-action", args=[contract.pk, "sign"])

    client.force_login(reader)
    refused = [
        client.post(url, {"signed_on": timezone.localdate().isoformat()}).status_code,
        client.post(f"/api/crm/contracts/{contract.pk}/sign/", {}, content_type="application/json").status_code,
    ]
    nothing = SalesOrder.objects.count()
    client.force_login(boss)
    made = client.post(
        f"/api/crm/contracts/{contract.pk}/sign/",
        {"signed_on": timezone.localdate().isoformat()},
        content_type="application/json",
    )
    page = client.get(contract.get_absolute_url())

    order = SalesOrder.objects.get()
    assert (refused, nothing, made.status_code) == ([403, 403], 0, 200)
    # The chain of papers on the page leads on to the order.
    assert order.get_absolute_url() in page.content.decode()
