"""Changing the organisation: departments and who heads them, people from joining to leaving, their accounts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.org.choices import ACTIVE_STATUSES, EmployeeStatus, PlaceChange
from hrm.org.errors import OrganisationCycle, StillInUse
from hrm.org.events import (
    EmployeeConfirmed,
    EmployeeHired,
    EmployeeKept,
    EmployeeLeft,
    EmployeesPlaced,
    HireDateChanged,
    NoticeGiven,
)
from hrm.org.locks import lock_departments, lock_managers
from hrm.org.models import Department, Employee, Position
from hrm.org.selectors import active_employees
from suite import events
from suite.access import services as access
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.selectors import status_history
from suite.hooks import Gather

# Where somebody stands.
PLACE = ("company", "department", "position", "manager")


@Gather
def reasons_to_stay(employee: Employee) -> str | None:
    """Why somebody cannot leave yet, empty when they can; every system may have a reason."""


@transaction.atomic
def create_department(
    *,
    company: Any,
    code: str,
    name: str,
    actor: User | None,
    at: datetime,
    parent: Department | None = None,
    **fields: Any,
) -> Department:
    """
    Add a department; without a parent it is the top of its company's tree.

    :param fields: kind, head, valid_from (default: the day of ``at``), sort_order.
    :raises InvalidInput: when the parent is closed or of another company, or the code is taken.
    """
    lock_departments(company.pk)
    _check_parent(company.pk, parent)
    if Department.objects.filter(company=company, code=code).exists():
        raise InvalidInput(_("The company has a department with this code already."), field="code")
    _check_head(fields.get("head"))
    if fields.get("valid_from") is None:
        fields["valid_from"] = timezone.localdate(at)
    department = Department.objects.create(company=company, code=code, name=name, parent=parent, **fields)
    department.refresh_from_db(fields=["path"])
    return department


@transaction.atomic
def update_department(
    *, department: Department, actor: User | None, at: datetime, expected_version: int | None = None, **fields: Any
) -> Department:
    """
    Change a department, with ``parent`` among the fields also its place in the tree.

    :raises OrganisationCycle: when it would stand above itself.
    :raises InvalidInput: for a parent that is closed or of another company, or a head who has left.
    """
    lock_departments(department.company_id)
    locked = Department.objects.lock(department).check_version(expected_version)
    if "parent" in fields and getattr(fields["parent"], "pk", None) != locked.parent_id:
        _check_move(locked, fields["parent"])
    if "head" in fields:
        _check_head(fields["head"])
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save(update_fields=[*fields])
    locked.refresh_from_db(fields=["path"])
    return locked


def move_department(
    *, department: Department, parent: Department | None, actor: User | None, at: datetime
) -> Department:
    """
    Put a department, with everything below it, under another one of its company.

    Moves within one company happen one after the other.

    :raises OrganisationCycle: when it would stand above itself.
    :raises InvalidInput: for a parent that is closed or of another company.
    """
    return update_department(department=department, parent=parent, actor=actor, at=at)


def set_department_head(
    *, department: Department, head: Employee | None, actor: User | None, at: datetime
) -> Department:
    """
    Name the one head of a department, or none.

    :raises InvalidInput: when the person is not on the payroll.
    """
    return update_department(department=department, head=head, actor=actor, at=at)


@transaction.atomic
def close_department(
    *, department: Department, actor: User | None, at: datetime, valid_to: date | None = None
) -> Department:
    """
    Close a department as of a day; it stays in the history of its people.

    :raises StillInUse: while an active department below it, or anybody on the payroll, belongs to it.
    """
    lock_departments(department.company_id)
    locked = Department.objects.lock(department)
    if not locked.is_active:
        raise WrongState(_("%(department)s is closed already.") % {"department": locked})
    if locked.children.filter(is_active=True).exists():
        raise StillInUse(_("Close or move the departments below %(department)s first.") % {"department": locked})
    if active_employees().filter(department=locked).exists():
        raise StillInUse(_("Transfer the people of %(department)s first.") % {"department": locked})
    locked.is_active = False
    locked.valid_to = valid_to or timezone.localdate(at)
    locked.save(update_fields=["is_active", "valid_to"])
    return locked


def _check_parent(company_pk: int, parent: Department | None) -> None:
    if parent is None:
        return
    above = Department.objects.get(pk=parent.pk)
    if above.company_id != company_pk:
        raise InvalidInput(_("A department belongs to one of the same company."), field="parent")
    if not above.is_active:
        raise InvalidInput(_("%(department)s is closed.") % {"department": above}, field="parent")


def _check_move(department: Department, parent: Department | None) -> None:
    _check_parent(department.company_id, parent)
    if parent is not None and Department.objects.filter(pk=parent.pk, path__contains=[department.pk]).exists():
        raise OrganisationCycle(
            _("%(department)s cannot belong to itself or to a department below it.") % {"department": department},
            field="parent",
        )


def _check_head(head: Employee | None) -> None:
    if head is not None and Employee.objects.lock(head).status not in ACTIVE_STATUSES:
        raise InvalidInput(_("%(person)s is not on the payroll.") % {"person": head}, field="head")


@transaction.atomic
def hire_employee(
    *,
    company: Any,
    number: str,
    name: str,
    hire_date: date,
    actor: User | None,
    at: datetime,
    status: str = EmployeeStatus.PENDING,
    **fields: Any,
) -> Employee:
    """
    Take somebody on, as joining unless told that they work already.

    :param fields: department, position, manager, phone, email and the other facts of an employee.
    :raises InvalidInput: when the number is taken, the department is of another company or closed, the position
        is of another department, or the manager has left.
    """
    if Employee.objects.filter(company=company, number=number).exists():
        raise InvalidInput(_("The company has an employee with this number already."), field="number")
    lock_managers()
    _check_place(company.pk, _lock_department(fields.get("department")), fields.get("position"))
    _check_manager(fields.get("manager"))
    employee = Employee.objects.create(company=company, number=number, name=name, hire_date=hire_date, **fields)
    if status != EmployeeStatus.PENDING:
        employee.become(status, actor=actor, at=at)
    has_started = status != EmployeeStatus.PENDING
    events.publish(EmployeeHired(employee.pk, has_started=has_started, actor_pk=getattr(actor, "pk", None), at=at))
    return employee


@transaction.atomic
def update_employee(
    *,
    employee: Employee,
    actor: User | None,
    at: datetime,
    expected_version: int | None = None,
    kind: str = PlaceChange.CORRECTED,
    on: date | None = None,
    reason: str = "",
    **fields: Any,
) -> Employee:
    """
    Change the facts of an employee.

    :param kind: what it is called when they get another place, with its ``reason``.
    :param on: their first day there; the day of ``at`` unless given.
    :raises OrganisationCycle: when they would manage themselves through their manager.
    :raises InvalidInput: as :func:`hire_employee`.
    """
    if "manager" in fields:
        lock_managers()
    if "department" in fields:
        fields["department"] = _lock_department(fields["department"])
    locked = Employee.objects.lock(employee).check_version(expected_version)
    if {"company", "department", "position"} & fields.keys():
        place = {name: fields.get(name, getattr(locked, name)) for name in ("department", "position")}
        _check_place(fields.get("company", locked.company).pk, **place)
    if "manager" in fields and getattr(fields["manager"], "pk", None) != locked.manager_id:
        _check_manager(fields["manager"], of=locked)
    before = {name: getattr(locked, f"{name}_id") for name in PLACE}
    hired = locked.hire_date
    for name, value in fields.items():
        setattr(locked, name, value)
    locked.save(update_fields=[*fields])
    if locked.hire_date != hired:
        events.publish(HireDateChanged(locked.pk, locked.hire_date))
    if any(getattr(locked, f"{name}_id") != value for name, value in before.items()):
        first_day = on or timezone.localdate(at)
        events.publish(EmployeesPlaced((locked.pk,), kind, first_day, reason, getattr(actor, "pk", None), at))
    return locked


@transaction.atomic
def transfer_employee(
    *,
    employee: Employee,
    department: Department,
    actor: User | None,
    at: datetime,
    position: Position | None = None,
    manager: Employee | None = None,
) -> Employee:
    """
    Move somebody to another department; the manager is the given one, else the head of the new department.

    :raises WrongState: for somebody who has left.
    :raises OrganisationCycle: when they would manage themselves through the new manager.
    :raises InvalidInput: as :func:`hire_employee`.
    """
    lock_managers()
    target = Department.objects.lock(department)
    locked = Employee.objects.lock(employee)
    if locked.status == EmployeeStatus.LEFT:
        raise WrongState(_("%(person)s has left.") % {"person": locked})
    head = target.head if target.head_id != locked.pk else None
    return update_employee(
        employee=locked,
        company=target.company,
        department=target,
        position=position,
        manager=manager or head,
        kind=PlaceChange.TRANSFERRED,
        actor=actor,
        at=at,
    )


@transaction.atomic
def start_employee(*, employee: Employee, actor: User | None, at: datetime) -> Employee:
    """
    Let somebody who joins begin the probation.

    :raises WrongState: unless they are about to join.
    """
    locked = Employee.objects.lock(employee)
    if locked.status == EmployeeStatus.LEAVING:
        raise _still_leaving(locked)
    locked.become(EmployeeStatus.PROBATION, actor=actor, at=at)
    return locked


@transaction.atomic
def confirm_employee(
    *, employee: Employee, actor: User | None, at: datetime, on: date | None = None, reason: str = ""
) -> Employee:
    """
    Make somebody a regular employee (转正).

    :param on: since when; the day of ``at`` unless given.
    :raises WrongState: for somebody who is one already, is leaving or has left.
    """
    locked = Employee.objects.lock(employee)
    if locked.status == EmployeeStatus.LEAVING:
        raise _still_leaving(locked)
    locked.become(EmployeeStatus.REGULAR, actor=actor, at=at, reason=reason)
    since = on or timezone.localdate(at)
    events.publish(EmployeeConfirmed(locked.pk, since, getattr(actor, "pk", None), at))
    return locked


@transaction.atomic
def keep_employee(*, employee: Employee, actor: User | None, at: datetime, reason: str = "") -> Employee:
    """
    Keep somebody who was going to leave, on probation or regular as they were before.

    :raises WrongState: for somebody who is not leaving.
    """
    # Changes under way are dropped too, which are locked before people.
    lock_managers()
    locked = Employee.objects.lock(employee)
    if locked.status != EmployeeStatus.LEAVING:
        raise WrongState(_("%(person)s is not leaving.") % {"person": locked})
    noticed = status_history(locked).filter(to_status=EmployeeStatus.LEAVING).order_by("-pk").first()
    before = noticed.from_status if noticed is not None else EmployeeStatus.REGULAR
    locked.become(before, actor=actor, at=at, reason=reason)
    events.publish(EmployeeKept(locked.pk, getattr(actor, "pk", None), at))
    return locked


@transaction.atomic
def give_notice(
    *, employee: Employee, actor: User | None, at: datetime, reason: str = "", last_day: date | None = None
) -> Employee:
    """
    Note that somebody is going to leave.

    :param last_day: their last day, where it is known.
    :raises WrongState: for somebody who has not begun or has left.
    """
    # Changes under way are dropped too, which are locked before people.
    lock_managers()
    locked = Employee.objects.lock(employee)
    locked.become(EmployeeStatus.LEAVING, actor=actor, at=at, reason=reason)
    events.publish(NoticeGiven(locked.pk, last_day, getattr(actor, "pk", None), at))
    return locked


@transaction.atomic
def end_employment(
    *,
    employee: Employee,
    leave_date: date,
    actor: User | None,
    at: datetime,
    successor: Employee | None = None,
) -> Employee:
    """
    Let somebody leave for good: their account and sessions end, a successor takes over departments and people.

    :raises WrongState: for somebody who has left already.
    :raises InvalidInput: when the date lies before the hire date or the successor is not on the payroll.
    :raises StillInUse: when they head a department or manage people and there is no successor, or a system says why
        they cannot go yet.
    """
    lock_managers()
    Department.objects.lock_many(list(Department.objects.filter(head=employee).values_list("pk", flat=True)))
    locked = Employee.objects.lock(employee)
    if locked.status == EmployeeStatus.LEFT:
        raise WrongState(_("%(person)s has left already.") % {"person": locked})
    if leave_date < locked.hire_date:
        raise InvalidInput(_("The leave date lies before the hire date."), field="leave_date")
    _hand_over(locked, successor, actor=actor, at=at)
    if reasons := [reason for reason in reasons_to_stay(locked) if reason]:
        raise StillInUse(" ".join(reasons))
    had_notice = locked.status == EmployeeStatus.LEAVING
    locked.leave_date = leave_date
    locked.save(update_fields=["leave_date"])
    locked.become(EmployeeStatus.LEFT, actor=actor, at=at)
    if locked.user is not None and locked.user.is_active:
        access.deactivate_user(user=locked.user, actor=actor, at=at)
    events.publish(EmployeeLeft(locked.pk, leave_date, had_notice, getattr(actor, "pk", None), at))
    return locked


def _still_leaving(person: Employee) -> WrongState:
    return WrongState(_("%(person)s is leaving. Take the notice back first.") % {"person": person})


def _hand_over(leaver: Employee, successor: Employee | None, *, actor: User | None, at: datetime) -> None:
    headed = Department.objects.filter(head=leaver)
    reports = Employee.objects.filter(manager=leaver).exclude(status=EmployeeStatus.LEFT)
    if successor is None:
        if headed.exists() or reports.exists():
            raise StillInUse(
                _("%(person)s heads a department or manages people. Name a successor.") % {"person": leaver},
                field="successor",
            )
        return
    if successor.pk == leaver.pk or not active_employees().filter(pk=successor.pk).exists():
        raise InvalidInput(_("%(person)s is not on the payroll.") % {"person": successor}, field="successor")
    headed.update(head=successor, version=F("version") + 1, updated_at=at)
    give_people(leaver=leaver, successor=successor, actor=actor, at=at)


def give_people(*, leaver: Employee, successor: Employee, actor: User | None, at: datetime) -> None:
    """Let a colleague manage the people of a manager; the caller has locked all managers."""
    changed = {"version": F("version") + 1, "updated_at": at}
    reports = Employee.objects.filter(manager=leaver).exclude(status=EmployeeStatus.LEFT)
    moved = list(reports.exclude(pk=successor.pk).order_by("pk").values_list("pk", flat=True))
    if _manages(leaver, successor):
        # The successor comes up from below: they take the leaver's place under the leaver's manager.
        Employee.objects.filter(pk=successor.pk).update(manager=leaver.manager_id, **changed)
        moved.append(successor.pk)
    reports.exclude(pk=successor.pk).update(manager=successor, **changed)
    if moved:
        reason = _("Taken over from %(person)s") % {"person": leaver}
        day = timezone.localdate(at)
        events.publish(
            EmployeesPlaced(tuple(moved), PlaceChange.CORRECTED, day, reason, getattr(actor, "pk", None), at)
        )


def _lock_department(department: Department | None) -> Department | None:
    """The department as it stands, which nobody can close before this is done."""
    return None if department is None else Department.objects.lock(department)


def _check_place(company_pk: int, department: Department | None, position: Position | None) -> None:
    if department is not None and department.company_id != company_pk:
        raise InvalidInput(_("The department belongs to another company."), field="department")
    if department is not None and not department.is_active:
        raise InvalidInput(_("%(department)s is closed.") % {"department": department}, field="department")
    of = position.department if position is not None else None
    if of is not None and (department is None or of.pk not in department.path):
        raise InvalidInput(_("The position belongs to %(department)s.") % {"department": of}, field="position")


def _check_manager(manager: Employee | None, *, of: Employee | None = None) -> None:
    if manager is None:
        return
    if not Employee.objects.filter(pk=manager.pk).exclude(status=EmployeeStatus.LEFT).exists():
        raise InvalidInput(_("%(person)s has left.") % {"person": manager}, field="manager")
    if of is not None and (manager.pk == of.pk or _manages(of, manager)):
        raise OrganisationCycle(
            _("%(person)s would manage themselves through %(manager)s.") % {"person": of, "manager": manager},
            field="manager",
        )


def _manages(manager: Employee, person: Employee) -> bool:
    """Whether one person stands above another through any chain of managers."""
    query = """
        WITH RECURSIVE above(id) AS (
            SELECT manager_id FROM hrm_employee WHERE id = %s
            UNION
            SELECT e.manager_id FROM hrm_employee e JOIN above ON e.id = above.id
        )
        SELECT EXISTS (SELECT FROM above WHERE id = %s)
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [person.pk, manager.pk])
        return bool(cursor.fetchone()[0])
