"""Whether operations may be opened: what contracts, customers, items and approvals show."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm.contracts.models import Contract
from crm.contracts.readiness import (
    billable_customers,
    complete_items,
    hasty_contracts,
    orderable_contracts,
    quick_approvals,
)
from crm.contracts.services import approve_contract, create_contract, sign_contract, submit_contract, void_contract
from hrm.org.default_roles import create_default_roles
from hrm.readiness import clashing_duties
from suite.access.models import User
from suite.masters.models import PaymentTerms
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import CustomerFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, ItemCategoryFactory, ItemFactory, PartyFactory, TaxRateFactory

pytestmark = pytest.mark.django_db
D = Decimal
# A Thursday.
AT = datetime(2026, 11, 5, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
DAY = timedelta(days=1)


@pytest.fixture
def boss() -> User:
    CompanyFactory(is_default=True)
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    return UserFactory(is_superuser=True)


def signed(boss: User, *, decided_after: timedelta = DAY, party: object = None, **details: object) -> Contract:
    """A contract submitted on Thursday, decided some days later and signed at once."""
    lines = details.pop("lines", None) or [{"item": ItemFactory(list_price=D(62)), "quantity": D(5)}]
    more = {"party": party} if party is not None else {}
    contract = create_contract(
        customer=CustomerFactory(owner=boss, **more),
        company=CompanyFactory._meta.model.objects.get(is_default=True),
        lines=lines,
        actor=boss,
        at=AT,
        **{"delivery_date": (AT + 20 * DAY).date(), **details},
    )
    # Somebody without the right to approve submits, so that a decision is waited for.
    contract = submit_contract(contract=contract, actor=UserFactory(), at=AT)
    contract = approve_contract(contract=contract, actor=boss, at=AT + decided_after)
    return sign_contract(contract=contract, actor=boss, at=AT + decided_after)


def test_contracts_must_say_what_is_to_be_delivered_when(boss: User) -> None:
    signed(boss)
    signed(boss, delivery_date=None)
    signed(boss, lines=[{"description": "服务费", "quantity": D(1), "unit_price": D(100), "tax_rate": D(6)}])

    found = orderable_contracts(AT)

    assert (found.numerator, found.denominator) == (1, 3)


def test_customers_who_bought_need_tax_number_and_terms(boss: User) -> None:
    terms = PaymentTerms.objects.create(code="T30", name="月结 30 天")
    signed(boss, party=PartyFactory(is_customer=True, tax_number="91440300MA5DA0000X", payment_terms=terms))
    signed(boss, party=PartyFactory(is_customer=True, tax_number="91440300MA5DA0001X", payment_terms=None))
    CustomerFactory()

    found = billable_customers(AT)

    assert (found.numerator, found.denominator) == (1, 2)


def test_contracts_given_up_at_once_count(boss: User) -> None:
    signed(boss)
    for days in (7, 8):
        contract = signed(boss)
        void_contract(contract=contract, reason="取消", actor=boss, at=AT + DAY + days * DAY)

    found = hasty_contracts(AT + 30 * DAY)

    assert (found.numerator, found.denominator) == (1, 3)


def test_items_need_category_tax_and_price() -> None:
    whole = {"tax_code": TaxRateFactory().tax_code, "category": ItemCategoryFactory()}
    ItemFactory(list_price=D(1), **whole)
    ItemFactory(list_price=D(0), **whole)
    ItemFactory(is_active=False)

    found = complete_items(AT)

    assert (found.numerator, found.denominator) == (1, 2)


@pytest.mark.parametrize(
    ("decided_after", "quick"),
    # Thursday to Friday is a day, to Monday two; Friday to Monday would be one.
    [(timedelta(hours=3), 1), (DAY, 1), (3 * DAY, 1), (4 * DAY, 0)],
)
def test_a_decision_by_the_next_working_day_is_quick(boss: User, decided_after: timedelta, quick: int) -> None:
    signed(boss, decided_after=decided_after)

    found = quick_approvals(AT + 10 * DAY)

    assert (found.numerator, found.denominator) == (quick, 1)


def test_who_buys_must_not_pay() -> None:
    roles = create_default_roles(actor=None, at=AT)
    for codes in (("purchaser",), ("finance",), ("purchaser", "finance")):
        user = UserFactory()
        user.groups.add(*(roles[code] for code in codes))

    assert clashing_duties(AT).value == 1
