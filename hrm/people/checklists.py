"""Operations on what is to be done for somebody who joins or leaves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hrm.org.models import Employee
from hrm.people.choices import Doer, Occasion, TaskStatus
from hrm.people.models import StaffTask, TaskTemplate
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services.notifications import Draft, notify_each
from suite.core.errors import InvalidInput
from suite.documents.status import become_all

# Who began longer ago is entered later and does not join any more.
JOINING_DAYS = 30
TOLD = {
    Occasion.ONBOARDING: gettext_noop("%(person)s joins: %(task)s"),
    Occasion.OFFBOARDING: gettext_noop("%(person)s leaves: %(task)s"),
}


def draw_up_joining(employee: Employee, *, at: datetime) -> list[StaffTask]:
    """Draw up what is to be done for somebody who joins; the days count from the hire date."""
    if employee.hire_date < timezone.localdate(at) - timedelta(days=JOINING_DAYS):
        return []
    return _draw_up(employee, Occasion.ONBOARDING, employee.hire_date, at)


def draw_up_leaving(employee: Employee, *, last_day: date, at: datetime, goes_on: bool = False) -> list[StaffTask]:
    """
    Draw up what is to be done for somebody who leaves; what is open already moves to the last day.

    :param goes_on: it was drawn up when they gave notice, so that what was done for that notice counts; what was done
        for one that they took back does not.
    """
    known = StaffTask.objects.filter(employee=employee, occasion=Occasion.OFFBOARDING)
    _move_open_tasks(employee.pk, Occasion.OFFBOARDING, last_day)
    if goes_on and known.exclude(status=TaskStatus.CANCELLED).exists():
        return []
    still_open = known.filter(status=TaskStatus.OPEN, template__isnull=False)
    there = set(still_open.values_list("template", flat=True))
    return _draw_up(employee, Occasion.OFFBOARDING, last_day, at, besides=there)


def move_joining_tasks(employee_pk: int, hire_date: date) -> None:
    """Let the open tasks of a joiner be due by another hire date."""
    _move_open_tasks(employee_pk, Occasion.ONBOARDING, hire_date)


def cancel_open_tasks(employee_pk: int, *, actor: User | None, at: datetime) -> None:
    """Drop the open tasks of somebody who stays after all."""
    tasks = StaffTask.objects.filter(employee=employee_pk, occasion=Occasion.OFFBOARDING, status=TaskStatus.OPEN)
    rows = list(tasks.select_for_update(of=("self",)).order_by("pk"))
    become_all(rows, TaskStatus.CANCELLED, actor=actor, at=at, reason=_("The person stays."))


@transaction.atomic
def create_task(
    *,
    employee: Employee,
    occasion: str,
    title: str,
    due_on: date,
    actor: User,
    at: datetime,
    note: str = "",
    doer: str = Doer.HR,
    assignee: User | None = None,
) -> StaffTask:
    """
    Add a task for one person beside those of the templates.

    :param assignee: who does it; for the manager and the person their own account unless given.
    :raises InvalidInput: for the holders of a role, which only a template names.
    """
    if doer == Doer.ROLE:
        raise InvalidInput(_("Tasks for a role come from templates; name the person who does this one."), field="doer")
    task = StaffTask(employee=employee, occasion=occasion, title=title, due_on=due_on, note=note, doer=doer)
    task.assignee = assignee or _doer_of(doer, employee)
    task.save()
    _tell([task], actor=actor, at=at)
    return task


@transaction.atomic
def update_task(*, stafftask: StaffTask, actor: User, at: datetime, **changes: object) -> StaffTask:
    """Change a task that is still open."""
    task = StaffTask.objects.lock(stafftask)
    before = task.assignee_id
    for name, value in changes.items():
        setattr(task, name, value)
    task.save()
    if task.assignee_id != before:
        _tell([task], actor=actor, at=at)
    return task


@transaction.atomic
def complete_task(*, task: StaffTask, actor: User, at: datetime) -> StaffTask:
    """
    Mark a task as done.

    :raises WrongState: unless it is open.
    """
    locked = StaffTask.objects.lock(task)
    return locked.become(TaskStatus.DONE, actor=actor, at=at, values={"done_on": timezone.localdate(at)})


@transaction.atomic
def skip_task(*, task: StaffTask, reason: str, actor: User, at: datetime) -> StaffTask:
    """
    Mark a task as not needed for this person.

    :raises WrongState: unless it is open.
    """
    locked = StaffTask.objects.lock(task)
    return locked.become(TaskStatus.CANCELLED, actor=actor, at=at, reason=reason)


@transaction.atomic
def reopen_task(*, task: StaffTask, actor: User, at: datetime) -> StaffTask:
    """
    Take a task up again.

    :raises WrongState: when it is open.
    """
    locked = StaffTask.objects.lock(task)
    return locked.become(TaskStatus.OPEN, actor=actor, at=at, values={"done_on": None})


@transaction.atomic
def give_task(*, task: StaffTask, assignee: User, actor: User, at: datetime) -> StaffTask:
    """Let somebody else do a task."""
    return update_task(stafftask=task, assignee=assignee, actor=actor, at=at)


def assign_waiting_tasks(*, at: datetime) -> int:
    """Give tasks of the manager and of the person to accounts that were opened since; return how many."""
    people = Employee.objects.filter(pk=OuterRef("employee"))
    waiting = StaffTask.objects.filter(status=TaskStatus.OPEN, assignee__isnull=True)
    own = waiting.filter(doer=Doer.PERSON, employee__user__isnull=False)
    of_manager = waiting.filter(doer=Doer.MANAGER, employee__manager__user__isnull=False)
    changed = {"version": F("version") + 1, "updated_at": at}
    given = own.update(assignee=Subquery(people.values("user")[:1]), **changed)
    return given + of_manager.update(assignee=Subquery(people.values("manager__user")[:1]), **changed)


def templates_for(employee: Employee, occasion: str) -> list[TaskTemplate]:
    """The active templates that concern a person, by department and position."""
    path = employee.department.path if employee.department is not None else []
    rows = TaskTemplate.objects.filter(occasion=occasion, is_active=True)
    rows = rows.filter(Q(department__isnull=True) | Q(department__in=path))
    return list(rows.filter(Q(position__isnull=True) | Q(position=employee.position_id)))


def _draw_up(
    employee: Employee, occasion: str, day: date, at: datetime, besides: Collection[int | None] = ()
) -> list[StaffTask]:
    tasks = [
        StaffTask(
            employee=employee,
            template=template,
            occasion=occasion,
            title=template.title,
            note=template.note,
            doer=template.doer,
            role=template.role,
            assignee=_doer_of(template.doer, employee),
            due_on=day + timedelta(days=template.days),
        )
        for template in templates_for(employee, occasion)
        if template.pk not in besides
    ]
    StaffTask.objects.bulk_create(tasks)
    _tell(tasks, actor=None, at=at)
    return tasks


def _doer_of(doer: str, employee: Employee) -> User | None:
    if doer == Doer.PERSON:
        return employee.user
    if doer == Doer.MANAGER and employee.manager is not None:
        return employee.manager.user
    return None


def _move_open_tasks(employee_pk: int, occasion: str, day: date) -> None:
    tasks = StaffTask.objects.filter(
        employee=employee_pk, occasion=occasion, status=TaskStatus.OPEN, template__isnull=False
    )
    for task in tasks.select_related("template").select_for_update(of=("self",)).order_by("pk"):
        if task.template is not None:
            task.due_on = day + timedelta(days=task.template.days)
            task.save(update_fields=["due_on"])


def _tell(tasks: list[StaffTask], *, actor: User | None, at: datetime) -> None:
    drafts = [
        Draft(
            recipient=task.assignee,
            kind=NotificationKind.ASSIGNMENT,
            title=TOLD[Occasion(task.occasion)],
            params={"task": task.title, "person": task.employee},
            actor=actor,
            obj=task,
        )
        for task in tasks
        if task.assignee is not None
    ]
    notify_each(drafts=drafts, at=at)
