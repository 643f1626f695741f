"""Customers: an object type over two tables, written by a set-based service, of which everybody sees the own ones."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.customers.models import Contact, Customer, Lead
from crm.customers.services import create_customer
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.masters.models import Currency
from suite.modules.models import ModuleState
from suite.modules.state import forget
from suite.pages.exchange.apply import Outcome, RowErrors, apply_import, check_import
from suite.pages.exchange.plan import Change, ImportPlan, plan_import
from suite.pages.pageset import PageSet
from suite.search.filter import search_filter
from tests.exchange.conftest import pages_of, sheet
from tests.factories.activity import AT, ColleagueFactory
from tests.factories.masters import CompanyFactory

HEAD = ("编码", "名称", "国家", "contact name", "contact mobile")


@pytest.fixture
def customers(db: None) -> PageSet:
    """The pages of customers."""
    CompanyFactory()
    return pages_of("crm.Customer")


@pytest.fixture
def seller(customers: PageSet) -> User:
    """A salesperson who works on the own customers."""
    user = ColleagueFactory(username="seller", full_name="周敏", language="en")
    grants = {model: (["view", "add", "change"], ScopeLevel.OWN) for model in (Customer, Contact)}
    grants[Lead] = (["view", "add", "change", "import"], ScopeLevel.OWN)
    grants[Customer][0].append("import")
    grants[User] = (["view"], ScopeLevel.ALL)
    user.groups.add(define_role(name="Sales", grants=grants, actor=None, at=AT))
    return User.objects.get(pk=user.pk)


def errors_of(plan: ImportPlan) -> dict[int, list[str]]:
    return {row.number: [message for _label, message in row.errors] for row in plan.bad_rows}


def test_party_and_contact_are_imported_with_the_customer(customers: PageSet, seller: User) -> None:
    file = sheet(
        HEAD, ("K-1", "深圳市启岳数码有限公司", "中国", "方可心", "13800138000"), ("K-2", "Alfreds", "Germany")
    )

    outcome = apply_import(plan_import(customers, file, user=seller), at=AT)

    assert outcome == Outcome(created=2)
    first, second = Customer.objects.select_related("party").order_by("pk")
    assert (first.party.code, first.owner, first.party.country) == ("K-1", seller, "CN")
    assert first.contacts.get().person.name == "方可心"
    assert (second.party.name, second.party.country) == ("Alfreds", "DE")


def test_the_same_file_again_is_all_unchanged(customers: PageSet, seller: User) -> None:
    rows: list[Any] = [("K-1", "启岳", "CN", "方可心", "13800138000"), ("K-2", "Alfreds", "DE", "", "")]
    apply_import(plan_import(customers, sheet(HEAD, *rows), user=seller), at=AT)
    rows[1] = ("K-2", "Alfreds", "DE", "Maria Anders", "")

    plan = check_import(plan_import(customers, sheet(HEAD, *rows), user=seller), at=AT)

    assert plan.counts() == {"create": 0, "update": 1, "unchanged": 1, "error": 0}
    assert plan.rows[1].changes == [Change("Contact: Name", "", "Maria Anders")]


def test_a_new_name_reaches_whatever_shows_it(customers: PageSet, seller: User) -> None:
    rows: list[Any] = [("K-1", "启岳数码", "CN", "方可心", "13800138000")]
    apply_import(plan_import(customers, sheet(HEAD, *rows), user=seller), at=AT)

    apply_import(plan_import(customers, sheet(HEAD, ("K-1", "蓝拓电子")), user=seller), at=AT)

    assert [str(row) for row in search_filter(Customer.objects.all(), "蓝拓")] == ["蓝拓电子"]
    assert not search_filter(Customer.objects.all(), "启岳").exists()


def test_a_new_name_of_the_party_reaches_the_customer(customers: PageSet, seller: User, clerk: User) -> None:
    apply_import(plan_import(customers, sheet(HEAD, ("K-1", "启岳数码", "CN")), user=seller), at=AT)

    outcome = apply_import(plan_import(pages_of("suite.Party"), sheet(HEAD, ("K-1", "蓝拓电子")), user=clerk), at=AT)

    assert outcome == Outcome(updated=1)
    assert [str(row) for row in search_filter(Customer.objects.all(), "蓝拓")] == ["蓝拓电子"]


def test_a_list_without_codes_gets_the_next_numbers(customers: PageSet, seller: User) -> None:
    plan = plan_import(customers, sheet(("名称", "城市"), ("启岳数码", "深圳"), ("顺和电器", "佛山")), user=seller)

    outcome = apply_import(plan, at=AT)

    assert outcome == Outcome(created=2)
    assert list(Customer.objects.order_by("pk").values_list("party__code", "party__city")) == [
        ("C00001", "深圳"), ("C00002", "佛山")
    ]  # fmt: skip


def test_customers_of_others_are_neither_changed_nor_named(customers: PageSet, seller: User) -> None:
    other = ColleagueFactory(username="other", full_name="陈嘉豪")
    theirs = create_customer(name="秘密客户", code="K-9", actor=other, at=AT)
    file = sheet(HEAD, ("K-1", "Mine", "CN"), ("K-9", "Stolen", "CN"))

    plan = check_import(plan_import(customers, file, user=seller), at=AT)

    assert list(errors_of(plan)) == [3]
    assert "秘密客户" not in str(errors_of(plan))
    with pytest.raises(RowErrors):
        apply_import(plan_import(customers, file, user=seller), at=AT)
    theirs.party.refresh_from_db()
    assert theirs.party.name == "秘密客户"
    assert Customer.objects.count() == 1


def test_nobody_imports_customers_for_somebody_else_unseen(customers: PageSet, seller: User) -> None:
    ColleagueFactory(username="other", full_name="陈嘉豪")
    file = sheet(("编码", "名称", "owner"), ("K-1", "Given away", "other"), ("K-2", "Kept", "周敏"))

    plan = check_import(plan_import(customers, file, user=seller), at=AT)

    assert list(errors_of(plan)) == [2]
    assert Customer.objects.count() == 0


def test_statements_do_not_grow_with_the_rows(customers: PageSet, seller: User) -> None:
    numbers = []
    for count in (3, 9, 90):
        rows = [(f"K{count}-{n}", f"客户{count}-{n}", "CN", f"联系人{n}", f"139{count:02}{n:06}") for n in range(count)]
        with CaptureQueriesContext(connection) as queries:
            apply_import(plan_import(customers, sheet(HEAD, *rows), user=seller), at=AT)
        numbers.append(len(queries))

    assert numbers[1] == numbers[2]


def test_the_customers_of_northwind(customers: PageSet, seller: User, trial_data: Path) -> None:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    ModuleState.objects.update_or_create(code="crm", defaults={"is_enabled": True})
    forget()
    Currency.objects.get_or_create(code="USD", defaults={"name": "美元"})
    file = trial_data / "northwind" / "Customers.csv"
    columns = "CustomerID=code,CompanyName=name,ContactName=contact_name,ContactTitle=contact_title"
    out = StringIO()

    for _round in range(2):
        call_command("import_file", "crm.Customer", str(file), user="seller", columns=columns, stdout=out)

    assert out.getvalue().splitlines() == [
        "91 created, 0 changed, 0 unchanged, 0 left out",
        "0 created, 0 changed, 91 unchanged, 0 left out",
    ]
    assert Customer.objects.filter(party__country="DE").count() == 11
    assert Customer.objects.get(party__code="ALFKI").contacts.get().person.name == "Maria Anders"
