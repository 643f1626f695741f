from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from hrm.org.default_roles import create_default_roles, role_grants, role_titles
from hrm.org.models import Employee, StandardRole
from hrm.org.selectors import staff_in_roles
from suite.access.choices import ScopeLevel
from suite.access.models import RoleScope, User
from suite.access.services import set_role_grant
from tests.factories.hrm import UserFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def test_default_roles_grant_what_the_apps_declare() -> None:
    with translation.override("en"):
        roles = create_default_roles(actor=None, at=AT)

    assert roles.keys() == role_titles().keys()
    hr = User.objects.get(pk=UserFactory().pk)
    hr.groups.add(roles["hr"])
    assert roles["hr"].name == "HR officer"
    assert hr.has_perm("hrm.change_employee")
    assert not hr.has_perm("suite.change_role")
    assert RoleScope.objects.get(role=roles["hr"], content_type__model="employee").level == ScopeLevel.ALL


def test_running_again_keeps_what_an_administrator_changed() -> None:
    role = create_default_roles(actor=None, at=AT)["salesperson"]
    role.name = "Account manager"
    role.save()
    set_role_grant(role=role, model=Employee, actions=(), level=ScopeLevel.OWN, actor=None, at=AT)
    count = StandardRole.objects.count()

    again = create_default_roles(actor=None, at=AT)

    assert again["salesperson"].name == "Account manager"
    assert not again["salesperson"].permissions.filter(content_type__model="employee").exists()
    assert StandardRole.objects.count() == count


def test_running_again_adds_object_types_that_came_since() -> None:
    role = create_default_roles(actor=None, at=AT)["salesperson"]
    RoleScope.objects.filter(role=role, content_type__model="department").delete()
    role.permissions.remove(*role.permissions.filter(content_type__model="department"))

    create_default_roles(actor=None, at=AT)

    assert RoleScope.objects.get(role=role, content_type__model="department").level == ScopeLevel.ALL
    assert role.permissions.filter(codename="view_department").exists()


def test_grants_name_only_known_roles() -> None:
    assert role_grants().keys() <= role_titles().keys()


def test_staff_in_roles_are_the_active_ones() -> None:
    roles = create_default_roles(actor=None, at=AT)
    seller, both, gone, boss = (UserFactory() for _ in range(4))
    seller.groups.add(roles["salesperson"])
    both.groups.add(roles["salesperson"], roles["sales_manager"])
    gone.groups.add(roles["salesperson"])
    boss.groups.add(roles["boss"])
    User.objects.filter(pk=gone.pk).update(is_active=False)

    assert set(staff_in_roles("salesperson", "sales_manager")) == {seller, both}
