"""What people do about their tasks, and what happens to tasks by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from oa.flows.choices import EventKind, InstanceStatus, TaskStatus, TimeoutAction
from oa.flows.definition import Step, Timeout
from oa.flows.errors import AlreadyDecided, NotPossible, NotYours
from oa.flows.models import FlowLog, FlowRun, FlowTask
from oa.flows.protocols import ChangesAtSteps
from oa.flows.resolving import active_among, managers_of
from oa.flows.running import act, due_after, report
from oa.flows.state import Event
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify
from suite.core.errors import DomainError, InvalidInput

# What is done to somebody's request is explained to them.
EXPLAINED = frozenset({EventKind.REJECT, EventKind.RETURN})
logger = logging.getLogger(__name__)
REMINDER = _("Still to be approved: %(title)s")


@transaction.atomic
def decide(*, task: FlowTask, kind: EventKind, actor: User, at: datetime, comment: str = "", **values: Any) -> FlowRun:
    """
    Let somebody do something about their task.

    :param values: of the event: people, node to return to, changed fields …
    :raises InvalidInput: when a refusal or return is not explained.
    :raises AlreadyDecided: when the task is not to be decided any more.
    :raises NotYours: when the task is somebody else's.
    """
    if kind in EXPLAINED and not comment.strip():
        raise InvalidInput(_t("Say why."), field="comment")
    if values.get("people"):
        _check_people(values["people"])
    if kind == EventKind.APPROVE:
        _check_filled_in(task)
    event = Event(kind=kind, by=actor.pk, task=task.key, **values)
    return act(run=task.run, event=event, actor=actor, at=at, comment=comment.strip())


def _check_filled_in(task: FlowTask) -> None:
    """:raises NotPossible: when something is still missing that the step asks for."""
    place = task.run.flow_version.flow.places.get(task.node)
    step = place.node if place is not None else None
    if not isinstance(step, Step) or not step.required:
        return
    subject: Any = task.run.subject
    missing = subject.missing_at_step(step) if isinstance(subject, ChangesAtSteps) else []
    if missing:
        raise NotPossible(_t("Fill in first: %(fields)s.") % {"fields": _t(", ").join(missing)})


def _check_people(people: Iterable[int]) -> None:
    if set(people) - active_among(people):
        raise InvalidInput(_t("Choose people who can sign in."), field="people")


def approve_task(*, flowtask: FlowTask, actor: User, at: datetime, comment: str = "") -> FlowRun:
    """
    Agree to what somebody has to decide.

    :raises AlreadyDecided: when it is not to be decided any more.
    :raises NotYours: when it is somebody else's.
    """
    return decide(task=flowtask, kind=EventKind.APPROVE, actor=actor, at=at, comment=comment)


def reject_task(*, flowtask: FlowTask, reason: str, actor: User, at: datetime) -> FlowRun:
    """
    Refuse what somebody has to decide.

    :raises AlreadyDecided: when it is not to be decided any more.
    :raises NotYours: when it is somebody else's.
    """
    return decide(task=flowtask, kind=EventKind.REJECT, actor=actor, at=at, comment=reason)


@transaction.atomic
def reassign_task(*, flowtask: FlowTask, to: User, actor: User, at: datetime) -> FlowRun:
    """
    Let an administrator give a task to somebody else, as when its person is ill and left no deputy.

    :raises AlreadyDecided: when it is not to be decided any more.
    """
    event = Event(kind=EventKind.REPLACE, by=None, task=flowtask.key, people=(to.pk,), rule="admin")
    return act(run=flowtask.run, event=event, actor=actor, at=at)


@transaction.atomic
def void_run(*, flowrun: FlowRun, reason: str, actor: User, at: datetime) -> FlowRun:
    """
    Let an administrator end a run that leads nowhere; its document goes back to be changed.

    :raises AlreadyDecided: when it has ended.
    """
    run = act(run=flowrun, event=Event(kind=EventKind.VOID, rule="admin"), actor=actor, at=at, comment=reason)
    report(run, actor, at, reason)
    return run


@transaction.atomic
def withdraw(*, run: FlowRun, actor: User, at: datetime, comment: str = "") -> FlowRun:
    """
    Withdraw a request.

    :raises NotPossible: when somebody has decided already, or the flow forbids it.
    """
    return act(run=run, event=Event(kind=EventKind.WITHDRAW, by=actor.pk), actor=actor, at=at, comment=comment)


@transaction.atomic
def urge(*, run: FlowRun, actor: User, at: datetime) -> int:
    """
    Remind those who have to decide 催办; returns how many. Once an hour at most.

    :raises NotYours: when somebody else asked.
    :raises NotPossible: when they were reminded less than an hour ago.
    """
    run = FlowRun.objects.lock(run)
    if run.initiator_id != actor.pk:
        raise NotYours(_t("Only who asked can urge."))
    if run.status != InstanceStatus.RUNNING:
        raise AlreadyDecided(_t("This has ended already."))
    last = run.log.filter(kind=EventKind.URGE).order_by("-at").values_list("at", flat=True).first()
    if last is not None and (at - last).total_seconds() < 3600:
        raise NotPossible(_t("They were reminded less than an hour ago."))
    people = [task.person_id for task in run.tasks.filter(status=TaskStatus.PENDING) if task.person_id]
    FlowLog.objects.create(run=run, kind=EventKind.URGE, actor=actor, at=at)
    _remind(run, people, actor, at)
    return len(people)


def _remind(run: FlowRun, people: Iterable[int | None], actor: User | None, at: datetime) -> None:
    notify(
        recipients=User.objects.filter(pk__in=[pk for pk in people if pk]),
        kind=NotificationKind.APPROVAL,
        title=REMINDER,
        params={"title": run.title},
        url=f"/oa/runs/{run.pk}/",
        actor=actor,
        at=at,
    )


def approve_batch(*, tasks: Iterable[FlowTask], actor: User, at: datetime) -> tuple[int, list[str]]:
    """
    Agree to several requests, each by itself; returns how many, and why others were not.

    One that cannot be agreed to leaves the others alone.
    """
    done, refused = 0, []
    for task in tasks:
        try:
            decide(task=task, kind=EventKind.APPROVE, actor=actor, at=at)
        except DomainError as error:
            refused.append(f"{task.run.title}: {error}")
        else:
            done += 1
    return done, refused


def replace_person(*, tasks: Iterable[FlowTask], to: User, actor: User | None, at: datetime, rule: str) -> int:
    """Give tasks of somebody to a colleague; returns how many."""
    count = 0
    for task in tasks:
        event = Event(kind=EventKind.REPLACE, by=None, task=task.key, people=(to.pk,), rule=rule)
        act(run=task.run, event=event, actor=actor, at=at)
        count += 1
    return count


def pass_due_tasks(*, at: datetime) -> int:
    """Do what the flows say about tasks that nobody decided in time; returns how many."""
    due = FlowTask.objects.filter(status=TaskStatus.PENDING, due_at__lte=at).order_by("due_at", "pk")
    count = 0
    for pk in list(due.values_list("pk", flat=True)):
        try:
            count += _pass_due(pk, at)
        except DomainError as error:
            # What its document refuses stays to be decided by somebody.
            logger.warning("the overdue task %s stays as it is: %s", pk, error)
    return count


@transaction.atomic
def _pass_due(pk: int, at: datetime) -> int:
    found = FlowTask.objects.filter(pk=pk).select_related("run__flow_version", "run__definition").first()
    if found is None:
        return 0
    run = FlowRun.objects.lock(found.run)
    task = FlowTask.objects.get(pk=pk)
    node = run.flow_version.flow.places[task.node].node
    # Decided, or reminded, by somebody who was quicker.
    if task.status != TaskStatus.PENDING or task.due_at is None or task.due_at > at or not isinstance(node, Step):
        return 0
    if node.timeout is None or task.person_id is None:
        return 0
    _act_on_timeout(run, task, node.timeout, at)
    return 1


def _act_on_timeout(run: FlowRun, task: FlowTask, timeout: Timeout, at: datetime) -> None:
    """Remind as often as the step says; the last time its action comes."""
    is_last = task.reminders + 1 >= timeout.times
    if timeout.action == TimeoutAction.REMIND or not is_last:
        _remind_of(run, task, timeout, at, ends=is_last)
    elif timeout.action == TimeoutAction.ESCALATE:
        above = managers_of(task.person_id or 0)
        active = active_among(above)
        heir = next((pk for pk in above if pk in active), run.definition.admin_id)
        event = Event(kind=EventKind.REPLACE, task=task.key, people=(heir,), rule="timeout")
        act(run=run, event=event, actor=None, at=at)
    else:
        kind = EventKind.APPROVE if timeout.action == TimeoutAction.APPROVE else EventKind.REJECT
        act(run=run, event=Event(kind=kind, task=task.key, rule="timeout"), actor=None, at=at)


def _remind_of(run: FlowRun, task: FlowTask, timeout: Timeout, at: datetime, *, ends: bool) -> None:
    task.reminders += 1
    task.due_at = None if ends else due_after(at, timeout.hours)
    task.save(update_fields=["reminders", "due_at"])
    FlowLog.objects.create(run=run, kind=EventKind.TIMEOUT, task=task.key, step=task.title, at=at, rule="timeout")
    _remind(run, [task.person_id], None, at)
