"""Who is known to supply an item, and that a buyer finds them chosen already."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from erp.masterdata.models import Warehouse
from erp.pricing.choices import AgreementStatus
from erp.purchasing.choices import OrderStatus, RequestStatus
from erp.purchasing.models import PurchaseRequest
from erp.purchasing.selectors import suppliers_of, suppliers_of_request
from suite.documents.status import StatusModel
from suite.masters.models import Company, Item, Party
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.erp import AT, StockItemFactory, WarehouseFactory
from tests.factories.erp_pricing import PriceAgreementFactory, PriceAgreementLineFactory
from tests.factories.erp_purchasing import (
    PurchaseOrderFactory,
    PurchaseOrderLineFactory,
    PurchaseRequestFactory,
    PurchaseRequestLineFactory,
)
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 2)


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory()


def supplier(**values: object) -> Party:
    return PartyFactory(is_customer=False, is_supplier=True, **values)


def through(row: StatusModel, *states: str) -> None:
    for state_after in states:
        row.become(state_after, actor=None, at=AT)


RELEASED = (OrderStatus.APPROVING, OrderStatus.RELEASED)
ACTIVE = (AgreementStatus.APPROVING, AgreementStatus.ACTIVE)


def ordered(
    warehouse: Warehouse, item: Item, day: date, by: Party | None = None, states: tuple[str, ...] = RELEASED
) -> Party:
    order = PurchaseOrderFactory(warehouse=warehouse, document_date=day, supplier=by or supplier())
    PurchaseOrderLineFactory(document=order, item=item)
    through(order, *states)
    return order.supplier


def agreed(company: Company, item: Item, states: tuple[str, ...] = ACTIVE, **values: object) -> Party:
    agreement = PriceAgreementFactory(company=company, **values)
    PriceAgreementLineFactory(agreement=agreement, item=item)
    through(agreement, *states)
    return agreement.supplier


def test_the_usual_supplier_comes_first_then_the_latest_then_by_agreement(warehouse: Warehouse) -> None:
    item, company = ItemFactory(), warehouse.company
    by_agreement = agreed(company, item)
    earlier = ordered(warehouse, item, date(2026, 3, 1))
    later = ordered(warehouse, item, date(2026, 9, 1))
    usual = StockItemFactory(item=item, supplier=supplier()).supplier

    found = suppliers_of(company, [item.pk, ItemFactory().pk], TODAY)

    assert found == {item.pk: [usual.pk, later.pk, earlier.pk, by_agreement.pk]}


def test_each_is_named_once(warehouse: Warehouse) -> None:
    item = ItemFactory()
    known = ordered(warehouse, item, date(2026, 3, 1))
    ordered(warehouse, item, date(2026, 4, 1), by=known)
    agreed(warehouse.company, item, supplier=known)
    StockItemFactory(item=item, supplier=known)

    assert suppliers_of(warehouse.company, [item.pk], TODAY) == {item.pk: [known.pk]}


def test_who_does_not_deliver_any_more_is_left_out(warehouse: Warehouse) -> None:
    item, company = ItemFactory(), warehouse.company
    StockItemFactory(item=item, supplier=supplier(is_active=False))
    ordered(warehouse, item, date(2026, 3, 1), by=PartyFactory(is_supplier=False))
    ordered(warehouse, item, date(2026, 3, 1), states=())
    ordered(warehouse, item, date(2026, 3, 1), states=(OrderStatus.CANCELLED,))
    ordered(WarehouseFactory(), item, date(2026, 3, 1))
    agreed(company, item, valid_to=date(2026, 11, 1))
    agreed(company, item, valid_from=date(2026, 11, 3))
    agreed(company, item, states=(*ACTIVE, AgreementStatus.ENDED))

    assert suppliers_of(company, [item.pk], TODAY) == {}


def requested(warehouse: Warehouse, *items: Item) -> PurchaseRequest:
    request = PurchaseRequestFactory(warehouse=warehouse)
    for item in items:
        PurchaseRequestLineFactory(request=request, item=item)
    through(request, RequestStatus.APPROVING, RequestStatus.APPROVED)
    return request


def test_who_supplies_most_of_a_requisition_comes_first(warehouse: Warehouse) -> None:
    one, two, done = ItemFactory(), ItemFactory(), ItemFactory()
    of_one = ordered(warehouse, one, date(2026, 9, 1))
    of_both = ordered(warehouse, one, date(2026, 3, 1))
    ordered(warehouse, two, date(2026, 3, 1), by=of_both)
    of_done = ordered(warehouse, done, date(2026, 9, 1))
    request = requested(warehouse, one, two)
    PurchaseRequestLineFactory(request=request, item=done, quantity=5, ordered_quantity=5)

    found = suppliers_of_request(request, TODAY)

    assert found == [of_both.pk, of_one.pk]
    assert of_done.pk not in found


@pytest.mark.parametrize("action", ["ask", "order"])
def test_a_buyer_finds_who_supplies_it_chosen(warehouse: Warehouse, action: str) -> None:
    ModuleState.objects.bulk_create(ModuleState(code=code, is_enabled=True) for code in ("crm", "erp"))
    state.forget()
    item = ItemFactory()
    known, stranger = ordered(warehouse, item, date(2026, 3, 1)), supplier(name="陌生供应商")
    request = requested(warehouse, item)
    client = Client()
    client.force_login(UserFactory(is_superuser=True))

    text = client.get(f"/erp/purchase-requests/{request.pk}/actions/{action}/").content.decode()

    assert f'<option value="{known.pk}" selected' in text
    assert stranger.name not in text
    state.forget()
