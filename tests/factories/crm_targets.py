"""Factories of the rules for targets."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from crm.targets.models import TargetPolicy
from tests.factories.masters import CompanyFactory


class TargetPolicyFactory(DjangoModelFactory[TargetPolicy]):
    class Meta:
        model = TargetPolicy

    company = factory.SubFactory(CompanyFactory)
