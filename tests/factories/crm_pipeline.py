"""Factories of the pipeline's conditions and products, and of limits of quotations."""

from __future__ import annotations

from decimal import Decimal

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from crm.contracts.models import QuotationLimit
from crm.pipeline.models import OpportunityLine, StageCondition
from tests.factories.crm import OpportunityFactory, StageFactory


class RoleFactory(DjangoModelFactory[Group]):
    class Meta:
        model = Group

    name = factory.Sequence(lambda n: f"角色{n}")


class StageConditionFactory(DjangoModelFactory[StageCondition]):
    class Meta:
        model = StageCondition

    stage = factory.SubFactory(StageFactory)
    kind = "AMOUNT"


class OpportunityLineFactory(DjangoModelFactory[OpportunityLine]):
    class Meta:
        model = OpportunityLine

    opportunity = factory.SubFactory(OpportunityFactory)
    position = factory.Sequence(lambda n: n + 1)
    description = "65W 充电器"


class QuotationLimitFactory(DjangoModelFactory[QuotationLimit]):
    class Meta:
        model = QuotationLimit

    role = factory.SubFactory(RoleFactory)
    max_discount_percent = Decimal(10)
