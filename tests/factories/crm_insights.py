"""Factories of what orders tell about customers, and of tags."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.insights.models import CustomerInsight, InsightRule, Tag, TierSuggestion, WinBack
from tests.factories.crm import CustomerFactory
from tests.factories.masters import CompanyFactory


class InsightRuleFactory(DjangoModelFactory[InsightRule]):
    class Meta:
        model = InsightRule

    company = factory.SubFactory(CompanyFactory)


class CustomerInsightFactory(DjangoModelFactory[CustomerInsight]):
    """What is known of a customer that orders every 30 days and has not for 100."""

    class Meta:
        model = CustomerInsight

    customer = factory.SubFactory(CustomerFactory)
    company = factory.SelfAttribute("customer.company")
    recency = 100
    frequency = 4
    monetary = Decimal("4000.00")
    r_score = 1
    f_score = 4
    m_score = 4
    segment = "IMPORTANT_KEEP"
    churn_state = "CRITICAL"
    order_days = 4
    interval_days = Decimal("30.0")
    warn_after = Decimal("45.000")
    critical_after = Decimal("75.000")
    first_order_on = date(2026, 4, 1)
    last_order_on = date(2026, 7, 1)
    expected_on = date(2026, 7, 31)
    year_amount = Decimal("4000.00")
    stake_amount = Decimal("4000.00")
    computed_at = factory.LazyFunction(timezone.now)


class WinBackFactory(DjangoModelFactory[WinBack]):
    class Meta:
        model = WinBack

    customer = factory.SubFactory(CustomerFactory)
    company = factory.SelfAttribute("customer.company")
    owner = factory.SelfAttribute("customer.owner")
    created_by = factory.SelfAttribute("owner")
    started_on = date(2026, 11, 1)
    last_order_on = date(2025, 6, 1)
    stake_amount = Decimal("5000.00")


class TierSuggestionFactory(DjangoModelFactory[TierSuggestion]):
    class Meta:
        model = TierSuggestion

    customer = factory.SubFactory(CustomerFactory)
    company = factory.SelfAttribute("customer.company")
    current = "C"
    suggested = "B"
    year_amount = Decimal("150000.00")
    border_amount = Decimal("100000.00")


class TagFactory(DjangoModelFactory[Tag]):
    class Meta:
        model = Tag

    name = factory.Sequence(lambda n: f"标签{n}")
