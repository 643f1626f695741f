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
from hrm.talent.training.models import Course, Skill, SkillHolding, TrainingEnrolment, TrainingSession
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


class SkillFactory(DjangoModelFactory[Skill]):
    """A skill that is valid for good, or for ``validity_months``."""

    class Meta:
        model = Skill

    code = factory.Sequence(lambda n: f"S{n:03}")
    name = factory.Sequence(lambda n: f"技能{n}")


class CourseFactory(DjangoModelFactory[Course]):
    """A course that gives a skill."""

    class Meta:
        model = Course

    code = factory.Sequence(lambda n: f"K{n:03}")
    name = factory.Sequence(lambda n: f"课程{n}")
    skill = factory.SubFactory(SkillFactory)
    hours = Decimal(8)


class TrainingSessionFactory(DjangoModelFactory[TrainingSession]):
    """A planned session with ten places."""

    class Meta:
        model = TrainingSession

    company = factory.SubFactory(CompanyFactory)
    number = factory.Sequence(lambda n: f"TRN-2026-{n:03}")
    course = factory.SubFactory(CourseFactory)
    starts_at = datetime(2026, 10, 12, 1, 0, tzinfo=UTC)
    ends_at = datetime(2026, 10, 12, 9, 0, tzinfo=UTC)
    capacity = 10


class TrainingEnrolmentFactory(DjangoModelFactory[TrainingEnrolment]):
    """Somebody's place in a planned session."""

    class Meta:
        model = TrainingEnrolment

    session = factory.SubFactory(TrainingSessionFactory)
    employee = factory.SubFactory(EmployeeFactory, company=factory.SelfAttribute("..session.company"))


class SkillHoldingFactory(DjangoModelFactory[SkillHolding]):
    """Somebody who has a skill for good."""

    class Meta:
        model = SkillHolding

    employee = factory.SubFactory(EmployeeFactory)
    skill = factory.SubFactory(SkillFactory)
    valid_from = date(2026, 1, 1)
