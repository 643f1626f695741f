"""Two people at once, with real threads and real commits: exactly one wins."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import Contract, Receipt
from crm.contracts.services import OverContractAmount, record_receipt
from crm.customers.models import Customer, Lead, OwnerChange
from crm.customers.services import convert_lead
from crm.invoicing.models import Invoice
from crm.invoicing.services import record_invoice
from crm.pool.services import claim_customer
from suite.access.models import User
from suite.core.errors import WrongState
from suite.modules import state
from suite.modules.models import ModuleState
from suite.modules.services import enable_module
from tests.factories.crm import ContractFactory, CustomerFactory, LeadFactory, PoolFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Start all at the same moment, each on its own connection; results or errors in order."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            barrier.wait(timeout=20)
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def winners(results: list[Any]) -> list[Any]:
    return [result for result in results if not isinstance(result, Exception)]


@pytest.fixture
def crm_on() -> Iterator[None]:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


def approved(amount: str) -> Contract:
    contract = ContractFactory(net_total=Decimal(amount), tax_total=0, gross_total=Decimal(amount))
    owner = contract.owner
    from django.db import transaction

    with transaction.atomic():
        contract.become(ContractStatus.APPROVING, actor=owner, at=timezone.now())
        contract.become(ContractStatus.APPROVED, actor=owner, at=timezone.now())
    return contract


def test_two_conversions_of_one_lead(crm_on: None) -> None:
    CompanyFactory()
    lead, user = LeadFactory(company_name="启岳数码"), UserFactory()

    results = at_once(*[lambda: convert_lead(lead=lead, actor=user, at=timezone.now())] * 2)

    assert len(winners(results)) == 1
    assert [type(r) for r in results if isinstance(r, Exception)] == [WrongState]
    assert Customer.objects.count() == 1
    assert Lead.objects.get().customer == Customer.objects.get()


def test_two_claims_of_one_customer(crm_on: None) -> None:
    customer = CustomerFactory(owner=None, pool=PoolFactory())
    users = [UserFactory(), UserFactory()]

    results = at_once(*(lambda u=u: claim_customer(customer=customer, actor=u, at=timezone.now()) for u in users))

    assert len(winners(results)) == 1
    assert [type(r) for r in results if isinstance(r, Exception)] == [WrongState]
    assert OwnerChange.objects.filter(customer=customer, trigger="CLAIM").count() == 1
    assert Customer.objects.get(pk=customer.pk).owner_id == winners(results)[0].owner_id


def test_two_receipts_that_together_exceed_the_contract(crm_on: None) -> None:
    contract = approved("1000.00")
    user = contract.owner

    def receive() -> Receipt:
        return record_receipt(
            contract=contract, amount=Decimal("600.00"), received_on=date(2026, 11, 1), actor=user, at=timezone.now()
        )

    results = at_once(receive, receive)

    assert len(winners(results)) == 1
    assert [type(r) for r in results if isinstance(r, Exception)] == [OverContractAmount]
    assert list(Receipt.objects.values_list("amount", "status")) == [(Decimal("600.00"), ReceiptStatus.SUBMITTED)]


def test_two_drafts_over_the_whole_amount(crm_on: None) -> None:
    contract = approved("1000.00")
    user = contract.owner

    def receive() -> Receipt:
        return record_receipt(
            contract=contract, amount=Decimal("1000.00"), received_on=date(2026, 11, 1), actor=user, at=timezone.now()
        )

    results = at_once(*[receive] * 5)

    assert len(winners(results)) == 1
    assert {type(r) for r in results if isinstance(r, Exception)} == {OverContractAmount}
    assert list(Receipt.objects.values_list("amount", "status")) == [(Decimal("1000.00"), ReceiptStatus.SUBMITTED)]


def test_two_invoices_that_together_exceed_the_contract(crm_on: None) -> None:
    contract = approved("1000.00")
    user = contract.owner

    def issue(number: str) -> Invoice:
        return record_invoice(
            contract=contract,
            number=number,
            amount=Decimal("600.00"),
            issued_on=date(2026, 11, 1),
            actor=user,
            at=timezone.now(),
        )

    results = at_once(lambda: issue("1"), lambda: issue("2"))

    assert len(winners(results)) == 1
    assert [type(r) for r in results if isinstance(r, Exception)] == [OverContractAmount]
    assert Invoice.objects.get().amount == Decimal("600.00")


def _root() -> User:
    return User.objects.create_superuser("root", "root@example.com", full_name="管理员")


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def test_a_form_submitted_twice_creates_one_row(crm_on: None) -> None:
    CompanyFactory()
    user = _root()
    clients = [_client(user), _client(user)]
    data = {"name": "王先生", "owner": user.pk, "form_token": "one-submit"}

    results = at_once(*(lambda c=c: c.post("/crm/leads/new/", data) for c in clients))

    assert [r.status_code for r in results] == [302, 302]
    assert results[0]["Location"] == results[1]["Location"]
    assert Lead.objects.count() == 1


def test_an_api_call_sent_twice_creates_one_row(crm_on: None) -> None:
    CompanyFactory()
    user = _root()
    clients = [_client(user), _client(user)]

    def send(client: Client) -> Any:
        return client.post(
            "/api/crm/leads/",
            {"name": "王先生", "owner": user.pk},
            content_type="application/json",
            headers={"Idempotency-Key": "k1"},
        )

    results = at_once(*(lambda c=c: send(c) for c in clients))

    assert [r.status_code for r in results] == [201, 201]
    assert results[0].json() == results[1].json()
    assert Lead.objects.count() == 1


def test_two_edits_from_the_same_version(crm_on: None) -> None:
    user = _root()
    lead = LeadFactory(owner=user)
    clients = [_client(user), _client(user)]

    def edit(client: Client, name: str) -> Any:
        return client.patch(f"/api/crm/leads/{lead.pk}/", {"name": name, "version": 1}, content_type="application/json")

    results = at_once(lambda: edit(clients[0], "甲"), lambda: edit(clients[1], "乙"))

    assert sorted(r.status_code for r in results) == [200, 409]
    winner = next(r for r in results if r.status_code == 200)
    assert Lead.objects.get().name == winner.json()["name"]


def test_two_who_turn_on_one_system() -> None:
    CompanyFactory()
    user = _root()

    results = at_once(*[lambda: enable_module(code="crm", actor=user, at=timezone.now())] * 2)

    assert len(winners(results)) == 1
    assert [type(r) for r in results if isinstance(r, Exception)] == [WrongState]
    assert ModuleState.objects.get(code="crm").is_enabled
