"""CRM as the only system: it works whole, leaves no trace when it is off, and comes back with everything."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import Contract, Receipt
from crm.contracts.quotations import accept_quotation, create_quotation, send_quotation
from crm.contracts.services import (
    confirm_receipt,
    create_contract_from_quotation,
    record_receipt,
    sign_contract,
    submit_contract,
)
from crm.customers.models import Customer
from crm.customers.services import convert_lead, create_lead
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity, Pipeline, Stage
from hrm.org.default_roles import create_default_roles
from suite.access.models import User
from suite.modules.registry import registry
from suite.modules.services import disable_module, enable_module
from suite.modules.state import is_enabled
from suite.modules.tasks import run_periodic
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory, ItemFactory, PaymentTermsFactory, TaxRateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def boss() -> User:
    """The head of a company that turned on CRM and nothing else, with everything that selling needs."""
    now = timezone.now()
    CompanyFactory(is_default=True)
    enable_module(code="crm", actor=None, at=now)
    roles = create_default_roles(actor=None, at=now)
    user: User = UserFactory(language="en")
    EmployeeFactory(user=user)
    user.groups.add(roles["boss"], roles["sales_manager"], roles["finance"], roles["administrator"])
    return user


def sell(seller: User) -> Contract:
    """From a lead to money on the account."""
    now = timezone.now()
    item = ItemFactory(list_price=Decimal(62), tax_code=TaxRateFactory().tax_code)
    lead = create_lead(name="方可心", company_name="东莞市启岳数码有限公司", mobile="13800138000", actor=seller, at=now)
    customer = convert_lead(lead=lead, opportunity_name="65W 充电器首单", actor=seller, at=now)
    opportunity = customer.opportunities.get()
    quotation = create_quotation(
        customer=customer,
        opportunity=opportunity,
        payment_terms=PaymentTermsFactory(),
        lines=[{"item": item, "quantity": Decimal(500)}],
        actor=seller,
        at=now,
    )
    quotation = accept_quotation(
        quotation=send_quotation(quotation=quotation, actor=seller, at=now), actor=seller, at=now
    )
    contract = create_contract_from_quotation(
        quotation=quotation, delivery_date=now.date() + timedelta(days=20), actor=seller, at=now
    )
    # Whoever may approve needs nobody else to.
    contract = submit_contract(contract=contract, actor=seller, at=now)
    contract = sign_contract(contract=contract, actor=seller, at=now)
    receipt = record_receipt(
        contract=contract,
        plan=contract.plans.first(),
        amount=contract.gross_total,
        received_on=timezone.localdate(),
        actor=seller,
        at=now,
    )
    confirm_receipt(receipt=receipt, actor=seller, at=now)
    return contract


def pages(user: User) -> dict[str, int]:
    """Answers of the pages that CRM puts in the menu."""
    client = Client()
    client.force_login(user)
    addresses = [_address(item.target) for item in registry.modules["crm"].menu]
    return {address: client.get(address).status_code for address in addresses}


def _address(target: str) -> str:
    app, _dot, model = target.partition(".")
    return reverse(target) if ":" in target else reverse(f"{app}:{model.lower()}-list")


def test_the_whole_sale_needs_no_other_system(boss: User) -> None:
    contract = sell(boss)

    opportunity = Opportunity.objects.get()
    assert [code for code in registry.modules if registry.modules[code].stage and is_enabled(code)] == ["crm"]
    assert opportunity.status == OpportunityStatus.WON
    assert Contract.objects.get(pk=contract.pk).status in {ContractStatus.EXECUTING, ContractStatus.CLOSED}
    assert Receipt.objects.get().status == ReceiptStatus.CONFIRMED
    assert set(pages(boss).values()) == {200}


def test_turned_off_and_on_again_it_has_lost_nothing(boss: User) -> None:
    sell(boss)
    stages, before = Stage.objects.count(), Contract.objects.values().get()
    client = Client()
    client.force_login(boss)

    disable_module(code="crm", actor=boss, at=timezone.now(), reason="stocktaking of customers")
    run_periodic("night")
    off = pages(boss)
    home = client.get("/", follow=True).content.decode()
    found = client.get("/search/?q=启岳").content.decode()
    figure = client.get("/api/metrics/crm.sales/")

    assert set(off.values()) == {404}
    assert "/crm/" not in home
    assert "东莞市启岳数码有限公司" not in found
    assert (figure.status_code, figure.json()["code"]) == (403, "module-disabled")

    enable_module(code="crm", actor=boss, at=timezone.now())

    assert set(pages(boss).values()) == {200}
    assert Contract.objects.values().get() == before
    assert (Pipeline.objects.count(), Stage.objects.count(), Customer.objects.count()) == (1, stages, 1)
