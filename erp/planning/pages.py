"""Pages of planning: what to buy, what is wrong with stock, and how important items are."""

from __future__ import annotations

from typing import Any

from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.inventory.pages import StockFilterSet, StockRowPages
from erp.masterdata.pages import ITEM, SPEC
from erp.planning import services
from erp.planning.choices import AlertKind, Cause, SuggestionStatus
from erp.planning.forms import DismissForm, PlanningRuleForm
from erp.planning.models import ItemClass, PlanningRule, ReplenishmentRun, ReplenishmentSuggestion, StockAlert
from erp.planning.reasons import parts_of, reason_of, rounded, trigger_of
from suite.jobs.choices import TONES
from suite.masters.selectors import default_company
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.filters import derive_filter
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children, Panel
from suite.pages.registry import register

OPEN = SuggestionStatus.OPEN
CAUSE_TONES = {Cause.SHORTAGE: "late", Cause.MINIMUM: "wait", Cause.REORDER: "go"}
KIND_TONES = {
    AlertKind.SHORTAGE: "late",
    AlertKind.BELOW_MINIMUM: "late",
    AlertKind.EXPIRY: "wait",
    AlertKind.SLOW: "hold",
    AlertKind.OVERSTOCK: "hold",
}
EDITED = ("quantity", "supplier", "needed_on")


def cause_badge(row: ReplenishmentSuggestion) -> Any:
    """Why a suggestion was made, as a badge."""
    return badge(row.get_cause_display(), CAUSE_TONES[Cause(row.cause)])


def kind_badge(row: StockAlert) -> Any:
    """What is wrong, as a badge."""
    return badge(row.get_kind_display(), KIND_TONES[AlertKind(row.kind)])


def job_state(run: ReplenishmentRun) -> Any:
    """How a run stands, with the way to its job."""
    if run.job is None:
        return badge(_t("Finished"), "done") if run.finished_at else badge(_t("Running"), "go")
    state = badge(run.job.get_status_display(), TONES[run.job.status])
    return format_html('<a href="{}">{}</a>', run.job.get_absolute_url(), state)


