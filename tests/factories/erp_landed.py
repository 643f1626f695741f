"""Factories of landed costs and of what suppliers bill."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from erp.landed.models import LandedCost, LandedCostLine
from erp.matching.models import InvoiceMatch
from tests.factories.erp_purchasing import GoodsReceiptLineFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory


class LandedCostFactory(DjangoModelFactory[LandedCost]):
    """A landed cost without receipts and costs."""

    class Meta:
        model = LandedCost

    number = factory.Sequence(lambda n: f"LC{n:06}")
    company = factory.SubFactory(CompanyFactory)
    incurred_on = date(2026, 11, 2)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class LandedCostLineFactory(DjangoModelFactory[LandedCostLine]):
    """Freight of 100."""

    class Meta:
        model = LandedCostLine

    landed_cost = factory.SubFactory(LandedCostFactory)
    position = factory.Sequence(lambda n: n + 1)
    amount = Decimal(100)


class InvoiceMatchFactory(DjangoModelFactory[InvoiceMatch]):
    """A billed line that is blocked."""

    class Meta:
        model = InvoiceMatch

    receipt_line = factory.SubFactory(GoodsReceiptLineFactory)
    invoice_number = factory.Sequence(lambda n: f"INV{n:06}")
    invoiced_on = date(2026, 11, 5)
    quantity = Decimal(1)
    amount = Decimal(10)
    request = factory.LazyFunction(uuid4)
    created_by = factory.SubFactory(UserFactory)
