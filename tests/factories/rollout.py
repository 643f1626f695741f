"""Factories of the adoption path."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from rollout.choices import BusinessType, Outcome, Pain, StageStatus
from rollout.models import (
    CheckResult,
    CompanyProfile,
    GateOverride,
    PainAnswer,
    Stage,
    StageChange,
    ThresholdSetting,
)
from tests.factories.hrm import UserFactory


class StageFactory(DjangoModelFactory[Stage]):
    """A locked system."""

    class Meta:
        model = Stage

    code = "crm"


class GateOverrideFactory(DjangoModelFactory[GateOverride]):
    """An exception for a week, asked for by one person and signed by nobody else yet."""

    class Meta:
        model = GateOverride

    code = "hrm"
    reason = "Year-end"
    requested_by = factory.SubFactory(UserFactory)
    requested_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyAttribute(lambda override: override.requested_at + timedelta(days=7))


class StageChangeFactory(DjangoModelFactory[StageChange]):
    """Customers were opened."""

    class Meta:
        model = StageChange

    code = "crm"
    from_status = StageStatus.LOCKED
    to_status = StageStatus.CONFIG
    at = factory.LazyFunction(timezone.now)


class ThresholdSettingFactory(DjangoModelFactory[ThresholdSetting]):
    """Seventy percent for the first check asked for."""

    class Meta:
        model = ThresholdSetting

    check_code = factory.Sequence(lambda n: f"hrm.check{n}")
    threshold = Decimal(70)
    reason = "Agreed"


class CheckResultFactory(DjangoModelFactory[CheckResult]):
    """A check that passed."""

    class Meta:
        model = CheckResult

    check_code = "hrm.check"
    value = Decimal(95)
    threshold = Decimal(80)
    numerator = 95
    denominator = 100
    outcome = Outcome.PASSED
    at = factory.LazyFunction(timezone.now)


class CompanyProfileFactory(DjangoModelFactory[CompanyProfile]):
    """Fifty people who manufacture for thirty million a year."""

    class Meta:
        model = CompanyProfile

    staff = 50
    revenue = Decimal(30_000_000)
    business_type = BusinessType.MANUFACTURING
    at = factory.LazyFunction(timezone.now)


class PainAnswerFactory(DjangoModelFactory[PainAnswer]):
    """Customers are in people's heads, badly."""

    class Meta:
        model = PainAnswer

    profile = factory.SubFactory(CompanyProfileFactory)
    pain = Pain.CUSTOMERS_IN_HEADS
    severity = 4
