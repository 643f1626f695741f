"""Pages of the organisation: tree, people, accounts, roles, viewing as somebody else."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from hrm.org import services
from hrm.org.default_roles import create_default_roles
from hrm.org.models import Department, Employee
from suite.access.choices import ScopeLevel
from suite.access.models import AuditEntry, Role, RoleScope, User
from suite.modules.services import enable_module
from suite.pages.exchange.fields import import_fields
from suite.pages.registry import pageset_of
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory, UserFactory
from tests.factories.masters import CompanyFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
VIEW_AS = "view_as"
CLOSED_TO_PHONES = ("salesperson", "department_manager", "finance")


@pytest.fixture
def roles() -> dict[str, Group]:
    return create_default_roles(actor=None, at=AT)


@pytest.fixture
def admin(client: Client) -> User:
    """A superuser whose browser ``client`` is."""
    user = UserFactory(is_superuser=True, full_name="管理员")
    client.force_login(user)
    return user


def sign_in(role: Group) -> tuple[Client, User]:
    client, user = Client(), UserFactory()
    user.groups.add(role)
    client.force_login(user)
    return client, user


def text(response: object) -> str:
    return response.content.decode()  # type: ignore[attr-defined]


# Departments and people


def test_departments_are_drawn_as_a_tree(client: Client, admin: User) -> None:
    top = DepartmentFactory(name="澜拓")
    sales = DepartmentFactory(name="销售部", parent=top)
    EmployeeFactory(department=sales)

    page = text(client.get(reverse("hrm:department-list")))

    assert 'role="tree"' in page
    assert page.index("澜拓") < page.index("销售部")


@pytest.mark.parametrize("name", ["department", "position", "employee"])
def test_lists_take_as_many_queries_for_thirty_rows_as_for_three(
    client: Client, admin: User, name: str, django_assert_max_num_queries: object
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = f"{reverse(f'hrm:{name}-list')}?as=list"

    def grow(number: int) -> int:
        for _n in range(number):
            top = DepartmentFactory()
            position = PositionFactory(department=top)
            head = EmployeeFactory(department=top, position=position, user=UserFactory())
            services.set_department_head(department=top, head=head, actor=None, at=AT)
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    few = grow(3)
    many = grow(27)

    assert many == few
    assert few < 15


def test_department_is_created_and_moved_by_its_pages(client: Client, admin: User) -> None:
    company = CompanyFactory()
    top = DepartmentFactory(company=company)
    other = DepartmentFactory(company=company)
    data = {"company": company.pk, "parent": top.pk, "code": "S", "name": "销售部", "kind": "DEPARTMENT"}
    data |= {"valid_from": "2026-03-01", "sort_order": "0"}

    client.post(reverse("hrm:department-create"), data)
    made = Department.objects.get(code="S")
    moved = client.post(reverse("hrm:department-action", args=[made.pk, "move"]), {"parent": other.pk})
    circle = client.post(reverse("hrm:department-action", args=[other.pk, "move"]), {"parent": made.pk})

    assert moved.status_code == 302
    assert Department.objects.get(pk=made.pk).path == [other.pk, made.pk]
    assert circle.status_code == 422
    assert Department.objects.get(pk=other.pk).parent is None


def test_employee_is_hired_and_leaves_by_the_pages(client: Client, admin: User) -> None:
    department = DepartmentFactory()
    person = EmployeeFactory(department=department)
    report = EmployeeFactory(department=department, manager=person)
    data = {"company": department.company.pk, "department": department.pk, "number": "E77", "name": "陈静怡"}

    client.post(reverse("hrm:employee-create"), {**data, "hire_date": "2026-03-01", "status": "PROBATION"})
    hired = Employee.objects.get(number="E77")
    url = reverse("hrm:employee-action", args=[person.pk, "end"])
    refused = client.post(url, {"leave_date": "2026-03-02"})
    client.post(url, {"leave_date": "2026-03-02", "successor": hired.pk})

    assert hired.status == "PROBATION"
    assert refused.status_code == 422
    assert Employee.objects.get(pk=person.pk).status == "LEFT"
    assert Employee.objects.get(pk=report.pk).manager == hired


def test_sensitive_fields_need_their_permission_everywhere(roles: dict[str, Group]) -> None:
    person = EmployeeFactory(id_number="11010519491231002X", bank_account="6222021234567890")
    enable_module(code="hrm", actor=None, at=AT)
    seller, _user = sign_in(roles["salesperson"])
    officer, _user = sign_in(roles["hr"])
    page, tab = reverse("hrm:employee-detail", args=[person.pk]), "?tab=personnel_file"
    api = f"/api/hrm/employees/{person.pk}/"

    assert "6222021234567890" in text(officer.get(page + tab))
    assert officer.get(api).json()["bank_account"] == "6222021234567890"
    assert seller.get(page).status_code == 200
    assert seller.get(page + tab).status_code == 404
    assert "bank_account" not in seller.get(api).json()
    url = reverse("hrm:employee-action", args=[person.pk, "personnel-file"])
    assert seller.post(url, {"bank_account": "1"}).status_code == 403
    assert Employee.objects.get(pk=person.pk).bank_account == "6222021234567890"


def test_phone_numbers_need_a_permission_of_their_own_everywhere(roles: dict[str, Group]) -> None:
    person = EmployeeFactory(phone="13912345678", user=UserFactory(phone="13912345678"))
    Employee.objects.filter(pk=person.pk).update(phone="13987654321")
    assert person.user is not None
    pages = [reverse("hrm:employee-detail", args=[person.pk]), reverse("hrm:employee-list")]
    pages += [
        f"/api/hrm/employees/{person.pk}/",
        "/api/hrm/employees/",
        reverse("suite:user-detail", args=[person.user.pk]),
    ]
    pages += [reverse("hrm:employee-history", args=[person.pk]), f"{reverse('suite:user-list')}?columns=phone"]
    enable_module(code="hrm", actor=None, at=AT)

    def shows_phone(client: Client, url: str) -> bool:
        answer = client.get(url, follow=True)
        assert answer.status_code == 200, url
        return any(number in answer.content.decode() for number in ("13912345678", "13987654321"))

    closed = {role: [url for url in pages if shows_phone(sign_in(roles[role])[0], url)] for role in CLOSED_TO_PHONES}
    officer, _user = sign_in(roles["hr"])

    assert not any(closed.values()), closed
    assert shows_phone(officer, pages[0])
    assert shows_phone(officer, pages[2])


def test_phone_is_exported_and_imported_by_who_may_see_it(roles: dict[str, Group]) -> None:
    pageset = pageset_of(Employee)
    assert pageset is not None
    for role in ("hr", "salesperson"):
        _client, user = sign_in(roles[role])
        names = {each.name for each in import_fields(pageset, user)}
        assert ("phone" in names, "phone" in Employee.search_fields) == (role == "hr", False)
        columns = {column.name for column in pageset.list_columns(user, ["name", "phone"])}
        assert ("phone" in columns) == (role == "hr")


def test_personnel_file_exists_only_while_personnel_is_on(client: Client, admin: User) -> None:
    person = EmployeeFactory()
    url = reverse("hrm:employee-detail", args=[person.pk])
    action = reverse("hrm:employee-action", args=[person.pk, "personnel-file"])

    assert client.get(f"{url}?tab=personnel_file").status_code == 404
    assert client.post(action, {"bank_account": "1"}).status_code == 403
    enable_module(code="hrm", actor=None, at=AT)
    assert client.get(f"{url}?tab=personnel_file").status_code == 200
    client.post(action, {"id_number": "11010519491231002x", "bank_account": "6222 0212 3456 7890"})

    stored = Employee.objects.get(pk=person.pk)
    assert (stored.id_number, stored.birth_date) == ("11010519491231002X", date(1949, 12, 31))
    assert stored.bank_account == "6222021234567890"


@pytest.mark.parametrize("name", ["org-chart", "headcount"])
def test_pages_of_personnel_are_closed_until_it_is_on(client: Client, admin: User, name: str) -> None:
    head = EmployeeFactory(department=DepartmentFactory(name="销售部"), position=PositionFactory(planned_headcount=2))
    services.set_department_head(department=head.department, head=head, actor=None, at=AT)

    assert client.get(reverse(f"hrm:{name}")).status_code == 404
    enable_module(code="hrm", actor=None, at=AT)

    page = client.get(reverse(f"hrm:{name}"))
    assert page.status_code == 200
    assert (head.department.name if name == "org-chart" else head.position.name) in text(page)
    stranger, _user = sign_in(Group.objects.create(name="nothing"))
    assert stranger.get(reverse(f"hrm:{name}")).status_code == 403


# Accounts


def test_account_is_opened_for_an_employee_with_roles(client: Client, admin: User, roles: dict[str, Group]) -> None:
    person = EmployeeFactory(name="林志远")
    url = reverse("hrm:employee-action", args=[person.pk, "open-account"])

    weak = client.post(url, {"username": "linzy", "password": "12345678901"})
    client.post(url, {"username": "linzy", "password": "a long sentence 42", "roles": [roles["salesperson"].pk]})

    assert weak.status_code == 422
    user = User.objects.get(username="linzy")
    assert (user.full_name, list(user.groups.all())) == ("林志远", [roles["salesperson"]])
    assert Employee.objects.get(pk=person.pk).user == user


def test_account_pages_change_roles_passwords_and_access(client: Client, admin: User, roles: dict[str, Group]) -> None:
    user = UserFactory()
    own = Client()
    own.force_login(user)

    def act(slug: str, **data: object) -> int:
        return client.post(reverse("suite:user-action", args=[user.pk, slug]), data).status_code

    assert client.get(reverse("suite:user-list")).status_code == 200
    assert client.get(reverse("suite:user-detail", args=[user.pk])).status_code == 200
    assert act("roles", roles=[roles["hr"].pk, roles["finance"].pk]) == 302
    assert set(user.groups.all()) == {roles["hr"], roles["finance"]}
    assert own.get("/me/").status_code == 200
    assert act("password", password="another long sentence") == 302
    assert own.get("/me/").status_code == 302
    assert act("deactivate") == 302
    assert User.objects.get(pk=user.pk).is_active is False
    assert act("reactivate") == 302
    kinds = AuditEntry.objects.filter(subject=user.username, actor=admin).values_list("kind", flat=True).order_by("pk")
    assert list(kinds) == ["ROLE", "PASSWORD", "USER", "USER"]


def test_new_account_page(client: Client, admin: User, roles: dict[str, Group]) -> None:
    company, person = CompanyFactory(), EmployeeFactory()
    data = {"username": "wang", "full_name": "王芳", "employee": person.pk, "companies": [company.pk]}

    response = client.post(reverse("suite:user-create"), {**data, "roles": [roles["hr"].pk]})

    assert response.status_code == 302
    user = User.objects.get(username="wang")
    assert not user.has_usable_password()
    assert set(user.companies.all()) == {company, person.company}
    assert user.employee == person


def test_role_administrator_cannot_touch_a_superuser(roles: dict[str, Group]) -> None:
    boss = UserFactory(is_superuser=True)
    client, _user = sign_in(roles["administrator"])

    for slug, data in (
        ("password", {"password": "another long sentence"}),
        ("deactivate", {}),
        ("roles", {"roles": [roles["hr"].pk]}),
        ("update", {"full_name": "x"}),
    ):
        client.post(reverse("suite:user-action", args=[boss.pk, slug]), data)

    stored = User.objects.get(pk=boss.pk)
    assert (stored.is_active, stored.password, stored.full_name) == (True, boss.password, boss.full_name)
    assert list(stored.groups.all()) == []


def test_hr_officer_opens_no_accounts_and_gives_no_roles(roles: dict[str, Group]) -> None:
    client, user = sign_in(roles["hr"])
    person = EmployeeFactory()

    opened = client.post(reverse("hrm:employee-action", args=[person.pk, "open-account"]), {"username": "x"})
    given = client.post(reverse("suite:user-action", args=[user.pk, "roles"]), {"roles": [roles["boss"].pk]})

    assert (opened.status_code, given.status_code) == (403, 403)
    assert list(user.groups.all()) == [roles["hr"]]


def test_security_audit_is_listed_and_cannot_be_edited(client: Client, admin: User) -> None:
    user = UserFactory(username="linzy")
    client.post(reverse("suite:user-action", args=[user.pk, "deactivate"]))
    entry = AuditEntry.objects.get(subject="linzy")

    page = client.get(reverse("suite:auditentry-list"))

    assert page.status_code == 200
    assert "linzy" in text(page)
    assert client.get(reverse("suite:auditentry-detail", args=[entry.pk])).status_code == 200
    assert client.post(reverse("suite:auditentry-delete", args=[entry.pk])).status_code == 403
    assert AuditEntry.objects.filter(pk=entry.pk).exists()


# Roles


def test_role_matrix_shows_every_role_and_object_type(client: Client, admin: User, roles: dict[str, Group]) -> None:
    from suite.pages.registry import pagesets

    with translation.override("en"):
        page = text(client.get(reverse("access:roles"), headers={"accept-language": "en"}))
        missing = [each for each in pagesets(enabled_only=False) if f">{escape(each.title_plural)}<" not in page]

    assert missing == []
    assert [role for role in roles.values() if role.name not in page] == []


def test_role_page_saves_actions_and_scope_and_audits_the_change(
    client: Client, admin: User, roles: dict[str, Group]
) -> None:
    role = roles["salesperson"]
    department = DepartmentFactory()
    data = {
        "name": "业务员",
        "hrm.Employee": ["view", "change"],
        "hrm.Employee.level": "CHOSEN",
        "hrm.Employee.chosen": [department.pk],
        "hrm.Department": ["view", "nonsense"],
        "hrm.Department.level": "ALL",
    }

    response = client.post(reverse("access:role", args=[role.pk]), data)

    assert response.status_code == 302
    role.refresh_from_db()
    codes = set(role.permissions.filter(content_type__app_label="hrm").values_list("codename", flat=True))
    assert (role.name, codes) == ("业务员", {"view_employee", "change_employee", "view_department"})
    scope = RoleScope.objects.get(role=role, content_type__model="employee")
    assert (scope.level, scope.chosen) == (ScopeLevel.CHOSEN, [department.pk])
    about = AuditEntry.objects.filter(kind="ROLE", actor=admin)
    assert about.filter(details__model="hrm.Employee").count() == 1
    assert not about.filter(details__model="hrm.Department").exists()


def test_role_pages_need_their_permissions(roles: dict[str, Group]) -> None:
    client, _user = sign_in(roles["hr"])
    url = reverse("access:role", args=[roles["hr"].pk])

    assert client.get(reverse("access:roles")).status_code == 403
    assert client.get(url).status_code == 403
    assert client.post(url, {"name": "x", "suite.Role": ["change"]}).status_code == 403
    assert client.post(reverse("access:create-role"), {"name": "x"}).status_code == 403
    assert client.post(reverse("access:delete-role", args=[roles["planner"].pk])).status_code == 403
    assert Client().get(reverse("access:roles")).status_code == 302
    assert Role.objects.filter(pk=roles["planner"].pk).exists()


def test_role_is_created_and_deleted_while_nobody_has_it(client: Client, admin: User) -> None:
    client.post(reverse("access:create-role"), {"name": "Guest"})
    role = Role.objects.get(name="Guest")
    twice = client.post(reverse("access:create-role"), {"name": "Guest"})
    user = UserFactory()
    user.groups.add(role)

    client.post(reverse("access:delete-role", args=[role.pk]))
    assert Role.objects.filter(pk=role.pk).exists()
    user.groups.clear()
    client.post(reverse("access:delete-role", args=[role.pk]))

    assert twice.status_code == 422
    assert not Role.objects.filter(pk=role.pk).exists()


# Viewing as somebody else


def test_administrator_sees_what_another_sees_and_changes_nothing(
    client: Client, admin: User, roles: dict[str, Group]
) -> None:
    user = UserFactory(full_name="陈静怡")
    user.groups.add(roles["salesperson"])

    client.post(reverse("access:view-as", args=[user.pk]))
    seen = client.get(reverse("hrm:employee-list"))
    refused = client.get(reverse("access:roles"))
    written = client.post(reverse("suite:user-action", args=[user.pk, "deactivate"]))
    stopped = client.post(reverse("access:stop-view-as"))

    assert "陈静怡" in text(seen)
    assert (refused.status_code, written.status_code) == (403, 403)
    assert User.objects.get(pk=user.pk).is_active
    assert stopped.status_code == 302
    assert client.get(reverse("access:roles")).status_code == 200
    entries = AuditEntry.objects.filter(kind="VIEW_AS", actor=admin).order_by("pk")
    assert [(each.subject, each.details) for each in entries] == [
        (user.username, {"begins": True}),
        (user.username, {"begins": False}),
    ]


def test_only_an_administrator_views_as_others(client: Client, admin: User, roles: dict[str, Group]) -> None:
    other_admin, gone = UserFactory(is_superuser=True), UserFactory(is_active=False)
    seller, _user = sign_in(roles["administrator"])

    for account in (other_admin, gone, admin):
        assert client.post(reverse("access:view-as", args=[account.pk])).status_code == 403
    assert seller.post(reverse("access:view-as", args=[UserFactory().pk])).status_code == 403
    assert client.get(reverse("access:view-as", args=[UserFactory().pk])).status_code == 405

    assert VIEW_AS not in client.session
    assert VIEW_AS not in seller.session
