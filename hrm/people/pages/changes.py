"""Pages of dated places and of personnel changes."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.locks import lock_managers
from hrm.people import changes
from hrm.people.choices import ChangeStatus
from hrm.people.forms import ChangeForm
from hrm.people.models import Assignment, PersonnelChange
from hrm.people.preview import preview_of
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes
from suite.pages.registry import register, tab

DRAFT, SUBMITTED, APPROVED = ChangeStatus.DRAFT, ChangeStatus.SUBMITTED, ChangeStatus.APPROVED


def why_not_due(change: PersonnelChange, user: Any) -> Any:
    """Why an approved change cannot come into force now, empty when it can."""
    return "" if change.effective_on <= timezone.localdate() else _("Its day has not come.")


@register
class AssignmentPages(PageSet):
    """Where people stood when; written by the changes themselves."""

    model = Assignment
    icon = "timeline"
    description = _("Where everybody stood when: company, department, position and manager by date.")
    columns = (
        "employee",
        Column("department", phone="p-start"),
        "position",
        "manager",
        "valid_from",
        "valid_to",
        Column("kind", phone="p-end"),
    )
    optional_columns = ("company", "reason")
    filters = ("employee", "department", "position", "manager", "kind", "valid_from", "valid_to", "company")
    ordering = "-valid_from"
    summary = ("employee", "department", "position", "manager", "valid_from", "valid_to")
    panels = (Attributes("company", "kind", "reason"),)
    operations = frozenset()
    has_activity = False


@register
class PersonnelChangePages(PageSet):
    """Confirmations, transfers, promotions, demotions and leaving."""

    model = PersonnelChange
    icon = "arrows-exchange"
    description = _("Confirmation, transfer, promotion, demotion and leaving: approved, and in force on their day.")
    columns = (
        "number",
        Column("employee", phone="p-start"),
        "kind",
        "status",
        Column("effective_on", phone="p-end"),
        "department",
        "position",
        "reason",
    )
    optional_columns = ("manager", "from_department", "from_position", "company", "owner", "created_at", "refusal")
    filters = ("status", "kind", "employee", "effective_on", "department", "company", "owner")
    ordering = "-created_at"
    views = (
        View(_("In approval"), "status=SUBMITTED", is_hot=True),
        View(_("To come into force"), "status=APPROVED"),
        View(_("Mine"), "owner=me"),
    )
    summary = ("employee", "kind", "effective_on", "reason", "owner")
    panels = (
        Attributes("from_department", "from_position", "from_manager", title=pgettext_lazy("personnel", "From")),
        Attributes("department", "position", "manager", "successor", "refusal", title=pgettext_lazy("personnel", "To")),
    )
    form = ChangeForm
    fields = (
        (_("Personnel change"), ("employee", "kind", "effective_on", "reason")),
        (_("New place"), ("department", "position", "manager")),
        (_("When somebody leaves"), ("successor",)),
    )
    create_service = changes.create_change
    update_service = changes.update_change
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    list_select = ("employee",)
    actions = (
        Action(
            changes.submit_change, _("Submit"), "change", icon="send", states={DRAFT}, primary_in={DRAFT}, bulk=True
        ),
        Action(
            changes.approve_change,
            _("Approve"),
            "approve",
            icon="check",
            states={SUBMITTED},
            primary_in={SUBMITTED},
            bulk=True,
        ),
        Action(
            changes.apply_change,
            _("Bring into force"),
            "approve",
            icon="player-play",
            states={APPROVED},
            primary_in={APPROVED},
            refusal=why_not_due,
        ),
        Action(changes.reject_change, _("Reject"), "approve", icon="x", form=ReasonForm, states={SUBMITTED}),
        Action(changes.reopen_change, _("Back to draft"), "change", icon="pencil", states={ChangeStatus.REJECTED}),
        Action(
            changes.cancel_change,
            _("Cancel the change"),
            "change",
            icon="ban",
            form=ReasonForm,
            states={DRAFT, SUBMITTED, APPROVED},
            is_danger=True,
        ),
    )
    is_searchable = True

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # As services do: who manages whom before the change.
        lock_managers()
        return super().locked(queryset)

    def heading(self, obj: PersonnelChange) -> tuple[Any, Any]:
        return obj.number, f"{obj.employee} · {obj.get_kind_display()}"

    def hit(self, obj: PersonnelChange) -> tuple[Any, Any, Any]:
        return f"{obj.employee} · {obj.get_kind_display()}", obj.number, badge(obj.get_status_display(), obj.tone)

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("employee")


@tab(PersonnelChange, title=_("Preview"), permission="hrm.view_personnelchange")
def preview(request: HttpRequest, change: PersonnelChange) -> tuple[str, dict[str, Any]]:
    """What the change does to the person's place, to what they see, and to whom they lead."""
    return "hrm/people/preview_tab.html", {"preview": preview_of(change, today=timezone.localdate())}
