"""Factories of the access model."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from suite.access.choices import AuditKind
from suite.access.models import AuditEntry, Role


class AuditEntryFactory(DjangoModelFactory[AuditEntry]):
    class Meta:
        model = AuditEntry

    kind = AuditKind.SIGN_IN
    subject = factory.Sequence(lambda n: f"user{n}")


class RoleFactory(DjangoModelFactory[Role]):
    class Meta:
        model = Role

    name = factory.Sequence(lambda n: f"角色{n}")
