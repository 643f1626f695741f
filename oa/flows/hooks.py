"""What flows answer to the kernel: how documents are approved, and that nobody goes past a flow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Prefetch
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from oa.flows.binding import flow_for
from oa.flows.choices import EventKind, InstanceStatus, TaskStatus
from oa.flows.errors import NotPossible
from oa.flows.models import FlowRun, FlowTask
from oa.flows.running import act, begin
from oa.flows.selectors import PENDING, asked_by, to_do, visible_runs, waits_for
from oa.flows.state import Event
from suite.access.models import User
from suite.core.errors import DomainError
from suite.core.text import listed
from suite.documents.approvables import before_change
from suite.documents.approval import OpenDecision, is_decided_elsewhere, needs_approval, open_decision
from suite.metrics.desk import ROWS, DeskCard, DeskRow, DeskWay, desk_card, desk_ways
from suite.pages.columns import short_date
from suite.pages.shell import approvals_statement, approvals_url


class RefusedByRule(DomainError):
    """A rule of the flow refuses the request at once."""

    code = "refused-by-rule"


@needs_approval.provide
def decide_by_flow(document: Any, *, actor: User, at: datetime) -> bool:
    """Begin the flow that the document is bound to; without one, whoever may decides."""
    flow_version = flow_for(document, actor)
    if flow_version is None:
        return needs_approval.default(document, actor=actor, at=at)
    run = begin(flow_version=flow_version, subject=document, initiator=actor, at=at)
    if run.status == InstanceStatus.REJECTED:
        raise RefusedByRule(_("The approval flow refuses this at once."))
    return bool(run.status == InstanceStatus.RUNNING)


@is_decided_elsewhere.provide
def has_flow(document: Any, *, actor: User) -> bool:
    """Whether a flow is bound that fits the document."""
    return flow_for(document, actor) is not None


@open_decision.provide
def running_flow(document: Any, *, user: User) -> OpenDecision | None:
    """Whom the flow that decides about the document waits for."""
    asked = waits_for(document)
    if not asked:
        return None
    own = next((run for run, person, _name in asked if person == user.pk), None)
    run = asked[0][0] if own is None else own
    is_seen = own is not None or visible_runs(user).filter(pk=run).exists()
    return OpenDecision(
        people=tuple(dict.fromkeys(name for _run, person, name in asked if person)),
        is_turn=own is not None,
        url=reverse("oa:run", args=[run]) if is_seen else "",
    )


@before_change.provide
def guard(rows: Collection[Any], status: str, *, is_outcome: bool, actor: User | None, at: datetime) -> None:
    """
    Let only the flow lead to what a decision leads to; anything else makes the run void.

    :raises NotPossible: when somebody goes past the flow.
    """
    kind = ContentType.objects.get_for_model(type(next(iter(rows))))
    keys = [row.pk for row in rows]
    running = FlowRun.objects.filter(
        subject_type=kind, subject_id__in=keys, status=InstanceStatus.RUNNING, parent__isnull=True
    ).order_by("pk")
    # Whoever decides holds the run and waits for the document: who holds the document must not wait for the run.
    locked = list(running.select_for_update(of=("self",), skip_locked=True))
    if len(locked) < running.count():
        raise NotPossible(_("Somebody is deciding about this right now. Try again."))
    for run in locked:
        if is_outcome:
            raise NotPossible(_("%(title)s is decided by its approval flow.") % {"title": run.title})
        act(run=run, event=Event(kind=EventKind.VOID, rule="document"), actor=actor, at=at)


@approvals_statement.provide
def statement_of_tasks() -> str | None:
    """How many tasks somebody has to decide."""
    return PENDING


@approvals_url.provide
def inbox_url() -> str:
    """The inbox."""
    return reverse("oa:approvals")


@desk_card.provide
def tasks_on_the_desk(user: User, *, at: datetime) -> DeskCard:
    """What somebody has to decide, the longest waiting first."""
    rows = [
        DeskRow(
            task.run.title,
            reverse("oa:run", args=[task.run_id]),
            f"{task.run.definition} · {task.run.initiator.get_full_name()}",
            short_date(timezone.localtime(task.opened_at)),
            "late" if task.is_late else "",
        )
        for task in to_do(user)[:ROWS]
    ]
    return DeskCard(_("My approvals"), rows, url=inbox_url(), empty=_("Nothing waits for you."), order=10)


@desk_card.provide
def requests_on_the_desk(user: User, *, at: datetime) -> DeskCard:
    """What somebody asked for and nobody has decided yet, and whom it waits for."""
    runs = asked_by(user).filter(status=InstanceStatus.RUNNING)
    asked = runs.prefetch_related(
        Prefetch("tasks", FlowTask.objects.filter(status=TaskStatus.PENDING).select_related("person"), "open_tasks")
    )
    rows = [
        DeskRow(
            run.title,
            reverse("oa:run", args=[run.pk]),
            str(run.definition),
            listed(task.person.get_full_name() for task in run.open_tasks if task.person),
        )
        for run in asked[:ROWS]
    ]
    return DeskCard(_("Asked by me"), rows, url=f"{inbox_url()}?box=mine", order=25)


@desk_ways.provide
def ways_to_ask(user: User) -> Sequence[DeskWay]:
    """The way to the forms, for who may fill them in."""
    if not user.has_perm("oa.add_formrequest"):
        return []
    return [DeskWay(_("New request"), reverse("oa:request-new"), "file-plus")]
