"""Factories of the organisation: accounts, departments, positions, employees."""

from __future__ import annotations

from datetime import date
from typing import Any

import factory
from django.db import transaction
from django.utils import timezone
from factory.django import DjangoModelFactory

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Department, Employee, Position
from suite.access.models import User
from tests.factories.masters import CompanyFactory


class UserFactory(DjangoModelFactory[User]):
    """A staff account without any role."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    full_name = factory.Sequence(lambda n: f"员工{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.com")


class DepartmentFactory(DjangoModelFactory[Department]):
    """A department at the top of its company, or below ``parent`` and then of the parent's company."""

    class Meta:
        model = Department

    company = factory.Maybe(
        "parent",
        yes_declaration=factory.SelfAttribute("parent.company"),
        no_declaration=factory.SubFactory(CompanyFactory),
    )
    parent = None
    code = factory.Sequence(lambda n: f"D{n:03}")
    name = factory.Sequence(lambda n: f"部门{n}")
    valid_from = date(2020, 1, 1)

    @classmethod
    def _create(cls, model_class: type[Department], *args: Any, **kwargs: Any) -> Department:
        department = super()._create(model_class, *args, **kwargs)
        department.refresh_from_db(fields=["path"])
        return department


class PositionFactory(DjangoModelFactory[Position]):
    """A position of the whole company."""

    class Meta:
        model = Position

    code = factory.Sequence(lambda n: f"P{n:03}")
    name = factory.Sequence(lambda n: f"岗位{n}")


class EmployeeFactory(DjangoModelFactory[Employee]):
    """A regular employee, or of another ``status``; with ``department`` in it and of its company."""

    class Meta:
        model = Employee

    company = factory.Maybe(
        "department",
        yes_declaration=factory.SelfAttribute("department.company"),
        no_declaration=factory.SubFactory(CompanyFactory),
    )
    department = None
    number = factory.Sequence(lambda n: f"E{n:04}")
    name = factory.Sequence(lambda n: f"员工{n}")
    hire_date = date(2024, 3, 1)

    @classmethod
    def _create(cls, model_class: type[Employee], *args: Any, **kwargs: Any) -> Employee:
        status = kwargs.pop("status", EmployeeStatus.REGULAR)
        employee = super()._create(model_class, *args, **kwargs)
        if status != EmployeeStatus.PENDING:
            with transaction.atomic():
                employee.become(EmployeeStatus.REGULAR, actor=None, at=timezone.now())
                if status != EmployeeStatus.REGULAR:
                    employee.become(status, actor=None, at=timezone.now())
        return employee
