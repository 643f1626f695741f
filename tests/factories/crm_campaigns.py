"""Factories of campaigns."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.campaigns.models import Campaign, CampaignCost, CampaignMember
from tests.factories.crm import CustomerFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory


class CampaignFactory(DjangoModelFactory[Campaign]):
    class Meta:
        model = Campaign

    number = factory.Sequence(lambda n: f"MA{n:06}")
    name = factory.Sequence(lambda n: f"展会{n}")
    starts_on = date(2026, 3, 1)
    ends_on = date(2026, 3, 3)
    company = factory.SubFactory(CompanyFactory)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class CampaignCostFactory(DjangoModelFactory[CampaignCost]):
    class Meta:
        model = CampaignCost

    campaign = factory.SubFactory(CampaignFactory)
    spent_on = date(2026, 3, 2)
    amount = Decimal("1000.00")


class CampaignMemberFactory(DjangoModelFactory[CampaignMember]):
    """A customer that a campaign reached; pass ``lead=…, customer=None`` for a lead."""

    class Meta:
        model = CampaignMember

    campaign = factory.SubFactory(CampaignFactory)
    customer = factory.SubFactory(CustomerFactory)
    account = factory.LazyAttribute(lambda m: m.customer)
    joined_at = factory.LazyFunction(timezone.now)
