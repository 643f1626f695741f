"""Pages of handovers."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.handover import services
from hrm.handover.choices import HandoverStatus
from hrm.handover.forms import OpenForm, SuccessorsForm
from hrm.handover.models import Handover, HandoverLine
from hrm.org.choices import ACTIVE_STATUSES, EmployeeStatus
from hrm.org.models import Employee
from suite.jobs.choices import TONES
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Children
from suite.pages.registry import add_action, register

OPEN, RUNNING, DONE = HandoverStatus.OPEN, HandoverStatus.RUNNING, HandoverStatus.DONE


def job_state(handover: Handover) -> Any:
    """How the job stands, with the way to it."""
    if handover.job is None:
        return ""
    state = badge(handover.job.get_status_display(), TONES[handover.job.status])
    return format_html('<a href="{}">{}</a>', handover.job.get_absolute_url(), state)


def why_not_ended(handover: Any, user: Any) -> str:
    """Why the person cannot leave now."""
    if handover.employee.status == EmployeeStatus.LEFT:
        return _t("%(person)s has left already.") % {"person": handover.employee}
    if handover.leave_on > timezone.localdate():
        return _t("The last day is %(day)s.") % {"day": handover.leave_on}
    return ""


def why_not_resumed(handover: Any, user: Any) -> str:
    """Why a handover is not taken back into preparation."""
    return "" if handover.job is None or handover.job.is_finished else _t("Its job is still running.")


def _sum_of(name: str) -> Coalesce:
    lines = HandoverLine.objects.filter(handover=OuterRef("pk")).order_by().values("handover")
    return Coalesce(Subquery(lines.annotate(total=Sum(name)).values("total")), 0)


LEFT = Column("things_left", label=_("Left"), align="num")
FOUND = Column("things_found", label=_("There were"), align="num", phone="p-start")


@register
class HandoverPages(PageSet):
    """Handovers."""

    model = Handover
    icon = "arrows-exchange"
    description = _("Everything that somebody who leaves is responsible for goes to others, in every system at once.")
    columns = (
        Column("employee", sort="employee__name"),
        "status",
        Column("successor", sort="successor__name", phone="p-full"),
        "leave_on",
        FOUND,
        LEFT,
        Column("handed_over_at", phone="p-end"),
    )
    filters = ("status", "employee", "successor", "leave_on")
    ordering = "-pk"
    views = (View(_("In preparation"), "status=OPEN"), View(_("Handed over"), "status=DONE"))
    list_select = ("job",)
    summary = ("employee", "successor", "leave_on", "handed_over_at", Column("job", render=job_state, sort=""))
    panels = (
        Children(
            "lines",
            Column("title", label=_("What")),
            Column("found", phone="p-start"),
            "given",
            Column("left", phone="p-end"),
            "successor",
            title=_("What is handed over"),
        ),
    )
    fields = ("employee", "successor", "leave_on")
    create_service = services.open_handover
    operations = frozenset({"add"})
    actions = (
        Action(
            services.request_handover,
            _("Hand over now"),
            "change",
            icon="arrows-exchange",
            states={OPEN},
            primary_in={OPEN},
            name="hand-over",
            confirm=_("Give everything to the successors now? It is one step and cannot be taken back."),
        ),
        Action(
            services.update_handover,
            _("Who takes what"),
            "change",
            icon="users",
            form=SuccessorsForm,
            states={OPEN},
            name="successors",
        ),
        Action(services.recount_handover, _("Count again"), "change", icon="refresh", states={OPEN}),
        Action(
            services.end_handed_over,
            _("End employment"),
            "change",
            icon="logout",
            states={DONE},
            primary_in={DONE},
            refusal=why_not_ended,
            confirm=_("Let this person leave? Nobody can sign in with their account any more."),
            is_danger=True,
        ),
        Action(
            services.resume_handover,
            _("Back to preparation"),
            "change",
            icon="arrow-back-up",
            states={RUNNING},
            refusal=why_not_resumed,
        ),
        Action(services.cancel_handover, _("Cancel"), "change", icon="ban", states={OPEN}, form=ReasonForm),
    )

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add how many things there were, and how many are left."""
        counted: QuerySet[Any] = queryset.annotate(things_found=_sum_of("found"), things_left=_sum_of("left"))
        return counted


add_action(
    Employee,
    Action(
        services.open_handover,
        _("Hand over"),
        "hand_over",
        icon="arrows-exchange",
        form=OpenForm,
        name="hand-over",
        states={*ACTIVE_STATUSES},
        opens_result=True,
    ),
)
