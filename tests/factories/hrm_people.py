"""Factories of personnel: places, changes, contracts, papers, things, tasks, alerts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from hrm.org.choices import PlaceChange
from hrm.people.choices import AlertKind, AlertLevel, CertificateKind, ChangeKind, Occasion
from hrm.people.models import (
    AssetLoan,
    Assignment,
    Certificate,
    LaborContract,
    MinimumWage,
    PersonnelChange,
    StaffAlert,
    StaffTask,
    TaskTemplate,
)
from tests.factories.hrm import DepartmentFactory, EmployeeFactory
from tests.factories.masters import CompanyFactory


class AssignmentFactory(DjangoModelFactory[Assignment]):
    """The first place of somebody, since the hire date."""

    class Meta:
        model = Assignment

    employee = factory.SubFactory(EmployeeFactory)
    company = factory.SelfAttribute("employee.company")
    department = factory.SelfAttribute("employee.department")
    position = factory.SelfAttribute("employee.position")
    manager = factory.SelfAttribute("employee.manager")
    valid_from = factory.SelfAttribute("employee.hire_date")
    kind = PlaceChange.HIRED


class PersonnelChangeFactory(DjangoModelFactory[PersonnelChange]):
    """A draft of a transfer to another department."""

    class Meta:
        model = PersonnelChange

    employee = factory.SubFactory(EmployeeFactory)
    company = factory.SelfAttribute("employee.company")
    number = factory.Sequence(lambda n: f"PC-T-{n:04}")
    kind = ChangeKind.TRANSFER
    effective_on = date(2026, 4, 1)
    department = factory.SubFactory(DepartmentFactory, company=factory.SelfAttribute("..company"))
    reason = "工作需要"


class LaborContractFactory(DjangoModelFactory[LaborContract]):
    """A signed fixed term of three years, 2024-03-01 to 2027-02-28, without probation."""

    class Meta:
        model = LaborContract

    employee = factory.SubFactory(EmployeeFactory)
    company = factory.SelfAttribute("employee.company")
    number = factory.Sequence(lambda n: f"LC-T-{n:04}")
    starts_on = date(2024, 3, 1)
    ends_on = date(2027, 2, 28)
    signed_on = date(2024, 3, 1)
    monthly_wage = Decimal("8000.00")


class MinimumWageFactory(DjangoModelFactory[MinimumWage]):
    """An example: 2,490 yuan a month since 2025."""

    class Meta:
        model = MinimumWage

    company = factory.SubFactory(CompanyFactory)
    monthly = Decimal("2490.00")
    valid_from = date(2025, 1, 1)


class CertificateFactory(DjangoModelFactory[Certificate]):
    """A permit for electricians."""

    class Meta:
        model = Certificate

    employee = factory.SubFactory(EmployeeFactory)
    kind = CertificateKind.SPECIAL_OPERATION
    name = "低压电工作业证"
    number = factory.Sequence(lambda n: f"T{n:010}")
    valid_to = date(2028, 6, 30)


class AssetLoanFactory(DjangoModelFactory[AssetLoan]):
    """A computer in somebody's hands."""

    class Meta:
        model = AssetLoan

    employee = factory.SubFactory(EmployeeFactory)
    name = "笔记本电脑"
    code = factory.Sequence(lambda n: f"NB{n:04}")
    handed_out_on = date(2024, 3, 1)


class TaskTemplateFactory(DjangoModelFactory[TaskTemplate]):
    """Something that HR does for every joiner on the first day."""

    class Meta:
        model = TaskTemplate

    occasion = Occasion.ONBOARDING
    title = factory.Sequence(lambda n: f"任务{n}")


class StaffTaskFactory(DjangoModelFactory[StaffTask]):
    """An open task of HR for a joiner."""

    class Meta:
        model = StaffTask

    employee = factory.SubFactory(EmployeeFactory)
    occasion = Occasion.ONBOARDING
    title = factory.Sequence(lambda n: f"任务{n}")
    due_on = date(2026, 3, 9)


class StaffAlertFactory(DjangoModelFactory[StaffAlert]):
    """A contract that ends soon."""

    class Meta:
        model = StaffAlert

    employee = factory.SubFactory(EmployeeFactory)
    kind = AlertKind.CONTRACT_EXPIRING
    object_id = factory.Sequence(lambda n: n + 1)
    subject = factory.Sequence(lambda n: f"LC-T-{n:04}")
    due_on = date(2026, 4, 1)
    level = AlertLevel.NEAR
    found_on = date(2026, 3, 2)
