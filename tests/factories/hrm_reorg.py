"""Factories of reorganisations."""

from __future__ import annotations

from datetime import date

import factory
from factory.django import DjangoModelFactory

from hrm.reorg.models import Reorganisation, ReorganisationStep
from tests.factories.hrm import DepartmentFactory, UserFactory
from tests.factories.masters import CompanyFactory


class ReorganisationFactory(DjangoModelFactory[Reorganisation]):
    """A draft without steps."""

    class Meta:
        model = Reorganisation

    company = factory.SubFactory(CompanyFactory)
    number = factory.Sequence(lambda n: f"ORG-2026-{n:03}")
    title = factory.Sequence(lambda n: f"组织调整{n}")
    effective_on = date(2026, 12, 1)
    owner = factory.SubFactory(UserFactory)


class ReorganisationStepFactory(DjangoModelFactory[ReorganisationStep]):
    """A department that goes to the top."""

    class Meta:
        model = ReorganisationStep

    reorganisation = factory.SubFactory(ReorganisationFactory)
    position = factory.Sequence(lambda n: n + 1)
    department = factory.SubFactory(DepartmentFactory, company=factory.SelfAttribute("..reorganisation.company"))
