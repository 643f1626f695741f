"""Several people at one request for quotation or blanket order, with real threads and real commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from erp.pricing.services import raise_prices
from erp.purchasing.choices import RequestStatus as RequisitionStatus
from erp.purchasing.models import PurchaseOrder, PurchaseRequest
from erp.purchasing.requests import create_request, submit_request
from erp.purchasing.services import order_request
from erp.sourcing.awards import award_rfq
from erp.sourcing.blankets import activate_blanket, call_off, called_off, create_blanket, schedule_deliveries
from erp.sourcing.choices import QuoteStatus
from erp.sourcing.models import BlanketOrder, RequestForQuotation, SupplierQuote
from erp.sourcing.requests import ask_suppliers, record_quote, send_rfq
from suite.access.models import User
from suite.core.errors import DomainError
from suite.masters.models import Party
from tests.concurrency.test_crm import at_once
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.erp_pricing import PriceListLineFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
DAY, NEEDED = date(2026, 11, 9), date(2026, 12, 1)


@pytest.fixture
def boss() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def suppliers() -> list[Party]:
    return PartyFactory.create_batch(2, is_customer=False, is_supplier=True)


@pytest.fixture
def requisition(boss: User) -> PurchaseRequest:
    request = create_request(
        warehouse=WarehouseFactory(),
        lines=[{"item": ItemFactory(), "quantity": D(quantity)} for quantity in (100, 10)],
        needed_on=NEEDED,
        actor=boss,
        at=AT,
    )
    return submit_request(request=request, actor=boss, at=AT)


@pytest.fixture
def quoted(requisition: PurchaseRequest, suppliers: list[Party], boss: User) -> RequestForQuotation:
    rfq = ask_suppliers(
        purchaserequest=requisition, suppliers=suppliers, due_on=DAY, request=uuid4(), actor=boss, at=AT
    )
    send_rfq(rfq=rfq, actor=boss, at=AT)
    for supplier, prices in zip(suppliers, ((10, 5), (11, 4)), strict=True):
        quote(rfq, supplier, prices, boss)
    return rfq


def quote(rfq: RequestForQuotation, supplier: Party, prices: tuple[int, ...], actor: User) -> SupplierQuote:
    lines = rfq.lines.order_by("position")
    rows = [{"rfq_line": line, "unit_price": D(price)} for line, price in zip(lines, prices, strict=True)]
    return record_quote(rfq=rfq, supplier=supplier, lines=rows, request=uuid4(), actor=actor, at=AT)


def refusals(results: list[Any]) -> list[Any]:
    """What was refused; anything else that went wrong is a fault of the program."""
    faults = [each for each in results if isinstance(each, Exception) and not isinstance(each, DomainError)]
    assert faults == []
    return [each for each in results if isinstance(each, DomainError)]


def test_five_award_the_same_request(quoted: RequestForQuotation, requisition: PurchaseRequest, boss: User) -> None:
    results = at_once(*[lambda: award_rfq(rfq=quoted, actor=boss, at=AT)] * 5)

    assert refusals(results) == []
    assert PurchaseOrder.objects.count() == 2
    assert sorted(order.lines.get().unit_price for order in PurchaseOrder.objects.all()) == [D(4), D(10)]
    assert PurchaseRequest.objects.get(pk=requisition.pk).status == RequisitionStatus.ORDERED


def test_two_award_to_different_suppliers(quoted: RequestForQuotation, suppliers: list[Party], boss: User) -> None:
    def to(supplier: Party) -> Callable[[], Any]:
        choices: dict[int, int | None] = dict.fromkeys(quoted.lines.values_list("pk", flat=True), supplier.pk)
        return lambda: award_rfq(rfq=quoted, choices=choices, reason="独家", actor=boss, at=AT)

    results = at_once(*map(to, suppliers))

    assert len(refusals(results)) == 1
    order = PurchaseOrder.objects.get()
    assert order.lines.count() == 2
    assert set(quoted.lines.values_list("awarded__quote__supplier", flat=True)) == {order.supplier_id}


def test_one_awards_while_another_orders_the_requisition(
    quoted: RequestForQuotation, requisition: PurchaseRequest, suppliers: list[Party], boss: User
) -> None:
    results = at_once(
        lambda: award_rfq(rfq=quoted, actor=boss, at=AT),
        lambda: order_request(request=requisition, supplier=suppliers[0], actor=boss, at=AT),
    )

    assert len(refusals(results)) == 1
    assert [line.ordered_quantity for line in requisition.lines.order_by("position")] == [D(100), D(10)]


def test_two_ask_for_the_same_requisition(requisition: PurchaseRequest, suppliers: list[Party], boss: User) -> None:
    def work() -> RequestForQuotation:
        return ask_suppliers(
            purchaserequest=requisition, suppliers=suppliers, due_on=DAY, request=uuid4(), actor=boss, at=AT
        )

    results = at_once(work, work)

    assert len(refusals(results)) == 1
    assert RequestForQuotation.objects.get().lines.count() == 2


def test_a_supplier_revises_its_quote_twice_at_once(
    quoted: RequestForQuotation, suppliers: list[Party], boss: User
) -> None:
    results = at_once(
        lambda: quote(quoted, suppliers[0], (8, 3), boss), lambda: quote(quoted, suppliers[0], (7, 2), boss)
    )

    assert refusals(results) == []
    own = SupplierQuote.objects.filter(supplier=suppliers[0])
    assert sorted(own.values_list("status", flat=True)) == [
        QuoteStatus.RECEIVED,
        QuoteStatus.REPLACED,
        QuoteStatus.REPLACED,
    ]


def test_a_blanket_order_is_called_off_once(suppliers: list[Party], boss: User) -> None:
    blanket = create_blanket(
        supplier=suppliers[0],
        warehouse=WarehouseFactory(),
        lines=[{"item": ItemFactory(), "quantity": D(300), "unit_price": D(9)}],
        actor=boss,
        at=AT,
    )
    activate_blanket(blanket=blanket, actor=boss, at=AT)
    line = blanket.lines.get()
    schedule_deliveries(blanket=blanket, line=line, due_on=DAY, quantity=D(100), times=3, actor=boss, at=AT)
    token = uuid4()

    results = at_once(
        *[lambda: call_off(blanket=blanket, until=NEEDED, request=token, actor=boss, at=AT)] * 3,
        lambda: call_off(blanket=blanket, until=NEEDED, request=uuid4(), actor=boss, at=AT),
    )

    assert len(refusals(results)) in {1, 3}
    assert PurchaseOrder.objects.count() == 1
    assert called_off(blanket) == {line.pk: D(300)}
    assert BlanketOrder.objects.get(pk=blanket.pk).status == "FULFILLED"


def test_prices_are_raised_once(boss: User) -> None:
    line = PriceListLineFactory(unit_price=D(100))

    results = at_once(
        *[
            lambda: raise_prices(price_list=line.price_list, percent=D(10), valid_from=DAY, actor=boss, at=AT),
        ]
        * 3
    )

    assert refusals(results) == []
    assert list(line.price_list.lines.order_by("valid_from").values_list("unit_price", flat=True)) == [D(100), D(110)]
