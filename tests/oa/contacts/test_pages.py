"""The contacts: who finds whom, and whose phone."""

from __future__ import annotations

import pytest
from django.test import Client

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Department, Employee
from suite.access.choices import ScopeLevel
from suite.access.models import User
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.oa.kit import allow, browser, queries, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
URL = "/oa/contacts/"


def reader(*actions: str) -> User:
    """Somebody who may look people up."""
    return allow(staff(Employee, "view", *actions, level=ScopeLevel.ALL), Department, ["view"], ScopeLevel.ALL)


def names(client: Client, query: str = "") -> set[str]:
    return {person.name for person in client.get(URL + query).context["page"]}


def test_colleagues_are_found_by_name_pinyin_and_department() -> None:
    top = DepartmentFactory()
    below = DepartmentFactory(parent=top)
    EmployeeFactory(name="张伟", department=below)
    EmployeeFactory(name="李娜", department=DepartmentFactory())
    EmployeeFactory(name="王退", status=EmployeeStatus.LEFT, leave_date="2025-01-01")
    client = browser(reader())

    assert names(client) == {"张伟", "李娜"}
    assert names(client, "?q=张") == {"张伟"}
    assert names(client, "?q=lina") == {"李娜"}
    assert names(client, "?q=zw") == {"张伟"}
    assert names(client, f"?department={top.pk}") == {"张伟"}


def test_the_private_phone_is_shown_to_who_may_see_it_and_not_found_by() -> None:
    EmployeeFactory(name="张伟", phone="13912345678", user=UserFactory(phone="0755-8600", email="zw@example.com"))
    office = allow(reader(), User, ["view", "view_phone"], ScopeLevel.ALL)
    colleague, officer = browser(reader()), browser(reader("view_phone"))

    seen, private = colleague.get(URL).content.decode(), officer.get(URL).content.decode()
    called = browser(office).get(URL).content.decode()

    assert ("0755-8600" in seen, "zw@example.com" in seen, "13912345678" in seen) == (False, True, False)
    assert ("0755-8600" in called, "13912345678" in called) == (True, False)
    assert "13912345678" in private
    assert names(colleague, "?q=13912345678") == set()


def test_without_permission_there_are_no_contacts() -> None:
    assert browser(UserFactory()).get(URL).status_code == 403


def test_the_page_costs_the_same_for_few_and_many() -> None:
    client = browser(reader())
    EmployeeFactory.create_batch(2, department=DepartmentFactory())
    queries(client, URL)
    few = queries(client, URL)
    EmployeeFactory.create_batch(20, department=DepartmentFactory())

    assert queries(client, URL) <= few
