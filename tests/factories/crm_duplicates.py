"""Factories of duplicates."""

from __future__ import annotations

from typing import Any

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from crm.duplicates.choices import MatchField
from crm.duplicates.models import DuplicateDecision, DuplicatePair, DuplicateRule, MergeRecord
from tests.factories.crm import CustomerFactory
from tests.factories.hrm import UserFactory


class DuplicateRuleFactory(DjangoModelFactory[DuplicateRule]):
    """One rule for each field, each made once."""

    class Meta:
        model = DuplicateRule
        django_get_or_create = ("field",)

    field = factory.Iterator(MatchField.values)


class DuplicateDecisionFactory(DjangoModelFactory[DuplicateDecision]):
    class Meta:
        model = DuplicateDecision

    kind = "customer"
    object_id = 1
    label = factory.Sequence(lambda n: f"客户{n}")
    effect = "WARN"
    candidates = factory.LazyFunction(lambda: [{"kind": "customer", "pk": 2, "name": "另一家", "matches": ["NAME"]}])
    reason = "集团内的另一家公司"
    actor = factory.SubFactory(UserFactory)
    at = factory.LazyFunction(timezone.now)


class DuplicatePairFactory(DjangoModelFactory[DuplicatePair]):
    """Two customers; the one made first stands first."""

    class Meta:
        model = DuplicatePair

    customer = factory.SubFactory(CustomerFactory)
    other_customer: Any = factory.LazyAttribute(
        lambda pair: CustomerFactory(owner=pair.customer.owner, company=pair.customer.company)
    )
    field = MatchField.NAME
    similarity = 90


class MergeRecordFactory(DjangoModelFactory[MergeRecord]):
    class Meta:
        model = MergeRecord

    kind = "customer"
    survivor_pk = 1
    survivor_label = factory.Sequence(lambda n: f"留下{n}")
    loser_pk = 2
    loser_label = factory.Sequence(lambda n: f"并入{n}")
    actor = factory.SubFactory(UserFactory)
    at = factory.LazyFunction(timezone.now)
