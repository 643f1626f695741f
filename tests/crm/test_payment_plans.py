"""What is due when, what was paid and invoiced, and what is overdue; never more than the contract."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import Contract, PaymentPlan, Receipt
from crm.contracts.selectors import overdue_plans
from crm.contracts.services import (
    OverContractAmount,
    close_contract,
    confirm_receipt,
    plan_from_terms,
    record_receipt,
    save_payment_plan,
    sign_contract,
    void_contract,
    void_receipt,
)
from crm.invoicing.choices import InvoiceState
from crm.invoicing.models import Invoice
from crm.invoicing.services import invoice_state, invoiced_total, record_invoice, void_invoice
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.crm import ContractFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import PaymentTermsFactory

pytestmark = pytest.mark.django_db
D = Decimal
TODAY = date(2026, 11, 20)


@pytest.fixture
def roles(db: None) -> dict[str, Any]:
    """CRM is on, with its roles."""
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    return create_default_roles(actor=None, at=timezone.now())


def contract_of(amount: str = "1000.00", *, is_approved: bool = True, **details: Any) -> Contract:
    contract = ContractFactory(net_total=D(amount), tax_total=0, gross_total=D(amount), **details)
    if is_approved:
        with transaction.atomic():
            for status in (ContractStatus.APPROVING, ContractStatus.APPROVED):
                contract.become(status, actor=contract.owner, at=timezone.now())
    return contract


def planned(contract: Contract, *parts: tuple[date, str]) -> list[PaymentPlan]:
    plans = [{"due_date": day, "amount": D(amount)} for day, amount in parts]
    save_payment_plan(contract=contract, plans=plans, actor=contract.owner, at=timezone.now())
    return list(contract.plans.all())


def paid(contract: Contract, amount: str, **details: Any) -> Receipt:
    return record_receipt(
        contract=contract,
        amount=D(amount),
        received_on=TODAY,
        actor=contract.owner,
        at=timezone.now(),
        **details,
    )


def signed(contract: Contract) -> Contract:
    return sign_contract(contract=contract, signed_on=TODAY, actor=contract.owner, at=timezone.now())


# -- plans -------------------------------------------------------------------------------------


def test_a_plan_stands_in_order_and_never_exceeds_the_contract(roles: dict[str, Any]) -> None:
    contract = contract_of()

    planned(contract, (date(2026, 12, 31), "700.00"), (date(2026, 11, 30), "300.00"))
    with pytest.raises(InvalidInput):
        planned(contract, (date(2026, 12, 31), "1000.01"))
    with pytest.raises(InvalidInput):
        planned(contract, (date(2026, 12, 31), "0"))

    assert list(contract.plans.values_list("position", "due_date", "amount")) == [
        (1, date(2026, 11, 30), D("300.00")),
        (2, date(2026, 12, 31), D("700.00")),
    ]


def test_signing_makes_the_plan_that_the_terms_say(roles: dict[str, Any]) -> None:
    contract = contract_of(payment_terms=None)

    contract = signed(contract)

    assert list(contract.plans.values_list("due_date", "amount")) == [(TODAY, D("1000.00"))]


def test_a_part_with_receipts_stays(roles: dict[str, Any]) -> None:
    contract = contract_of(payment_terms=PaymentTermsFactory())
    first, _second = planned(contract, (TODAY, "400.00"), (TODAY, "600.00"))
    paid(contract, "400.00", plan=first)

    with pytest.raises(InvalidInput):
        plan_from_terms(contract=contract, actor=contract.owner, at=timezone.now())

    assert contract.plans.count() == 2


def test_receipts_pay_the_earliest_open_part(roles: dict[str, Any]) -> None:
    contract = contract_of()
    first, second = planned(contract, (TODAY, "400.00"), (TODAY + timedelta(days=30), "600.00"))

    receipts = [paid(contract, amount) for amount in ("400.00", "100.00")]

    assert [each.plan for each in receipts] == [first, second]


# -- receipts ----------------------------------------------------------------------------------


def test_two_that_wait_for_confirmation_count_like_confirmed_ones(roles: dict[str, Any]) -> None:
    """What other systems let pass: each of two drafts over the whole amount, since only approved ones were summed."""
    contract = contract_of()
    first = paid(contract, "1000.00")

    with pytest.raises(OverContractAmount):
        paid(contract, "1000.00")
    with pytest.raises(OverContractAmount):
        paid(contract, "0.01")

    assert list(Receipt.objects.values_list("pk", "status")) == [(first.pk, ReceiptStatus.SUBMITTED)]


def test_what_is_void_makes_room_again(roles: dict[str, Any]) -> None:
    contract = contract_of()
    wrong = paid(contract, "1000.00")
    void_receipt(receipt=wrong, reason="记错了", actor=contract.owner, at=timezone.now())

    right = paid(contract, "1000.00")

    assert list(Receipt.objects.order_by("pk").values_list("pk", "status")) == [
        (wrong.pk, "VOID"),
        (right.pk, "SUBMITTED"),
    ]


def test_only_approved_contracts_take_money(roles: dict[str, Any]) -> None:
    contract = contract_of(is_approved=False)

    with pytest.raises(WrongState):
        paid(contract, "10.00")

    assert Receipt.objects.count() == 0


def test_a_contract_closes_when_it_is_paid_and_is_not_voided_before(roles: dict[str, Any]) -> None:
    contract = signed(contract_of())
    receipt = paid(contract, "1000.00")
    for refused in (
        lambda: close_contract(contract=contract, actor=contract.owner, at=timezone.now()),
        lambda: void_contract(contract=contract, reason="不要了", actor=contract.owner, at=timezone.now()),
    ):
        with pytest.raises(WrongState):
            refused()
    before = Contract.objects.get().status

    confirm_receipt(receipt=receipt, actor=contract.owner, at=timezone.now())
    closed = close_contract(contract=contract, actor=contract.owner, at=timezone.now())

    assert (before, closed.status) == ("EXECUTING", "CLOSED")


# -- overdue -----------------------------------------------------------------------------------


def test_overdue_is_what_was_due_and_is_not_paid_and_confirmed(roles: dict[str, Any]) -> None:
    contract = contract_of()
    day = timedelta(days=1)
    first, second, third = planned(contract, (TODAY - 2 * day, "300.00"), (TODAY - day, "300.00"), (TODAY, "400.00"))
    signed(contract)
    confirm_receipt(receipt=paid(contract, "300.00", plan=first), actor=contract.owner, at=timezone.now())
    paid(contract, "300.00", plan=second)
    draft = contract_of(is_approved=False)
    PaymentPlan.objects.create(contract=draft, position=1, due_date=TODAY - day, amount=D(10))

    late = list(overdue_plans(PaymentPlan.objects.all(), on=TODAY).values_list("pk", "paid"))
    tomorrow = set(overdue_plans(PaymentPlan.objects.all(), on=TODAY + day).values_list("pk", flat=True))

    # Money in flight has not arrived; what is due today is not overdue today.
    assert late == [(second.pk, D("0.00"))]
    assert tomorrow == {second.pk, third.pk}


def test_what_is_overdue_stands_in_its_list_and_in_the_api(roles: dict[str, Any]) -> None:
    seller: User = UserFactory()
    seller.groups.add(roles["salesperson"])
    contract = contract_of(customer__owner=seller)
    planned(contract, (timezone.localdate() - timedelta(days=3), "400.00"), (timezone.localdate(), "600.00"))
    signed(contract)
    other = contract_of()
    planned(other, (timezone.localdate() - timedelta(days=3), "400.00"))
    signed(other)
    client = Client()
    client.force_login(seller)

    page = client.get(f"{reverse('crm:paymentplan-list')}?is_overdue=true").content.decode()
    found = client.get("/api/crm/payment-plans/?is_overdue=true").json()["results"]

    assert (contract.number in page, other.number in page) == (True, False)
    assert [D(each["amount"]) for each in found] == [D("400.00")]


# -- invoices ----------------------------------------------------------------------------------


def invoiced(contract: Contract, number: str, amount: str) -> Invoice:
    return record_invoice(
        contract=contract, number=number, amount=D(amount), issued_on=TODAY, actor=contract.owner, at=timezone.now()
    )


def test_how_far_a_contract_is_invoiced(roles: dict[str, Any]) -> None:
    contract = contract_of()
    states = [invoice_state(contract, invoiced_total(contract))]

    first = invoiced(contract, "26442000000000000001", "400.00")
    states.append(invoice_state(contract, invoiced_total(contract)))
    invoiced(contract, "26442000000000000002", "600.00")
    states.append(invoice_state(contract, invoiced_total(contract)))
    void_invoice(invoice=first, reason="抬头错了", actor=contract.owner, at=timezone.now())
    states.append(invoice_state(contract, invoiced_total(contract)))

    assert states == [InvoiceState.NONE, InvoiceState.PARTLY, InvoiceState.FULLY, InvoiceState.PARTLY]
    assert invoiced_total(contract) == D("600.00")


def test_invoices_never_exceed_the_contract_and_numbers_are_unique(roles: dict[str, Any]) -> None:
    contract = contract_of()
    invoiced(contract, "26442000000000000001", "999.99")

    with pytest.raises(OverContractAmount):
        invoiced(contract, "26442000000000000002", "0.02")
    with pytest.raises(ValidationError):
        invoiced(contract, "26442000000000000001", "0.01")
    with pytest.raises(WrongState):
        invoiced(contract_of(is_approved=False), "26442000000000000003", "1.00")

    assert Invoice.objects.count() == 1


def test_an_invoiced_contract_is_not_voided(roles: dict[str, Any]) -> None:
    contract = signed(contract_of())
    invoice = invoiced(contract, "26442000000000000001", "400.00")

    with pytest.raises(WrongState):
        void_contract(contract=contract, reason="不要了", actor=contract.owner, at=timezone.now())
    status = Contract.objects.get().status
    void_invoice(invoice=invoice, reason="红冲", actor=contract.owner, at=timezone.now())
    void_contract(contract=contract, reason="不要了", actor=contract.owner, at=timezone.now())

    assert (status, Contract.objects.get().status) == ("EXECUTING", "VOID")


def test_finance_records_by_page_and_api_and_others_do_not(roles: dict[str, Any]) -> None:
    accountant, seller = UserFactory(), UserFactory()
    accountant.groups.add(roles["finance"])
    seller.groups.add(roles["salesperson"])
    contract = signed(contract_of(customer__owner=seller))
    answers = {}
    for name, user in (("seller", seller), ("accountant", accountant)):
        client = Client()
        client.force_login(user)
        invoice = {"number": f"2644-{name}", "kind": "SPECIAL", "amount": "250.00", "issued_on": "2026-11-20"}
        receipt = {"amount": "100.00", "received_on": "2026-11-20", "method": "TRANSFER"}
        answers[name] = [
            client.post(reverse("crm:contract-action", args=[contract.pk, "invoice"]), invoice).status_code,
            client.post(
                f"/api/crm/contracts/{contract.pk}/invoice/",
                {**invoice, "number": f"2644-{name}-2"},
                content_type="application/json",
            ).status_code,
            client.post(
                f"/api/crm/contracts/{contract.pk}/receipt/", receipt, content_type="application/json"
            ).status_code,
            client.get(f"{contract.get_absolute_url()}?tab=invoices").status_code,
        ]
    tab = client.get(f"{contract.get_absolute_url()}?tab=invoices", headers={"accept-language": "en"}).content.decode()

    # Who sells records money that came, and looks at invoices.
    assert answers == {"seller": [403, 403, 200, 200], "accountant": [302, 200, 200, 200]}
    assert list(Invoice.objects.order_by("pk").values_list("number", "amount")) == [
        ("2644-accountant", D("250.00")),
        ("2644-accountant-2", D("250.00")),
    ]
    assert "Partly invoiced" in tab
    assert Receipt.objects.count() == 2
