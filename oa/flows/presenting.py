"""What somebody has to see to decide, on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from oa.flows.choices import EventKind, InstanceStatus, TaskKind, TaskStatus
from oa.flows.definition import START, Step
from oa.flows.engine import returnable, was_decided
from oa.flows.models import FlowLog, FlowRun, FlowTask
from oa.flows.protocols import ChangesAtSteps
from suite.access.models import User
from suite.activity.selectors import attachments_of
from suite.pages.columns import derive, renderer
from suite.pages.links import link_of
from suite.pages.panels import Attributes, Children
from suite.pages.registry import pageset_of

SIMILAR = 5
TONES = {
    EventKind.APPROVE: "ok",
    EventKind.SUBMIT: "",
    EventKind.RESUBMIT: "",
    EventKind.REJECT: "bad",
    EventKind.RETURN: "bad",
}
ICONS = {
    EventKind.SUBMIT: "send",
    EventKind.RESUBMIT: "send",
    EventKind.APPROVE: "check",
    EventKind.REJECT: "x",
    EventKind.RETURN: "arrow-back-up",
    EventKind.TRANSFER: "user-share",
    EventKind.DELEGATE: "user-question",
    EventKind.ADD_SIGN: "user-plus",
    EventKind.REMOVE_SIGN: "user-minus",
    EventKind.WITHDRAW: "arrow-back",
    EventKind.TAKE_BACK: "rotate",
    EventKind.REPLACE: "users",
    EventKind.SUBFLOW_ENDED: "git-merge",
    EventKind.VOID: "ban",
    EventKind.URGE: "bell-ringing",
    EventKind.TIMEOUT: "clock-exclamation",
}
RULES = {
    "timeout": _("Nobody decided in time."),
    "admin": _("By the administrator."),
    "left": _("The person left."),
    "document": _("The document changed."),
    "empty": _("Nobody was found."),
    "own": _("Who asks does not decide alone."),
    "repeat": _("Agreed before."),
    "subflow": _("Decided by another flow."),
}


@dataclass(frozen=True)
class Entry:
    """One line of the progress: what happened and to whom it was given, or who has to decide."""

    icon: str
    tone: str
    name: str
    text: str
    step: str = ""
    at: datetime | None = None
    comment: str = ""
    is_now: bool = False
    to: str = ""


def progress(run: FlowRun, user: User) -> list[Entry]:
    """Return what happened in a run, and who has to decide now."""
    log = list(run.log.select_related("actor").order_by("pk"))
    names = _names(pk for row in log for pk in row.event.get("people", ()))
    entries = [_entry(row, names) for row in log]
    if run.status == InstanceStatus.RUNNING:
        waiting = run.tasks.filter(status=TaskStatus.PENDING).select_related("person", "stands_for").order_by("key")
        entries += [_waiting(task, user) for task in waiting]
    return entries


def _names(keys: Iterable[int]) -> dict[int, str]:
    wanted = set(keys)
    return {user.pk: user.get_full_name() for user in User.objects.filter(pk__in=wanted)} if wanted else {}


def _entry(row: FlowLog, names: Mapping[int, str]) -> Entry:
    kind = EventKind(row.kind)
    text = str(kind.label)
    if row.rule:
        text = f"{text} · {RULES.get(row.rule, row.rule)}"
    name = row.actor.get_full_name() if row.actor else _t("By rule")
    to = _t(", ").join(names[pk] for pk in row.event.get("people", ()) if pk in names)
    # Handing in again belongs to no step of the flow.
    step = "" if kind == EventKind.RESUBMIT else row.step
    return Entry(ICONS[kind], TONES.get(kind, ""), name, text, step, row.at, row.comment, to=to)


def _waiting(task: FlowTask, user: User) -> Entry:
    name = task.person.get_full_name() if task.person else _t("Another flow")
    if task.person_id == user.pk:
        name = _t("%(name)s (you)") % {"name": name}
    if task.stands_for:
        name = _t("%(name)s for %(other)s") % {"name": name, "other": task.stands_for.get_full_name()}
    if task.kind == TaskKind.START:
        return Entry("hourglass", "", name, _t("To be changed"), is_now=True)
    return Entry("hourglass", "", name, _t("To be decided"), task.title, is_now=True)


def subject_of(run: FlowRun, user: User) -> dict[str, Any]:
    """Return what is decided about: facts, lines and attachments, without what the person may not see."""
    subject: Any = run.subject
    pageset = pageset_of(type(subject)) if subject is not None else None
    if pageset is None:
        return {"facts": [], "panels": [], "attachments": []}
    hidden = pageset.hidden_fields(user) | hidden_at_step(run, user)
    facts = []
    for column in (derive(type(subject), name) for name in pageset.summary):
        if column.name.split("__")[0] not in hidden:
            value = column.get(subject) if column.render is None else None
            facts.append((column.heading, renderer(column, type(subject))(subject), link_of(value, user)))
    panels = []
    for panel in pageset.panels:
        if isinstance(panel, Attributes | Children) or getattr(panel, "is_for_decision", False):
            context = panel.context(subject, user=user, pageset=pageset)
            # Nothing in a list helps nobody to decide.
            if context is not None and context.get("rows") != []:
                panels.append((panel.template, context))
    return {
        "facts": facts,
        "panels": panels,
        "attachments": attachments_of(subject, user=user) if pageset.has_activity else [],
        "url": subject.get_absolute_url(),
        "may_open": pageset.may(user, "view") and pageset.queryset(user).filter(pk=subject.pk).exists(),
    }


def hidden_at_step(run: FlowRun, user: User) -> frozenset[str]:
    """Fields that the steps at which a person has to decide do not show them."""
    places = run.flow_version.flow.places
    tasks = run.tasks.filter(person=user.pk, status=TaskStatus.PENDING).values_list("node", flat=True)
    steps = [places[key].node for key in tasks if key in places]
    return frozenset(name for step in steps if isinstance(step, Step) for name in step.hidden)


def similar(run: FlowRun) -> list[FlowRun]:
    """Return what the same flow decided lately, of the same person first."""
    ended = FlowRun.objects.filter(definition=run.definition, parent__isnull=True).exclude(pk=run.pk)
    ended = ended.filter(status__in=(InstanceStatus.APPROVED, InstanceStatus.REJECTED)).select_related("initiator")
    own = list(ended.filter(initiator=run.initiator).defer("state").order_by("-ended_at", "-pk")[:SIMILAR])
    others = ended.exclude(initiator=run.initiator).defer("state").order_by("-ended_at", "-pk")
    return [*own, *others[: SIMILAR - len(own)]]


def choices_for(run: FlowRun, task: FlowTask | None, user: User) -> dict[str, Any]:
    """Return what somebody can do: with their task, and with the run as who asked."""
    state = run.current
    found: dict[str, Any] = {"task": task}
    is_asker = run.initiator_id == user.pk and run.status == InstanceStatus.RUNNING and run.parent_id is None
    found["may_urge"] = is_asker and START not in state.live
    is_open = run.flow_version.flow.may_withdraw and not was_decided(state.live, state.tasks)
    found["may_withdraw"] = is_asker and is_open
    if task is None:
        found["may_take_back"] = [
            each
            for each in run.tasks.filter(person=user, status=TaskStatus.APPROVED, kind=TaskKind.NORMAL)
            if run.status == InstanceStatus.RUNNING and run.flow_version.flow.may_take_back
        ][-1:]
        return found
    found["is_start"] = task.kind == TaskKind.START
    step = run.flow_version.flow.places[task.node].node if task.node != START else None
    if isinstance(step, Step):
        may_return = step.may_return and task.kind != TaskKind.DELEGATED
        keys = returnable(run.flow_version.flow, state, step.key) if may_return else []
        titles = {key: place.node.title for key, place in run.flow_version.flow.places.items()}
        found |= {
            "step": step,
            "change_url": run.subject.step_url(step) if isinstance(run.subject, ChangesAtSteps) else "",
            "is_handling": step.kind == "handle",
            "is_delegated": task.kind == TaskKind.DELEGATED,
            "back_to": [(key, titles.get(key) or _t("Who asked")) for key in keys],
            "added": run.tasks.filter(status__in=(TaskStatus.PENDING, TaskStatus.WAITING), kind=TaskKind.ADDED),
        }
    return found


def waiting_hours(task: FlowTask) -> int:
    """Whole hours since a task was opened."""
    return int((timezone.now() - task.opened_at).total_seconds() // 3600)
