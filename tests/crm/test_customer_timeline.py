"""The 360° timeline: whoever takes a customer over finds everything that happened, whoever did it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.contracts.models import Contract
from crm.contracts.services import confirm_receipt, create_contract, record_receipt, sign_contract, submit_contract
from crm.customers.models import Customer
from crm.customers.ownership import transfer_customer
from crm.customers.services import convert_lead, create_lead, record_follow_up
from crm.service.services import create_ticket, reply_ticket
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.activity.selectors import stream
from suite.activity.services import add_comment
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import CustomerFactory, FollowUpFactory, PipelineFactory, StageFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, ItemFactory, TaxRateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def roles(db: None) -> dict[str, Any]:
    """CRM is on, with its roles and a sales process."""
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    CompanyFactory(is_default=True)
    StageFactory(pipeline=PipelineFactory(is_default=True))
    return create_default_roles(actor=None, at=timezone.now())


def person(roles: dict[str, Any], *codes: str, name: str = "") -> User:
    user: User = UserFactory(**({"full_name": name} if name else {}))
    user.groups.add(*(roles[code] for code in codes))
    return user


@pytest.fixture
def seller(roles: dict[str, Any]) -> User:
    return person(roles, "salesperson", name="周敏")


@pytest.fixture
def lived(seller: User, roles: dict[str, Any]) -> Customer:
    """A customer from the first call as a lead to the money and a complaint."""
    boss = person(roles, "sales_manager", "finance", "boss", name="王总")
    start = timezone.now() - timedelta(days=30)

    def after(days: int) -> Any:
        return start + timedelta(days=days)

    lead = create_lead(name="方可心", company_name="启岳数码", actor=seller, at=after(0))
    record_follow_up(lead=lead, body="展会上聊过", kind="MEETING", actor=seller, at=after(1))
    customer = convert_lead(lead=lead, opportunity_name="65W 首单", actor=seller, at=after(2))
    record_follow_up(customer=customer, body="要先看样品", kind="CALL", actor=seller, at=after(3))
    contract = create_contract(
        customer=customer,
        opportunity=customer.opportunities.get(),
        lines=[{"item": ItemFactory(list_price=Decimal(62), tax_code=TaxRateFactory().tax_code), "quantity": 10}],
        actor=boss,
        at=after(5),
    )
    submit_contract(contract=contract, actor=boss, at=after(6))
    contract = sign_contract(contract=Contract.objects.get(), actor=boss, at=after(7))
    receipt = record_receipt(
        contract=contract, amount=Decimal(100), received_on=after(8).date(), actor=boss, at=after(8)
    )
    confirm_receipt(receipt=receipt, actor=boss, at=after(8))
    ticket = create_ticket(customer=customer, subject="少了一箱", actor=seller, at=after(9))
    reply_ticket(ticket=ticket, body="明天补发", actor=seller, at=after(10))
    add_comment(obj=customer, actor=seller, body="老板喜欢喝茶", at=after(11))
    return customer


def told(customer: Customer, user: User) -> list[str]:
    """What stands in the timeline, oldest first, each by what a person wrote or by its line."""
    entries = list(stream(customer, user=user, size=100))[::-1]
    return [each.body or str(each.note or each.text) for each in entries]


def test_everything_stands_in_one_line_oldest_to_newest(lived: Customer, seller: User) -> None:
    found = told(lived, seller)

    ordered = [
        next(index for index, line in enumerate(found) if words in line)
        for words in (
            "展会上聊过",
            "周敏",
            "首单" if any("首单" in f for f in found) else "O20",
            "要先看样品",
            "HT-",
            "HK",
        )
    ]
    assert ordered[0] == 0
    assert found.index("展会上聊过") < found.index("要先看样品") < found.index("明天补发") < found.index("老板喜欢喝茶")
    assert {"contract", "receipt"} <= {
        kind for kind, mark in (("contract", "HT-"), ("receipt", "HK")) if any(mark in line for line in found)
    }


def test_a_colleague_who_takes_over_reads_it_all_with_a_line_about_the_change(
    lived: Customer, seller: User, roles: dict[str, Any]
) -> None:
    successor = person(roles, "salesperson", name="何雨桐")
    before = told(lived, seller)
    client = Client()
    client.force_login(successor)
    hidden = client.get(lived.get_absolute_url()).status_code

    transfer_customer(customer=lived, owner=successor, reason="调整区域", actor=seller, at=timezone.now())
    after = told(lived, successor)
    page = client.get(lived.get_absolute_url())

    written = {"展会上聊过", "要先看样品", "明天补发", "老板喜欢喝茶"}
    assert hidden == 404
    assert written <= set(before)
    assert written <= set(after)
    assert "周敏 → 何雨桐" in after[-1]
    assert page.status_code == 200
    assert all(words in page.content.decode() for words in written)


def test_amounts_stay_with_those_who_may_see_the_documents(lived: Customer, roles: dict[str, Any]) -> None:
    clerk = person(roles, "customer_service")

    lines = told(lived, clerk)

    # Customer service looks contracts up, and sees neither opportunities nor money.
    assert any("HT-" in line for line in lines)
    assert not any("HK" in line or line.startswith("O20") for line in lines)
    assert "要先看样品" in lines


def test_who_may_not_see_the_customer_gets_nothing(lived: Customer, roles: dict[str, Any]) -> None:
    stranger, nobody = person(roles, "salesperson"), UserFactory()
    answers = []
    for user in (stranger, nobody):
        client = Client()
        client.force_login(user)
        answers += [
            client.get(lived.get_absolute_url()).status_code,
            client.get(f"/activity/crm.customer/{lived.pk}/").status_code,
            client.get(f"/api/crm/customers/{lived.pk}/").status_code,
        ]

    assert answers == [404, 404, 404, 403, 404, 403]


def test_by_api_the_customer_says_when_it_was_last_contacted(lived: Customer, seller: User) -> None:
    client = Client()
    client.force_login(seller)

    row = client.get(f"/api/crm/customers/{lived.pk}/").json()
    said = client.get(f"/api/crm/follow-ups/?customer={lived.pk}").json()["results"]

    assert row["last_contact_at"][:10] == timezone.localtime(
        lived.follow_ups.latest("happened_at").happened_at
    ).strftime("%Y-%m-%d")
    assert {each["body"] for each in said} == {"展会上聊过", "要先看样品"}


def test_a_long_timeline_costs_no_more_statements(roles: dict[str, Any], seller: User) -> None:
    customer = CustomerFactory(owner=seller)

    def queries(number: int) -> int:
        for _n in range(number):
            FollowUpFactory(customer=customer, owner=seller)
        ticket = create_ticket(customer=customer, subject="工单", actor=seller, at=timezone.now())
        for _n in range(number):
            reply_ticket(ticket=ticket, body="好", actor=seller, at=timezone.now())
        with CaptureQueriesContext(connection) as captured:
            list(stream(customer, user=User.objects.get(pk=seller.pk)))
        return len(captured)

    few, many = queries(2), queries(20)

    assert many <= few
