"""Cards and menus of detail pages: what a phone shows of rows, what is left out, what stands first."""

from __future__ import annotations

import re

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
from suite.pages.registry import pageset_of, tabs_of
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
    for code in ("crm", "erp"):
        ModuleState.objects.update_or_create(code=code, defaults={"is_enabled": True})
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


def test_a_tab_is_a_page_of_its_own_and_a_part_for_a_click(root: User, client: Client) -> None:
    contract = ContractFactory()
    client.force_login(root)
    url = reverse("crm:contract-detail", args=[contract.pk])
    codes = [tab.code for tab in tabs_of(Contract, root)]

    for code in codes:
        page = client.get(url, {"tab": code})
        part = client.get(url, {"tab": code}, headers={"HX-Request": "true"})
        assert "<html" in page.content.decode()
        assert "<html" not in part.content.decode()
        assert part.content.decode().strip() in page.content.decode()
        assert all("HX-Request" in each["Vary"] for each in (page, part))
        assert re.findall(r'href="\?tab=(\w+)"[^>]*aria-current', page.content.decode()) == [code]
    assert len(codes) > 1
    assert client.get(url, {"tab": "nothing"}).status_code == 404
