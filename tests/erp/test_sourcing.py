"""Sourcing: from requisition to request for quotation, comparison, award, and blanket orders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from erp.masterdata.models import Warehouse
from erp.pricing.models import PriceAgreement
from erp.purchasing.choices import RequestStatus as RequisitionStatus
from erp.purchasing.models import PurchaseOrder, PurchaseRequest
from erp.purchasing.requests import create_request, submit_request
from erp.purchasing.services import cancel_order, create_order, order_request, submit_order
from erp.sourcing.awards import award_rfq
from erp.sourcing.blankets import (
    activate_blanket,
    call_off,
    called_off,
    create_blanket,
    drop_schedule,
    end_blanket,
    schedule_deliveries,
    update_blanket,
)
from erp.sourcing.choices import BlanketStatus, QuoteStatus, RequestStatus
from erp.sourcing.engine import Ask, Comparison, Offer, compare, needs_reason, net_price
from erp.sourcing.models import BlanketOrder, BlanketSchedule, CallOff, RequestForQuotation, SupplierQuote
from erp.sourcing.presenting import comparison_of
from erp.sourcing.requests import (
    ask_suppliers,
    cancel_rfq,
    close_rfq,
    create_rfq,
    record_quote,
    send_rfq,
    update_rfq,
)
from hrm.org.default_roles import create_default_roles
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.errors import LineErrors
from suite.documents.selectors import document_chain
from suite.masters.models import Item, Party
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.registry import pageset_of
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.erp_pricing import PriceAgreementLineFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import (
    CurrencyFactory,
    ExchangeRateFactory,
    ItemFactory,
    ItemUnitFactory,
    PartyFactory,
    TaxRateFactory,
)
from tests.kit.objects import give

D, F = Decimal, Fraction
TODAY = date(2026, 11, 2)
SOON, NEEDED = TODAY + timedelta(days=7), TODAY + timedelta(days=20)


# -- the engine --------------------------------------------------------------------------------


def sheet(*offers: Offer, needed_on: date | None = NEEDED) -> Comparison:
    return compare([Ask(1, F(100), needed_on), Ask(2, F(10))], offers, today=TODAY)


def test_the_best_is_the_cheapest_in_time() -> None:
    cheap_late = Offer(1, ask=1, supplier=7, price=F(9), lead_time_days=21)
    dear = Offer(2, ask=1, supplier=8, price=F(11), lead_time_days=20)
    other = Offer(3, ask=2, supplier=8, price=F(3))

    found = sheet(cheap_late, dear, other)

    assert found.lowest == {1: 9, 2: 3}
    assert {ask: cell.offer.key for ask, cell in found.best.items()} == {1: 2, 2: 3}
    assert [found.cells[1, each].is_in_time for each in (7, 8)] == [False, True]
    assert {each: (total.amount, total.lines) for each, total in found.totals.items()} == {7: (900, 1), 8: (1130, 2)}
    assert (found.split.amount, found.split.lines) == (1130, 2)
    assert needs_reason(found, 1, 7)
    assert not needs_reason(found, 1, 8)
    assert sheet(cheap_late).best[1].offer == cheap_late


def test_the_highest_tier_that_is_reached_counts() -> None:
    tiers = [
        Offer(1, ask=1, supplier=7, price=F(10)),
        Offer(2, ask=1, supplier=7, price=F(8), minimum=F(100)),
        Offer(3, ask=1, supplier=7, price=F(6), minimum=F(101)),
        Offer(4, ask=2, supplier=7, price=F(1), minimum=F(11)),
    ]

    found = sheet(*tiers)

    assert found.cells[1, 7].offer.key == 2
    assert (found.cells[2, 7].is_reached, 2 in found.best) == (False, False)


def test_prices_are_set_beside_each_other_without_tax_in_base_currency() -> None:
    gross = net_price(D(113), tax_percent=D(13), includes_tax=True, rate=D(1), base_units=F(10))
    foreign = net_price(D("1.5"), tax_percent=D(13), includes_tax=False, rate=D("7.1"), base_units=F(1))

    assert (gross, foreign) == (10, F("10.65"))


OFFERS = st.builds(
    Offer,
    key=st.integers(1, 10**6),
    ask=st.integers(1, 3),
    supplier=st.integers(1, 3),
    price=st.fractions(0, 100, max_denominator=100),
    minimum=st.fractions(0, 200, max_denominator=10),
    lead_time_days=st.none() | st.integers(0, 60),
)


@given(st.lists(OFFERS, max_size=20, unique_by=lambda offer: (offer.ask, offer.supplier, offer.minimum)))
def test_the_best_is_never_dearer_than_another_that_is_as_early(offers: list[Offer]) -> None:
    asks = [Ask(1, F(100), NEEDED), Ask(2, F(1), TODAY), Ask(3, F(50))]

    found = compare(asks, offers, today=TODAY)

    for (ask, _supplier), cell in found.cells.items():
        if cell.is_reached:
            best = found.best[ask]
            assert cell.offer.minimum <= asks[ask - 1].quantity
            assert best.offer.price <= cell.offer.price or (best.is_in_time and not cell.is_in_time)
            assert found.lowest[ask] <= best.offer.price
    assert found.split.lines == len(found.best)


# -- asking ------------------------------------------------------------------------------------


@pytest.fixture
def boss(db: None) -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def warehouse(db: None) -> Warehouse:
    return WarehouseFactory()


@pytest.fixture
def item(db: None) -> Item:
    return ItemFactory()


def new_supplier(**values: Any) -> Party:
    return PartyFactory(is_customer=False, is_supplier=True, **values)


@pytest.fixture
def suppliers(db: None) -> list[Party]:
    return [new_supplier(name=name) for name in ("甲电子", "乙电子", "丙电子")]


@pytest.fixture
def approved(warehouse: Warehouse, boss: User) -> Callable[..., PurchaseRequest]:
    def make(*lines: tuple[Item, int], warehouse: Warehouse = warehouse) -> PurchaseRequest:
        request = create_request(
            warehouse=warehouse,
            lines=[{"item": each, "quantity": D(quantity)} for each, quantity in lines],
            needed_on=NEEDED,
            actor=boss,
            at=AT,
        )
        return submit_request(request=request, actor=boss, at=AT)

    return make


@pytest.fixture
def sent(warehouse: Warehouse, suppliers: list[Party], boss: User) -> Callable[..., RequestForQuotation]:
    def make(*lines: dict[str, Any]) -> RequestForQuotation:
        values = [{"quantity": D(100), "needed_on": NEEDED, **line} for line in lines]
        rfq = create_rfq(warehouse=warehouse, lines=values, suppliers=suppliers, due_on=SOON, actor=boss, at=AT)
        return send_rfq(rfq=rfq, actor=boss, at=AT)

    return make


def ask(requisition: PurchaseRequest, suppliers: list[Party], actor: User, **more: Any) -> RequestForQuotation:
    values = {"request": uuid4(), "due_on": SOON, "at": AT, **more}
    return ask_suppliers(purchaserequest=requisition, suppliers=suppliers, actor=actor, **values)


def quote(
    rfq: RequestForQuotation, supplier: Party, *prices: int | str | dict[str, Any] | None, **more: Any
) -> SupplierQuote:
    """Quote a price for each line, None for a line that is not offered."""
    rows = []
    for line, price in zip(rfq.lines.order_by("position"), prices, strict=True):
        if price is not None:
            given = price if isinstance(price, dict) else {"unit_price": D(price)}
            rows.append({"rfq_line": line, "lead_time_days": 10, **given})
    values: dict[str, Any] = {"request": uuid4(), "actor": rfq.owner, "at": AT, **more}
    return record_quote(rfq=rfq, supplier=supplier, lines=rows, **values)


def state_of(row: Any) -> str:
    return str(type(row).objects.get(pk=row.pk).status)


def test_requisitions_of_one_warehouse_are_asked_for_together_and_once(
    approved: Callable[..., PurchaseRequest], item: Item, suppliers: list[Party], boss: User
) -> None:
    first, second = approved((item, 30)), approved((ItemFactory(), 5), (item, 70))
    token = uuid4()

    rfq = ask(first, suppliers, boss, others=[second], request=token)
    again = ask(first, suppliers, boss, others=[second], request=token)

    assert again == rfq
    assert RequestForQuotation.objects.count() == 1
    assert (rfq.number, rfq.status) == ("RFQ-2026-0001", RequestStatus.DRAFT)
    lines = list(rfq.lines.order_by("position"))
    assert [(line.quantity, line.base_quantity, line.needed_on) for line in lines] == [
        (D(30), D(30), NEEDED),
        (D(5), D(5), NEEDED),
        (D(70), D(70), NEEDED),
    ]
    assert {line.request_line.request for line in lines if line.request_line} == {first, second}
    with pytest.raises(InvalidInput):
        ask(second, suppliers, boss)
    cancel_rfq(rfq=rfq, reason="取消", actor=boss, at=AT)
    assert ask(second, suppliers, boss).lines.count() == 2


def test_what_cannot_be_asked_for(
    approved: Callable[..., PurchaseRequest], item: Item, suppliers: list[Party], boss: User
) -> None:
    here, there = approved((item, 1)), approved((item, 1), warehouse=WarehouseFactory())
    ordered = approved((item, 1))
    order_request(request=ordered, supplier=suppliers[0], actor=boss, at=AT)

    for request, parties, others in (
        (here, suppliers, [there]),
        (here, [PartyFactory()], []),
        (ordered, suppliers, []),
    ):
        with pytest.raises((InvalidInput, WrongState)), transaction.atomic():
            ask(request, parties, boss, others=others)

    assert not RequestForQuotation.objects.exists()


def test_a_request_is_changed_while_it_is_a_draft(
    warehouse: Warehouse, item: Item, suppliers: list[Party], boss: User
) -> None:
    carton = ItemUnitFactory(item=item).unit
    rfq = create_rfq(
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(2), "unit": carton}],
        suppliers=[],
        due_on=SOON,
        actor=boss,
        at=AT,
    )
    line = rfq.lines.get()
    with pytest.raises(InvalidInput), transaction.atomic():
        send_rfq(rfq=rfq, actor=boss, at=AT)

    rfq = update_rfq(
        requestforquotation=rfq,
        lines=[{"id": line.pk, "item": item, "quantity": D(3), "unit": carton}],
        suppliers=suppliers[:1],
        due_on=NEEDED,
        actor=boss,
        at=AT,
    )
    send_rfq(rfq=rfq, actor=boss, at=AT)

    line.refresh_from_db()
    assert (line.quantity, line.base_quantity, rfq.due_on) == (D(3), D(72), NEEDED)
    assert list(rfq.suppliers.all()) == suppliers[:1]
    with pytest.raises(WrongState):
        update_rfq(requestforquotation=rfq, lines=[], suppliers=[], actor=boss, at=AT)


def test_a_request_says_what_is_wrong_with_each_line(warehouse: Warehouse, item: Item, boss: User) -> None:
    lines = [
        {"item": item, "quantity": D(1)},
        {"item": item, "quantity": D(0)},
        {"item": item, "quantity": D("0.5")},
        {"item": None, "quantity": D(1)},
    ]

    with pytest.raises(LineErrors) as refused, transaction.atomic():
        create_rfq(warehouse=warehouse, lines=lines, suppliers=[], due_on=SOON, actor=boss, at=AT)

    assert {place: set(columns) for place, columns in refused.value.rows.items()} == {
        1: {"quantity"},
        2: {"quantity"},
        3: {"item"},
    }


# -- quotes ------------------------------------------------------------------------------------


def test_a_revised_quote_replaces_the_one_before(
    sent: Callable[..., RequestForQuotation], item: Item, suppliers: list[Party]
) -> None:
    rfq, token = sent({"item": item}), uuid4()
    first = quote(rfq, suppliers[0], 10)

    second = quote(rfq, suppliers[0], 9, request=token)
    again = quote(rfq, suppliers[0], 9, request=token)

    assert again == second
    assert (state_of(first), state_of(second)) == (QuoteStatus.REPLACED, QuoteStatus.RECEIVED)
    assert [each.lines.get().unit_price for each in (first, second)] == [D(10), D(9)]
    assert SupplierQuote.objects.count() == 2
    with pytest.raises(InvalidInput):
        quote(rfq, suppliers[1], 9, request=token)


def test_two_quotes_of_one_supplier_never_count(
    sent: Callable[..., RequestForQuotation], item: Item, suppliers: list[Party]
) -> None:
    rfq = sent({"item": item})
    given = quote(rfq, suppliers[0], 10)

    with pytest.raises(IntegrityError), transaction.atomic():
        SupplierQuote.objects.create(
            company=rfq.company,
            rfq=rfq,
            supplier=suppliers[0],
            number="X",
            currency=given.currency,
            owner=rfq.owner,
            created_by=rfq.owner,
            request=uuid4(),
        )


def test_what_cannot_be_quoted(sent: Callable[..., RequestForQuotation], item: Item, suppliers: list[Party]) -> None:
    rfq, other = sent({"item": item}), sent({"item": item})
    line, far = rfq.lines.get(), other.lines.get()
    price = {"rfq_line": line, "unit_price": D(1)}

    for supplier, rows in (
        (new_supplier(), [price]),
        (suppliers[0], []),
        (suppliers[0], [{**price, "rfq_line": far}]),
        (suppliers[0], [price, price]),
        (suppliers[0], [{**price, "unit_price": D(-1)}]),
        (suppliers[0], [{**price, "tax_rate": D(101)}]),
        (suppliers[0], [{**price, "minimum_quantity": D(-1)}]),
    ):
        with pytest.raises(InvalidInput), transaction.atomic():
            record_quote(rfq=rfq, supplier=supplier, lines=rows, request=uuid4(), actor=rfq.owner, at=AT)
    cancel_rfq(rfq=rfq, reason="取消", actor=rfq.owner, at=AT)
    with pytest.raises(WrongState), transaction.atomic():
        quote(rfq, suppliers[0], 1)

    assert not SupplierQuote.objects.exists()


def test_a_quote_takes_rate_and_tax_of_the_day(
    sent: Callable[..., RequestForQuotation], suppliers: list[Party]
) -> None:
    item = ItemFactory(tax_code=TaxRateFactory().tax_code)
    dollar = ExchangeRateFactory().currency
    rfq = sent({"item": item})

    given = quote(rfq, suppliers[0], "1.5", currency=dollar)
    low = quote(rfq, suppliers[1], {"unit_price": D(11), "tax_rate": D(1)})

    assert (given.exchange_rate, given.lines.get().tax_rate) == (D("7.1"), D(13))
    assert (low.exchange_rate, low.lines.get().tax_rate) == (D(1), D(1))


# -- comparing ---------------------------------------------------------------------------------


def test_the_comparison_shows_prices_side_by_side(
    sent: Callable[..., RequestForQuotation], warehouse: Warehouse, suppliers: list[Party], boss: User
) -> None:
    item, other = ItemFactory(), ItemFactory()
    carton = ItemUnitFactory(item=item, numerator=20).unit
    paid = create_order(
        supplier=suppliers[2],
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(10), "unit_price": D("11.5")}],
        actor=boss,
        at=AT,
    )
    submit_order(order=paid, actor=boss, at=AT)
    agreed = PriceAgreementLineFactory(item=item, agreement__company=warehouse.company, unit_price=D(12))
    submitted = agreed.agreement
    with transaction.atomic():
        submitted.become("APPROVING", actor=boss, at=AT)
        submitted.become("ACTIVE", actor=boss, at=AT)
    rfq = sent({"item": item, "quantity": D(5), "unit": carton}, {"item": other})
    gross = {"unit_price": D(226), "tax_rate": D(13)}
    quote(rfq, suppliers[0], gross, 4, price_includes_tax=True)
    quote(rfq, suppliers[1], {"unit_price": D(180), "lead_time_days": 30}, None, valid_until=TODAY - timedelta(days=1))

    shown: Any = comparison_of(rfq, TODAY)

    first, second = shown["lines"]
    assert [(cell.price, cell.is_lowest, cell.is_best, cell.is_late) for cell in first.cells] == [
        (D(10), False, True, False),
        (D(9), True, False, True),
    ]
    assert [cell.price for cell in second.cells] == [D(4), None]
    assert (first.last.price, first.last.source) == (D("11.5"), paid.number)
    assert (first.agreed.price, first.agreed.source) == (D(12), submitted.number)
    assert [(each.total, each.is_whole, each.is_expired) for each in shown["suppliers"]] == [
        (D(1400), True, False),
        (D(900), False, True),
    ]
    assert (shown["split_total"], shown["split_is_whole"]) == (D(1400), True)


def test_comparing_many_lines_takes_the_same_statements(
    sent: Callable[..., RequestForQuotation], suppliers: list[Party]
) -> None:
    def statements(number: int) -> int:
        rfq = sent(*({"item": ItemFactory()} for _n in range(number)))
        for supplier in suppliers:
            quote(rfq, supplier, *([10] * number))
        fresh = RequestForQuotation.objects.select_related("company__base_currency").get(pk=rfq.pk)
        with CaptureQueriesContext(connection) as captured:
            shown: Any = comparison_of(fresh, TODAY)
            assert len(shown["lines"]) == number
        return len(captured)

    assert statements(2) == statements(12)


# -- awarding ----------------------------------------------------------------------------------


def test_lines_go_to_the_cheapest_in_time_and_pegs_stay(
    approved: Callable[..., PurchaseRequest], suppliers: list[Party], boss: User
) -> None:
    request = approved((ItemFactory(), 100), (ItemFactory(), 10))
    rfq = send_rfq(rfq=ask(request, suppliers, boss), actor=boss, at=AT)
    first = quote(rfq, suppliers[0], {"unit_price": D(10), "lead_time_days": None}, 5)
    second = quote(
        rfq, suppliers[1], {"unit_price": D(11), "tax_rate": D(3)}, {"unit_price": D(4), "lead_time_days": 3}
    )
    waiting = state_of(rfq)
    third = quote(rfq, suppliers[2], {"unit_price": D(9), "lead_time_days": 60}, None)
    answered = state_of(rfq)

    rfq = award_rfq(rfq=rfq, actor=boss, at=AT)
    award_rfq(rfq=rfq, actor=boss, at=AT)

    orders = list(PurchaseOrder.objects.order_by("pk"))
    assert [(order.supplier, order.status, order.lines.get().unit_price) for order in orders] == [
        (suppliers[0], "DRAFT", D(10)),
        (suppliers[1], "DRAFT", D(4)),
    ]
    assert (waiting, answered) == (RequestStatus.SENT, RequestStatus.COMPARED)
    promised = TODAY + timedelta(days=3)
    assert [order.lines.get().promised_on for order in orders] == [None, promised]
    assert [order.expected_on for order in orders] == [request.needed_on, promised]
    pegs = [order.lines.get().request_line for order in orders]
    assert pegs == list(request.lines.order_by("position"))
    assert (state_of(rfq), state_of(request)) == (RequestStatus.AWARDED, RequisitionStatus.ORDERED)
    assert [state_of(each) for each in (first, second, third)] == ["AWARDED", "AWARDED", "DECLINED"]
    state.forget()
    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
    stages = document_chain(request, boss)
    assert {type(each.document) for stage in stages for each in stage.items} == {
        PurchaseRequest,
        RequestForQuotation,
        SupplierQuote,
        PurchaseOrder,
    }
    assert not PriceAgreement.objects.exists()
    close_rfq(rfq=rfq, actor=boss, at=AT)
    assert state_of(rfq) == RequestStatus.CLOSED


def test_another_choice_needs_a_reason(
    sent: Callable[..., RequestForQuotation], item: Item, suppliers: list[Party], boss: User
) -> None:
    rfq = sent({"item": item})
    quote(rfq, suppliers[0], 10)
    quote(rfq, suppliers[1], 11)
    line = rfq.lines.get()

    with pytest.raises(InvalidInput) as refused, transaction.atomic():
        award_rfq(rfq=rfq, choices={line.pk: suppliers[1].pk}, actor=boss, at=AT)
    assert (refused.value.field, PurchaseOrder.objects.count(), state_of(rfq)) == ("reason", 0, "SENT")
    award_rfq(rfq=rfq, choices={line.pk: suppliers[1].pk}, reason="质量更稳定", actor=boss, at=AT)

    order = PurchaseOrder.objects.get()
    assert (order.supplier, order.lines.get().unit_price) == (suppliers[1], D(11))
    assert RequestForQuotation.objects.get(pk=rfq.pk).award_reason == "质量更稳定"
    with pytest.raises(WrongState):
        award_rfq(rfq=rfq, choices={line.pk: suppliers[0].pk}, actor=boss, at=AT)


def test_what_cannot_be_awarded(
    sent: Callable[..., RequestForQuotation], item: Item, suppliers: list[Party], boss: User
) -> None:
    rfq = sent({"item": item})
    line = rfq.lines.get()
    quote(rfq, suppliers[0], {"unit_price": D(10), "minimum_quantity": D(101)})
    quote(rfq, suppliers[1], 5, valid_until=TODAY - timedelta(days=1))

    for choices in (
        {line.pk: suppliers[0].pk},
        {line.pk: suppliers[1].pk},
        {line.pk: suppliers[2].pk},
        {line.pk: None},
        {line.pk + 1000: suppliers[1].pk},
    ):
        with pytest.raises(InvalidInput), transaction.atomic():
            award_rfq(rfq=rfq, choices=choices, reason="试", actor=boss, at=AT)

    assert (state_of(rfq), PurchaseOrder.objects.count()) == ("SENT", 0)


def test_what_was_ordered_meanwhile_is_not_ordered_again(
    approved: Callable[..., PurchaseRequest], suppliers: list[Party], boss: User
) -> None:
    request, other = approved((ItemFactory(), 100)), approved((ItemFactory(), 10))
    rfq = send_rfq(rfq=ask(request, suppliers, boss, others=[other]), actor=boss, at=AT)
    quote(rfq, suppliers[0], 10, 5)
    order_request(request=request, supplier=suppliers[2], actor=boss, at=AT)
    taken, left = rfq.lines.order_by("position")

    with pytest.raises(WrongState), transaction.atomic():
        award_rfq(rfq=rfq, actor=boss, at=AT)
    assert (PurchaseOrder.objects.count(), state_of(rfq)) == (1, "SENT")
    award_rfq(rfq=rfq, choices={taken.pk: None}, actor=boss, at=AT)

    assert PurchaseOrder.objects.get(supplier=suppliers[0]).lines.get().item == left.item
    assert state_of(other) == RequisitionStatus.ORDERED


def test_awarded_prices_become_agreements_on_request(
    sent: Callable[..., RequestForQuotation], item: Item, suppliers: list[Party], boss: User
) -> None:
    rfq = sent({"item": item}, {"item": item, "quantity": D(5)})
    tier = {"unit_price": D(10), "minimum_quantity": D(50), "lead_time_days": 9}
    quote(rfq, suppliers[0], tier, 12, valid_until=NEEDED)

    award_rfq(rfq=rfq, makes_agreements=True, actor=boss, at=AT)

    agreement = PriceAgreement.objects.get()
    assert (agreement.supplier, agreement.status, agreement.valid_to) == (suppliers[0], "DRAFT", NEEDED)
    found = agreement.lines.order_by("minimum_quantity").values_list("minimum_quantity", "unit_price", "lead_time_days")
    assert list(found) == [(0, 12, 10), (50, 10, 9)]


def test_a_foreign_quote_becomes_a_foreign_order(
    sent: Callable[..., RequestForQuotation], item: Item, suppliers: list[Party], boss: User
) -> None:
    dollar = ExchangeRateFactory(currency=CurrencyFactory(code="USD")).currency
    rfq = sent({"item": item})
    quote(rfq, suppliers[0], "1.5", currency=dollar)
    quote(rfq, suppliers[1], 11)

    award_rfq(rfq=rfq, actor=boss, at=AT)

    order = PurchaseOrder.objects.get()
    assert (order.currency, order.exchange_rate, order.net_total) == (dollar, D("7.1"), D(150))


# -- blanket orders ----------------------------------------------------------------------------


@pytest.fixture
def blanket(warehouse: Warehouse, suppliers: list[Party], item: Item, boss: User) -> BlanketOrder:
    made = create_blanket(
        supplier=suppliers[0],
        warehouse=warehouse,
        lines=[{"item": item, "quantity": D(300), "unit_price": D(9)}],
        valid_to=date(2026, 12, 31),
        actor=boss,
        at=AT,
    )
    return activate_blanket(blanket=made, actor=boss, at=AT)


def plan(blanket: BlanketOrder, quantity: int = 100, times: int = 1, **more: Any) -> BlanketOrder:
    values = {"line": blanket.lines.get(), "due_on": TODAY, "actor": blanket.owner, "at": AT, **more}
    return schedule_deliveries(blanket=blanket, quantity=D(quantity), times=times, **values)


def call(blanket: BlanketOrder, until: date | None = TODAY, request: UUID | None = None, **more: Any) -> PurchaseOrder:
    return call_off(blanket=blanket, until=until, request=request or uuid4(), actor=blanket.owner, at=AT, **more)


def test_a_blanket_order_is_called_off_by_schedule(blanket: BlanketOrder, item: Item) -> None:
    plan(blanket, times=3)
    plan(blanket, times=3)
    token = uuid4()

    order = call(blanket, TODAY + timedelta(days=7), token)
    again = call(blanket, TODAY + timedelta(days=7), token)

    assert again == order
    assert [(line.quantity, line.unit_price, line.needed_on) for line in order.lines.order_by("position")] == [
        (D(100), D(9), TODAY),
        (D(100), D(9), TODAY + timedelta(days=7)),
    ]
    assert (blanket.number, order.supplier, order.status) == ("BO-2026-0001", blanket.supplier, "DRAFT")
    assert called_off(blanket) == {blanket.lines.get().pk: D(200)}
    with pytest.raises(InvalidInput), transaction.atomic():
        call(blanket, TODAY + timedelta(days=7))
    call(blanket, None, rows=blanket.schedule.filter(order_line__isnull=True))
    assert state_of(blanket) == BlanketStatus.FULFILLED
    assert CallOff.objects.count() == 2


def test_a_cancelled_call_off_gives_back(blanket: BlanketOrder, boss: User) -> None:
    ModuleState.objects.update_or_create(code="erp", defaults={"is_enabled": True})
    state.forget()
    plan(blanket, quantity=300)
    order = call(blanket)
    assert state_of(blanket) == BlanketStatus.FULFILLED

    cancel_order(order=order, reason="推迟", actor=boss, at=AT)

    assert state_of(blanket) == BlanketStatus.ACTIVE
    assert called_off(blanket) == {}
    assert call(BlanketOrder.objects.get(pk=blanket.pk)).lines.get().quantity == D(300)


@pytest.mark.parametrize(
    ("quantity", "values"),
    [
        (301, {}),
        (101, {"times": 3}),
        (0, {}),
        (100, {"due_on": TODAY - timedelta(days=1)}),
        (100, {"times": 3, "every_days": 30}),
        (100, {"times": 2, "every_days": 0}),
    ],
)
def test_what_cannot_be_planned(blanket: BlanketOrder, quantity: int, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput), transaction.atomic():
        plan(blanket, quantity, **values)

    assert not BlanketSchedule.objects.exists()


def test_what_is_called_off_stays_planned(blanket: BlanketOrder, boss: User) -> None:
    plan(blanket, times=2)
    call(blanket)
    called, free = blanket.schedule

    with pytest.raises(InvalidInput), transaction.atomic():
        drop_schedule(blanket=blanket, rows=[called, free], actor=boss, at=AT)
    with pytest.raises(InvalidInput), transaction.atomic():
        plan(blanket, 50)
    drop_schedule(blanket=blanket, rows=[free], actor=boss, at=AT)

    assert [row.quantity for row in blanket.schedule] == [D(100)]


def test_a_blanket_order_is_changed_while_it_is_a_draft(
    warehouse: Warehouse, suppliers: list[Party], item: Item, boss: User
) -> None:
    lines = [{"item": item, "quantity": D(300), "unit_price": D(9)}]
    draft = create_blanket(supplier=suppliers[0], warehouse=warehouse, lines=lines, actor=boss, at=AT)
    plan(draft, quantity=200)
    line = draft.lines.get()
    smaller = [{**lines[0], "id": line.pk, "quantity": D(199)}]

    with pytest.raises(InvalidInput), transaction.atomic():
        update_blanket(blanketorder=draft, lines=smaller, actor=boss, at=AT)
    with pytest.raises(WrongState), transaction.atomic():
        call(draft)
    for wrong in ({"quantity": D(0)}, {"unit_price": None}, {"quantity": D("0.5")}, {"item": None}):
        with pytest.raises(LineErrors), transaction.atomic():
            update_blanket(blanketorder=draft, lines=[{**smaller[0], **wrong}], actor=boss, at=AT)
    update_blanket(blanketorder=draft, lines=[{**smaller[0], "quantity": D(200)}], remarks="季度", actor=boss, at=AT)
    end_blanket(blanket=draft, reason="不做了", actor=boss, at=AT)

    line.refresh_from_db()
    assert (line.quantity, state_of(draft)) == (D(200), BlanketStatus.ENDED)
    with pytest.raises(WrongState), transaction.atomic():
        plan(draft)
    with pytest.raises(InvalidInput), transaction.atomic():
        create_blanket(supplier=PartyFactory(), warehouse=warehouse, lines=lines, actor=boss, at=AT)


# -- pages -------------------------------------------------------------------------------------


@pytest.fixture
def on(db: None) -> Iterator[None]:
    ModuleState.objects.bulk_create(ModuleState(code=code, is_enabled=True) for code in ("crm", "erp"))
    state.forget()
    yield
    state.forget()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def test_from_requisition_to_order_by_the_pages(
    on: None, approved: Callable[..., PurchaseRequest], item: Item, suppliers: list[Party], boss: User
) -> None:
    client, request = signed_in(boss), approved((item, 100))
    asked = {"suppliers": [each.pk for each in suppliers[:2]], "due_on": SOON.isoformat()}

    made = client.post(f"/erp/purchase-requests/{request.pk}/actions/ask/", asked)
    rfq = RequestForQuotation.objects.get()
    line, url = rfq.lines.get(), f"/erp/rfqs/{rfq.pk}/"
    client.post(f"{url}actions/send/")
    form = client.get(f"{url}actions/quote/").content.decode()
    for supplier, price in zip(suppliers, ("10", "9.5"), strict=False):
        given = {f"price_{line.pk}": price, f"days_{line.pk}": "5", "supplier": supplier.pk}
        client.post(f"{url}actions/quote/", {**given, "currency": rfq.company.base_currency_id})
    table = client.get(f"{url}?tab=comparison").content.decode()
    paper = client.get(f"{url}print/").content.decode()
    shown = client.get(f"{url}actions/award/").content.decode()
    refused = client.post(f"{url}actions/award/", {f"line_{line.pk}": suppliers[0].pk})
    awarded = client.post(f"{url}actions/award/", {f"line_{line.pk}": suppliers[1].pk})

    assert made["Location"] == url
    assert suppliers[0].name in form
    assert suppliers[2].name not in form
    assert "9.5" in table
    assert paper.count(rfq.number) >= 2
    assert f'value="{suppliers[1].pk}" selected' in shown
    assert (refused.status_code, awarded.status_code) == (422, 302)
    order = PurchaseOrder.objects.get()
    assert (order.supplier, order.lines.get().unit_price) == (suppliers[1], D("9.5"))
    assert client.get(url).status_code == 200


def test_the_form_begins_with_a_supplier_who_has_not_quoted(
    on: None, sent: Callable[..., RequestForQuotation], item: Item, suppliers: list[Party], boss: User
) -> None:
    rfq, client = sent({"item": item}), signed_in(boss)
    invited = list(Party.objects.filter(pk__in=rfq.invitations.values("supplier")))

    def first() -> Party | None:
        form = client.get(f"/erp/rfqs/{rfq.pk}/actions/quote/").context["form"]
        return form.get_initial_for_field(form.fields["supplier"], "supplier")

    for place, supplier in enumerate(invited):
        assert first() == supplier
        quote(rfq, supplier, 10 + place)
    assert first() is None


def test_a_program_awards_by_the_interface(
    on: None, sent: Callable[..., RequestForQuotation], item: Item, suppliers: list[Party], boss: User
) -> None:
    rfq = sent({"item": item})
    quote(rfq, suppliers[0], 10)

    answer = signed_in(boss).post(f"/api/erp/rfqs/{rfq.pk}/award/", {}, content_type="application/json")

    assert (answer.status_code, answer.json()["status"]) == (200, "AWARDED")
    assert PurchaseOrder.objects.get().supplier == suppliers[0]


def test_a_blanket_order_by_the_pages(on: None, blanket: BlanketOrder, boss: User) -> None:
    client, url = signed_in(boss), f"/erp/blanket-orders/{blanket.pk}/"
    line = blanket.lines.get()
    planned = {"line": line.pk, "due_on": "2026-11-03", "quantity": "100", "times": "2", "every_days": "14"}

    client.post(f"{url}actions/schedule/", planned)
    due = client.get("/erp/blanket-orders/?is_due=true").content.decode()
    nothing = client.post(f"{url}actions/call-off/", {})
    called = client.post(f"{url}actions/call-off/", {"until": "2026-11-03"})

    assert blanket.number in due
    assert nothing.status_code == 422
    order = PurchaseOrder.objects.get()
    assert called["Location"] == f"/erp/purchase-orders/{order.pk}/"
    assert order.lines.get().quantity == D(100)
    assert client.get(url).status_code == 200


def test_the_standard_roles_divide_the_work(db: None) -> None:
    roles = create_default_roles(actor=None, at=AT)
    asked = (
        "view_requestforquotation",
        "award_requestforquotation",
        "view_supplierquote",
        "approve_blanketorder",
        "call_off_blanketorder",
    )

    def may(code: str) -> set[str]:
        user = UserFactory()
        user.groups.add(roles[code])
        return {each for each in asked if User.objects.get(pk=user.pk).has_perm(f"erp.{each}")}

    assert may("purchaser") == set(asked) - {"approve_blanketorder"}
    assert may("boss") == set(asked) - {"call_off_blanketorder"}
    assert may("salesperson") == set()
    assert may("sales_manager") == set()


def test_without_quotes_no_comparison_is_seen(on: None, sent: Callable[..., RequestForQuotation], item: Item) -> None:
    rfq = sent({"item": item})
    pageset = pageset_of(RequestForQuotation)
    assert pageset is not None
    theirs = give(UserFactory(), pageset, ("view", "award"), ScopeLevel.OWN)
    looks = give(UserFactory(), pageset, ("view",))

    hidden = signed_in(theirs).post(f"/erp/rfqs/{rfq.pk}/actions/award/", {})
    tabless = signed_in(looks).get(f"/erp/rfqs/{rfq.pk}/?tab=comparison")
    forbidden = signed_in(looks).post(f"/erp/rfqs/{rfq.pk}/actions/award/", {})

    assert (hidden.status_code, tabless.status_code, forbidden.status_code) == (404, 404, 403)
    assert state_of(rfq) == RequestStatus.SENT
