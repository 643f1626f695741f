"""Factories of CRM."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.contracts.models import Contract, ContractLine, PaymentPlan, Quotation, QuotationLine, Receipt
from crm.customers.models import Contact, Customer, FollowUp, Lead, OwnerChange, Source
from crm.pipeline.models import LostReason, Opportunity, Pipeline, Stage, StageChange
from crm.pool.models import Pool
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, PartyContactFactory, PartyFactory


class SourceFactory(DjangoModelFactory[Source]):
    class Meta:
        model = Source

    code = factory.Sequence(lambda n: f"S{n}")
    name = factory.Sequence(lambda n: f"来源{n}")


class PoolFactory(DjangoModelFactory[Pool]):
    class Meta:
        model = Pool

    code = factory.Sequence(lambda n: f"POOL{n}")
    name = factory.Sequence(lambda n: f"公海{n}")
    company = factory.SubFactory(CompanyFactory)


class CustomerFactory(DjangoModelFactory[Customer]):
    """A customer that somebody owns; pass ``owner=None, pool=…`` for one in a pool."""

    class Meta:
        model = Customer

    party = factory.SubFactory(PartyFactory, is_customer=True)
    company = factory.SubFactory(CompanyFactory)
    owner = factory.SubFactory(UserFactory)
    owner_since = factory.LazyAttribute(lambda c: timezone.now() if c.owner else None)
    entered_pool_at = factory.LazyAttribute(lambda c: None if c.owner else timezone.now())
    created_by = factory.LazyAttribute(lambda c: c.owner or UserFactory())


class OwnerChangeFactory(DjangoModelFactory[OwnerChange]):
    class Meta:
        model = OwnerChange

    customer = factory.SubFactory(CustomerFactory)
    to_owner = factory.SelfAttribute("customer.owner")
    trigger = "CREATED"
    at = factory.LazyFunction(timezone.now)


class ContactFactory(DjangoModelFactory[Contact]):
    class Meta:
        model = Contact

    customer = factory.SubFactory(CustomerFactory)
    person = factory.SubFactory(PartyContactFactory, party=factory.SelfAttribute("..customer.party"))


class LeadFactory(DjangoModelFactory[Lead]):
    class Meta:
        model = Lead

    number = factory.Sequence(lambda n: f"L{n:06}")
    name = factory.Sequence(lambda n: f"联系人{n}")
    company = factory.SubFactory(CompanyFactory)
    owner = factory.SubFactory(UserFactory)


class FollowUpFactory(DjangoModelFactory[FollowUp]):
    class Meta:
        model = FollowUp

    customer = factory.SubFactory(CustomerFactory)
    owner = factory.SubFactory(UserFactory)
    company = factory.SelfAttribute("customer.company")
    body = factory.Sequence(lambda n: f"跟进{n}")


class PipelineFactory(DjangoModelFactory[Pipeline]):
    class Meta:
        model = Pipeline

    code = factory.Sequence(lambda n: f"PL{n}")
    name = factory.Sequence(lambda n: f"流程{n}")


class StageFactory(DjangoModelFactory[Stage]):
    class Meta:
        model = Stage

    pipeline = factory.SubFactory(PipelineFactory)
    name = factory.Sequence(lambda n: f"阶段{n}")
    position = factory.Sequence(lambda n: n + 1)
    win_percent = 50


class LostReasonFactory(DjangoModelFactory[LostReason]):
    class Meta:
        model = LostReason

    code = factory.Sequence(lambda n: f"LR{n}")
    name = factory.Sequence(lambda n: f"原因{n}")


class OpportunityFactory(DjangoModelFactory[Opportunity]):
    class Meta:
        model = Opportunity

    number = factory.Sequence(lambda n: f"O{n:06}")
    name = factory.Sequence(lambda n: f"商机{n}")
    customer = factory.SubFactory(CustomerFactory)
    stage = factory.SubFactory(StageFactory)
    stage_since = factory.LazyFunction(timezone.now)
    amount = Decimal("1000.00")
    company = factory.SelfAttribute("customer.company")
    owner = factory.LazyAttribute(lambda o: o.customer.owner)
    created_by = factory.LazyAttribute(lambda o: o.owner or o.customer.created_by)


class StageChangeFactory(DjangoModelFactory[StageChange]):
    class Meta:
        model = StageChange

    opportunity = factory.SubFactory(OpportunityFactory)
    to_stage = factory.SelfAttribute("opportunity.stage")
    at = factory.LazyFunction(timezone.now)


class _SalesDocumentFactory(DjangoModelFactory[Any]):
    class Meta:
        abstract = True

    customer = factory.SubFactory(CustomerFactory)
    company = factory.SelfAttribute("customer.company")
    currency = factory.SelfAttribute("company.base_currency")
    owner = factory.LazyAttribute(lambda d: d.customer.owner)
    created_by = factory.SelfAttribute("owner")


class QuotationFactory(_SalesDocumentFactory):
    class Meta:
        model = Quotation

    number = factory.Sequence(lambda n: f"QT{n:06}")
    valid_until = date(2099, 12, 31)


class QuotationLineFactory(DjangoModelFactory[QuotationLine]):
    class Meta:
        model = QuotationLine

    document = factory.SubFactory(QuotationFactory)
    position = factory.Sequence(lambda n: n + 1)
    description = "65W 充电器"


class ContractFactory(_SalesDocumentFactory):
    class Meta:
        model = Contract

    number = factory.Sequence(lambda n: f"HT{n:06}")
    net_total = Decimal("1000.00")
    tax_total = Decimal("130.00")
    gross_total = Decimal("1130.00")


class ContractLineFactory(DjangoModelFactory[ContractLine]):
    class Meta:
        model = ContractLine

    document = factory.SubFactory(ContractFactory)
    position = factory.Sequence(lambda n: n + 1)
    description = "65W 充电器"


class PaymentPlanFactory(DjangoModelFactory[PaymentPlan]):
    class Meta:
        model = PaymentPlan

    contract = factory.SubFactory(ContractFactory)
    position = factory.Sequence(lambda n: n + 1)
    due_date = date(2026, 12, 31)
    amount = Decimal("100.00")


class ReceiptFactory(DjangoModelFactory[Receipt]):
    class Meta:
        model = Receipt

    number = factory.Sequence(lambda n: f"HK{n:06}")
    contract = factory.SubFactory(ContractFactory)
    customer = factory.SelfAttribute("contract.customer")
    company = factory.SelfAttribute("contract.company")
    amount = Decimal("10.00")
    received_on = date(2026, 11, 1)
    created_by = factory.SelfAttribute("contract.owner")
