"""Data scopes through ``restrict()``: exact sets of rows for each level, over the departments of one company."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group

from hrm.org import services
from hrm.org.models import Department, Employee
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.restrict import can_reach, restrict
from suite.access.services import define_role, set_role_grant
from suite.modules import state
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))

People = dict[str, Employee]


@pytest.fixture
def people() -> People:
    """
    Company: boss; sales: manager (its head), ann; east, below sales: bob, cat; works: dan; another company: eve.

    Everybody but cat has an account, and each account may work for the company of its owner.
    """
    top = DepartmentFactory(name="top")
    sales = DepartmentFactory(name="sales", parent=top)
    east = DepartmentFactory(name="east", parent=sales)
    works = DepartmentFactory(name="works", parent=top)
    other = DepartmentFactory(name="other")
    places = {"boss": top, "manager": sales, "ann": sales, "bob": east, "cat": east, "dan": works, "eve": other}
    found = {}
    for name, department in places.items():
        user = None if name == "cat" else UserFactory(username=name)
        found[name] = EmployeeFactory(name=name, department=department, user=user)
        if user is not None:
            user.companies.add(department.company)
    services.set_department_head(department=sales, head=found["manager"], actor=None, at=AT)
    return found


def grant(employee: Employee, level: str, *, role: str = "tester", chosen: tuple[int, ...] = ()) -> User:
    """Give the employee's account a role that lets it view employees at a level; return the account afresh."""
    group = define_role(name=role, grants={}, actor=None, at=AT)
    set_role_grant(role=group, model=Employee, actions=("view",), level=level, chosen=chosen, actor=None, at=AT)
    user = User.objects.get(pk=employee.user_id)
    user.groups.add(group)
    return User.objects.get(pk=user.pk)


def reached(user: User, action: str = "view") -> set[str]:
    return set(restrict(Employee.objects.all(), user=user, action=action).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("who", "level", "expected"),
    [
        ("ann", ScopeLevel.OWN, {"ann"}),
        ("ann", ScopeLevel.DEPARTMENT, {"ann", "manager"}),
        ("ann", ScopeLevel.DEPARTMENT_TREE, {"ann", "manager", "bob", "cat"}),
        ("bob", ScopeLevel.DEPARTMENT_TREE, {"bob", "cat"}),
        ("boss", ScopeLevel.DEPARTMENT, {"boss"}),
        ("boss", ScopeLevel.DEPARTMENT_TREE, {"boss", "manager", "ann", "bob", "cat", "dan"}),
        ("dan", ScopeLevel.COMPANY, {"boss", "manager", "ann", "bob", "cat", "dan"}),
        ("eve", ScopeLevel.COMPANY, {"eve"}),
        ("eve", ScopeLevel.ALL, {"boss", "manager", "ann", "bob", "cat", "dan", "eve"}),
    ],
)
def test_scope_level_reaches_exactly_its_rows(people: People, who: str, level: str, expected: set[str]) -> None:
    user = grant(people[who], level)

    assert reached(user) == expected


def test_chosen_departments_reach_exactly_these_and_the_user(people: People) -> None:
    works, sales = people["dan"].department, people["ann"].department

    user = grant(people["eve"], ScopeLevel.CHOSEN, chosen=(works.pk, sales.pk))

    assert reached(user) == {"dan", "ann", "manager", "eve"}


def test_head_reaches_the_departments_they_head(people: People) -> None:
    works = people["dan"].department
    services.set_department_head(department=works, head=people["manager"], actor=None, at=AT)

    user = grant(people["manager"], ScopeLevel.DEPARTMENT)

    assert reached(user) == {"manager", "ann", "dan"}


def test_two_roles_reach_the_union(people: People) -> None:
    grant(people["bob"], ScopeLevel.DEPARTMENT, role="one")
    user = grant(people["bob"], ScopeLevel.CHOSEN, role="two", chosen=(people["dan"].department_id,))

    assert reached(user) == {"bob", "cat", "dan"}


def test_action_without_a_grant_reaches_nothing(people: People) -> None:
    user = grant(people["boss"], ScopeLevel.ALL)

    assert reached(user, "change") == set()
    assert not can_reach(people["boss"], user=user, action="delete")


def test_user_without_an_employee_reaches_only_own_rows(people: People) -> None:
    stranger = UserFactory()
    group = define_role(name="tester", grants={Employee: (("view",), ScopeLevel.DEPARTMENT_TREE)}, actor=None, at=AT)
    stranger.groups.add(group)

    assert reached(stranger) == set()


def test_scope_follows_a_moved_department(people: People) -> None:
    user = grant(people["dan"], ScopeLevel.DEPARTMENT_TREE)
    assert reached(user) == {"dan"}

    services.move_department(department=people["bob"].department, parent=people["dan"].department, actor=None, at=AT)

    assert reached(user) == {"dan", "bob", "cat"}


def test_scope_follows_a_transferred_person(people: People) -> None:
    user = grant(people["bob"], ScopeLevel.DEPARTMENT)

    services.transfer_employee(employee=people["bob"], department=people["dan"].department, actor=None, at=AT)

    assert reached(user) == {"bob", "dan"}


def test_deactivated_user_reaches_nothing(people: People) -> None:
    user = grant(people["boss"], ScopeLevel.ALL)
    user.is_active = False

    assert reached(user) == set()


def test_departments_are_restricted_like_their_people(people: People) -> None:
    role = define_role(name="tester", grants={Department: (("view",), ScopeLevel.DEPARTMENT_TREE)}, actor=None, at=AT)
    user = User.objects.get(pk=people["manager"].user_id)
    user.groups.add(role)

    names = restrict(Department.objects.all(), user=user).values_list("name", flat=True)

    assert set(names) == {"sales", "east"}


def test_restriction_is_one_query(people: People, django_assert_num_queries: object) -> None:
    user = grant(people["manager"], ScopeLevel.DEPARTMENT_TREE)
    user.has_perm("hrm.view_employee")
    state.start_request()

    with django_assert_num_queries(1):  # type: ignore[operator]
        rows = list(restrict(Employee.objects.all(), user=user))
    state.end_request()

    assert len(rows) == 4


def test_user_of_several_companies_reaches_all_of_them(people: People) -> None:
    user = grant(people["eve"], ScopeLevel.COMPANY)
    user.companies.add(people["boss"].company, CompanyFactory())

    assert reached(user) == {"boss", "manager", "ann", "bob", "cat", "dan", "eve"}
    assert Group.objects.count() == 1
