"""A company that pays one group of people."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from hrm.org.models import Employee
from hrm.payroll import services
from hrm.payroll.choices import ItemSource, ProjectKind
from hrm.payroll.models import PayGroup, PayItem, PayRun, Payslip
from suite.access.models import User
from suite.masters.models import Company
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.hrm_payroll import (
    AT,
    PayGroupFactory,
    PayItemFactory,
    SalaryArchiveFactory,
    SocialEnrolmentFactory,
    SocialSchemeFactory,
    SocialSchemeLineFactory,
    seed_statutes,
)
from tests.factories.masters import CompanyFactory

D = Decimal
CITY = "深圳"


class Pay:
    """A pay group with a base salary, and what is done with it in tests."""

    def __init__(self) -> None:
        seed_statutes()
        self.actor: User = UserFactory(is_superuser=True)
        self.company: Company = CompanyFactory(is_default=True)
        self.base: PayItem = PayItemFactory(code="BASE", name="基本工资", is_overtime_base=True)
        self.group: PayGroup = PayGroupFactory(company=self.company, items=[self.base])
        self.scheme = SocialSchemeFactory(city=CITY)

    def insure(self, employee_rate: Any = 10, employer_rate: Any = 20, **limits: Any) -> None:
        """Let the city ask for a pension, without limits unless given."""
        SocialSchemeLineFactory(
            scheme=self.scheme,
            project=ProjectKind.PENSION,
            **{"floor": None, "cap": None, **limits},
            employee_rate=D(employee_rate),
            employer_rate=D(employer_rate),
        )

    def item(self, code: str, **values: Any) -> PayItem:
        """Add an item to the group."""
        item: PayItem = PayItemFactory(code=code, name=code, **values)
        self.group.items.add(item)
        return item

    def formula(self, code: str, text: str, **values: Any) -> PayItem:
        """Add an item with a formula to the group."""
        return self.item(code, source=ItemSource.FORMULA, formula=text, **values)

    def hire(self, base: Any = 10000, *, social_wage: Any = 0, insured: bool = True, **values: Any) -> Employee:
        """Add a person with a base salary."""
        employee: Employee = EmployeeFactory(company=self.company, **values)
        SalaryArchiveFactory(employee=employee, pay_group=self.group, amounts={self.base: base})
        if insured:
            SocialEnrolmentFactory(employee=employee, city=CITY, social_wage=D(social_wage))
        return employee

    def open(self, month: date = date(2026, 1, 1), pay_date: date | None = None) -> PayRun:
        """Open a run, by default paid in its own month."""
        return services.create_run(
            pay_group=self.group, month=month, pay_date=pay_date or month.replace(day=25), actor=self.actor, at=AT
        )

    def calculate(self, month: date = date(2026, 1, 1), pay_date: date | None = None) -> PayRun:
        """Open and calculate a run."""
        return services.calculate_run(payrun=self.open(month, pay_date), actor=self.actor, at=AT)

    def lock(self, month: date = date(2026, 1, 1), pay_date: date | None = None) -> PayRun:
        """Open, calculate and lock a run."""
        return services.submit_run(payrun=self.calculate(month, pay_date), actor=self.actor, at=AT)

    def slip(self, run: PayRun, employee: Employee) -> Payslip:
        """The payslip of a person."""
        return run.payslips.get(employee=employee)


@pytest.fixture
def pay(db: None) -> Pay:
    return Pay()
