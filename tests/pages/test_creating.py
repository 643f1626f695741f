"""What a form for a new row begins with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from erp.masterdata.models import Warehouse
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.erp import WarehouseFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory


@pytest.fixture
def client(db: None) -> Client:
    for code in ("hrm", "crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
    state.forget()
    client = Client()
    client.force_login(UserFactory(is_superuser=True), backend="suite.access.backends.RoleBackend")
    return client


def test_a_company_that_must_be_named_is_the_default_one_unless_another_is_asked_for(client: Client) -> None:
    CompanyFactory()
    own = CompanyFactory(is_default=True)
    other = CompanyFactory()
    url = reverse("hrm:department-create")

    assert client.get(url).context["form"]["company"].value() == own.pk
    assert client.get(url, {"company": other.pk}).context["form"]["company"].value() == str(other.pk)


def test_without_a_company_none_is_chosen(client: Client) -> None:
    assert client.get(reverse("hrm:department-create")).context["form"]["company"].value() is None


@pytest.fixture
def warehouse(client: Client) -> Warehouse:
    return WarehouseFactory(company__is_default=True)


@pytest.mark.parametrize("kind", ["requestforquotation", "blanketorder", "purchaserequest", "purchaseorder"])
def test_papers_of_buyers_begin_with_the_warehouse(client: Client, warehouse: Warehouse, kind: str) -> None:
    form = client.get(reverse(f"erp:{kind}-create")).context["form"]

    assert form["warehouse"].value() == warehouse.pk


def test_quotes_are_due_in_a_week(client: Client, warehouse: Warehouse) -> None:
    form = client.get(reverse("erp:requestforquotation-create")).context["form"]

    assert form["due_on"].value() == timezone.localdate() + timedelta(days=7)
