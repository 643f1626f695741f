"""Pages of opportunities and of what steers them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import F, Sum
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.customers.forms import AssignForm, FollowUpForm
from crm.customers.pages import LAST_CONTACT, NEXT_CONTACT
from crm.customers.services import record_follow_up
from crm.pipeline import services
from crm.pipeline.choices import ConditionKind, OpportunityStatus
from crm.pipeline.conditions import words_of
from crm.pipeline.forms import LoseForm, OpportunityForm, StageForm, WinForm
from crm.pipeline.importing import import_opportunities
from crm.pipeline.models import LostReason, Opportunity, OpportunityLine, Pipeline, Stage, StageCondition
from suite.pages.actions import Action
from suite.pages.columns import Column, big_money, money
from suite.pages.filters import BoolFilter, derive_filterset
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
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
    filters = ("pipeline", "is_active")
    fields = ("pipeline", "position", "name", "win_percent", "is_active")
    summary = ("pipeline", "position", "win_percent", "is_active")
    panels = (
        Children(
            "conditions",
            Column("words", label=_("Before it can be left"), render=lambda row: words_of(row), sort=""),
            "is_active",
            title=_("Conditions for going on"),
            note=_("Asked on every way forward and on winning; going back is free."),
            link=True,
            create_label=_("New condition"),
        ),
    )
    permissions: ClassVar[Mapping[str, Any]] = {"calibrate": _("Take over win rates from history")}
    ordering = "position"
    is_small = True
    has_activity = False


@register
class StageConditionPages(PageSet):
    """What an opportunity must have before it leaves a stage."""

    model = StageCondition
    icon = "list-check"
    description = _("What must be known or done before an opportunity goes on from a stage.")
    columns = (
        Column("stage", sort="stage__position", phone="p-full"),
        Column("kind", phone="p-start"),
        "field",
        Column(
            "amount", render=lambda row: money(row.amount) if row.kind == ConditionKind.AMOUNT else "—", align="num"
        ),
        Column("days", render=lambda row: row.days if row.kind == ConditionKind.FOLLOW_UP else "—", align="num"),
        Column("is_active", phone="p-end"),
    )
    filters = ("stage", "kind", "is_active")
    fields = ("stage", "kind", "field", "amount", "days", "is_active")
    summary = (
        "stage",
        "kind",
        Column("words", label=_("Before it can be left"), render=words_of, sort=""),
        "is_active",
    )
    ordering = "pk"
    is_small = True
    has_activity = False
    list_select = ("stage",)


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


OPPORTUNITY_FILTERS = (
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


class OpportunityFilterSet(derive_filterset(Opportunity, OPPORTUNITY_FILTERS)):  # type: ignore[misc]
    """Filters of opportunities: also those without an expected close."""

    is_undated = BoolFilter(label=_("Without expected close"), field_name="expected_close_date", lookup_expr="isnull")


def asks_first(opportunity: Opportunity, lane: str) -> str:
    """What is won needs a reason."""
    return "win" if lane == OpportunityStatus.WON else ""


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
    filterset = OpportunityFilterSet
    ordering = "-created_at"
    views = (
        View(_("Mine"), "owner=me"),
        View(_("Open"), "status=OPEN"),
    )
    totals = ("amount",)
    summary = (
        "customer",
        "contact",
        "decision_maker",
        "stage",
        Column("amount"),
        "expected_close_date",
        "owner",
        LAST_CONTACT,
        NEXT_CONTACT,
    )
    panels = (
        Children(
            "lines",
            "item",
            "description",
            "quantity",
            "unit",
            "unit_price",
            "discount_percent",
            "amount",
            title=_("Products"),
        ),
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
        (
            _("Opportunity"),
            (
                "name",
                "customer",
                "contact",
                "decision_maker",
                "stage",
                "amount",
                "amount_from_lines",
                "expected_close_date",
            ),
        ),
        (_("More"), ("source", "owner", "next_step", "next_contact_at", "note")),
    )
    form = OpportunityForm
    lines = Lines(
        OpportunityLine,
        "lines",
        ("item", "description", "quantity", "unit", "unit_price", "discount_percent"),
        title=_("Products"),
        minimum=0,
        fills=("description", "unit", "unit_price"),
        has_totals=True,
    )
    import_fields = (
        "customer",
        "name",
        "stage",
        "amount",
        "expected_close_date",
        "source",
        "owner",
        "next_step",
        "next_contact_at",
        "note",
    )
    import_key = "customer name"
    import_service = import_opportunities
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
        needs=asks_first,
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
        Action(
            services.change_stage,
            _("Move to a stage"),
            "change",
            icon="arrow-right",
            form=StageForm,
            states=OPEN,
            bulk=True,
            name="stage",
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
