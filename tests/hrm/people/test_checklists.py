"""Tasks of joiners and leavers, things handed out, and what personnel is told in time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hrm.org import services
from hrm.org.choices import EmployeeStatus
from hrm.org.default_roles import create_default_roles
from hrm.org.models import Employee
from hrm.people import alerts, checklists, loans
from hrm.people.choices import AlertKind, AlertLevel
from hrm.people.models import AssetLoan, StaffAlert, StaffTask
from suite.access.models import User
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, WrongState
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory, UserFactory
from tests.factories.hrm_people import (
    AssetLoanFactory,
    CertificateFactory,
    LaborContractFactory,
    StaffTaskFactory,
    TaskTemplateFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hrm_on")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = AT.date()


@pytest.fixture
def user() -> User:
    return UserFactory()


def join(**fields: Any) -> Employee:
    department = fields.pop("department", None) or DepartmentFactory()
    values = {"number": "E1", "name": "林志远", "hire_date": date(2026, 3, 9)}
    return services.hire_employee(
        company=department.company, department=department, actor=None, at=AT, **{**values, **fields}
    )


def titles(employee: Employee) -> list[str]:
    return list(StaffTask.objects.filter(employee=employee).order_by("title").values_list("title", flat=True))


# Tasks


def test_joiner_gets_the_tasks_of_place_and_position(user: User) -> None:
    top = DepartmentFactory()
    workshop = DepartmentFactory(parent=top)
    fitter = PositionFactory()
    TaskTemplateFactory(title="a 所有人", days=-1)
    TaskTemplateFactory(title="b 上级部门", department=top)
    TaskTemplateFactory(title="c 别的部门", department=DepartmentFactory(parent=top))
    TaskTemplateFactory(title="d 岗位", position=fitter)
    TaskTemplateFactory(title="e 别的岗位", position=PositionFactory())
    TaskTemplateFactory(title="f 离职", occasion="OFFBOARDING")
    TaskTemplateFactory(title="g 停用", is_active=False)

    person = join(department=workshop, position=fitter)

    assert titles(person) == ["a 所有人", "b 上级部门", "d 岗位"]
    assert StaffTask.objects.get(title="a 所有人").due_on == date(2026, 3, 8)


def test_tasks_of_manager_and_person_go_to_their_accounts_and_tell_them(user: User) -> None:
    department = DepartmentFactory()
    manager = EmployeeFactory(department=department, user=user)
    TaskTemplateFactory(title="带教", doer="MANAGER")
    TaskTemplateFactory(title="填资料", doer="PERSON")

    person = join(department=department, manager=manager)

    assert StaffTask.objects.get(title="带教").assignee == user
    assert StaffTask.objects.get(title="填资料").assignee is None
    assert Notification.objects.filter(recipient=user, kind="ASSIGNMENT").count() == 1
    account = UserFactory()
    Employee.objects.filter(pk=person.pk).update(user=account)
    assert [checklists.assign_waiting_tasks(at=AT), checklists.assign_waiting_tasks(at=AT)] == [1, 0]
    assert StaffTask.objects.get(title="填资料").assignee == account


@pytest.mark.parametrize(
    "fields", [{"status": EmployeeStatus.REGULAR}, {"hire_date": date(2026, 1, 30)}], ids=["works already", "long ago"]
)
def test_people_who_are_entered_later_do_not_join(fields: dict[str, Any]) -> None:
    TaskTemplateFactory()

    assert titles(join(**fields)) == []


def test_tasks_move_with_the_hire_date() -> None:
    TaskTemplateFactory(days=2)
    person = join()

    services.update_employee(employee=person, hire_date=date(2026, 3, 16), actor=None, at=AT)

    assert StaffTask.objects.get().due_on == date(2026, 3, 18)


def test_leaver_has_tasks_until_they_are_done_and_none_when_staying(user: User) -> None:
    TaskTemplateFactory(occasion="OFFBOARDING", title="归还电脑", days=1)
    person = join(hire_date=date(2025, 3, 3), status=EmployeeStatus.REGULAR)

    services.give_notice(employee=person, last_day=date(2026, 3, 31), actor=user, at=AT)
    assert StaffTask.objects.get().due_on == date(2026, 4, 1)
    services.keep_employee(employee=person, actor=user, at=AT)
    assert StaffTask.objects.get().status == "CANCELLED"
    services.end_employment(employee=person, leave_date=TODAY, actor=user, at=AT)

    again = StaffTask.objects.exclude(status="CANCELLED").get()
    assert (again.title, again.due_on) == ("归还电脑", date(2026, 3, 3))


def test_second_notice_draws_up_what_was_done_for_the_first(user: User) -> None:
    TaskTemplateFactory(occasion="OFFBOARDING", title="归还电脑")
    person = join(hire_date=date(2025, 3, 3), status=EmployeeStatus.REGULAR)
    services.give_notice(employee=person, last_day=date(2026, 3, 31), actor=user, at=AT)
    done = checklists.complete_task(task=StaffTask.objects.get(), actor=user, at=AT)
    services.keep_employee(employee=person, actor=user, at=AT)

    services.give_notice(employee=person, last_day=date(2026, 5, 31), actor=user, at=AT)

    again = StaffTask.objects.exclude(pk=done.pk).get()
    assert (again.status, again.due_on) == ("OPEN", date(2026, 5, 31))
    assert StaffTask.objects.get(pk=done.pk).status == "DONE"


def test_what_was_done_in_the_notice_is_not_drawn_up_again_on_leaving(user: User) -> None:
    TaskTemplateFactory(occasion="OFFBOARDING", title="归还电脑")
    person = join(hire_date=date(2025, 3, 3), status=EmployeeStatus.REGULAR)
    services.give_notice(employee=person, last_day=TODAY, actor=user, at=AT)
    checklists.complete_task(task=StaffTask.objects.get(), actor=user, at=AT)

    services.end_employment(employee=person, leave_date=TODAY, actor=user, at=AT)

    assert StaffTask.objects.get().status == "DONE"


def test_task_is_done_once_skipped_and_taken_up_again(user: User) -> None:
    task = StaffTaskFactory()

    done = checklists.complete_task(task=task, actor=user, at=AT)
    assert (done.status, done.done_on) == ("DONE", TODAY)
    with pytest.raises(WrongState):
        checklists.complete_task(task=task, actor=user, at=AT)
    checklists.reopen_task(task=task, actor=user, at=AT)
    skipped = checklists.skip_task(task=task, reason="无电脑", actor=user, at=AT)

    assert (skipped.status, StaffTask.objects.get().done_on) == ("CANCELLED", None)


def test_task_given_to_a_colleague_tells_them(user: User) -> None:
    task, colleague = StaffTaskFactory(), UserFactory()

    checklists.give_task(task=task, assignee=colleague, actor=user, at=AT)

    assert StaffTask.objects.get().assignee == colleague
    assert Notification.objects.get().recipient == colleague


def test_task_of_a_role_comes_from_a_template_only(user: User) -> None:
    person = EmployeeFactory()

    with pytest.raises(InvalidInput):
        checklists.create_task(
            employee=person, occasion="ONBOARDING", title="x", due_on=TODAY, doer="ROLE", actor=user, at=AT
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        TaskTemplateFactory(doer="ROLE")

    assert not StaffTask.objects.exists()


# Things handed out


def test_thing_is_with_one_person_at_a_time(user: User) -> None:
    loan = AssetLoanFactory(code="NB1")
    with pytest.raises(IntegrityError, match="assetloan_with_one"), transaction.atomic():
        AssetLoanFactory(code="NB1")

    for day in (date(2024, 2, 29), date(2026, 3, 3)):
        with pytest.raises(InvalidInput):
            loans.return_loan(loan=loan, returned_on=day, actor=user, at=AT)
    loans.return_loan(loan=loan, returned_on=TODAY, returned_condition="完好", actor=user, at=AT)

    with pytest.raises(WrongState):
        loans.return_loan(loan=loan, returned_on=TODAY, actor=user, at=AT)
    AssetLoanFactory(code="NB1", handed_out_on=TODAY)
    assert AssetLoan.objects.filter(code="NB1").count() == 2


# Alerts


def found() -> set[tuple[str, str]]:
    return set(StaffAlert.objects.values_list("kind", "level"))


def test_joiner_without_a_contract_is_named_before_the_month_is_over() -> None:
    """劳动合同法 10: from 1 March the contract has to be signed by 31 March."""
    person = EmployeeFactory(hire_date=date(2026, 3, 1))

    seen = []
    for day in (15, 16, 31):
        alerts.refresh_alerts(at=datetime(2026, 3, day, 1, 0, tzinfo=AT.tzinfo))
        seen.append(found())
    alerts.refresh_alerts(at=datetime(2026, 4, 1, 1, 0, tzinfo=AT.tzinfo))

    assert seen == [set(), {("CONTRACT_MISSING", "2_NEAR")}, {("CONTRACT_MISSING", "2_NEAR")}]
    assert found() == {("CONTRACT_MISSING", "3_LATE")}
    LaborContractFactory(employee=person, starts_on=date(2026, 3, 1), ends_on=date(2029, 2, 28))
    alerts.refresh_alerts(at=datetime(2026, 4, 2, 1, 0, tzinfo=AT.tzinfo))
    assert found() == set()


def test_expiring_contract_is_named_at_90_and_at_30_days() -> None:
    contract = LaborContractFactory(employee__hire_date=date(2024, 3, 1), ends_on=date(2026, 6, 1))
    told = []

    for days in (91, 90, 31, 30):
        night = datetime(2026, 6, 1, 1, 0, tzinfo=AT.tzinfo) - timedelta(days=days)
        told.append(alerts.refresh_alerts(at=night))

    assert told == [0, 1, 0, 1]
    alert = StaffAlert.objects.get()
    assert (alert.kind, alert.level, alert.object_id) == (AlertKind.CONTRACT_EXPIRING, AlertLevel.NEAR, contract.pk)


def test_second_fixed_term_that_ends_asks_for_an_open_ended_contract() -> None:
    """劳动合同法 14: after two fixed terms."""
    person = EmployeeFactory(hire_date=date(2022, 3, 1))
    LaborContractFactory(employee=person, starts_on=date(2022, 3, 1), ends_on=date(2024, 2, 29))
    LaborContractFactory(employee=person, starts_on=date(2024, 3, 1), ends_on=date(2026, 4, 30))

    alerts.refresh_alerts(at=AT)

    assert found() == {("OPEN_ENDED_DUE", "1_AHEAD")}


def test_certificates_things_probations_and_tasks_are_named() -> None:
    contract = LaborContractFactory(
        employee=join(status=EmployeeStatus.PROBATION, hire_date=date(2025, 10, 1)),
        starts_on=date(2025, 10, 1),
        ends_on=date(2028, 9, 30),
        probation_ends_on=date(2026, 3, 31),
    )
    CertificateFactory(employee=contract.employee, valid_to=date(2026, 5, 31))
    CertificateFactory(employee=contract.employee, valid_to=date(2026, 6, 1))
    AssetLoanFactory(employee=contract.employee, due_on=date(2026, 3, 1))
    AssetLoanFactory(employee=contract.employee)
    StaffTaskFactory(employee=contract.employee, due_on=TODAY)
    StaffTaskFactory(employee=contract.employee, due_on=date(2026, 3, 1))

    alerts.refresh_alerts(at=AT)

    assert found() == {
        ("PROBATION_ENDING", "2_NEAR"),
        ("CERTIFICATE_EXPIRING", "1_AHEAD"),
        ("ASSET_DUE", "3_LATE"),
        ("TASK_OVERDUE", "3_LATE"),
    }


def test_leaver_who_still_holds_something_is_named(user: User) -> None:
    loan = AssetLoanFactory()
    services.end_employment(employee=loan.employee, leave_date=date(2026, 3, 1), actor=user, at=AT)

    alerts.refresh_alerts(at=AT)

    assert found() == {("ASSET_DUE", "3_LATE")}


def test_personnel_is_told_once_and_by_as_many_queries_for_many() -> None:
    roles = create_default_roles(actor=None, at=AT)
    officer = UserFactory()
    officer.groups.add(roles["hr"])

    def queries(number: int) -> int:
        for _n in range(number):
            LaborContractFactory(ends_on=date(2026, 3, 20))
        with CaptureQueriesContext(connection) as captured:
            assert alerts.refresh_alerts(at=AT) == number
        return len(captured)

    few, many = queries(3), queries(30)
    again = alerts.refresh_alerts(at=AT)

    assert many <= few
    assert again == 0
    told = Notification.objects.filter(recipient=officer).order_by("pk")
    assert [note.params["number"] for note in told] == [3, 30]
    assert all("level=2_NEAR" in note.url for note in told)
