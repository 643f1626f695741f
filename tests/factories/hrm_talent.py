"""Factories of performance, training and skills."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from hrm.talent.kpi.choices import Grade
from hrm.talent.kpi.models import (
    Calibration,
    GradeRule,
    KpiIndicator,
    KpiPlan,
    KpiPlanLine,
    KpiSheet,
    KpiSheetLine,
)
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory


class KpiIndicatorFactory(DjangoModelFactory[KpiIndicator]):
    """More is better, 100 is the usual target."""

    class Meta:
        model = KpiIndicator

    code = factory.Sequence(lambda n: f"KPI{n:03}")
    name = factory.Sequence(lambda n: f"指标{n}")
    unit = "件"
    weight = Decimal(50)


class GradeRuleFactory(DjangoModelFactory[GradeRule]):
    """Grade A from 90, worth 1.2."""

    class Meta:
        model = GradeRule

    company = factory.SubFactory(CompanyFactory)
    grade = Grade.A
    minimum_score = Decimal(90)
    coefficient = Decimal("1.2")


class KpiPlanFactory(DjangoModelFactory[KpiPlan]):
    """A draft of the third quarter for the whole company, without goals."""

    class Meta:
        model = KpiPlan

    company = factory.SubFactory(CompanyFactory)
    number = factory.Sequence(lambda n: f"KPI-2026-{n:03}")
    title = factory.Sequence(lambda n: f"三季度考核{n}")
    period_from = date(2026, 7, 1)
    period_to = date(2026, 9, 30)


class KpiPlanLineFactory(DjangoModelFactory[KpiPlanLine]):
    """One goal that is everything."""

    class Meta:
        model = KpiPlanLine

    plan = factory.SubFactory(KpiPlanFactory)
    position = factory.Sequence(lambda n: n + 1)
    indicator = factory.SubFactory(KpiIndicatorFactory)
    weight = Decimal(100)
    target = Decimal(100)


class KpiSheetFactory(DjangoModelFactory[KpiSheet]):
    """A sheet of somebody without an account, not assessed yet."""

    class Meta:
        model = KpiSheet

    plan = factory.SubFactory(KpiPlanFactory)
    employee = factory.SubFactory(EmployeeFactory, company=factory.SelfAttribute("..plan.company"))
    period_from = factory.SelfAttribute("plan.period_from")
    period_to = factory.SelfAttribute("plan.period_to")


class KpiSheetLineFactory(DjangoModelFactory[KpiSheetLine]):
    """One goal that is everything."""

    class Meta:
        model = KpiSheetLine

    sheet = factory.SubFactory(KpiSheetFactory)
    position = factory.Sequence(lambda n: n + 1)
    indicator = factory.SubFactory(KpiIndicatorFactory)
    weight = Decimal(100)
    target = Decimal(100)


class CalibrationFactory(DjangoModelFactory[Calibration]):
    """A B that became an A."""

    class Meta:
        model = Calibration

    sheet = factory.SubFactory(KpiSheetFactory)
    before = Grade.B
    after = Grade.A
    reason = "带教新人"
    actor = factory.SubFactory(UserFactory)
    at = datetime(2026, 10, 8, 1, 0, tzinfo=UTC)
