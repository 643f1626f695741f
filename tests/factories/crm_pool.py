"""Factories of public pools."""

from __future__ import annotations

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.pool.models import (
    Capacity,
    PoolCustomer,
    PoolPick,
    RecycleRule,
    RecycleTier,
)
from tests.factories.crm import CustomerFactory, PoolFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory


class PoolCustomerFactory(CustomerFactory):
    """A customer in a pool."""

    class Meta:
        model = PoolCustomer

    owner = None
    pool = factory.SubFactory(PoolFactory)
    company = factory.SelfAttribute("pool.company")


class PoolPickFactory(DjangoModelFactory[PoolPick]):
    class Meta:
        model = PoolPick

    pool = factory.SubFactory(PoolFactory)
    customer = factory.SubFactory(CustomerFactory)
    user = factory.SubFactory(UserFactory)
    at = factory.LazyFunction(timezone.now)


class CapacityFactory(DjangoModelFactory[Capacity]):
    class Meta:
        model = Capacity

    company = factory.SubFactory(CompanyFactory)
    maximum = 50


class RecycleRuleFactory(DjangoModelFactory[RecycleRule]):
    class Meta:
        model = RecycleRule

    pool = factory.SubFactory(PoolFactory)
    name = factory.Sequence(lambda n: f"回收规则{n}")
    is_active = True
    contact_days = 30


class RecycleTierFactory(DjangoModelFactory[RecycleTier]):
    class Meta:
        model = RecycleTier

    rule = factory.SubFactory(RecycleRuleFactory)
    tier = "A"
    contact_days = 60
