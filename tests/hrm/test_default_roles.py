from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.utils import translation

from hrm.org.default_roles import create_default_roles, role_grants, role_titles
from hrm.org.models import Employee, StandardRole
from hrm.org.role_services import delete_role
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


def test_a_role_that_an_administrator_deleted_does_not_come_back() -> None:
    roles = create_default_roles(actor=None, at=AT)
    delete_role(role=roles["planner"], actor=None, at=AT)

    again = create_default_roles(actor=None, at=AT)

    assert again.keys() == roles.keys() - {"planner"}
    assert not Group.objects.filter(name=str(role_titles()["planner"])).exists()
    assert not StandardRole.objects.filter(code="planner", role__isnull=False).exists()


def test_running_again_adds_object_types_that_came_since() -> None:
    role = create_default_roles(actor=None, at=AT)["salesperson"]
    RoleScope.objects.filter(role=role, content_type__model="department").delete()
    role.permissions.remove(*role.permissions.filter(content_type__model="department"))

    create_default_roles(actor=None, at=AT)

    assert RoleScope.objects.get(role=role, content_type__model="department").level == ScopeLevel.ALL
    assert role.permissions.filter(codename="view_department").exists()


def test_running_again_adds_actions_that_came_since_and_no_other() -> None:
    roles = create_default_roles(actor=None, at=AT)
    hr, boss, empty = roles["hr"], roles["boss"], roles["administrator"]
    new, old = "view_phone_employee", "import_employee"
    for code in ("hr", "boss", "administrator"):
        standard = StandardRole.objects.get(code=code)
        standard.shipped.remove("hrm.view_phone_employee")
        standard.save()
    # An administrator took one action from a role, and everything about people from another.
    hr.permissions.remove(*hr.permissions.filter(codename__in=(new, old)))
    boss.permissions.remove(*boss.permissions.filter(codename=new))
    RoleScope.objects.filter(role=boss, content_type__model="employee").update(level=ScopeLevel.OWN)
    set_role_grant(role=empty, model=Employee, actions=(), level=ScopeLevel.OWN, actor=None, at=AT)

    create_default_roles(actor=None, at=AT)

    assert {code for code in (new, old) if hr.permissions.filter(codename=code).exists()} == {new}
    assert boss.permissions.filter(codename=new).exists()
    assert RoleScope.objects.get(role=boss, content_type__model="employee").level == ScopeLevel.OWN
    assert not empty.permissions.filter(content_type__model="employee").exists()


def test_department_managers_lead_their_people_and_see_no_pay_but_their_own() -> None:
    grants = {model._meta.label: grant for model, grant in role_grants()["department_manager"].items()}

    for label in ("hrm.LeaveRequest", "hrm.OvertimeRequest", "hrm.PunchCorrection", "hrm.Outing"):
        actions, level = grants[label]
        assert ("approve" in actions, level) == (True, ScopeLevel.DEPARTMENT_TREE)
    for label in ("hrm.AttendanceDay", "hrm.RosterDay", "hrm.StaffTask", "hrm.KpiSheet", "hrm.SkillHolding"):
        assert ("view" in grants[label][0], grants[label][1]) == (True, ScopeLevel.DEPARTMENT_TREE)
    assert grants["hrm.Payslip"][1] == ScopeLevel.OWN
    assert not grants.keys() & {"hrm.SalaryArchive", "hrm.PayRun", "hrm.LaborContract", "hrm.SocialEnrolment"}
    sensitive = {label for label, (actions, _level) in grants.items() if {"view_sensitive", "view_phone"} & {*actions}}
    assert sensitive == set()


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
