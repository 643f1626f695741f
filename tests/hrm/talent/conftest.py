"""A small company whose people are appraised and trained."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction

from crm.contracts.choices import ContractStatus
from hrm.org.default_roles import create_default_roles
from hrm.org.models import Department, Employee
from hrm.talent.kpi.choices import Direction, Grade
from hrm.talent.kpi.models import KpiIndicator, KpiPlan
from hrm.talent.kpi.services import begin_scoring, create_plan, open_plan
from suite.access.models import User
from suite.masters.models import Company
from suite.modules.services import enable_module
from tests.factories.crm import ContractFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.hrm_talent import GradeRuleFactory, KpiIndicatorFactory
from tests.factories.masters import CompanyFactory

AT = datetime(2026, 9, 28, 1, 0, tzinfo=UTC)
# Grade, from which score, at least and at most % of people, coefficient.
GRADES = (
    (Grade.A, "90", None, "20", "1.5"),
    (Grade.B, "75", None, None, "1.0"),
    (Grade.C, "60", None, None, "0.8"),
    (Grade.D, "0", None, None, "0"),
)


@dataclass
class Firm:
    """
    A sales department with its head, Ann and Bob; Cat works elsewhere and has no manager.

    The head manages Ann and Bob; an HR officer appraises everybody.
    """

    company: Company
    sales: Department
    works: Department
    head: Employee
    ann: Employee
    bob: Employee
    cat: Employee
    officer: Employee
    hr: User
    roles: dict[str, Group]
    output: KpiIndicator
    defects: KpiIndicator
    more: dict[str, Any] = field(default_factory=dict)

    def user(self, employee: Employee) -> User:
        """The account of a person, as a new request reads it."""
        return User.objects.get(pk=employee.user_id)


@pytest.fixture
def firm(db: None) -> Firm:
    """Personnel is on, with CRM below whose figures are fetched."""
    company = CompanyFactory(is_default=True)
    for code in ("crm", "hrm"):
        enable_module(code=code, actor=None, at=AT)
    roles = create_default_roles(actor=None, at=AT)
    top = DepartmentFactory(company=company, name="总部")
    sales, works = DepartmentFactory(parent=top, name="销售部"), DepartmentFactory(parent=top, name="生产部")

    def person(name: str, department: Department, role: str, manager: Employee | None = None) -> Employee:
        user = UserFactory(full_name=name)
        user.groups.add(roles[role])
        return EmployeeFactory(name=name, department=department, user=user, manager=manager)

    head = person("韩主管", sales, "sales_manager")
    sales.head = head
    sales.save()
    officer = person("胡人事", top, "hr")
    firm = Firm(
        company=company,
        sales=sales,
        works=works,
        head=head,
        ann=person("安然", sales, "salesperson", head),
        bob=person("鲍勃", sales, "salesperson", head),
        cat=person("蔡茜", works, "warehouse"),
        officer=officer,
        hr=User.objects.get(pk=officer.user_id),
        roles=roles,
        output=KpiIndicatorFactory(code="OUT", name="产量", target=Decimal(100), weight=Decimal(60)),
        defects=KpiIndicatorFactory(
            code="DEF", name="不良数", direction=Direction.LOWER, target=Decimal(10), weight=Decimal(40)
        ),
    )
    for grade, minimum, least, most, coefficient in GRADES:
        GradeRuleFactory(
            company=company,
            grade=grade,
            minimum_score=Decimal(minimum),
            at_least=least and Decimal(least),
            at_most=most and Decimal(most),
            coefficient=Decimal(coefficient),
        )
    return firm


def plan_of(firm: Firm, **values: Any) -> KpiPlan:
    """A draft for the sales department in the third quarter: 60 % output, 40 % defects."""
    wanted: dict[str, Any] = {
        "title": "三季度考核",
        "period_from": date(2026, 7, 1),
        "period_to": date(2026, 9, 30),
        "department": firm.sales,
        "lines": [{"indicator": firm.output}, {"indicator": firm.defects}],
        **values,
    }
    return create_plan(actor=firm.hr, at=AT, **wanted)


def opened(firm: Firm, **values: Any) -> KpiPlan:
    """One that people assess themselves in."""
    return open_plan(plan=plan_of(firm, **values), actor=firm.hr, at=AT)


def scoring(firm: Firm, **values: Any) -> KpiPlan:
    """One that managers score in."""
    return begin_scoring(plan=opened(firm, **values), actor=firm.hr, at=AT)


def signed(firm: Firm, employee: Employee, amount: int) -> None:
    """A contract that somebody signed in August."""
    contract = ContractFactory(
        owner=firm.user(employee),
        company=firm.company,
        signed_on=date(2026, 8, 5),
        net_total=Decimal(amount),
        tax_total=Decimal(0),
        gross_total=Decimal(amount),
    )
    with transaction.atomic():
        for status in (ContractStatus.APPROVING, ContractStatus.APPROVED, ContractStatus.EXECUTING):
            contract.become(status, actor=None, at=AT)
