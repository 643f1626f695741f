"""What goods cost besides their price, and what suppliers bill: shares, matches, and what stock and sales bear."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from erp.inventory.models import CostAdjustment, StockValue
from erp.inventory.proof import faults
from erp.landed.choices import Basis, LandedStatus
from erp.landed.models import LandedCost
from erp.landed.services import (
    create_landed_cost,
    post_landed_cost,
    reverse_landed_cost,
    submit_landed_cost,
    update_landed_cost,
)
from erp.masterdata.models import Warehouse
from erp.matching.choices import MatchStatus
from erp.matching.engine import judge
from erp.matching.models import InvoiceMatch
from erp.matching.selectors import with_billed
from erp.matching.services import match_invoice, reject_match, release_match
from erp.purchasing.models import GoodsReceipt, GoodsReceiptLine
from erp.purchasing.receipts import receive_goods, return_goods
from erp.purchasing.services import create_order, submit_order
from erp.sales.deliveries import ship_order
from erp.sales.services import create_order as create_sales_order
from erp.sales.services import submit_order as submit_sales_order
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.core.errors import InvalidInput, WrongState
from suite.documents.models import DocumentLink
from suite.masters.models import Item
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory, UnitFactory

D = Decimal
HOUR = timedelta(hours=1)
LATER = AT + HOUR
DAY = date(2026, 11, 5)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def systems_on(db: None) -> Iterator[None]:
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    yield
    assert faults() == []


@pytest.fixture
def boss() -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def warehouse() -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.fixture
def item() -> Item:
    return ItemFactory()


def received(boss: User, warehouse: Warehouse, *wanted: tuple[Item, int, int]) -> GoodsReceipt:
    """A receipt of (item, quantity, price without tax)."""
    order = create_order(
        supplier=PartyFactory(is_supplier=True),
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(n), "unit_price": D(price)} for item, n, price in wanted],
        actor=boss,
        at=AT,
    )
    order = submit_order(order=order, actor=boss, at=AT)
    lines = [(line, line.base_quantity) for line in order.lines.order_by("position")]
    return receive_goods(order=order, lines=lines, request=uuid4(), actor=boss, at=AT)


def shipped(boss: User, warehouse: Warehouse, item: Item, quantity: int) -> None:
    order = create_sales_order(
        party=PartyFactory(is_customer=True),
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(quantity), "unit_price": D(99)}],
        actor=boss,
        at=AT,
    )
    order = submit_sales_order(salesorder=order, actor=boss, at=LATER)
    ship_order(salesorder=order, request=uuid4(), actor=boss, at=LATER)


def worth(item: Item) -> Decimal:
    return StockValue.objects.get(item=item).amount


def landed(boss: User, *receipts: GoodsReceipt, amount: str = "100", **more: object) -> LandedCost:
    lines = [{"kind": "FREIGHT", "amount": D(amount)}]
    return create_landed_cost(receipts=receipts, lines=lines, actor=boss, at=LATER, **more)


# -- landed costs ------------------------------------------------------------------------------


def test_freight_is_shared_by_value_to_the_cent(boss: User, warehouse: Warehouse) -> None:
    dear, cheap, third = ItemFactory(), ItemFactory(), ItemFactory()
    receipt = received(boss, warehouse, (dear, 1, 200), (cheap, 10, 10), (third, 3, 100))
    cost = landed(boss, receipt, amount="100.01")

    cost = submit_landed_cost(landedcost=cost, actor=boss, at=LATER)

    assert cost.status == LandedStatus.POSTED
    assert [share.amount for share in cost.shares.order_by("pk")] == [D("33.34"), D("16.67"), D("50.00")]
    assert (worth(dear), worth(cheap), worth(third)) == (D("233.34"), D("116.67"), D("350.00"))
    assert DocumentLink.objects.filter(source_id=receipt.pk, target_id=cost.pk).exists()


def test_what_has_gone_bears_its_share_as_an_expense(boss: User, warehouse: Warehouse, item: Item) -> None:
    receipt = received(boss, warehouse, (item, 10, 10))
    shipped(boss, warehouse, item, 4)

    cost = submit_landed_cost(landedcost=landed(boss, receipt), actor=boss, at=LATER + HOUR)

    assert cost.shares.get().adjustment.expense == D("40.00")
    assert worth(item) == D("120.00")


def test_what_went_back_bears_nothing(boss: User, warehouse: Warehouse) -> None:
    kept, returned = ItemFactory(), ItemFactory()
    receipt = received(boss, warehouse, (kept, 10, 10), (returned, 10, 10))
    line = receipt.lines.get(order_line__item=returned)
    return_goods(receipt_line=line, quantity=D(10), reason="破损", request=uuid4(), actor=boss, at=LATER)

    cost = submit_landed_cost(landedcost=landed(boss, receipt), actor=boss, at=LATER)

    assert (worth(kept), worth(returned)) == (D("200.00"), D("0.00"))
    assert cost.shares.get().amount == D("100.00")


def test_quantities_of_several_units_are_not_added(boss: User, warehouse: Warehouse) -> None:
    receipt = received(
        boss, warehouse, (ItemFactory(), 10, 10), (ItemFactory(base_unit=UnitFactory(code="KG")), 10, 10)
    )
    cost = landed(boss, receipt, basis=Basis.QUANTITY)

    with pytest.raises(InvalidInput) as refusal:
        submit_landed_cost(landedcost=cost, actor=boss, at=LATER)

    cost.refresh_from_db()
    assert (refusal.value.field, cost.status) == ("basis", LandedStatus.DRAFT)
    assert not CostAdjustment.objects.exists()


def test_equal_shares_and_reversal(boss: User, warehouse: Warehouse) -> None:
    first, second = ItemFactory(), ItemFactory()
    receipts = [received(boss, warehouse, (first, 10, 10)), received(boss, warehouse, (second, 1, 1))]
    cost = submit_landed_cost(landedcost=landed(boss, *receipts, basis=Basis.LINES), actor=boss, at=LATER)
    assert (worth(first), worth(second)) == (D("150.00"), D("51.00"))

    cost = reverse_landed_cost(landedcost=cost, reason="录入错误", actor=boss, at=LATER + HOUR)

    assert (worth(first), worth(second)) == (D("100.00"), D("1.00"))
    with pytest.raises(WrongState):
        reverse_landed_cost(landedcost=cost, reason="again", actor=boss, at=LATER + HOUR)


def test_a_landed_cost_is_posted_once_and_changed_as_draft_only(boss: User, warehouse: Warehouse, item: Item) -> None:
    receipt = received(boss, warehouse, (item, 10, 10))
    cost = landed(boss, receipt)
    lines = [{"kind": "CUSTOMS", "amount": D(30)}, {"kind": "OTHER", "amount": D(20)}]
    cost = update_landed_cost(landedcost=cost, receipts=[receipt], lines=lines, actor=boss, at=LATER)
    assert cost.total == D("50.00")
    cost = submit_landed_cost(landedcost=cost, actor=boss, at=LATER)

    with pytest.raises(WrongState):
        post_landed_cost(landedcost=cost, actor=boss, at=LATER)
    with pytest.raises(WrongState):
        update_landed_cost(landedcost=cost, receipts=[receipt], lines=lines, actor=boss, at=LATER)

    assert worth(item) == D("150.00")


def test_posting_takes_as_many_statements_for_many_lines(boss: User, warehouse: Warehouse) -> None:
    one = landed(boss, received(boss, warehouse, (ItemFactory(), 1, 10)))
    many = landed(boss, received(boss, warehouse, *((ItemFactory(), 1, 10) for _each in range(6))))
    submit_landed_cost(landedcost=landed(boss, received(boss, warehouse, (ItemFactory(), 1, 10))), actor=boss, at=LATER)

    with CaptureQueriesContext(connection) as few:
        submit_landed_cost(landedcost=one, actor=boss, at=LATER)
    with CaptureQueriesContext(connection) as more:
        submit_landed_cost(landedcost=many, actor=boss, at=LATER)

    # What an adjustment makes an expense is written row by row; nothing has left here.
    assert len(more) == len(few)


def test_the_form_takes_receipts_and_costs(boss: User, warehouse: Warehouse, item: Item, client: Client) -> None:
    receipt = received(boss, warehouse, (item, 10, 10))
    client.force_login(boss)
    data = {
        "receipts": [receipt.pk],
        "basis": "VALUE",
        "incurred_on": "2026-11-02",
        "owner": boss.pk,
        "lines-TOTAL_FORMS": 1,
        "lines-INITIAL_FORMS": 0,
        "lines-0-kind": "FREIGHT",
        "lines-0-amount": "88.00",
    }

    answer = client.post(reverse("erp:landedcost-create"), data)

    assert answer.status_code == 302
    cost = LandedCost.objects.get()
    assert (cost.total, list(cost.receipts.all())) == (D("88.00"), [receipt])
    assert client.get(cost.get_absolute_url()).status_code == 200


# -- three-way match ---------------------------------------------------------------------------


@given(
    expected=st.decimals(0, 10_000, places=2),
    billed=st.decimals(0, 10_000, places=2),
    quantity=st.decimals(0, 100, places=2),
    open_quantity=st.decimals(0, 100, places=2),
)
def test_only_what_fits_is_not_blocked(
    expected: Decimal, billed: Decimal, quantity: Decimal, open_quantity: Decimal
) -> None:
    found = judge(billed_quantity=quantity, billed_amount=billed, open_quantity=open_quantity, expected_amount=expected)

    fits = quantity <= open_quantity and abs(billed - expected) <= max(expected * 2 / 100, D(5))
    assert found.is_blocked is not fits
    assert found.difference == billed - expected


def billed(line: GoodsReceiptLine, boss: User, quantity: int, amount: str, number: str = "INV-1") -> InvoiceMatch:
    return match_invoice(
        receipt_line=line,
        invoice_number=number,
        invoiced_on=DAY,
        quantity=D(quantity),
        amount=D(amount),
        request=uuid4(),
        actor=boss,
        at=LATER + HOUR,
    )


def test_an_invoice_at_another_price_after_part_was_shipped(boss: User, warehouse: Warehouse, item: Item) -> None:
    receipt = received(boss, warehouse, (item, 10, 100))
    shipped(boss, warehouse, item, 6)

    match = billed(receipt.lines.get(), boss, 10, "1010")

    assert (match.status, match.difference) == (MatchStatus.MATCHED, D("10.00"))
    assert match.adjustment is not None
    assert match.adjustment.expense == D("6.00")
    assert worth(item) == D("404.00")


def test_what_does_not_fit_waits_and_changes_nothing_until_released(
    boss: User, warehouse: Warehouse, item: Item
) -> None:
    line = received(boss, warehouse, (item, 10, 100)).lines.get()

    too_dear = billed(line, boss, 5, "600", "INV-1")
    too_much = billed(line, boss, 6, "600", "INV-2")

    assert (too_dear.status, too_dear.difference) == (MatchStatus.BLOCKED, D("100.00"))
    assert (too_much.status, too_much.too_much) == (MatchStatus.BLOCKED, D(1))
    assert worth(item) == D("1000.00")
    reject_match(invoicematch=too_much, reason="多开一件", actor=boss, at=LATER + HOUR)
    released = release_match(invoicematch=too_dear, reason="已同意涨价", actor=boss, at=LATER + HOUR)
    assert released.status == MatchStatus.RELEASED
    assert worth(item) == D("1100.00")
    row = with_billed(GoodsReceiptLine.objects.all()).get()
    assert (row.billed, row.billed_amount, row.unbilled, row.accrued) == (D(5), D(600), D(5), D("500.00"))


def test_an_invoice_is_entered_once(boss: User, warehouse: Warehouse, item: Item) -> None:
    line = received(boss, warehouse, (item, 10, 100)).lines.get()
    request = uuid4()
    facts = {"invoice_number": "INV-1", "invoiced_on": DAY, "quantity": D(10), "amount": D(1000)}

    first, again = (
        match_invoice(receipt_line=line, request=request, actor=boss, at=LATER + HOUR, **facts) for _time in range(2)
    )

    assert first == again
    with pytest.raises(InvalidInput):
        billed(line, boss, 1, "100", "INV-1")
    assert InvoiceMatch.objects.count() == 1


def test_what_went_back_is_not_waited_for(boss: User, warehouse: Warehouse, item: Item) -> None:
    line = received(boss, warehouse, (item, 10, 100)).lines.get()
    return_goods(receipt_line=line, quantity=D(4), reason="破损", request=uuid4(), actor=boss, at=LATER)

    row = with_billed(GoodsReceiptLine.objects.all()).get()

    assert (row.kept, row.unbilled, row.accrued) == (D(6), D(6), D("600.00"))


def test_who_may_see_received_lines_may_not_bill_them(
    boss: User, warehouse: Warehouse, item: Item, client: Client
) -> None:
    line = received(boss, warehouse, (item, 10, 100)).lines.get()
    buyer = UserFactory()
    grants = {GoodsReceiptLine: (("view",), ScopeLevel.ALL)}
    buyer.groups.add(define_role(name="buyer", grants=grants, actor=None, at=AT))
    client.force_login(buyer)
    url = reverse("erp:goodsreceiptline-action", args=[line.pk, "match"])

    answers = client.get(line.get_absolute_url()), client.get(reverse("erp:goodsreceiptline-list")), client.get(url)

    assert [answer.status_code for answer in answers] == [200, 200, 403]
    client.force_login(boss)
    data = {"invoice_number": "INV-9", "invoiced_on": "2026-11-05", "quantity": "10", "amount": "1000.00"}
    assert client.post(url, {**data, "version": line.version}).status_code in {200, 204, 302}
    assert InvoiceMatch.objects.get().status == MatchStatus.MATCHED
