"""
What happens to runs of flows: every event goes through :func:`act`.

The run is locked, the engine says what comes of the event, and state, tasks and log are written together; a run that
ends decides about its document in the same transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from hrm.calendar.engine import DayKind, UnknownYear
from hrm.calendar.hours import add_working_hours
from hrm.calendar.selectors import day_kinds
from hrm.org.models import Employee
from oa.flows.choices import DefinitionStatus, EventKind, InstanceStatus, TaskKind, TaskStatus
from oa.flows.conditions import number
from oa.flows.definition import START, Step
from oa.flows.engine import advance
from oa.flows.errors import NotPossible
from oa.flows.events import RunApproved
from oa.flows.facts import AMOUNT, facts_of
from oa.flows.models import FlowLog, FlowRun, FlowTask, FlowVersion
from oa.flows.resolving import People
from oa.flows.state import EVENT, RESOLVED, STATE, Event, State, Task, beginning
from suite import events
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify
from suite.core.bulk import set_columns
from suite.documents.approvables import approvable
from suite.masters.models import Company

logger = logging.getLogger(__name__)
TASK_COLUMNS = ["status", "person", "rule", "comment", "closed_at"]
# A flow that calls itself through others would never end.
DEEPEST = 5


@transaction.atomic
def begin(
    *,
    flow_version: FlowVersion,
    subject: models.Model,
    initiator: User,
    at: datetime,
    facts: dict[str, Any] | None = None,
    chosen: dict[str, tuple[int, ...]] | None = None,
    parent: FlowRun | None = None,
    parent_task: int | None = None,
) -> FlowRun:
    """
    Let a flow decide about something; it may have ended already when this returns.

    :param facts: what conditions see, those of the document when left out.
    :raises NoWay: when no arm of a branch fits.
    """
    facts = facts_of(subject, initiator) if facts is None else facts
    person = Employee.objects.filter(user=initiator).select_related("department", "company").first()
    company = getattr(subject, "company", None) or (person.company if person else Company.objects.order_by("pk")[0])
    run = FlowRun.objects.create(
        definition=flow_version.definition,
        flow_version=flow_version,
        subject=subject,
        title=_title(subject),
        amount=number(facts.get(AMOUNT)),
        initiator=initiator,
        department=person.department if person else None,
        company=company,
        parent=parent,
        parent_task=parent_task,
        state=STATE.dump_python(beginning(), mode="json"),
        started_at=at,
    )
    event = Event(kind=EventKind.SUBMIT, by=initiator.pk, facts=facts, chosen=chosen or {})
    return _happen(run, event, actor=initiator, at=at)


@transaction.atomic
def act(*, run: FlowRun, event: Event, actor: User | None, at: datetime, comment: str = "") -> FlowRun:
    """
    Let something happen to a run.

    :raises AlreadyDecided: when the task is not to be decided any more.
    :raises NotYours: when the task is somebody else's.
    :raises NotPossible: when the flow does not allow it.
    """
    run = FlowRun.objects.lock(run)
    run = _happen(run, event, actor=actor, at=at, comment=comment)
    if run.status != InstanceStatus.RUNNING and event.kind != EventKind.VOID:
        report(run, actor, at, comment)
    return run


def _happen(run: FlowRun, event: Event, *, actor: User | None, at: datetime, comment: str = "") -> FlowRun:
    before = run.current
    people = People(run.definition, run.flow_version.flow, timezone.localdate(at))
    outcome = advance(run.flow_version.flow, before, event, people)
    after = outcome.state
    run.state = STATE.dump_python(after, mode="json")
    run.status = after.status
    run.amount = number(after.facts.get(AMOUNT))
    run.ended_at = None if after.status == InstanceStatus.RUNNING else at
    run.save(update_fields=["state", "status", "amount", "ended_at"])
    task = after.task(event.task) if event.task else None
    FlowLog.objects.create(
        run=run,
        number=after.event,
        kind=event.kind,
        task=event.task,
        step=_step_title(run, task.node) if task else "",
        actor=actor,
        at=at,
        comment=comment,
        rule=event.rule,
        event=EVENT.dump_python(event, mode="json"),
        resolved=RESOLVED.dump_python(outcome.resolved, mode="json"),
    )
    fresh = _write_tasks(run, before, after, event, at, comment)
    _tell(run, fresh, actor, at)
    if run.status == InstanceStatus.APPROVED and run.parent_id is None:
        events.publish(RunApproved(run_pk=run.pk))
    return _begin_subflows(run, fresh, at)


def _write_tasks(run: FlowRun, before: State, after: State, event: Event, at: datetime, comment: str) -> list[FlowTask]:
    """Let the rows say what the state says; returns those whose turn it has become."""
    known = {task.key: task for task in before.tasks}
    added = [task for task in after.tasks if task.key not in known]
    changed = [task for task in after.tasks if task.key in known and known[task.key] != task]
    rows = {row.key: row for row in run.tasks.filter(key__in=[task.key for task in changed])}
    due = _Due(run, at)
    for task in changed:
        row = rows[task.key]
        row.status, row.person_id, row.rule = task.status, task.person, task.rule
        row.closed_at = at if task.closed is not None else None
        if task.key == event.task and comment:
            row.comment = comment
    set_columns(list(rows.values()), TASK_COLUMNS)
    made = [
        FlowTask(
            run=run,
            key=task.key,
            node=task.node,
            title=_step_title(run, task.node),
            round=task.round,
            kind=task.kind,
            status=task.status,
            person_id=task.person,
            stands_for_id=task.stands_for[0] if task.stands_for else None,
            rule=task.rule,
            opened_at=at,
            closed_at=at if task.closed is not None else None,
            due_at=due.of(task),
        )
        for task in added
    ]
    FlowTask.objects.bulk_create(made)
    pending = {task.key for task in changed if task.status == TaskStatus.PENDING}
    return [*made, *(row for row in rows.values() if row.key in pending)]


class _Due:
    """When the tasks of a run are due, by the working hours of their steps."""

    def __init__(self, run: FlowRun, at: datetime) -> None:
        self.places, self.at = run.flow_version.flow.places, timezone.localtime(at)

    def of(self, task: Task) -> datetime | None:
        """Return when a task is due, None when it never is."""
        node = self.places[task.node].node if task.node in self.places else None
        if not isinstance(node, Step) or node.timeout is None or not task.is_open:
            return None
        return due_after(self.at, node.timeout.hours)


def due_after(at: datetime, hours: Any) -> datetime:
    """Return when so many working hours will have passed; where the calendar ends, hours are counted as they come."""

    @lru_cache
    def kind_of(day: date) -> DayKind:
        return day_kinds(day, day)[day]

    try:
        return add_working_hours(timezone.localtime(at), hours, kind_of)
    except UnknownYear as unknown:
        logger.warning("an approval is due by plain hours: %s", unknown)
        return at + timedelta(hours=float(hours))


def _step_title(run: FlowRun, key: str) -> str:
    if key == START:
        return _t("To be changed")
    return str(run.flow_version.flow.places[key].node.title)


def _title(subject: models.Model) -> str:
    name = str(subject)
    kind = str(subject._meta.verbose_name)
    return f"{kind} {name}"[:200]


def _tell(run: FlowRun, tasks: Iterable[FlowTask], actor: User | None, at: datetime) -> None:
    by_kind: dict[str, list[int]] = {}
    for task in tasks:
        if task.person_id is not None and task.status in (TaskStatus.PENDING, TaskStatus.SENT):
            by_kind.setdefault(TITLES_OF.get(task.kind, ASKED), []).append(task.person_id)
    for title, people in by_kind.items():
        notify(
            recipients=User.objects.filter(pk__in=people),
            kind=NotificationKind.APPROVAL,
            title=TEXTS[title],
            params={"title": run.title},
            url=f"/oa/runs/{run.pk}/",
            actor=actor,
            at=at,
        )


ASKED, BACK, TOLD, ENDED_WELL, ENDED_BADLY = "ASKED", "BACK", "TOLD", "ENDED_WELL", "ENDED_BADLY"
TITLES_OF: dict[str, str] = {TaskKind.START: BACK, TaskKind.COPY: TOLD}
TEXTS = {
    ASKED: _("To be approved: %(title)s"),
    BACK: _("Came back to you: %(title)s"),
    TOLD: _("For your information: %(title)s"),
    ENDED_WELL: _("Approved: %(title)s"),
    ENDED_BADLY: _("Not approved: %(title)s"),
}


def _begin_subflows(run: FlowRun, tasks: Sequence[FlowTask], at: datetime) -> FlowRun:
    """Begin the flows that a run waits for now."""
    for task in tasks:
        if task.kind == TaskKind.SUBFLOW and task.status == TaskStatus.PENDING:
            child = _begin_child(run, task, at)
            if child.status != InstanceStatus.RUNNING:
                run = _happen(FlowRun.objects.lock(run), _child_ended(child), actor=None, at=at)
    return run


def _begin_child(run: FlowRun, task: FlowTask, at: datetime) -> FlowRun:
    depth, above = 1, run.parent
    while above is not None:
        depth, above = depth + 1, above.parent
    if depth >= DEEPEST:
        raise NotPossible(_t("Flows call one another too deeply."))
    node: Any = run.flow_version.flow.places[task.node].node
    subject: Any = run.subject
    return begin(
        flow_version=published_version(node.flow),
        subject=subject,
        initiator=run.initiator,
        at=at,
        facts=run.current.facts,
        parent=run,
        parent_task=task.key,
    )


def published_version(code: str) -> FlowVersion:
    """
    Return the version of a flow that new runs begin with.

    :raises NotPossible: when none is published.
    """
    versions = FlowVersion.objects.filter(definition__code=code, definition__is_active=True)
    found = versions.filter(status=DefinitionStatus.PUBLISHED).select_related("definition").first()
    if found is None:
        raise NotPossible(_t("The flow %(code)s is not published.") % {"code": code})
    return found


def _child_ended(child: FlowRun) -> Event:
    begun = EVENT.validate_python(child.log.get(number=1).event).facts or {}
    changed = {name: value for name, value in child.current.facts.items() if begun.get(name) != value}
    return Event(
        kind=EventKind.SUBFLOW_ENDED,
        task=child.parent_task,
        derived=changed or None,
        is_approved=child.status == InstanceStatus.APPROVED,
        rule="subflow",
    )


def report(run: FlowRun, actor: User | None, at: datetime, comment: str) -> None:
    """Tell what a run that ended came to: the run it belongs to, or its document and whoever asked."""
    if run.parent is not None:
        act(run=run.parent, event=_child_ended(run), actor=None, at=at, comment=comment)
        return
    is_approved = run.status == InstanceStatus.APPROVED
    if run.status != InstanceStatus.WITHDRAWN:
        notify(
            recipients=[run.initiator],
            kind=NotificationKind.APPROVAL,
            title=TEXTS[ENDED_WELL if is_approved else ENDED_BADLY],
            params={"title": run.title},
            body=comment,
            url=f"/oa/runs/{run.pk}/",
            actor=actor,
            at=at,
        )
    subject: Any = run.subject
    found = approvable(type(subject))
    if found is not None:
        decider = actor or run.flow_version.published_by or run.definition.admin
        reason = comment or (
            pgettext("approval", "Withdrawn") if run.status == InstanceStatus.WITHDRAWN else _t("Not approved")
        )
        found.decide(subject, is_approved=is_approved, actor=decider, at=at, reason=reason)
