"""Price lists and agreements: which price applies, and that orders take it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from erp.masterdata.models import Warehouse
from erp.pricing.choices import AgreementStatus, Audience
from erp.pricing.engine import Rule, choose, price_in, raised
from erp.pricing.models import PriceAgreement, PriceList, PriceListLine
from erp.pricing.selectors import Quote, agreed_prices, sales_prices
from erp.pricing.services import (
    create_agreement,
    create_price_list,
    end_agreement,
    raise_prices,
    reject_agreement,
    submit_agreement,
    update_agreement,
)
from erp.purchasing import services as purchasing
from erp.sales.models import SalesOrder
from erp.sales.services import apply_price_lists, create_order, submit_order, update_order
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.errors import LineErrors
from suite.masters.errors import NoConversion
from suite.masters.models import Item, Party
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.exchange.apply import apply_import, check_import
from suite.pages.exchange.plan import plan_import
from suite.pages.exchange.reading import Sheet
from suite.pages.registry import pageset_of
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.erp_pricing import (
    PriceListFactory,
    PriceListLineFactory,
    PriceListPartyFactory,
)
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, CurrencyFactory, ItemFactory, ItemUnitFactory, PartyFactory

D = Decimal
TODAY = date(2026, 11, 2)
JANUARY, YEAR_END, NEXT_YEAR = date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)


# -- the engine --------------------------------------------------------------------------------


def test_the_most_specific_goes_before_the_higher_tier_and_that_before_the_later_day() -> None:
    general = Rule(1, minimum=D(100), price=D(5))
    own, own_tier = Rule(2, price=D(9), priority=3), Rule(3, minimum=D(10), price=D(8), priority=3)
    later = Rule(4, minimum=D(10), price=D(7), priority=3, valid_from=TODAY)
    rules = [later, general, own_tier, own]

    assert choose(rules, Fraction(5), TODAY) == own
    assert choose(rules, Fraction(100), TODAY) == later
    assert choose(rules, Fraction(100), TODAY - timedelta(days=1)) == own_tier
    assert choose([general], Fraction(99), TODAY) is None


def test_a_price_per_carton_is_a_price_per_piece() -> None:
    carton = Rule(1, minimum=D(2), factor=Fraction(24), price=D(100))

    assert carton.tier == 48
    assert price_in(carton, Fraction(1)) == D("4.166667")
    assert price_in(carton, Fraction(24)) == D("100.000000")
    assert price_in(Rule(2, discount_percent=D(5)), Fraction(1)) is None


def test_prices_are_raised_exactly() -> None:
    assert raised(D("9.99"), D("2.5"), 2) == D("10.24")
    assert raised(D(10), D(-100), 2) == 0
    with pytest.raises(ValueError, match="lowered"):
        raised(D(10), D("-100.1"), 2)


DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
RULES = st.builds(
    Rule,
    key=st.integers(0, 50),
    minimum=st.decimals(0, 500, places=3, allow_nan=False),
    factor=st.fractions(Fraction(1, 100), 100, max_denominator=100),
    price=st.decimals(0, 1000, places=4, allow_nan=False),
    valid_from=DAYS,
    valid_to=DAYS,
    priority=st.integers(0, 3),
)


@given(st.lists(RULES, max_size=12), st.fractions(0, 1000, max_denominator=1000), st.dates(JANUARY, YEAR_END))
def test_never_a_tier_above_the_quantity_nor_a_day_outside(rules: list[Rule], quantity: Fraction, day: date) -> None:
    usable = [rule for rule in rules if rule.tier <= quantity and rule.is_valid_on(day)]

    chosen = choose(rules, quantity, day)

    assert (chosen is None) == (not usable)
    if chosen is not None:
        assert chosen in usable
        assert chosen.priority == max(rule.priority for rule in usable)
        assert chosen.tier == max(rule.tier for rule in usable if rule.priority == chosen.priority)
        assert choose(list(reversed(rules)), quantity, day) == chosen or len({r.key for r in rules}) < len(rules)


# -- what customers pay ------------------------------------------------------------------------


@pytest.fixture
def item(db: None) -> Item:
    return ItemFactory()


@pytest.fixture
def boss(db: None) -> User:
    return UserFactory(is_superuser=True)


@pytest.fixture
def warehouse(db: None) -> Warehouse:
    return WarehouseFactory()


@pytest.fixture
def supplier(db: None) -> Party:
    return PartyFactory(is_customer=False, is_supplier=True)


@pytest.fixture
def price_list(warehouse: Warehouse) -> PriceList:
    return PriceListFactory(company=warehouse.company)


def asked(price_list: PriceList, party: Party, item: Item, quantity: int | str = 1, **more: Any) -> Quote | None:
    """What the lists say for so much of an item."""
    values = {
        "company": price_list.company,
        "currency": price_list.currency,
        "includes_tax": False,
        "day": TODAY,
        "wanted": [(item, more.pop("unit", None), D(quantity))],
        **more,
    }
    (quote,) = sales_prices(party=party, **values)
    return quote


def price(quote: Quote | None) -> Decimal | None:
    return quote.unit_price if quote is not None else None


def test_a_list_of_the_customer_goes_before_its_group_its_province_and_everybody(
    price_list: PriceList, item: Item
) -> None:
    group = PartyFactory(name="启岳集团")
    party = PartyFactory(parent=group, region="广东省")
    lists = {
        "everybody": price_list,
        "region": PriceListFactory(company=price_list.company, audience=Audience.REGION, region="广东省"),
        "group": PriceListFactory(company=price_list.company, audience=Audience.CHOSEN),
        "own": PriceListFactory(company=price_list.company, audience=Audience.CHOSEN),
    }
    PriceListPartyFactory(price_list=lists["group"], party=group)
    PriceListPartyFactory(price_list=lists["own"], party=party)
    found = []

    for cost, each in enumerate(lists.values(), start=1):
        PriceListLineFactory(price_list=each, item=item, unit_price=D(cost))
        found.append(price(asked(price_list, party, item)))

    assert found == [D(1), D(2), D(3), D(4)]
    assert price(asked(price_list, PartyFactory(parent=group), item)) == D(3)
    assert price(asked(price_list, group, item)) == D(3)
    assert price(asked(price_list, PartyFactory(), item)) == D(1)


def test_tiers_units_and_periods(price_list: PriceList, item: Item) -> None:
    party, carton = PartyFactory(), ItemUnitFactory(item=item).unit
    PriceListLineFactory(price_list=price_list, item=item, unit_price=D(50))
    PriceListLineFactory(price_list=price_list, item=item, unit=carton, minimum_quantity=2, unit_price=D(960))
    PriceListLineFactory(price_list=price_list, item=item, minimum_quantity=480, unit_price=D(30), valid_from=NEXT_YEAR)

    assert price(asked(price_list, party, item, 47)) == D(50)
    assert price(asked(price_list, party, item, 48)) == D(40)
    assert price(asked(price_list, party, item, 1, unit=carton)) == D(1200)
    assert price(asked(price_list, party, item, 20, unit=carton)) == D(960)
    assert price(asked(price_list, party, item, 20, unit=carton, day=NEXT_YEAR)) == D(720)
    assert asked(price_list, party, item, day=JANUARY - timedelta(days=1)) is None


def test_another_currency_company_kind_or_time_does_not_apply(price_list: PriceList, item: Item) -> None:
    party = PartyFactory()
    PriceListLineFactory(price_list=price_list, item=item)
    dollar = CurrencyFactory(code="USD")

    assert price(asked(price_list, party, item)) == D(50)
    assert asked(price_list, party, item, currency=dollar) is None
    assert asked(price_list, party, item, company=CompanyFactory()) is None
    assert asked(price_list, party, item, includes_tax=True) is None
    price_list.valid_to = TODAY - timedelta(days=1)
    price_list.save()
    assert asked(price_list, party, item) is None
    price_list.valid_to, price_list.is_active = None, False
    price_list.save()
    assert asked(price_list, party, item) is None


def test_any_number_of_lines_takes_the_same_statements(price_list: PriceList) -> None:
    party = PartyFactory()

    def statements(number: int) -> int:
        items = [ItemFactory() for _n in range(number)]
        for each in items:
            PriceListLineFactory(price_list=price_list, item=each, unit=ItemUnitFactory(item=each).unit)
        fresh = list(Item.objects.filter(pk__in=[each.pk for each in items]))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            quotes = sales_prices(
                party=party,
                company=price_list.company,
                currency=price_list.currency,
                includes_tax=False,
                day=TODAY,
                wanted=[(each, None, D(1)) for each in fresh],
            )
        assert all(quotes)
        return len(captured)

    assert statements(2) == statements(20) <= 5


def test_a_sales_order_takes_list_prices_and_keeps_what_is_given(
    price_list: PriceList, warehouse: Warehouse, boss: User
) -> None:
    listed, reduced, other = ItemFactory(), ItemFactory(list_price=D(80)), ItemFactory(list_price=D(7))
    PriceListLineFactory(price_list=price_list, item=listed, unit_price=D(50))
    PriceListLineFactory(price_list=price_list, item=reduced, unit_price=None, discount_percent=D(10))
    rows = [
        {"item": listed, "quantity": D(1)},
        {"item": reduced, "quantity": D(1)},
        {"item": other, "quantity": D(1)},
        {"item": listed, "quantity": D(1), "unit_price": D(48)},
        {"item": reduced, "quantity": D(1), "discount_percent": D(0)},
        {"item": None, "description": "安装费", "quantity": D(1)},
    ]

    order = create_order(party=PartyFactory(), lines=rows, warehouse=warehouse, actor=boss, at=AT)

    found = [(line.unit_price, line.discount_percent) for line in order.lines.order_by("position")]
    assert found == [(D(50), 0), (D(80), 10), (D(7), 0), (D(48), 0), (D(80), 0), (D(0), 0)]
    first = order.lines.order_by("position")[0]
    update_order(salesorder=order, lines=[{"id": first.pk, "quantity": D(9)}], actor=boss, at=AT)
    assert order.lines.get().unit_price == D(50)


def test_no_statement_is_added_when_every_row_has_a_price(warehouse: Warehouse, item: Item, boss: User) -> None:
    party = PartyFactory()
    rows = [{"item": item, "quantity": D(1), "unit_price": D(3), "tax_rate": D(13)}]

    with CaptureQueriesContext(connection) as captured:
        create_order(party=party, lines=rows, warehouse=warehouse, actor=boss, at=AT)

    assert not [each for each in captured if "pricelist" in each["sql"]]


# -- lists -------------------------------------------------------------------------------------


def test_a_list_has_one_price_at_a_time(price_list: PriceList, item: Item) -> None:
    PriceListLineFactory(price_list=price_list, item=item, valid_to=YEAR_END)
    same = PriceListLine(price_list=price_list, item=item, unit=item.base_unit, unit_price=D(1), valid_from=TODAY)

    with pytest.raises(ValidationError, match=r"end that one first|先结束"):
        same.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        same.save()
    same.valid_from = NEXT_YEAR
    same.full_clean()
    same.save()

    assert price_list.lines.count() == 2


@pytest.mark.parametrize(
    "values",
    [
        {"unit_price": None},
        {"discount_percent": D(5)},
        {"unit_price": D(-1)},
        {"valid_to": date(2025, 12, 31)},
        {"minimum_quantity": D(-1)},
    ],
)
def test_a_senseless_price_is_refused(price_list: PriceList, item: Item, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        PriceListLineFactory(price_list=price_list, item=item, **values)

    assert not price_list.lines.exists()


def test_a_unit_that_leads_nowhere_is_refused(price_list: PriceList, item: Item) -> None:
    carton = ItemUnitFactory().unit

    with pytest.raises(ValidationError) as refused:
        PriceListLine(price_list=price_list, item=item, unit=carton, unit_price=D(1)).full_clean()

    assert set(refused.value.error_dict) == {"unit"}


def test_prices_are_raised_from_a_day_on_and_once_only(price_list: PriceList, item: Item, boss: User) -> None:
    PriceListLineFactory(price_list=price_list, item=item, unit_price=D("9.99"), valid_to=YEAR_END)
    PriceListLineFactory(price_list=price_list, unit_price=None, discount_percent=D(10))
    PriceListLineFactory(price_list=price_list, item=item, minimum_quantity=5, valid_to=date(2026, 6, 30))
    later = PriceListLineFactory(price_list=price_list, item=item, unit_price=D(8), valid_from=NEXT_YEAR)

    for _time in range(2):
        raise_prices(price_list=price_list, percent=D("2.5"), valid_from=TODAY, actor=boss, at=AT)

    found = price_list.lines.filter(item=item, minimum_quantity=0).order_by("valid_from")
    assert [(line.unit_price, line.valid_from, line.valid_to) for line in found] == [
        (D("9.99"), JANUARY, TODAY - timedelta(days=1)),
        (D("10.24"), TODAY, YEAR_END),
        (D(8), NEXT_YEAR, None),
    ]
    assert price_list.lines.count() == 5
    assert PriceListLine.objects.get(pk=later.pk).version == later.version


def test_raising_is_refused_without_sense(price_list: PriceList, item: Item, boss: User) -> None:
    line = PriceListLineFactory(price_list=price_list, item=item)

    for percent, day in ((D(-100), TODAY), (D(5), date(2025, 1, 1))):
        with pytest.raises(InvalidInput), transaction.atomic():
            raise_prices(price_list=price_list, percent=percent, valid_from=day, actor=boss, at=AT)

    kept = price_list.lines.get()
    assert (kept.unit_price, kept.valid_to, kept.version) == (D(50), None, line.version)


def test_a_list_is_opened_for_chosen_customers(warehouse: Warehouse, boss: User) -> None:
    party = PartyFactory()

    made = create_price_list(
        name=" 大客户 ",
        customers=[party],
        audience=Audience.CHOSEN,
        currency=warehouse.company.base_currency,
        actor=boss,
        at=AT,
    )

    assert (made.name, made.company, list(made.customers.all())) == ("大客户", warehouse.company, [party])


# -- what suppliers charge ---------------------------------------------------------------------


@pytest.fixture
def agree(warehouse: Warehouse, supplier: Party, boss: User) -> Callable[..., PriceAgreement]:
    def make(*lines: dict[str, Any], **details: Any) -> PriceAgreement:
        values = {"supplier": supplier, "company": warehouse.company, "valid_from": JANUARY, **details}
        agreement = create_agreement(lines=list(lines), actor=boss, at=AT, **values)
        return submit_agreement(agreement=agreement, actor=boss, at=AT)

    return make


def test_an_agreement_is_in_force_once_approved(warehouse: Warehouse, supplier: Party, item: Item, boss: User) -> None:
    buyer = UserFactory()
    agreement = create_agreement(
        supplier=supplier,
        company=warehouse.company,
        lines=[{"item": item, "unit_price": D(40)}],
        actor=buyer,
        at=AT,
    )

    submit_agreement(agreement=agreement, actor=buyer, at=AT)
    reject_agreement(agreement=agreement, reason="太贵", actor=boss, at=AT)
    draft = PriceAgreement.objects.get(pk=agreement.pk)
    line = draft.lines.get()
    update_agreement(
        priceagreement=draft, lines=[{"id": line.pk, "item": item, "unit_price": D(38)}], actor=buyer, at=AT
    )
    submit_agreement(agreement=draft, actor=boss, at=AT)

    agreement.refresh_from_db()
    assert (agreement.number, agreement.status) == ("PA-2026-0001", AgreementStatus.ACTIVE)
    assert (agreement.lines.get().unit_price, agreement.lines.get().unit) == (D(38), item.base_unit)
    with pytest.raises(WrongState):
        update_agreement(priceagreement=agreement, lines=[], actor=buyer, at=AT)
    end_agreement(agreement=agreement, reason="到期", actor=boss, at=AT)
    assert PriceAgreement.objects.get(pk=agreement.pk).status == AgreementStatus.ENDED


def test_an_agreement_says_what_is_wrong_with_each_line(warehouse: Warehouse, supplier: Party, boss: User) -> None:
    item = ItemFactory()
    lines = [
        {"item": item, "unit_price": D(4)},
        {"item": item, "unit_price": D(3)},
        {"item": None, "unit_price": D(3)},
        {"item": ItemFactory(), "unit_price": D(-1)},
        {"item": ItemFactory(), "unit_price": D(1), "order_minimum": D(-1)},
    ]

    with pytest.raises(LineErrors) as refused, transaction.atomic():
        create_agreement(supplier=supplier, company=warehouse.company, lines=lines, actor=boss, at=AT)
    with pytest.raises(InvalidInput), transaction.atomic():
        create_agreement(supplier=PartyFactory(), lines=lines[:1], actor=boss, at=AT)
    with pytest.raises(NoConversion), transaction.atomic():
        create_agreement(supplier=supplier, lines=[{**lines[0], "unit": ItemUnitFactory().unit}], actor=boss, at=AT)

    assert {place: set(columns) for place, columns in refused.value.rows.items()} == {
        1: {"minimum_quantity"},
        2: {"item"},
        3: {"unit_price"},
        4: {"order_minimum"},
    }
    assert not PriceAgreement.objects.exists()


def test_agreed_prices_by_tier_with_lead_time(
    agree: Callable[..., PriceAgreement], warehouse: Warehouse, supplier: Party, item: Item
) -> None:
    agreement = agree(
        {"item": item, "unit_price": D(40), "lead_time_days": 10, "order_minimum": D(20)},
        {"item": item, "unit_price": D(36), "minimum_quantity": D(100), "lead_time_days": 14},
    )

    few, many, none = agreed_prices(
        supplier=supplier,
        company=warehouse.company,
        currency=agreement.currency,
        includes_tax=False,
        day=TODAY,
        wanted=[(item, None, D(99)), (item, None, D(100)), (ItemFactory(), None, D(1))],
    )

    assert few is not None
    assert (few.unit_price, few.lead_time_days, few.order_minimum) == (D(40), 10, D(20))
    assert few.source.endswith(agreement.number)
    assert many is not None
    assert (many.unit_price, many.lead_time_days) == (D(36), 14)
    assert none is None


def test_a_purchase_order_takes_what_is_agreed_before_what_was_last_paid(
    agree: Callable[..., PriceAgreement], warehouse: Warehouse, supplier: Party, boss: User
) -> None:
    agreed, bought, new = ItemFactory(), ItemFactory(), ItemFactory()
    agree({"item": agreed, "unit_price": D(40)})
    paid = [{"item": each, "quantity": D(1), "unit_price": D(33)} for each in (agreed, bought)]
    first = purchasing.create_order(supplier=supplier, warehouse=warehouse, lines=paid, actor=boss, at=AT)
    purchasing.submit_order(order=first, actor=boss, at=AT)
    rows = [{"item": each, "quantity": D(1)} for each in (agreed, bought, new)]

    order = purchasing.create_order(supplier=supplier, warehouse=warehouse, lines=rows, actor=boss, at=AT)

    assert [line.unit_price for line in order.lines.order_by("position")] == [D(40), D(33), D(0)]
    assert [line.unit_price for line in first.lines.order_by("position")] == [D(33), D(33)]


# -- who may what ------------------------------------------------------------------------------


def test_the_standard_roles_keep_purchase_prices_from_sales(db: None) -> None:
    roles = create_default_roles(actor=None, at=AT)

    def may(code: str) -> set[str]:
        user = UserFactory()
        user.groups.add(roles[code])
        asked_for = ("view_pricelist", "change_pricelist", "view_priceagreement", "approve_priceagreement")
        return {each for each in asked_for if User.objects.get(pk=user.pk).has_perm(f"erp.{each}")}

    assert may("salesperson") == {"view_pricelist"}
    assert may("sales_manager") == {"view_pricelist", "change_pricelist"}
    assert may("purchaser") == {"view_priceagreement"}
    assert may("boss") == {"view_pricelist", "change_pricelist", "view_priceagreement", "approve_priceagreement"}


@pytest.fixture
def client(db: None, boss: User) -> Client:
    ModuleState.objects.bulk_create(ModuleState(code=code, is_enabled=True) for code in ("crm", "erp"))
    state.forget()
    found = Client()
    found.force_login(boss, backend="suite.access.backends.RoleBackend")
    return found


def test_the_page_raises_prices(client: Client, price_list: PriceList, item: Item) -> None:
    PriceListLineFactory(price_list=price_list, item=item, unit_price=D(50))
    url = f"/erp/price-lists/{price_list.pk}/"

    shown = client.get(url).content.decode()
    done = client.post(f"{url}actions/raise/", {"percent": "10", "valid_from": TODAY.isoformat(), "decimals": "2"})

    assert item.code in shown
    assert done.status_code == 302
    assert price_list.lines.order_by("-valid_from")[0].unit_price == D(55)


def test_the_form_wants_customers_for_a_list_of_theirs(client: Client, price_list: PriceList) -> None:
    values = {"name": "大客户", "currency": price_list.currency_id, "audience": "CHOSEN"}

    refused = client.post("/erp/price-lists/new/", values)
    party = PartyFactory()
    saved = client.post("/erp/price-lists/new/", {**values, "customers": [party.pk]})

    assert (refused.status_code, saved.status_code) == (422, 302)
    assert list(PriceList.objects.get(name="大客户").customers.all()) == [party]


def test_prices_are_imported_by_the_code_of_the_item(price_list: PriceList, item: Item, boss: User) -> None:
    kept = PriceListLineFactory(price_list=price_list, item=item, valid_to=YEAR_END)
    other = ItemFactory()
    pageset = pageset_of(PriceListLine)
    assert pageset is not None
    head = ["price_list", "item", "unit", "minimum_quantity", "unit_price", "valid_from", "valid_to"]
    rows = [
        [price_list.name, item.code, "只", "0", "45.5", "2026-01-01", "2026-12-31"],
        [price_list.name, other.code, "只", "0", "9", "2026-11-01", ""],
    ]
    overlap = [price_list.name, item.code, "只", "0", "1", "2026-11-01", ""]

    plan = plan_import(pageset, Sheet([head, *rows]), user=boss)
    assert plan.bad_rows == []
    apply_import(plan, at=AT)
    wrong = check_import(plan_import(pageset, Sheet([head, overlap]), user=boss), at=AT)

    kept.refresh_from_db()
    assert kept.unit_price == D("45.5")
    assert price_list.lines.get(item=other).unit_price == D(9)
    assert len(wrong.bad_rows) == 1
    assert price_list.lines.count() == 2


def test_a_draft_order_is_priced_by_the_lists_on_request(
    price_list: PriceList, warehouse: Warehouse, item: Item, boss: User
) -> None:
    other = ItemFactory()
    rows = [{"item": each, "quantity": D(2), "unit_price": D(99)} for each in (item, other)]
    order = create_order(party=PartyFactory(), lines=rows, warehouse=warehouse, actor=boss, at=AT)
    PriceListLineFactory(price_list=price_list, item=item, unit_price=D(50))

    apply_price_lists(salesorder=order, actor=boss, at=AT)

    order = SalesOrder.objects.get(pk=order.pk)
    assert [line.unit_price for line in order.lines.order_by("position")] == [D(50), D(99)]
    assert order.net_total == D(298)
    submit_order(salesorder=order, actor=boss, at=AT)
    with pytest.raises(WrongState), transaction.atomic():
        apply_price_lists(salesorder=order, actor=boss, at=AT)
