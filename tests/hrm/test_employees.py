from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from hrm.org import accounts, services
from hrm.org.choices import EmployeeStatus
from hrm.org.errors import OrganisationCycle, StillInUse
from hrm.org.models import Employee
from suite.access.models import AuditEntry, User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.models import StatusChange
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory, UserFactory
from tests.factories.masters import CompanyFactory, PartyFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
BY = {"actor": None, "at": AT}


def test_hire_employee_records_the_person_and_their_place() -> None:
    department = DepartmentFactory()
    position = PositionFactory(department=department)
    head = EmployeeFactory(department=department)

    hired = services.hire_employee(
        company=department.company,
        number="E100",
        name="陈静怡",
        hire_date=date(2026, 3, 1),
        department=department,
        position=position,
        manager=head,
        status=EmployeeStatus.PROBATION,
        **BY,
    )

    stored = Employee.objects.get(pk=hired.pk)
    assert (stored.status, stored.department, stored.manager) == ("PROBATION", department, head)
    assert list(StatusChange.objects.filter(object_id=hired.pk).values_list("from_status", "to_status")) == [
        ("PENDING", "PROBATION")
    ]


def test_hire_employee_refuses_a_wrong_place_and_creates_nobody() -> None:
    company = CompanyFactory()
    elsewhere = DepartmentFactory()
    sales, works = DepartmentFactory(company=company), DepartmentFactory(company=company)
    left = EmployeeFactory(company=company, number="E1", status="LEAVING")
    services.end_employment(employee=left, leave_date=date(2026, 2, 1), **BY)
    facts = {"company": company, "name": "x", "hire_date": date(2026, 1, 1), **BY}
    before = Employee.objects.count()

    refused = [
        {"number": "E1"},
        {"number": "E2", "department": elsewhere},
        {"number": "E2", "department": sales, "position": PositionFactory(department=works)},
        {"number": "E2", "position": PositionFactory(department=works)},
        {"number": "E2", "manager": left},
    ]
    fields = []
    for each in refused:
        with pytest.raises(InvalidInput) as refusal:
            services.hire_employee(**facts, **each)
        fields.append(refusal.value.field)

    assert fields == ["number", "department", "position", "position", "manager"]
    assert Employee.objects.count() == before


def test_position_of_a_department_serves_the_departments_below() -> None:
    sales = DepartmentFactory()
    east = DepartmentFactory(parent=sales)
    clerk = PositionFactory(department=sales)

    hired = services.hire_employee(
        company=sales.company, number="E1", name="x", hire_date=date(2026, 1, 1), department=east, position=clerk, **BY
    )

    assert hired.position == clerk


def test_same_number_is_free_in_another_company() -> None:
    EmployeeFactory(number="E1")

    other = services.hire_employee(company=CompanyFactory(), number="E1", name="x", hire_date=date(2026, 1, 1), **BY)

    assert Employee.objects.filter(number="E1").count() == 2
    assert other.status == EmployeeStatus.PENDING


def test_nobody_manages_themselves_through_others() -> None:
    boss = EmployeeFactory()
    lead = EmployeeFactory(manager=boss)
    clerk = EmployeeFactory(manager=lead)

    for manager in (boss, lead, clerk):
        with pytest.raises(OrganisationCycle):
            services.update_employee(employee=boss, manager=manager, **BY)
    with pytest.raises(IntegrityError, match="would manage themselves"), transaction.atomic():
        Employee.objects.filter(pk=boss.pk).update(manager=clerk)

    assert Employee.objects.get(pk=boss.pk).manager is None


def test_transfer_puts_a_person_under_the_head_of_the_new_department() -> None:
    head = EmployeeFactory()
    works = DepartmentFactory(company=head.company, head=head)
    person = EmployeeFactory(department=DepartmentFactory(company=head.company))

    moved = services.transfer_employee(employee=person, department=works, **BY)

    assert (moved.department, moved.manager, moved.position) == (works, head, None)