class Reasons(Panel):
    """Why something is suggested, part by part."""

    template = "erp/planning/reasons_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        """The parts of the reason."""
        return {"parts": list(parts_of(obj))}


REORDER_AT = Column("reorder_at", render=lambda row: rounded(row.reorder_at))
EXPECTED = Column("expected", render=lambda row: rounded(row.expected))
SAFETY = Column("safety", render=lambda row: rounded(row.safety))
ERROR = Column("error", render=lambda row: rounded(row.error))
NAIVE_ERROR = Column("naive_error", render=lambda row: rounded(row.naive_error))
CAUSE = Column("cause", render=cause_badge)
KIND = Column("kind", render=kind_badge, phone="p-end")
UNIT = Column("item__base_unit", label=_("Unit"))
STATE = Column("job", label=_("State"), render=job_state, sort="", phone="p-end")


class SuggestionFilterSet(StockFilterSet):
    """Suggestions by where, what, from whom and why."""

    status = derive_filter(ReplenishmentSuggestion, "status")
    cause = derive_filter(ReplenishmentSuggestion, "cause")
    warehouse = derive_filter(ReplenishmentSuggestion, "warehouse")
    item = derive_filter(ReplenishmentSuggestion, "item")
    supplier = derive_filter(ReplenishmentSuggestion, "supplier")
    abc = derive_filter(ReplenishmentSuggestion, "abc")
    xyz = derive_filter(ReplenishmentSuggestion, "xyz")
    needed_on = derive_filter(ReplenishmentSuggestion, "needed_on")
    is_edited = derive_filter(ReplenishmentSuggestion, "is_edited")
    run = derive_filter(ReplenishmentSuggestion, "run")

    class Meta:
        model = ReplenishmentSuggestion
        fields: tuple[str, ...] = ()


class AlertFilterSet(StockFilterSet):
    """Alerts by what is wrong, where, and for how long."""

    kind = derive_filter(StockAlert, "kind")
    warehouse = derive_filter(StockAlert, "warehouse")
    item = derive_filter(StockAlert, "item")
    lot = derive_filter(StockAlert, "lot")
    age = derive_filter(StockAlert, "age")
    due_on = derive_filter(StockAlert, "due_on")
    since = derive_filter(StockAlert, "since")
    company = derive_filter(StockAlert, "company")

    class Meta:
        model = StockAlert
        fields: tuple[str, ...] = ()


class ItemClassFilterSet(StockFilterSet):
    """Classes by letter and item."""

    abc = derive_filter(ItemClass, "abc")
    xyz = derive_filter(ItemClass, "xyz")
    item = derive_filter(ItemClass, "item")
    company = derive_filter(ItemClass, "company")

    class Meta:
        model = ItemClass
        fields: tuple[str, ...] = ()


@register
class ReplenishmentSuggestionPages(StockRowPages):
    """What should be bought."""

    model = ReplenishmentSuggestion
    slug = "replenishment"
    icon = "shopping-cart-plus"
    description = _("What should be bought, how much and why; a replenishment run fills it every night.")
    columns = (
        ITEM,
        Column("warehouse", phone="p-start"),
        CAUSE,
        Column("why", label=_("Explanation"), render=trigger_of, value=reason_of, sort="", phone="p-full"),
        Column("quantity", phone="p-end"),
        UNIT,
        Column("supplier", sort="supplier__name"),
        "needed_on",
        "abc",
        "status",
    )
    optional_columns = (
        "xyz",
        "item__spec",
        "item__category",
        "position",
        REORDER_AT,
        "free",
        "on_order",
        "demand",
        "minimum",
        "maximum",
        EXPECTED,
        SAFETY,
        "lead_time_days",
        "method",
        ERROR,
        NAIVE_ERROR,
        "suggested_quantity",
        "is_edited",
        "request",
        "run",
    )
    filterset = SuggestionFilterSet
    ordering = "needed_on"
    views = (
        View(SuggestionStatus.OPEN.label, "status=OPEN"),
        View(Cause.SHORTAGE.label, "status=OPEN&cause=SHORTAGE", is_hot=True),
        View(_("A items"), "status=OPEN&abc=A"),
        View(SuggestionStatus.ACCEPTED.label, "status=ACCEPTED"),
        View(SuggestionStatus.DISMISSED.label, "status=DISMISSED"),
    )
    summary = ("warehouse", CAUSE, "quantity", "supplier", "needed_on", "request")
    panels = (
        Reasons(),
        Attributes(
            "free",
            "on_order",
            "demand",
            "position",
            "minimum",
            "maximum",
            REORDER_AT,
            Column("level", render=lambda row: rounded(row.level)),
            title=_("Stock"),
        ),
        Attributes(
            "method",
            "periods",
            ERROR,
            NAIVE_ERROR,
            EXPECTED,
            SAFETY,
            "service_level",
            "lead_time_days",
            "review_days",
            "abc",
            "xyz",
            title=_("Forecast"),
        ),
        Attributes("suggested_quantity", "is_edited", "dismissal", "quiet_until", "run", title=_("Decision")),
    )
    fields = EDITED
    bulk_fields = EDITED
    operations = frozenset({"change"})
    editable_states = frozenset({OPEN})
    actions = (
        Action(
            services.accept_suggestion,
            _("Create requisition"),
            "accept",
            icon="clipboard-plus",
            states={OPEN},
            primary_in={OPEN},
            bulk=True,
            batch=services.accept_suggestions,
            opens_result=True,
        ),
        Action(
            services.dismiss_suggestion,
            _("Dismiss"),
            "accept",
            icon="x",
            form=DismissForm,
            states={OPEN},
            bulk=True,
        ),
    )
    list_select = ("item", "item__base_unit")


@register
class ReplenishmentRunPages(PageSet):
    """Calculations of what to buy."""

    model = ReplenishmentRun
    icon = "calculator"
    description = _("Each calculation of what to buy. It runs every night, or start one now.")
    columns = (
        Column("started_at", label=_("Started"), render=str, phone="p-start"),
        "company",
        "warehouse",
        "owner",
        STATE,
        "item_count",
        "suggestion_count",
    )
    filters = ("company", "warehouse", "started_at")
    ordering = "-started_at"
    summary = ("company", "warehouse", "owner", STATE, "item_count", "suggestion_count")
    panels = (
        Children("suggestions", "item", "warehouse", CAUSE, "quantity", "supplier", "needed_on", "status", link=True),
    )
    fields = ("company", "warehouse")
    create_service = services.start_run
    operations = frozenset({"add"})
    has_activity = False
    list_select = ("job",)

    def initial(self, request: Any) -> dict[str, Any]:
        return {"company": default_company().pk}

    def heading(self, obj: ReplenishmentRun) -> tuple[Any, Any]:
        return str(obj), str(obj.warehouse or obj.company)


@register
class StockAlertPages(StockRowPages):
    """What is wrong with stock."""

    model = StockAlert
    icon = "alert-triangle"
    description = _("Stock that is missing, runs out, expires, does not move or is too much; looked for every night.")
    columns = (
        ITEM,
        SPEC,
        KIND,
        Column("warehouse", phone="p-start"),
        "lot",
        Column("quantity", phone="p-end"),
        UNIT,
        "amount",
        "age",
        "due_on",
        "since",
    )
    optional_columns = ("item__category", "company", "seen_at")
    filterset = AlertFilterSet
    ordering = "-since"
    views = tuple(View(kind.label, f"kind={kind.value}", is_hot=kind == AlertKind.SHORTAGE) for kind in AlertKind)
    totals = ("amount",)
    summary = (KIND, "warehouse", "lot", "quantity", UNIT, "amount", "age", "due_on", "since", "seen_at")
    operations = frozenset()
    list_select = ("item", "item__base_unit")
    has_activity = False


@register
class ItemClassPages(StockRowPages):
    """How important and how steady items are."""

    model = ItemClass
    icon = "abc"
    description = _("How much of the consumption each item makes up (A, B, C) and how steady it is (X, Y, Z).")
    columns = (
        ITEM,
        SPEC,
        Column("abc", phone="p-end"),
        Column("xyz", phone="p-end"),
        "quantity",
        UNIT,
        "amount",
        "classed_at",
    )
    optional_columns = ("item__category", "company")
    filterset = ItemClassFilterSet
    ordering = "item__code"
    views = tuple(View(pair, f"abc={pair[0]}&xyz={pair[1]}") for pair in ("AX", "AZ", "CZ"))
    summary = ("abc", "xyz", "quantity", UNIT, "amount", "company", "classed_at")
    operations = frozenset()
    list_select = ("item", "item__base_unit")
    has_activity = False


@register
class PlanningRulePages(PageSet):
    """How stock is planned and watched."""

    model = PlanningRule
    icon = "adjustments"
    description = _("For each company: when to warn of stock, how often to order, and whom to tell.")
    columns = ("company", "review_days", "expiry_days", "slow_days", "overstock_months", "role")
    filters = ("company",)
    ordering = "company__code"
    summary = ("company", "role")
    panels = (Attributes("review_days", "expiry_days", "slow_days", "overstock_months"),)
    form = PlanningRuleForm
    fields = (
        (_("Company"), ("company",)),
        (_("Replenishment"), ("review_days",)),
        (_("Stock alerts"), ("expiry_days", "slow_days", "overstock_months", "role")),
    )
    operations = frozenset({"add", "change"})
    actions = (
        Action(
            services.look_for_alerts,
            _("Look for alerts now"),
            "refresh",
            icon="refresh",
            name="refresh-alerts",
            opens_result=True,
        ),
    )

    def initial(self, request: Any) -> dict[str, Any]:
        return {"company": default_company().pk}
