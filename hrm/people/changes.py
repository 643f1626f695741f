"""Operations on personnel changes: drawn up, approved, in force on their day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from hrm.org import services as org
from hrm.org.choices import ACTIVE_STATUSES, EmployeeStatus
from hrm.org.locks import lock_managers
from hrm.org.models import Department, Employee, Position
from hrm.people.choices import OPEN_CHANGES, PLACE_OF, ChangeKind, ChangeStatus
from hrm.people.models import PersonnelChange
from hrm.people.placing import begun_on
from hrm.people.recipients import personnel_officers
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import notify
from suite.core.errors import DomainError, InvalidInput, WrongState
from suite.documents.approval import needs_approval
from suite.documents.numbering import next_number, register_kind
from suite.documents.status import become_all

NUMBERS = register_kind(
    "hrm.personnelchange", pattern="PC-{yyyy}-{seq:04}", reset="YEAR", title=gettext_lazy("personnel change")
)


@transaction.atomic
def create_change(
    *,
    employee: Employee,
    kind: str,
    effective_on: date,
    reason: str,
    actor: User,
    at: datetime,
    department: Department | None = None,
    position: Position | None = None,
    manager: Employee | None = None,
    successor: Employee | None = None,
) -> PersonnelChange:
    """
    Draw up a personnel change; what is not given of the new place stays as it is now.

    :raises InvalidInput: when it changes nothing, lies before the employment or the present place, or the position is
        of another department.
    :raises WrongState: when the person has left, or is to be confirmed and not on probation.
    """
    change = PersonnelChange(
        employee=employee, kind=kind, effective_on=effective_on, reason=reason, successor=successor, owner=actor
    )
    _fill(change, department, position, manager)
    change.number = next_number(change.company, NUMBERS, timezone.localdate(at))
    change.save()
    return change


@transaction.atomic
def update_change(
    *,
    personnelchange: PersonnelChange,
    actor: User,
    at: datetime,
    department: Department | None = None,
    position: Position | None = None,
    manager: Employee | None = None,
    **changes: Any,
) -> PersonnelChange:
    """
    Change what is still a draft; see :func:`create_change`.

    :raises WrongState: once it was submitted.
    """
    change = PersonnelChange.objects.lock(personnelchange)
    if change.status != ChangeStatus.DRAFT:
        raise WrongState(_("Only a draft can be changed."))
    for name, value in changes.items():
        setattr(change, name, value)
    _fill(change, department, position, manager)
    change.save()
    return change


@transaction.atomic
def submit_change(*, change: PersonnelChange, actor: User, at: datetime) -> PersonnelChange:
    """
    Hand a change in; it is approved at once when nobody else has to decide.

    :raises WrongState: unless it is a draft, or when one of its kind is under way for the person.
    """
    lock_managers()
    locked = PersonnelChange.objects.lock(change)
    _refuse_second(locked)
    _fill(locked, locked.department, locked.position, locked.manager)
    locked.save()
    locked.become(ChangeStatus.SUBMITTED, actor=actor, at=at)
    if not needs_approval(locked, actor=actor, at=at):
        return approve_change(change=locked, actor=actor, at=at)
    return locked


@transaction.atomic
def approve_change(*, change: PersonnelChange, actor: User, at: datetime, reason: str = "") -> PersonnelChange:
    """
    Approve a change; it comes into force on its day, at once when that has come. A leaver is given notice.

    :raises WrongState: unless it waits for approval.
    :raises DomainError: when it is to come into force at once and the organisation refuses it.
    """
    lock_managers()
    locked = PersonnelChange.objects.lock(change)
    locked.become(ChangeStatus.APPROVED, actor=actor, at=at, reason=reason)
    employee = locked.employee
    if locked.kind == ChangeKind.LEAVE and employee.status in {EmployeeStatus.PROBATION, EmployeeStatus.REGULAR}:
        org.give_notice(employee=employee, last_day=locked.effective_on, reason=locked.reason, actor=actor, at=at)
    return apply_change(change=locked, actor=actor, at=at) if _is_due(locked, timezone.localdate(at)) else locked


@transaction.atomic
def reject_change(*, change: PersonnelChange, reason: str, actor: User, at: datetime) -> PersonnelChange:
    """
    Refuse a change.

    :raises WrongState: unless it waits for approval.
    """
    locked = PersonnelChange.objects.lock(change)
    return locked.become(ChangeStatus.REJECTED, actor=actor, at=at, reason=reason)


@transaction.atomic
def reopen_change(*, change: PersonnelChange, actor: User, at: datetime) -> PersonnelChange:
    """
    Make a refused change a draft again.

    :raises WrongState: unless it was refused.
    """
    locked = PersonnelChange.objects.lock(change)
    return locked.become(ChangeStatus.DRAFT, actor=actor, at=at)


@transaction.atomic
def cancel_change(*, change: PersonnelChange, reason: str, actor: User, at: datetime) -> PersonnelChange:
    """
    Give up a change that is not in force yet; a leaver stays.

    :raises WrongState: when it is in force, or ended.
    """
    lock_managers()
    locked = PersonnelChange.objects.lock(change)
    was_approved = locked.status == ChangeStatus.APPROVED
    locked.become(ChangeStatus.CANCELLED, actor=actor, at=at, reason=reason)
    employee = Employee.objects.get(pk=locked.employee_id)
    if was_approved and locked.kind == ChangeKind.LEAVE and employee.status == EmployeeStatus.LEAVING:
        org.keep_employee(employee=employee, reason=reason, actor=actor, at=at)
    return locked


@transaction.atomic
def apply_change(*, change: PersonnelChange, actor: User | None, at: datetime) -> PersonnelChange:
    """
    Bring an approved change into force.

    :raises WrongState: unless it is approved.
    :raises InvalidInput: when its day has not come.
    :raises DomainError: what the organisation refuses.
    """
    lock_managers()
    locked = PersonnelChange.objects.lock(change)
    if locked.status != ChangeStatus.APPROVED:
        raise WrongState(_("Only an approved change comes into force."))
    if not _is_due(locked, timezone.localdate(at)):
        raise InvalidInput(_("Its day has not come."))
    employee = Employee.objects.get(pk=locked.employee_id)
    for name in ("department", "position", "manager"):
        setattr(locked, f"from_{name}_id", getattr(employee, f"{name}_id"))
    locked.refusal = ""
    locked.save()
    # Before the organisation says that somebody left: what is then under way is dropped.
    locked.become(ChangeStatus.DONE, actor=actor, at=at)
    _bring_about(locked, employee, actor, at)
    return locked


def apply_due_changes(*, at: datetime) -> int:
    """
    Bring every approved change into force whose day has come; return how many.

    One that the organisation refuses says why, and personnel is told once.
    """
    today = timezone.localdate(at)
    waiting = PersonnelChange.objects.filter(status=ChangeStatus.APPROVED, effective_on__lte=today)
    done = 0
    for change in waiting.select_related("employee", "owner").order_by("effective_on", "pk"):
        if not _is_due(change, today):
            continue
        try:
            apply_change(change=change, actor=None, at=at)
        except DomainError as error:
            _note_refusal(change, str(error), at)
        else:
            done += 1
    return done


def drop_changes_of(employee_pk: int, *, actor: User | None, at: datetime) -> None:
    """Cancel what is under way for somebody who has left."""
    open_ones = PersonnelChange.objects.filter(employee=employee_pk, status__in=(ChangeStatus.DRAFT, *OPEN_CHANGES))
    rows = list(open_ones.select_for_update(of=("self",)).order_by("pk"))
    become_all(rows, ChangeStatus.CANCELLED, actor=actor, at=at, reason=_("The person has left."))


def cancel_open_changes(employee_pk: int, kind: ChangeKind, *, reason: str, actor: User | None, at: datetime) -> None:
    """Cancel changes of one kind that wait for approval or for their day; the caller has locked all managers."""
    open_ones = PersonnelChange.objects.filter(employee=employee_pk, kind=kind, status__in=OPEN_CHANGES)
    rows = list(open_ones.select_for_update(of=("self",)).order_by("pk"))
    become_all(rows, ChangeStatus.CANCELLED, actor=actor, at=at, reason=reason)


def _bring_about(change: PersonnelChange, employee: Employee, actor: User | None, at: datetime) -> None:
    if change.kind == ChangeKind.CONFIRM:
        _refuse_unless_on_probation(employee)
        org.confirm_employee(employee=employee, on=change.effective_on, reason=change.reason, actor=actor, at=at)
    elif change.kind == ChangeKind.LEAVE:
        org.end_employment(
            employee=employee, leave_date=change.effective_on, successor=change.successor, actor=actor, at=at
        )
    else:
        _refuse_earlier(change, employee)
        company = change.department.company if change.department is not None else employee.company
        org.update_employee(
            employee=employee,
            company=company,
            department=change.department,
            position=change.position,
            manager=change.manager,
            kind=PLACE_OF[ChangeKind(change.kind)],
            on=change.effective_on,
            reason=change.reason,
            actor=actor,
            at=at,
        )


def _fill(
    change: PersonnelChange, department: Department | None, position: Position | None, manager: Employee | None
) -> None:
    employee = Employee.objects.select_related("company", "department").get(pk=change.employee_id)
    change.employee, change.company = employee, employee.company
    change.from_department_id = employee.department_id
    change.from_position_id = employee.position_id
    change.from_manager_id = employee.manager_id
    if change.kind in PLACE_OF:
        change.department = department or employee.department
        change.position = position or employee.position
        change.manager = manager or _manager_at(change.department, employee)
    else:
        change.department, change.position, change.manager = employee.department, employee.position, employee.manager
    _check(change, employee)


def _manager_at(department: Department | None, employee: Employee) -> Employee | None:
    """The present manager, or the head of another department."""
    if department is None or department.pk == employee.department_id:
        return employee.manager
    head = department.head
    return employee.manager if head is None or head.pk == employee.pk else head


def _check(change: PersonnelChange, employee: Employee) -> None:
    if employee.status == EmployeeStatus.LEFT:
        raise WrongState(_("%(person)s has left.") % {"person": employee})
    if change.kind == ChangeKind.CONFIRM:
        _refuse_unless_on_probation(employee)
    if change.effective_on < employee.hire_date:
        raise InvalidInput(_("The day lies before the hire date."), field="effective_on")
    if change.successor is not None and change.successor.status not in ACTIVE_STATUSES:
        raise InvalidInput(_("%(person)s is not on the payroll.") % {"person": change.successor}, field="successor")
    if change.kind in PLACE_OF:
        _check_place(change)
        _refuse_earlier(change, employee)


def _refuse_unless_on_probation(employee: Employee) -> None:
    if employee.status != EmployeeStatus.PROBATION:
        raise WrongState(_("%(person)s is not on probation.") % {"person": employee}, field="employee")


def _check_place(change: PersonnelChange) -> None:
    place = (change.department_id, change.position_id, change.manager_id)
    if place == (change.from_department_id, change.from_position_id, change.from_manager_id):
        raise InvalidInput(_("Say what changes: department, position or manager."), field="department")
    department, position = change.department, change.position
    if department is not None and not department.is_active:
        raise InvalidInput(_("%(department)s is closed.") % {"department": department}, field="department")
    of = position.department if position is not None else None
    if of is not None and (department is None or of.pk not in department.path):
        raise InvalidInput(_("The position belongs to %(department)s.") % {"department": of}, field="position")


def _refuse_earlier(change: PersonnelChange, employee: Employee) -> None:
    begun = begun_on(employee)
    if begun is not None and change.effective_on < begun:
        raise InvalidInput(
            _("The present place began on %(day)s; choose that day or a later one.") % {"day": date_format(begun)},
            field="effective_on",
        )


def _refuse_second(change: PersonnelChange) -> None:
    others = PersonnelChange.objects.filter(employee=change.employee_id, kind=change.kind, status__in=OPEN_CHANGES)
    other = others.exclude(pk=change.pk).first()
    if other is not None:
        raise WrongState(_("%(number)s of the same kind is under way for this person.") % {"number": other})


def _is_due(change: PersonnelChange, today: date) -> bool:
    """Whether its day has come; a leaver works to the end of the last day."""
    return change.effective_on < today if change.kind == ChangeKind.LEAVE else change.effective_on <= today


@transaction.atomic
def _note_refusal(change: PersonnelChange, why: str, at: datetime) -> None:
    locked = PersonnelChange.objects.lock(change)
    if locked.refusal == why[:500]:
        return
    locked.refusal = why[:500]
    locked.save(update_fields=["refusal"])
    told = {user.pk: user for user in personnel_officers(PersonnelChange)}
    notify(
        recipients=told.values(),
        kind=NotificationKind.ALERT,
        title=gettext_noop("%(number)s of %(person)s could not come into force"),
        params={"number": change.number, "person": change.employee},
        body=why,
        obj=change,
        at=at,
    )