def test_status_goes_only_the_declared_steps() -> None:
    person = EmployeeFactory(status=EmployeeStatus.PENDING)

    with pytest.raises(WrongState):
        services.give_notice(employee=person, **BY)
    services.start_employee(employee=person, **BY)
    services.confirm_employee(employee=person, **BY)
    services.give_notice(employee=person, reason="moving away", **BY)
    with pytest.raises(WrongState):
        services.start_employee(employee=person, **BY)

    steps = StatusChange.objects.filter(object_id=person.pk).order_by("pk").values_list("to_status", "reason")
    assert list(steps) == [("PROBATION", ""), ("REGULAR", ""), ("LEAVING", "moving away")]


def test_leaving_hands_over_departments_and_people() -> None:
    boss = EmployeeFactory()
    leaver = EmployeeFactory(manager=boss)
    successor = EmployeeFactory(manager=leaver)
    clerk = EmployeeFactory(manager=leaver)
    sales = DepartmentFactory(company=boss.company, head=leaver)

    with pytest.raises(StillInUse) as refusal:
        services.end_employment(employee=leaver, leave_date=date(2026, 3, 1), **BY)
    assert refusal.value.field == "successor"
    assert Employee.objects.get(pk=leaver.pk).status == "REGULAR"
    services.end_employment(employee=leaver, leave_date=date(2026, 3, 1), successor=successor, **BY)

    sales.refresh_from_db()
    assert sales.head == successor
    assert dict(Employee.objects.values_list("pk", "manager")) == {
        boss.pk: None,
        leaver.pk: boss.pk,
        successor.pk: boss.pk,
        clerk.pk: successor.pk,
    }


def test_leaving_before_hiring_is_refused() -> None:
    person = EmployeeFactory(hire_date=date(2026, 1, 1))

    with pytest.raises(InvalidInput):
        services.end_employment(employee=person, leave_date=date(2025, 12, 31), **BY)

    assert Employee.objects.get(pk=person.pk).status == "REGULAR"


def test_leaving_ends_every_session_and_token_at_once() -> None:
    from knox.models import AuthToken

    person = EmployeeFactory(user=UserFactory())
    AuthToken.objects.create(user=person.user)
    client = Client()
    client.force_login(person.user)
    key = client.session.session_key

    services.end_employment(employee=person, leave_date=date(2026, 3, 1), **BY)

    from django.contrib.auth import get_user
    from django.contrib.sessions.backends.db import SessionStore
    from django.http import HttpRequest

    request = HttpRequest()
    request.session = SessionStore(session_key=key)
    assert get_user(request).is_anonymous
    assert User.objects.get(pk=person.user.pk).is_active is False
    assert AuthToken.objects.count() == 0


def test_staff_user_gets_name_company_roles_and_employee() -> None:
    from django.contrib.auth.models import Group

    person = EmployeeFactory(name="林志远", email="lin@example.com")
    role = Group.objects.create(name="Sales")
    admin = UserFactory()

    user = accounts.create_staff_user(
        employee=person, username="linzy", password="a long sentence 42", roles=[role], actor=admin, at=AT
    )

    stored = User.objects.get(username="linzy")
    assert (stored, stored.full_name, stored.email) == (user, "林志远", "lin@example.com")
    assert list(stored.companies.all()) == [person.company]
    assert list(stored.groups.all()) == [role]
    assert Employee.objects.get(pk=person.pk).user == stored
    assert AuditEntry.objects.filter(actor=admin, subject="linzy").count() == 1
    with pytest.raises(WrongState):
        accounts.create_staff_user(employee=person, username="linzy2", actor=admin, at=AT)


def test_weak_password_leaves_no_account_behind() -> None:
    person = EmployeeFactory()

    with pytest.raises(ValidationError):
        accounts.create_staff_user(employee=person, username="linzy", password="12345678901", actor=None, at=AT)

    assert not User.objects.filter(username="linzy").exists()
    assert Employee.objects.get(pk=person.pk).user is None


def test_account_belongs_to_one_employee_and_never_to_a_portal() -> None:
    person, other = EmployeeFactory(user=UserFactory()), EmployeeFactory()
    portal = UserFactory(kind="PORTAL", party=PartyFactory())

    for user in (person.user, portal):
        with pytest.raises(InvalidInput):
            accounts.link_employee_user(employee=other, user=user, **BY)

    assert Employee.objects.get(pk=other.pk).user is None
