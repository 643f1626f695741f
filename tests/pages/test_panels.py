"""Cards and menus of detail pages: what a phone shows of rows, what is left out, what stands first."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.contracts.models import Contract
from suite.access.models import User
from suite.modules import state
from suite.modules.models import ModuleState
from suite.pages.columns import Column
from suite.pages.panels import Children, with_phone_roles
from suite.pages.registry import pageset_of
from tests.factories.crm import ContractFactory
from tests.factories.hrm import UserFactory

AT = timezone.now()


def roles(*columns: Column) -> list[str]:
    return [column.phone for column in with_phone_roles(list(columns))]


def test_a_phone_shows_the_first_column_and_the_last() -> None:
    assert roles(Column("a"), Column("b"), Column("c")) == ["p-start", "p-no", "p-end"]
    assert roles(Column("a")) == ["p-start"]
    assert roles() == []


def test_what_is_said_about_a_column_counts() -> None:
    found = roles(Column("a", phone="p-full"), Column("b", phone="p-end"), Column("c"))

    assert found == ["p-full", "p-end", "p-no"]


@pytest.fixture
def root(db: None) -> User:
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    state.forget()
    return UserFactory(is_superuser=True, language="zh-hans")


@pytest.mark.parametrize(("hides_empty", "is_left_out"), [(True, True), (False, False)])
def test_an_empty_card_is_left_out_where_it_says_so(root: User, hides_empty: bool, is_left_out: bool) -> None:
    contract = ContractFactory()
    contract.lines.all().delete()
    panel = Children("lines", "item", "quantity", hides_empty=hides_empty)

    context = panel.context(contract, user=root, pageset=pageset_of(Contract))

    assert (context is None) == is_left_out


def test_what_is_possible_stands_first_in_the_menu(root: User, client: Client) -> None:
    contract = ContractFactory()
    client.force_login(root)

    context = client.get(reverse("crm:contract-detail", args=[contract.pk])).context

    assert context["menu"]
    assert context["refused"]
    assert not any(each["why"] for each in context["menu"])
    assert all(each["why"] for each in context["refused"])
