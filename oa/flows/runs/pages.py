"""Pages and API of runs and tasks; what people do every day stands in :mod:`oa.flows.views`."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oa.flows import acting
from oa.flows.choices import TaskStatus
from oa.flows.models import FlowRun, FlowTask
from oa.flows.presenting import progress
from suite.access.grants import model_permission
from suite.access.models import User
from suite.documents.approvables import approvables
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.forms import ActionForm, ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register, tab

TASK_TONES = {
    TaskStatus.PENDING: "wait",
    TaskStatus.APPROVED: "done",
    TaskStatus.AUTO: "done",
    TaskStatus.REJECTED: "late",
    TaskStatus.RETURNED: "late",
}


class CommentForm(ActionForm):
    """Asks for a comment that need not be given."""

    comment = forms.CharField(
        label=pgettext_lazy("approval", "Comment"), required=False, max_length=1000, widget=forms.Textarea
    )


class ToForm(ActionForm):
    """Asks who takes over."""

    to = forms.ModelChoiceField(User.objects.filter(is_active=True).order_by("full_name"), label=_("To"))


def run_badge(run: FlowRun) -> Any:
    """How a run stands."""
    return badge(run.get_status_display(), run.tone)


def task_badge(task: FlowTask) -> Any:
    """How a task stands."""
    return badge(task.get_status_display(), TASK_TONES.get(TaskStatus(task.status), "void"))


@register
class FlowRunPages(PageSet):
    """Runs of flows."""

    model = FlowRun
    slug = "flow-runs"
    icon = "timeline"
    description = _("Everything that was handed in for approval, and where it stands.")
    columns = (
        Column("title", phone="p-start"),
        "definition",
        "initiator",
        "department",
        Column("amount", phone="p-full"),
        Column("status", render=run_badge, phone="p-end"),
        "started_at",
        "ended_at",
    )
    optional_columns = ("company", "flow_version")
    filters = ("status", "definition", "department", "started_at")
    ordering = "-started_at"
    views = (View(pgettext_lazy("approval", "Running"), "status=RUNNING"),)
    summary = ("definition", "initiator", "department", "amount", "started_at", "ended_at")
    panels = (
        Attributes("subject_type", "flow_version", "company"),
        Children("tasks", "title", "person", Column("status", render=task_badge), "opened_at", "closed_at", "comment"),
    )
    actions = (Action(acting.void_run, _("Make void"), "void", icon="ban", form=ReasonForm, is_danger=True),)
    operations = frozenset()
    has_activity = False


@register
class FlowTaskPages(PageSet):
    """Tasks of flows."""

    model = FlowTask
    slug = "flow-tasks"
    icon = "checkup-list"
    description = _("What everybody has to decide or has decided.")
    columns = (
        Column("run", phone="p-start"),
        "title",
        "person",
        "stands_for",
        Column("status", render=task_badge, phone="p-end"),
        "opened_at",
        "due_at",
        "closed_at",
    )
    optional_columns = ("kind", "node", "round", "rule", "comment", "reminders")
    filters = ("status", "kind", "person", "run__definition", "opened_at")
    ordering = "-opened_at"
    views = (View(_("To decide"), "status=PENDING", is_hot=True),)
    summary = ("run", "title", "person", "opened_at", "due_at", "closed_at")
    panels = (Attributes("kind", "stands_for", "rule", "comment", "reminders"),)
    actions = (
        Action(acting.approve_task, _("Agree"), "approve", icon="check", form=CommentForm),
        Action(acting.reject_task, _("Refuse"), "approve", icon="x", form=ReasonForm),
        Action(acting.reassign_task, _("Give to somebody else"), "reassign", icon="users", form=ToForm),
    )
    operations = frozenset()
    has_activity = False


def _approval(request: HttpRequest, obj: Any) -> tuple[str, dict[str, Any]]:
    """Who decided about a document, and who has to."""
    kind = ContentType.objects.get_for_model(type(obj))
    runs = FlowRun.objects.filter(subject_type=kind, subject_id=obj.pk, parent__isnull=True)
    found = runs.select_related("definition", "flow_version").order_by("-started_at", "-pk")
    user: Any = request.user
    return "oa/flows/tab.html", {"runs": [(run, progress(run, user)) for run in found]}


for _each in approvables():
    tab(_each.model, title=_("Approval"), permission=model_permission(_each.model, "view"), code="approval", place=10)(
        _approval
    )
