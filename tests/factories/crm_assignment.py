"""Factories of assignment rules."""

from __future__ import annotations

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.assignment.models import AssignmentLog, AssignmentMember, AssignmentRule
from tests.factories.crm import LeadFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory


class AssignmentRuleFactory(DjangoModelFactory[AssignmentRule]):
    class Meta:
        model = AssignmentRule

    name = factory.Sequence(lambda n: f"分配规则{n}")
    company = factory.SubFactory(CompanyFactory)


class AssignmentMemberFactory(DjangoModelFactory[AssignmentMember]):
    class Meta:
        model = AssignmentMember

    rule = factory.SubFactory(AssignmentRuleFactory)
    user = factory.SubFactory(UserFactory)


class AssignmentLogFactory(DjangoModelFactory[AssignmentLog]):
    class Meta:
        model = AssignmentLog

    at = factory.LazyFunction(timezone.now)
    lead = factory.SubFactory(LeadFactory)
    company = factory.SelfAttribute("lead.company")
    outcome = "STAYED"
    reason = "没有适用的规则"
