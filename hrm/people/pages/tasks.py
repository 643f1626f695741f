"""Pages of what is to be done for joiners and leavers."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.people import checklists
from hrm.people.choices import TaskStatus
from hrm.people.filters import TaskFilterSet
from hrm.people.forms import GiveForm, TaskForm
from hrm.people.models import StaffTask, TaskTemplate
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes
from suite.pages.registry import register

OPEN = frozenset({TaskStatus.OPEN})


@register
class TaskTemplatePages(PageSet):
    """What is done for everybody who joins or leaves."""

    model = TaskTemplate
    icon = "list-check"
    description = _("What is done for everybody who joins or leaves, by whom and when.")
    columns = ("title", "occasion", "doer", "role", "days", "department", "position", "is_active")
    optional_columns = ("note", "sort_order")
    filters = ("occasion", "doer", "department", "position", "is_active")
    ordering = "sort_order"
    fields = (
        (_("Task"), ("occasion", "title", "note", "days", "sort_order", "is_active")),
        (_("Done by"), ("doer", "role")),
        (_("For whom"), ("department", "position")),
    )
    panels = (Attributes("occasion", "doer", "role", "days", "department", "position", "note", "is_active"),)
    has_activity = False


@register
class StaffTaskPages(PageSet):
    """What is to be done for one person who joins or leaves."""

    model = StaffTask
    icon = "checklist"
    description = _("What is to be done for people who join or leave.")
    columns = (
        "title",
        Column("employee", phone="p-start"),
        "occasion",
        "status",
        "doer",
        "assignee",
        Column("due_on", phone="p-end"),
    )
    optional_columns = ("role", "note", "done_on")
    filterset = TaskFilterSet
    ordering = "due_on"
    views = (
        View(_("Mine"), "assignee=me&status=OPEN"),
        View(_("Overdue"), "is_late=true", is_hot=True),
        View(_("For HR"), "doer=HR&status=OPEN"),
        View(_("For IT"), "doer=IT&status=OPEN"),
    )
    summary = ("employee", "occasion", "due_on", "doer", "assignee", "done_on")
    panels = (Attributes("note", "role"),)
    form = TaskForm
    fields = ("employee", "occasion", "title", "note", "due_on", "doer", "assignee")
    create_service = checklists.create_task
    update_service = checklists.update_task
    operations = frozenset({"add", "change"})
    editable_states = OPEN
    list_select = ("employee", "assignee")
    actions = (
        Action(
            checklists.complete_task,
            _("Done"),
            "complete",
            icon="check",
            states=OPEN,
            primary_in=OPEN,
            bulk=True,
        ),
        Action(checklists.give_task, _("Give to a colleague"), "change", icon="user-share", form=GiveForm, states=OPEN),
        Action(checklists.skip_task, _("Not needed"), "change", icon="ban", form=ReasonForm, states=OPEN),
        Action(
            checklists.reopen_task,
            _("Take up again"),
            "complete",
            icon="refresh",
            states={TaskStatus.DONE, TaskStatus.CANCELLED},
        ),
    )
    is_searchable = True

    def badges(self, obj: StaffTask) -> list[Any]:
        is_late = obj.status == TaskStatus.OPEN and obj.due_on < timezone.localdate()
        return [badge(_t("Overdue"), "late")] if is_late else []

    def heading(self, obj: StaffTask) -> tuple[Any, Any]:
        return obj.employee, obj.title
