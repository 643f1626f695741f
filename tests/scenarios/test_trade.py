"""From a signed contract to goods at the customer and back: nothing is retyped, every paper leads to the next."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from crm.contracts.services import create_contract, sign_contract, submit_contract
from erp.backfill import carry_over
from erp.inventory.choices import StockStatus
from erp.inventory.models import StockQuant
from erp.inventory.proof import faults
from erp.masterdata.services import create_warehouse
from erp.purchasing.models import PurchaseRequest
from erp.purchasing.receipts import receive_goods
from erp.purchasing.services import order_request, submit_order, update_order
from erp.sales.choices import OrderStatus
from erp.sales.deliveries import receive_return, ship_order
from erp.sales.models import SalesOrder
from erp.sales.selectors import kept_for
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import CustomerFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, ItemFactory, PartyFactory, TaxRateFactory

pytestmark = pytest.mark.django_db
D = Decimal


def turn_on(*codes: str) -> None:
    for code in codes:
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()


@pytest.fixture
def boss() -> User:
    CompanyFactory(is_default=True)
    turn_on("crm")
    return UserFactory(is_superuser=True)


def signed(boss: User, quantity: int) -> SalesOrder | None:
    """A contract over so many chargers, signed; and the order it became, if ERP is on."""
    now = timezone.now()
    contract = create_contract(
        customer=CustomerFactory(owner=boss),
        company=CompanyFactory._meta.model.objects.get(is_default=True),
        lines=[{"item": ItemFactory(list_price=D(62), tax_code=TaxRateFactory().tax_code), "quantity": D(quantity)}],
        actor=boss,
        at=now,
    )
    contract = sign_contract(contract=submit_contract(contract=contract, actor=boss, at=now), actor=boss, at=now)
    return contract.orders.first()


def test_contract_to_delivery_and_back(boss: User) -> None:
    turn_on("erp")
    order = signed(boss, 100)
    assert order is not None
    line = order.lines.get()
    request = PurchaseRequest.objects.get()
    assert (request.lines.get().quantity, request.lines.get().demand_id) == (D(100), line.pk)

    now = timezone.now() + timedelta(seconds=1)
    purchase = order_request(request=request, supplier=PartyFactory(is_supplier=True), actor=boss, at=now)
    wanted = purchase.lines.get()
    purchase = update_order(
        order=purchase, lines=[{"id": wanted.pk, "unit_price": D(31)}], expected_on=None, actor=boss, at=now
    )
    submit_order(order=purchase, actor=boss, at=now)
    purchase.refresh_from_db()
    receipt = receive_goods(order=purchase, lines=[(wanted, D(100))], request=uuid4(), actor=boss, at=now)

    assert kept_for([line]) == {line.pk: D(100)}
    later = now + timedelta(seconds=1)
    delivery = ship_order(salesorder=order, request=uuid4(), actor=boss, at=later)
    back = receive_return(
        delivery=delivery,
        quantities={delivery.lines.get().pk: D(2)},
        reason="外壳划伤",
        request=uuid4(),
        actor=boss,
        at=later + timedelta(seconds=1),
    )

    order.refresh_from_db()
    assert order.status == OrderStatus.DELIVERED
    assert StockQuant.objects.get(on_hand__gt=0).status == StockStatus.PENDING
    assert receipt.lines.get().move.entries.get().amount == D("3100.00")
    assert back.lines.get().move.entries.get().amount == D("62.00")
    assert faults() == []
    client = Client()
    client.force_login(boss)
    for document in (order, delivery, back, request, purchase, receipt, order.contract):
        page = client.get(document.get_absolute_url())
        assert page.status_code == 200
    assert delivery.number in client.get(order.contract.get_absolute_url()).content.decode()


def test_what_was_signed_before_is_carried_over_once(boss: User) -> None:
    assert signed(boss, 5) is None
    turn_on("erp")
    create_warehouse(
        company=CompanyFactory._meta.model.objects.get(is_default=True),
        code="SZ",
        name="深圳仓",
        actor=boss,
        at=timezone.now(),
    )

    first, again = (carry_over(actor=boss, at=timezone.now()) for _time in range(2))

    assert (first["erp.salesorder"], again) == (1, {})
    assert SalesOrder.objects.get().status == OrderStatus.CONFIRMED
