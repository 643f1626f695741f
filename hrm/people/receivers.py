"""What personnel does when the organisation says that somebody comes, moves or goes."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.org.choices import PlaceChange
from hrm.org.events import (
    EmployeeConfirmed,
    EmployeeHired,
    EmployeeKept,
    EmployeeLeft,
    EmployeesPlaced,
    HireDateChanged,
    NoticeGiven,
)
from hrm.org.models import Employee
from hrm.people.changes import cancel_open_changes, drop_changes_of
from hrm.people.checklists import (
    cancel_open_tasks,
    draw_up_joining,
    draw_up_leaving,
    move_joining_tasks,
)
from hrm.people.choices import ChangeKind
from hrm.people.contracts import end_contracts_of
from hrm.people.placing import begin_first_place, end_places, place_people
from suite.access.models import User
from suite.events import receiver


@receiver(EmployeeHired)
def begin_record(event: EmployeeHired) -> None:
    """The first place begins on the hire date, and what is to be done for a joiner is drawn up."""
    day = timezone.localdate(event.at)
    place_people([event.employee_pk], kind=PlaceChange.HIRED, on=day, at=event.at)
    if not event.has_started:
        draw_up_joining(Employee.objects.select_related("department").get(pk=event.employee_pk), at=event.at)


@receiver(EmployeesPlaced)
def record_places(event: EmployeesPlaced) -> None:
    """A new place begins where the one before ends."""
    place_people(event.employee_pks, kind=event.kind, on=event.on, at=event.at, reason=event.reason)


@receiver(HireDateChanged)
def record_hire_date(event: HireDateChanged) -> None:
    """The first place begins with the employment, and so does what is to be done."""
    begin_first_place(event.employee_pk, event.hire_date)
    move_joining_tasks(event.employee_pk, event.hire_date)


@receiver(EmployeeConfirmed)
def record_confirmation(event: EmployeeConfirmed) -> None:
    """The end of probation is part of the record."""
    place_people([event.employee_pk], kind=PlaceChange.CONFIRMED, on=event.on, at=event.at, splits=True)


@receiver(EmployeeKept)
def drop_leaving(event: EmployeeKept) -> None:
    """Whoever stays needs no tasks of a leaver, and no change that lets them leave."""
    actor = _actor(event.actor_pk)
    cancel_open_tasks(event.employee_pk, actor=actor, at=event.at)
    cancel_open_changes(event.employee_pk, ChangeKind.LEAVE, reason=_("The person stays."), actor=actor, at=event.at)


@receiver(NoticeGiven)
def prepare_leaving(event: NoticeGiven) -> None:
    """Nobody who leaves is confirmed any more; what is to be done before and after the last day is drawn up."""
    cancel_open_changes(
        event.employee_pk,
        ChangeKind.CONFIRM,
        reason=_("The person leaves."),
        actor=_actor(event.actor_pk),
        at=event.at,
    )
    employee = Employee.objects.select_related("department").get(pk=event.employee_pk)
    draw_up_leaving(employee, last_day=event.last_day or timezone.localdate(event.at), at=event.at)


@receiver(EmployeeLeft)
def end_record(event: EmployeeLeft) -> None:
    """Place and contract end, changes that are under way are dropped, what is still to be done is drawn up."""
    end_places(event.employee_pk, event.leave_date)
    end_contracts_of(event.employee_pk, event.leave_date, at=event.at)
    drop_changes_of(event.employee_pk, actor=_actor(event.actor_pk), at=event.at)
    employee = Employee.objects.select_related("department").get(pk=event.employee_pk)
    draw_up_leaving(employee, last_day=event.leave_date, at=event.at, goes_on=event.had_notice)


def _actor(pk: int | None) -> User | None:
    return None if pk is None else User.objects.get(pk=pk)
