"""Pages of reorganisations."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.reorg import services
from hrm.reorg.choices import ReorganisationStatus, StepKind
from hrm.reorg.forms import ReorganisationForm
from hrm.reorg.models import Reorganisation, ReorganisationStep
from hrm.reorg.preview import TreeCycleError
from hrm.reorg.selectors import scope_changes
from suite.pages.actions import Action
from suite.pages.columns import Column
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Children, Panel
from suite.pages.registry import register

DRAFT, APPROVING = ReorganisationStatus.DRAFT, ReorganisationStatus.APPROVING
APPROVED = ReorganisationStatus.APPROVED
PENDING: set[str] = {DRAFT, APPROVING, APPROVED}


class ScopePreview(Panel):
    """Whose data scope changes; once it is in force there is nothing to preview."""

    template = "hrm/reorg/preview_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        """Everybody who will see more or less than now."""
        if obj.status not in PENDING:
            return None
        try:
            return {"changes": scope_changes(obj), "is_possible": True, "failure": obj.failure}
        except TreeCycleError:
            return {"changes": [], "is_possible": False, "failure": obj.failure}


@register
class ReorganisationPages(PageSet):
    """Reorganisations."""

    model = Reorganisation
    icon = "hierarchy-3"
    description = _("Changes of the department tree, with their day and whose data scope they change.")
    columns = (
        "number",
        Column("title", phone="p-full"),
        "status",
        Column("effective_on", phone="p-start"),
        Column("owner", phone="p-end"),
    )
    optional_columns = ("company", "reason", "failure", "created_at")
    filters = ("status", "effective_on", "owner", "company")
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("In approval"), "status=APPROVING"),
        View(_("To come"), "status=APPROVED"),
    )
    summary = ("company", "effective_on", "owner", "reason")
    panels = (
        Children(
            "lines",
            "department",
            Column("kind", phone="p-end"),
            Column("parent", phone="p-start"),
            Column("head", phone="p-start"),
            "name",
            title=_("What happens"),
        ),
        ScopePreview(),
    )
    form = ReorganisationForm
    fields = ((_("What and when"), ("title", "effective_on", "owner", "reason")),)
    lines = Lines(
        ReorganisationStep,
        "lines",
        ("department", "kind", "parent", "head", "name"),
        title=_("What happens"),
        has_totals=False,
    )
    create_service = services.create_reorganisation
    update_service = services.update_reorganisation
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    actions = (
        Action(
            services.submit_reorganisation,
            _("Submit"),
            "submit",
            icon="send",
            states={DRAFT},
            primary_in={DRAFT},
        ),
        Action(
            services.approve_reorganisation,
            _("Approve"),
            "approve",
            icon="check",
            states={APPROVING},
            primary_in={APPROVING},
        ),
        Action(
            services.apply_reorganisation,
            _("Bring into force"),
            "approve",
            icon="player-play",
            states={APPROVED},
            primary_in={APPROVED},
        ),
        Action(
            services.reject_reorganisation,
            _("Send back"),
            "approve",
            icon="arrow-back-up",
            form=ReasonForm,
            states={APPROVING},
        ),
        Action(
            services.cancel_reorganisation,
            _("Cancel"),
            "cancel",
            icon="ban",
            form=ReasonForm,
            states=PENDING,
            is_danger=True,
        ),
    )
    is_searchable = True

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the departments of the company first.
        return queryset

    def initial(self, request: Any) -> dict[str, Any]:
        """Today, and whoever plans it."""
        return {"effective_on": timezone.localdate(), "owner": request.user.pk}

    def line_initial(self, request: Any) -> list[dict[str, Any]]:
        """The department that was dropped on another one in the chart."""
        department, parent = (request.GET.get(name, "") for name in ("department", "parent"))
        if not department.isdecimal():
            return []
        return [{"department": department, "kind": StepKind.MOVE, "parent": parent}]

    def heading(self, obj: Reorganisation) -> tuple[Any, Any]:
        """Number and title."""
        return obj.number, obj.title
