"""Helpers for tests of what orders tell about customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from crm.contracts.models import Contract
from crm.customers.models import Customer
from crm.insights.models import CustomerInsight
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.registry import pageset_of
from tests.factories.crm import ContractFactory
from tests.factories.hrm import UserFactory
from tests.kit.objects import give


@pytest.fixture
def crm_on(db: None) -> Iterator[None]:
    """CRM is on, and nothing above it."""
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


@pytest.fixture
def in_english() -> Iterator[None]:
    """Refusals in their English source, whatever is translated."""
    with translation.override("en"):
        yield


def signed(customer: Customer, day: date, amount: Decimal, *, status: str = "EXECUTING", **values: Any) -> Contract:
    """A contract that was signed on a day, of so much without tax."""
    contract: Contract = ContractFactory(
        **{"customer": customer, "signed_on": day, "net_total": amount, "tax_total": 0, "gross_total": amount, **values}
    )
    # As after approval and signing, without the way there.
    Contract._base_manager.filter(pk=contract.pk)._update([(Contract._meta.get_field("status"), None, status)])
    return Contract.objects.get(pk=contract.pk)


def reader(level: str, *actions: str, user: User | None = None, model: type[Any] = CustomerInsight) -> User:
    """A user who may see rows within a scope, and do this with them."""
    pageset = pageset_of(model)
    assert pageset is not None
    return give(user or UserFactory(), pageset, ("view", *actions), level)


def page_of(user: User) -> Client:
    """A browser in which the user is signed in."""
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client
