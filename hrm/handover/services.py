"""Handing everything over that somebody is responsible for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hrm.handover.choices import HandoverStatus
from hrm.handover.models import Handover, HandoverLine
from hrm.handover.selectors import Held, held_by, in_words
from hrm.org.choices import ACTIVE_STATUSES, EmployeeStatus
from hrm.org.locks import lock_managers
from hrm.org.models import Department, Employee
from hrm.org.services import end_employment
from suite.access.models import User
from suite.access.ownership import holdings
from suite.core.errors import DomainError, InvalidInput, WrongState
from suite.jobs.models import Job
from suite.jobs.services import start_job

HANDOVER_JOB = "hrm.hand_over"


class StaysBehind(DomainError):
    """Something would have stayed behind, so that nothing was handed over."""

    code = "not-handed-over"


@transaction.atomic
def open_handover(
    *, employee: Employee, successor: Employee, leave_on: date, actor: User | None, at: datetime
) -> Handover:
    """
    Prepare a handover: count what the person is responsible for in every system that is on.

    :raises WrongState: when they have left, or are being handed over already.
    :raises InvalidInput: when the successor cannot take it, or the last day lies before the first.
    """
    locked = Employee.objects.lock(employee)
    if locked.status == EmployeeStatus.LEFT:
        raise WrongState(_("%(person)s has left already.") % {"person": locked})
    if Handover.objects.filter(employee=locked, status__in=(HandoverStatus.OPEN, HandoverStatus.RUNNING)).exists():
        raise WrongState(_("%(person)s is being handed over already.") % {"person": locked})
    _check_successor(locked, successor, "successor")
    if leave_on < locked.hire_date:
        raise InvalidInput(_("The leave date lies before the hire date."), field="leave_on")
    handover = Handover.objects.create(employee=locked, successor=successor, leave_on=leave_on, created_at=at)
    _count(handover)
    return handover


@transaction.atomic
def update_handover(
    *,
    handover: Handover,
    actor: User | None,
    at: datetime,
    successors: Mapping[str, Employee | None],
    successor: Employee | None = None,
    leave_on: date | None = None,
) -> Handover:
    """
    Say who takes what.

    :param successors: by code of the kind; None: the successor of the handover.
    :raises WrongState: unless it is in preparation.
    :raises InvalidInput: when somebody cannot take it.
    """
    locked = _open(handover)
    if successor is not None:
        _check_successor(locked.employee, successor, "successor")
        locked.successor = successor
    if leave_on is not None:
        locked.leave_on = leave_on
    locked.save()
    for line in locked.lines.select_for_update():
        if line.code in successors:
            taker = successors[line.code]
            if taker is not None:
                _check_successor(locked.employee, taker, line.code)
            line.successor = taker
            line.save(update_fields=["successor"])
    return locked


@transaction.atomic
def recount_handover(*, handover: Handover, actor: User | None, at: datetime) -> Handover:
    """
    Count again what the person is responsible for; who takes what stays as it was chosen.

    :raises WrongState: unless it is in preparation.
    """
    locked = _open(handover)
    _count(locked)
    return locked


@transaction.atomic
def cancel_handover(*, handover: Handover, actor: User, at: datetime, reason: str) -> Handover:
    """
    Give up a handover before anything was handed over.

    :raises WrongState: unless it is in preparation.
    """
    locked = _open(handover)
    locked.become(HandoverStatus.CANCELLED, actor=actor, at=at, reason=reason)
    return locked


@transaction.atomic
def request_handover(*, handover: Handover, actor: User, at: datetime) -> Handover:
    """
    Hand everything over as a job: it can be much.

    :raises WrongState: unless it is in preparation.
    :raises InvalidInput: when somebody who takes something has left meanwhile.
    """
    locked = _open(handover)
    for taker in _takers(locked).values():
        _check_successor(locked.employee, taker, "successor")
    locked.become(HandoverStatus.RUNNING, actor=actor, at=at)
    locked.job = start_job(HANDOVER_JOB, owner=actor, at=at, params={"handover": locked.pk}, subject=str(locked))
    locked.save(update_fields=["job"])
    return locked


@transaction.atomic
def hand_over(
    *, handover: Handover, actor: User, at: datetime, progress: Callable[..., Any] = lambda *_args: None
) -> Handover:
    """
    Give everything a person is responsible for to the successors: all of it or, when something fails, nothing.

    Each kind of things is given by a fixed number of statements. What came to the person since the handover was
    prepared goes to the successor of the handover.

    :raises WrongState: unless it was asked for.
    :raises StaysBehind: when something would stay behind.
    """
    locked = Handover.objects.lock(handover)
    if locked.status != HandoverStatus.RUNNING:
        raise WrongState(_("This handover was not asked for, or is over."))
    # People change too, and their chains of managers: in the order in which everybody locks them.
    lock_managers()
    Department.objects.lock_many(list(Department.objects.filter(head=locked.employee).values_list("pk", flat=True)))
    leaver = Employee.objects.lock(locked.employee)
    if leaver.user is not None:
        _give_all(locked, leaver.user, actor, at, progress)
    locked.handed_over_at = at
    locked.save(update_fields=["handed_over_at"])
    locked.become(HandoverStatus.DONE, actor=actor, at=at)
    return locked


@transaction.atomic
def resume_handover(*, handover: Handover, actor: User, at: datetime) -> Handover:
    """
    Take a handover whose job failed back into preparation.

    :raises WrongState: unless it was asked for and its job is over.
    """
    locked = Handover.objects.lock(handover)
    job: Job | None = locked.job
    if locked.status != HandoverStatus.RUNNING or (job is not None and not job.is_finished):
        raise WrongState(_("Its job is still running."))
    locked.become(HandoverStatus.OPEN, actor=actor, at=at)
    _count(locked)
    return locked


@transaction.atomic
def end_handed_over(*, handover: Handover, actor: User, at: datetime) -> Handover:
    """
    Let the person leave on the last day; signing in ends with it.

    :raises WrongState: before everything was handed over.
    :raises StillInUse: when something came to them since.
    """
    locked = Handover.objects.lock(handover)
    if locked.status != HandoverStatus.DONE:
        raise WrongState(_("Hand everything over first."))
    end_employment(employee=locked.employee, leave_date=locked.leave_on, successor=locked.successor, actor=actor, at=at)
    return locked


def _open(handover: Handover) -> Handover:
    locked = Handover.objects.lock(handover)
    if locked.status != HandoverStatus.OPEN:
        raise WrongState(_("%(number)s is “%(state)s”.") % {"number": locked, "state": locked.get_status_display()})
    return locked


def _check_successor(leaver: Employee, successor: Employee, field: str) -> None:
    fresh = Employee.objects.select_related("user").get(pk=successor.pk)
    if fresh.pk == leaver.pk or fresh.status not in ACTIVE_STATUSES:
        raise InvalidInput(_("%(person)s is not on the payroll.") % {"person": fresh}, field=field)
    if leaver.user_id is not None and (fresh.user is None or not fresh.user.is_active):
        raise InvalidInput(_("%(person)s has no account to work with.") % {"person": fresh}, field=field)


def _count(handover: Handover) -> None:
    """Write what is there now into the lines."""
    chosen = dict(handover.lines.values_list("code", "successor"))
    handover.lines.all().delete()
    HandoverLine.objects.bulk_create(
        HandoverLine(
            handover=handover,
            code=each.holding.code,
            successor_id=chosen.get(each.holding.code),
            found=each.number,
            left=each.number,
        )
        for each in held_by(handover.employee.user)
    )


def _takers(handover: Handover) -> dict[str, Employee]:
    """Return who takes what, by code of the kind; the empty code is for everything else."""
    lines = handover.lines.exclude(successor=None).select_related("successor__user")
    return {"": handover.successor, **{line.code: line.successor for line in lines if line.successor is not None}}


def _give_all(handover: Handover, leaver: User, actor: User, at: datetime, progress: Callable[..., Any]) -> None:
    takers = _takers(handover)
    _count(handover)
    lines = {line.code: line for line in handover.lines.all()}
    kinds = [each for each in holdings() if each.code in lines]
    # What is meant for somebody of its own does not go along with other things, as opportunities with customers.
    apart = {each.code: _keys(each.held(leaver)) for each in kinds if each.code in takers}
    for place, each in enumerate(kinds):
        progress(place, len(kinds), each.title)
        line, keys = lines[each.code], apart.get(each.code)
        rows = each.held(leaver) if keys is None else each.model._default_manager.filter(pk__in=keys)
        went_along = line.found - rows.count()
        to = takers.get(each.code, takers[""]).user
        line.given = went_along + each.give(rows, leaver=leaver, to=to, actor=actor, at=at)
        line.left = line.found - line.given
    left = held_by(leaver) or [Held(each, lines[each.code].left) for each in kinds if lines[each.code].left]
    if left:
        raise StaysBehind(
            _("This would stay behind: %(things)s. Nothing was handed over.") % {"things": in_words(left)}
        )
    HandoverLine.objects.bulk_update(lines.values(), ["given", "left"])


def _keys(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))
