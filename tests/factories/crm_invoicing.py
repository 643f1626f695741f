"""Factories of invoices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from crm.invoicing.models import Invoice
from tests.factories.crm import ContractFactory


class InvoiceFactory(DjangoModelFactory[Invoice]):
    class Meta:
        model = Invoice

    number = factory.Sequence(lambda n: f"2644{n:016}")
    contract = factory.SubFactory(ContractFactory)
    customer = factory.SelfAttribute("contract.customer")
    company = factory.SelfAttribute("contract.company")
    amount = Decimal("10.00")
    issued_on = date(2026, 11, 1)
    created_by = factory.SelfAttribute("contract.owner")
