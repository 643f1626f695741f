"""Personnel changes: drawn up, approved, in force on their day, refused, dropped."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hrm.org.choices import EmployeeStatus
from hrm.org.default_roles import create_default_roles
from hrm.org.models import Employee
from hrm.org.services import (
    confirm_employee,
    end_employment,
    hire_employee,
    keep_employee,
    set_department_head,
)
from hrm.people import changes
from hrm.people.choices import ChangeStatus
from hrm.people.models import Assignment, PersonnelChange, StaffTask
from hrm.people.periodic import bring_changes_into_force
from hrm.people.preview import preview_of
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, WrongState
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory, UserFactory
from tests.factories.hrm_people import AssetLoanFactory, TaskTemplateFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hrm_on")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = AT.date()
ONE_DAY = timedelta(days=1)


@pytest.fixture
def boss() -> User:
    """Somebody who may approve."""
    return UserFactory(is_superuser=True)


@pytest.fixture
def clerk() -> User:
    """Somebody who may not approve."""
    return UserFactory()


@pytest.fixture
def person() -> Employee:
    department = DepartmentFactory()
    employee = hire_employee(
        company=department.company,
        number="E1",
        name="林志远",
        hire_date=date(2026, 1, 5),
        status=EmployeeStatus.PROBATION,
        department=department,
        actor=None,
        at=AT,
    )
    return Employee.objects.get(pk=employee.pk)


def draw_up(person: Employee, actor: User, **fields: Any) -> PersonnelChange:
    values = {"kind": "TRANSFER", "effective_on": TODAY, "reason": "工作需要"}
    return changes.create_change(employee=person, actor=actor, at=AT, **{**values, **fields})


def state_of(change: PersonnelChange) -> str:
    return PersonnelChange.objects.get(pk=change.pk).status


def test_new_place_is_written_out_in_full(person: Employee, clerk: User) -> None:
    head = EmployeeFactory(company=person.company)
    target = DepartmentFactory(company=person.company, head=head)

    change = draw_up(person, clerk, department=target)

    assert (change.number, change.owner) == ("PC-2026-0001", clerk)
    assert (change.from_department, change.department) == (person.department, target)
    assert (change.position, change.manager) == (person.position, head)


def test_change_of_today_waits_for_approval_and_is_then_in_force(person: Employee, boss: User, clerk: User) -> None:
    target = DepartmentFactory(company=person.company)
    change = draw_up(person, clerk, kind="PROMOTE", department=target)

    changes.submit_change(change=change, actor=clerk, at=AT)
    assert state_of(change) == ChangeStatus.SUBMITTED
    assert Employee.objects.get(pk=person.pk).department == person.department
    changes.approve_change(change=change, actor=boss, at=AT)

    assert state_of(change) == ChangeStatus.DONE
    assert Employee.objects.get(pk=person.pk).department == target
    last = Assignment.objects.filter(employee=person).latest("valid_from")
    assert (last.valid_from, last.kind, last.reason, last.department) == (TODAY, "PROMOTED", "工作需要", target)


def test_whoever_may_approve_does_so_by_submitting(person: Employee, boss: User) -> None:
    change = draw_up(person, boss, department=DepartmentFactory(company=person.company))

    changes.submit_change(change=change, actor=boss, at=AT)

    assert state_of(change) == ChangeStatus.DONE


def test_change_of_the_past_is_dated_back(person: Employee, boss: User) -> None:
    change = draw_up(person, boss, effective_on=date(2026, 2, 1), department=DepartmentFactory(company=person.company))

    changes.submit_change(change=change, actor=boss, at=AT)

    dates = Assignment.objects.filter(employee=person).order_by("valid_from").values_list("valid_from", "valid_to")
    assert list(dates) == [(date(2026, 1, 5), date(2026, 1, 31)), (date(2026, 2, 1), None)]


def test_change_to_come_is_brought_into_force_on_its_day(person: Employee, boss: User) -> None:
    target = DepartmentFactory(company=person.company)
    change = draw_up(person, boss, effective_on=TODAY + ONE_DAY, department=target)
    changes.submit_change(change=change, actor=boss, at=AT)
    assert state_of(change) == ChangeStatus.APPROVED

    too_early = bring_changes_into_force(AT)
    on_the_day = bring_changes_into_force(AT + ONE_DAY)
    again = bring_changes_into_force(AT + 2 * ONE_DAY)

    assert (too_early, on_the_day, again) == (0, 1, 0)
    assert Employee.objects.get(pk=person.pk).department == target
    assert Assignment.objects.get(employee=person, valid_to=None).valid_from == TODAY + ONE_DAY


def test_confirmation_makes_regular_from_its_day(person: Employee, boss: User) -> None:
    change = draw_up(person, boss, kind="CONFIRM", effective_on=date(2026, 3, 1))

    changes.submit_change(change=change, actor=boss, at=AT)

    assert Employee.objects.get(pk=person.pk).status == EmployeeStatus.REGULAR
    assert Assignment.objects.get(employee=person, valid_to=None).kind == "CONFIRMED"
    with pytest.raises(WrongState):
        draw_up(Employee.objects.get(pk=person.pk), boss, kind="CONFIRM")


def test_leaver_gets_notice_at_once_and_leaves_after_the_last_day(person: Employee, boss: User) -> None:
    TaskTemplateFactory(occasion="OFFBOARDING", title="交接", days=-3)
    last_day = date(2026, 3, 31)
    change = draw_up(person, boss, kind="LEAVE", effective_on=last_day)

    changes.submit_change(change=change, actor=boss, at=AT)

    assert Employee.objects.get(pk=person.pk).status == EmployeeStatus.LEAVING
    assert StaffTask.objects.get().due_on == date(2026, 3, 28)
    on_the_last_day = bring_changes_into_force(datetime(2026, 3, 31, 23, 0, tzinfo=AT.tzinfo))
    after = bring_changes_into_force(datetime(2026, 4, 1, 1, 0, tzinfo=AT.tzinfo))
    gone = Employee.objects.get(pk=person.pk)
    assert (on_the_last_day, after) == (0, 1)
    assert (gone.status, gone.leave_date, state_of(change)) == (EmployeeStatus.LEFT, last_day, ChangeStatus.DONE)


def test_leaver_whose_change_is_cancelled_stays(person: Employee, boss: User) -> None:
    TaskTemplateFactory(occasion="OFFBOARDING")
    change = draw_up(person, boss, kind="LEAVE", effective_on=date(2026, 3, 31))
    changes.submit_change(change=change, actor=boss, at=AT)

    changes.cancel_change(change=change, reason="留任", actor=boss, at=AT)

    assert Employee.objects.get(pk=person.pk).status == EmployeeStatus.PROBATION
    assert StaffTask.objects.get().status == "CANCELLED"


def test_notice_taken_back_on_the_page_drops_the_change_and_keeps_a_regular_one_regular(
    person: Employee, boss: User
) -> None:
    confirm_employee(employee=person, actor=boss, at=AT)
    change = draw_up(person, boss, kind="LEAVE", effective_on=date(2026, 3, 31))
    changes.submit_change(change=change, actor=boss, at=AT)

    keep_employee(employee=person, actor=boss, at=AT)

    assert Employee.objects.get(pk=person.pk).status == EmployeeStatus.REGULAR
    assert state_of(change) == ChangeStatus.CANCELLED
    with pytest.raises(WrongState):
        keep_employee(employee=person, actor=boss, at=AT)


def test_whoever_leaves_is_not_confirmed(person: Employee, boss: User) -> None:
    confirmation = draw_up(person, boss, kind="CONFIRM", effective_on=date(2026, 3, 20))
    changes.submit_change(change=confirmation, actor=boss, at=AT)
    assert state_of(confirmation) == ChangeStatus.APPROVED

    leaving = draw_up(person, boss, kind="LEAVE", effective_on=date(2026, 3, 31))
    changes.submit_change(change=leaving, actor=boss, at=AT)
    with pytest.raises(WrongState):
        confirm_employee(employee=person, actor=boss, at=AT)
    applied = bring_changes_into_force(datetime(2026, 3, 21, 1, 0, tzinfo=AT.tzinfo))

    assert applied == 0
    assert (state_of(confirmation), state_of(leaving)) == (ChangeStatus.CANCELLED, ChangeStatus.APPROVED)
    assert Employee.objects.get(pk=person.pk).status == EmployeeStatus.LEAVING


def test_confirmation_of_somebody_who_is_not_on_probation_any_more_is_refused(person: Employee, boss: User) -> None:
    confirmation = draw_up(person, boss, kind="CONFIRM", effective_on=date(2026, 3, 20))
    changes.submit_change(change=confirmation, actor=boss, at=AT)
    confirm_employee(employee=person, actor=boss, at=AT)
    with pytest.raises(WrongState):
        changes.apply_change(change=confirmation, actor=boss, at=datetime(2026, 3, 21, tzinfo=AT.tzinfo))

    assert state_of(confirmation) == ChangeStatus.APPROVED


def test_what_the_organisation_refuses_at_night_says_why_once(
    person: Employee, boss: User, django_capture_on_commit_callbacks: Any
) -> None:
    roles = create_default_roles(actor=None, at=AT)
    officer = UserFactory()
    officer.groups.add(roles["hr"])
    below = EmployeeFactory(company=person.company, manager=person)
    change = draw_up(person, boss, kind="LEAVE", effective_on=date(2026, 3, 10))
    changes.submit_change(change=change, actor=boss, at=AT)
    night = datetime(2026, 3, 11, 1, 0, tzinfo=AT.tzinfo)

    applied = [bring_changes_into_force(night), bring_changes_into_force(night + ONE_DAY)]

    change.refresh_from_db()
    assert applied == [0, 0]
    assert (change.status, bool(change.refusal)) == (ChangeStatus.APPROVED, True)
    assert Notification.objects.filter(recipient=officer, kind="ALERT").count() == 1
    assert Employee.objects.get(pk=person.pk).status == EmployeeStatus.LEAVING
    assert Employee.objects.get(pk=below.pk).manager == person


def test_one_refused_change_does_not_keep_the_others(person: Employee, boss: User) -> None:
    EmployeeFactory(company=person.company, manager=person)
    other = hire_employee(
        company=person.company, number="E2", name="王芳", hire_date=date(2026, 1, 5), actor=None, at=AT
    )
    day = date(2026, 3, 10)
    for each in (person, other):
        change = draw_up(each, boss, kind="LEAVE", effective_on=day)
        changes.submit_change(change=change, actor=boss, at=AT)

    applied = bring_changes_into_force(datetime(2026, 3, 11, 1, 0, tzinfo=AT.tzinfo))

    assert applied == 1
    assert Employee.objects.get(pk=other.pk).status == EmployeeStatus.LEFT


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "department"),
        ({"effective_on": date(2026, 1, 4), "kind": "LEAVE"}, "effective_on"),
    ],
)
def test_change_that_makes_no_sense_is_refused(
    person: Employee, clerk: User, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        draw_up(person, clerk, **fields)

    assert refused.value.field == field
    assert not PersonnelChange.objects.exists()


def test_position_of_another_department_and_earlier_than_the_present_place_are_refused(
    person: Employee, boss: User
) -> None:
    elsewhere = PositionFactory(department=DepartmentFactory(company=person.company))
    with pytest.raises(InvalidInput) as foreign:
        draw_up(person, boss, position=elsewhere)
    moved = draw_up(person, boss, department=DepartmentFactory(company=person.company))
    changes.submit_change(change=moved, actor=boss, at=AT)

    with pytest.raises(InvalidInput) as early:
        draw_up(person, boss, effective_on=TODAY - ONE_DAY, department=DepartmentFactory(company=person.company))

    assert (foreign.value.field, early.value.field) == ("position", "effective_on")
    assert PersonnelChange.objects.count() == 1


def test_one_change_of_a_kind_is_under_way(person: Employee, clerk: User) -> None:
    one, two = (draw_up(person, clerk, department=DepartmentFactory(company=person.company)) for _n in range(2))
    changes.submit_change(change=one, actor=clerk, at=AT)

    with pytest.raises(WrongState):
        changes.submit_change(change=two, actor=clerk, at=AT)

    assert state_of(two) == ChangeStatus.DRAFT


def test_refused_change_is_a_draft_again_and_can_be_changed(person: Employee, boss: User, clerk: User) -> None:
    change = draw_up(person, clerk, department=DepartmentFactory(company=person.company))
    changes.submit_change(change=change, actor=clerk, at=AT)
    with pytest.raises(WrongState):
        changes.update_change(personnelchange=change, reason="x", actor=clerk, at=AT)

    changes.reject_change(change=change, reason="不同意", actor=boss, at=AT)
    changes.reopen_change(change=change, actor=clerk, at=AT)
    target = DepartmentFactory(company=person.company)
    changes.update_change(personnelchange=change, department=target, reason="改派", actor=clerk, at=AT)

    change.refresh_from_db()
    assert (change.status, change.department, change.reason) == (ChangeStatus.DRAFT, target, "改派")


def test_changes_of_a_leaver_are_dropped(person: Employee, boss: User, clerk: User) -> None:
    draft = draw_up(person, clerk, department=DepartmentFactory(company=person.company))
    waiting = draw_up(person, clerk, kind="CONFIRM")
    changes.submit_change(change=waiting, actor=clerk, at=AT)

    end_employment(employee=person, leave_date=TODAY, actor=boss, at=AT)

    assert {state_of(draft), state_of(waiting)} == {ChangeStatus.CANCELLED}


def test_preview_names_place_scopes_heads_and_what_is_open(person: Employee, clerk: User) -> None:
    role = define_role(name="主管", grants={Employee: (("view",), ScopeLevel.DEPARTMENT_TREE)}, actor=None, at=AT)
    clerk.groups.add(role)
    Employee.objects.filter(pk=person.pk).update(user=clerk)
    person.refresh_from_db()
    set_department_head(department=person.department, head=person, actor=None, at=AT)  # type: ignore[arg-type]
    AssetLoanFactory(employee=person)
    target = DepartmentFactory(company=person.company, head=EmployeeFactory(company=person.company))
    change = draw_up(person, clerk, department=target)

    preview = preview_of(change, today=TODAY)

    moved = preview.moves[0]
    assert (moved.before, moved.after, moved.differs) == (person.department, target, True)
    assert [(scope.role, len(scope.object_types)) for scope in preview.scopes] == [("主管", 1)]
    assert preview.follows_head is not None
    assert (preview.follows_head.before, preview.follows_head.after) == (person, target.head)
    assert (preview.headed, preview.open_loans, preview.notice_until) == ([person.department], 1, None)


@pytest.mark.parametrize(("last_day", "notice_until"), [(date(2026, 3, 4), date(2026, 3, 5)), (date(2026, 3, 5), None)])
def test_preview_names_short_notice(person: Employee, clerk: User, last_day: date, notice_until: date | None) -> None:
    """劳动合同法 37: three days in probation."""
    change = draw_up(person, clerk, kind="LEAVE", effective_on=last_day)

    assert preview_of(change, today=TODAY).notice_until == notice_until
