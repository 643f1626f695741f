"""Pages of opportunities and of what steers them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.customers.forms import AssignForm, FollowUpForm
from crm.customers.pages import LAST_CONTACT, NEXT_CONTACT
from crm.customers.services import record_follow_up
from crm.pipeline import services
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.forms import LoseForm, OpportunityForm, WinForm
from crm.pipeline.models import LostReason, Opportunity, Pipeline, Stage
from suite.pages.actions import Action
from suite.pages.columns import Column, big_money
from suite.pages.forms import ReasonForm
from suite.pages.pageset import Kanban, PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register

OPEN = frozenset({OpportunityStatus.OPEN})
ENDED = frozenset({OpportunityStatus.WON, OpportunityStatus.LOST, OpportunityStatus.INVALID})


@register
class PipelinePages(PageSet):
    """Sales processes."""

    model = Pipeline
    icon = "route"
    columns = ("name", "code", "is_default", "is_active")
    fields = ("code", "name", "is_default", "is_active")
    panels = (Children("stages", "position", "name", "win_percent", link=True, create_label=_("New stage")),)
    ordering = "code"
    is_small = True
    has_activity = False


@register
class StagePages(PageSet):
    """Stages of a sales process."""

    model = Stage
    icon = "steps"
    columns = ("name", "pipeline", "position", "win_percent", "is_active")
    fields = ("pipeline", "position", "name", "win_percent", "is_active")
    ordering = "position"
    is_small = True
    has_activity = False


@register
class LostReasonPages(PageSet):
    """Why opportunities are lost."""

    model = LostReason
    icon = "mood-sad"
    columns = ("name", "code", "is_active")
    fields = ("code", "name", "is_active")
    ordering = "code"
    is_small = True
    has_activity = False


def lanes(user: Any) -> list[tuple[str, str, str, int]]:
    """Lanes of the board: the stages of the default pipeline."""
    stages = Stage.objects.filter(pipeline__is_default=True, is_active=True).order_by("position")
    won: list[tuple[str, str, str, int]] = [(OpportunityStatus.WON, _t("Won"), "done", 100)]
    return [(str(stage.pk), stage.name, "", stage.win_percent) for stage in stages] + won


def board_summary(user: Any, rows: Any) -> dict[str, Any]:
    """What stands below the title of the board."""
    open_rows = rows.filter(status=OpportunityStatus.OPEN).order_by()
    sums = open_rows.aggregate(total=Sum("amount"), weighted=Sum(F("amount") * F("stage__win_percent") / Decimal(100)))
    text = _t("%(number)d open, together %(total)s, weighted %(weighted)s") % {
        "number": open_rows.count(),
        "total": big_money(sums["total"] or Decimal(0)),
        "weighted": big_money(sums["weighted"] or Decimal(0)),
    }
    return {"text": text}


@register
class OpportunityPages(PageSet):
    """The sales pipeline."""

    model = Opportunity
    icon = "target-arrow"
    description = _("Chances to sell, from the first contact to won or lost.")
    columns = (
        "name",
        Column("customer", sort="customer__party__name", phone="p-full"),
        "stage",
        "status",
        Column("amount", phone="p-end"),
        "expected_close_date",
        Column("owner", phone="p-start"),
        LAST_CONTACT,
        NEXT_CONTACT,
    )
    optional_columns = ("number", "source", "next_step", "lost_reason", "ended_at", "created_at")
    filters = (
        "status",
        "stage",
        "owner",
        "customer",
        "source",
        "expected_close_date",
        "amount",
        "lost_reason",
        "ended_at",
        "created_at",
    )
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("Open"), "status=OPEN"),
    )
    totals = ("amount",)
    summary = (
        "customer",
        "contact",
        "stage",
        Column("amount"),
        "expected_close_date",
        "owner",
        LAST_CONTACT,
        NEXT_CONTACT,
    )
    panels = (
        Attributes("number", "source", "next_step", "note", "lost_reason", "end_reason", "ended_at", "stage_since"),
        Children(
            "quotations",
            "number",
            "document_date",
            "gross_total",
            "status",
            link=True,
            create_label=_("New quotation"),
        ),
        Children("contracts", "number", "document_date", "gross_total", "status", link=True),
        Children("follow_ups", "happened_at", "kind", "body", "owner", title=_("Follow-ups")),
    )
    fields = (
        (_("Opportunity"), ("name", "customer", "contact", "stage", "amount", "expected_close_date")),
        (_("More"), ("source", "owner", "next_step", "next_contact_at", "note")),
    )
    form = OpportunityForm
    create_service = services.create_opportunity
    update_service = services.update_opportunity
    operations = frozenset({"add", "change"})
    editable_states = OPEN
    bulk_fields = ("expected_close_date", "source")
    kanban = Kanban(
        lanes=lanes,
        lane_of="board_lane",
        move=services.move_opportunity,
        card="crm/_deal.html",
        amount="amount",
        summary=board_summary,
    )
    starts_as = "board"
    actions = (
        Action(services.win_opportunity, _("Won"), "change", icon="trophy", form=WinForm, states=OPEN),
        Action(
            record_follow_up,
            _("Record follow-up"),
            "change",
            icon="message-plus",
            form=FollowUpForm,
            name="follow-up",
            row_name="opportunity",
            primary_in=OPEN,
        ),
        Action(services.lose_opportunity, _("Lost"), "change", icon="mood-sad", form=LoseForm, states=OPEN),
        Action(
            services.invalidate_opportunity, _("Not an opportunity"), "change", icon="ban", form=ReasonForm, states=OPEN
        ),
        Action(
            services.reopen_opportunity, _("Take up again"), "change", icon="refresh", form=ReasonForm, states=ENDED
        ),
        Action(
            services.assign_opportunity,
            _("Give to a colleague"),
            "assign",
            icon="user-share",
            form=AssignForm,
            bulk=True,
        ),
    )
    is_searchable = True
    list_select = ("customer__party", "owner", "stage")

    def annotate(self, queryset: Any) -> Any:
        return queryset.annotate(board_lane=services.board_lane())

    def subtitle(self, obj: Opportunity) -> Any:
        return obj.number

    def heading(self, obj: Opportunity) -> tuple[Any, Any]:
        return obj.number, obj.name

    def amount(self, obj: Opportunity) -> tuple[Any, Any]:
        return f"¥{obj.amount:,.2f}", _t("Win rate %(percent)d%%") % {"percent": obj.stage.win_percent}

    def choices(self, queryset: Any, user: Any) -> Any:
        return super().choices(queryset, user).select_related("customer__party")

    def hit(self, obj: Opportunity) -> tuple[Any, Any, Any]:
        return obj.name, f"{obj.number} {obj.customer}", ""

    def initial(self, request: Any) -> dict[str, Any]:
        return {"stage": services.first_stage().pk, "owner": request.user.pk}
