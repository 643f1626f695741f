"""A small company that sells: two teams, their manager, a boss; and questions to reports about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client

from crm.pipeline.models import Pipeline, Stage
from hrm.org.default_roles import role_grants
from hrm.org.models import Department
from suite.access.models import User
from suite.access.services import define_role
from suite.masters.models import Company
from suite.metrics.report_asking import ask_report
from suite.metrics.reports import Answer, Asked, Measure, Report, report_of
from suite.modules.services import enable_module
from tests.factories.crm import ContractFactory, PipelineFactory, ReceiptFactory, StageFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import CompanyFactory

AT = datetime(2026, 3, 16, 4, 0, tzinfo=UTC)
PLACES = Decimal("0.000001")


@dataclass
class Team:
    """
    Head office over sales; sales over the east team. Mei heads sales, Ann sells there, Bob in the east, Eve elsewhere.

    Stages of the default pipeline: contact, offer, contract.
    """

    company: Company
    sales: Department
    east: Department
    other: Department
    boss: User
    mei: User
    ann: User
    bob: User
    eve: User
    pipeline: Pipeline
    stages: list[Stage]
    roles: dict[str, Group]

    def as_user(self, user: User) -> Client:
        """A browser in which somebody is signed in."""
        client = Client()
        client.force_login(User.objects.get(pk=user.pk))
        return client


def make_team() -> Team:
    """CRM and personnel are on; everybody has the standard role."""
    company = CompanyFactory(is_default=True)
    for code in ("crm", "hrm"):
        enable_module(code=code, actor=None, at=AT)
    # Only what they may do in CRM, and for three of the standard roles: that is all these people need.
    roles = {
        code: define_role(
            name=code,
            grants={
                model: grant
                for model, grant in role_grants()[code].items()
                if model._meta.app_label in {"crm", "suite"}
            },
            actor=None,
            at=AT,
        )
        for code in ("boss", "sales_manager", "salesperson")
    }
    top = DepartmentFactory(company=company, name="总部")
    sales, other = DepartmentFactory(parent=top, name="销售部"), DepartmentFactory(parent=top, name="海外部")
    east = DepartmentFactory(parent=sales, name="华东组")

    def person(name: str, department: Department, role: str) -> User:
        user = UserFactory(full_name=name)
        user.groups.add(roles[role])
        EmployeeFactory(name=name, company=company, department=department, user=user)
        return user

    mei = person("梅经理", sales, "sales_manager")
    sales.head = mei.employee  # type: ignore[attr-defined]
    sales.save()
    pipeline = Pipeline.objects.filter(is_default=True).first() or PipelineFactory(is_default=True)
    pipeline.stages.all().delete()
    stages = [
        StageFactory(pipeline=pipeline, position=number, name=name)
        for number, name in enumerate(("接触", "报价", "合同"), start=1)
    ]
    return Team(
        company=company,
        sales=sales,
        east=east,
        other=other,
        boss=person("老板", top, "boss"),
        mei=mei,
        ann=person("安", sales, "salesperson"),
        bob=person("波", east, "salesperson"),
        eve=person("伊", other, "salesperson"),
        pipeline=pipeline,
        stages=stages,
        roles=roles,
    )


def bring(row: Any, *states: str) -> Any:
    """Bring a row into a state, through those on the way."""
    with transaction.atomic():
        for state in states:
            row.become(state, actor=None, at=AT)
    return row


def sign(owner: User, customer: Any, net: Any, signed_on: date, **more: Any) -> Any:
    """A contract that was signed, without tax."""
    contract = ContractFactory(
        customer=customer,
        owner=owner,
        signed_on=signed_on,
        net_total=Decimal(net),
        tax_total=Decimal(0),
        gross_total=Decimal(net),
        **more,
    )
    return bring(contract, "APPROVING", "APPROVED", "EXECUTING")


def pay(contract: Any, amount: Any, received_on: date, **more: Any) -> Any:
    """Money that arrived."""
    receipt = ReceiptFactory(contract=contract, amount=Decimal(amount), received_on=received_on, **more)
    return bring(receipt, "CONFIRMED")


def ask(code: str, user: User, **params: Any) -> tuple[Report, Asked, Answer]:
    """Ask a report as somebody who just signed in."""
    report = report_of(code)
    assert report is not None
    asked = ask_report(report, User.objects.get(pk=user.pk), {name: str(value) for name, value in params.items()})
    return report, asked, report.answer(asked)


def table(answer: Answer, *codes: str) -> dict[str, tuple[Decimal | None, ...]]:
    """Figures of the lines, by what the lines are called."""
    return {str(line.label): tuple(answer.value(line, code) for code in codes) for line in answer.lines}


def assert_rows_make_figures(code: str, user: User, **params: Any) -> int:
    """
    Show that the rows behind every figure come to it: in the report, on its page of rows, and from the API.

    :returns: how many figures were looked at.
    """
    report, _asked, answer = ask(code, user, **params)
    client = Client()
    client.force_login(user)
    looked = 0
    for column in answer.table.columns:
        if not isinstance(column, Measure):
            continue
        lines = [*answer.lines, *([None] if answer.table.total else [])]
        for line in lines:
            shown = answer.totals[column.code] if line is None else answer.value(line, column.code)
            found = column.figure_of(column.drill(line))
            assert _same(found, shown), f"{code} {column.code} {line}: {found} behind {shown}"
            looked += 1
        line = answer.lines[0] if answer.lines else None
        query = urlencode({**params, "column": column.code, "line": line.code if line else ""})
        sent = client.get(f"/api/reports/{report.code}/rows/?{query}").json()
        expected = answer.value(line, column.code) if line else answer.totals[column.code]
        assert _same(_number(sent["value"]), expected)
        if column.is_sum and sent["pages"] == 1:
            values = [_number(row["value"]) if column.amount is not None else Decimal(1) for row in sent["results"]]
            assert _same(sum((value or Decimal(0) for value in values), Decimal(0)), expected), f"{code} {column.code}"
        assert client.get(f"/reports/{report.code}/rows/?{query}").status_code == 200
    return looked


def _number(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)


def _same(one: Decimal | None, other: Decimal | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.quantize(PLACES) == other.quantize(PLACES)
