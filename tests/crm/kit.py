"""What the tests of CRM share: a company with its sales people."""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client
from knox.models import AuthToken

from hrm.org.default_roles import create_default_roles
from hrm.org.models import Department
from suite.access.models import User
from suite.modules.services import enable_module
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory


@dataclass
class Sales:
    """Two sales people who do not see each other's customers, their manager, and the administrator."""

    department: Department
    seller: User
    colleague: User
    manager: User
    administrator: User


def open_crm(at: object) -> Sales:
    """Turn CRM on and hire its people, with the standard roles."""
    company = CompanyFactory(is_default=True)
    enable_module(code="crm", actor=None, at=at)  # type: ignore[arg-type]
    roles = create_default_roles(actor=None, at=at)  # type: ignore[arg-type]
    department = DepartmentFactory(company=company, name="销售一部")

    def hire(name: str, role: str) -> User:
        user: User = UserFactory(full_name=name, language="en")
        EmployeeFactory(user=user, department=department, company=company)
        user.groups.add(roles[role])
        return User.objects.get(pk=user.pk)

    sales = Sales(
        department,
        hire("林雨", "salesperson"),
        hire("周宁", "salesperson"),
        hire("陈立", "sales_manager"),
        hire("管理", "administrator"),
    )
    department.head = sales.manager.employee  # type: ignore[attr-defined]
    department.save()
    return sales


def signed_in(user: User) -> Client:
    """A browser of this user."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def with_token(user: User) -> dict[str, str]:
    """The headers of a program that acts for this user."""
    _token, text = AuthToken.objects.create(user=user)
    return {"Authorization": f"Token {text}"}
