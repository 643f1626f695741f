"""Pages of performance."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from hrm.talent.kpi import services, sheets
from hrm.talent.kpi.choices import UNSCORED, PlanStatus, SheetStatus
from hrm.talent.kpi.forms import (
    AssessForm,
    CalibrateForm,
    KpiIndicatorForm,
    PeopleForm,
    ScoreForm,
    goal_text,
)
from hrm.talent.kpi.models import GradeRule, KpiIndicator, KpiPlan, KpiPlanLine, KpiSheet, KpiSheetLine
from hrm.talent.kpi.selectors import distribution, with_progress
from suite.jobs.choices import TONES
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, quantity
from suite.pages.forms import ReasonForm
from suite.pages.lines import Lines
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children, Panel
from suite.pages.registry import register

DRAFT, OPEN, SCORING = PlanStatus.DRAFT, PlanStatus.OPEN, PlanStatus.SCORING
CALIBRATING = PlanStatus.CALIBRATING
GRADE_TONES = {"A": "done", "B": "go", "C": "wait", "D": "late"}


def grade_badge(sheet: Any) -> Any:
    """The grade, with an arrow where calibration changed it."""
    if not sheet.grade:
        return ""
    shown = badge(sheet.get_grade_display(), GRADE_TONES.get(sheet.grade, ""))
    if sheet.grade == sheet.proposed:
        return shown
    return format_html('<span class="t-2">{} →</span> {}', sheet.proposed, shown)


def goal_of(line: Any) -> SafeString:
    """What was agreed for a line."""
    return format_html('<span class="text-nowrap">{}</span>', goal_text(line))


def reached(line: Any) -> Any:
    """The actual figure, and how far it reached the goal."""
    if line.actual is None:
        return ""
    return f"{quantity(line.actual)} {line.indicator.unit} ({line.achieved} %)"


def job_state(plan: KpiPlan) -> Any:
    """How the job stands that fetches figures, with the way to it."""
    if plan.job is None:
        return ""
    state = badge(plan.job.get_status_display(), TONES[plan.job.status])
    return format_html('<a href="{}">{}</a>', plan.job.get_absolute_url(), state)


class Distribution(Panel):
    """How many people have each grade, and how many may."""

    template = "hrm/talent/distribution_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        """Nothing before people are scored, and nothing for those who do not see everybody's grade."""
        if obj.status not in {SCORING, CALIBRATING, PlanStatus.CLOSED} or not pageset.may(user, "run"):
            return None
        return {"grades": [(each, quantity(each.coefficient)) for each in distribution(obj)]}


GOALS = (
    "indicator",
    Column("weight", phone="p-end"),
    Column("target", render=goal_of, align="text-nowrap", phone="p-full", label=_("goal")),
)


@register
class KpiIndicatorPages(PageSet):
    """What performance is measured by."""

    model = KpiIndicator
    icon = "target-arrow"
    description = _("What performance is measured by, with the usual targets and weights.")
    columns = (
        "code",
        Column("name", phone="p-full"),
        "direction",
        Column("target", render=goal_of, sort="", label=_("goal"), phone="p-start"),
        Column("weight", phone="p-end"),
        "is_active",
    )
    optional_columns = ("unit", "metric", "description")
    filters = ("direction", "is_active", "metric")
    ordering = "code"
    form = KpiIndicatorForm
    fields = (
        "code",
        "name",
        "unit",
        "direction",
        (_("Usual goal"), ("target", "target_to", "weight")),
        (_("Where the figure comes from"), ("metric", "description")),
        "is_active",
    )
    summary = ("code", "direction", Column("target", render=goal_of, label=_("goal")), "weight", "metric", "is_active")
    panels = (Attributes("description"),)
    bulk_fields = ("is_active",)
    import_fields = ("code", "name", "unit", "direction", "target", "target_to", "weight", "description")
    import_key = "code"
    is_searchable = True

    def lookup_data(self, obj: Any) -> dict[str, Any]:
        """The usual goal, for the lines of an appraisal."""
        return {"weight": obj.weight, "target": obj.target, "target_to": obj.target_to}


@register
class GradeRulePages(PageSet):
    """Grades."""

    model = GradeRule
    icon = "stairs-up"
    description = _("From which score a grade is given, to how many people, and what it makes of the bonus.")
    columns = (
        "grade",
        Column("company", phone="p-full"),
        Column("minimum_score", phone="p-start"),
        "at_least",
        "at_most",
        Column("coefficient", phone="p-end"),
    )
    filters = ("company", "grade")
    ordering = "grade"
    fields = (
        "company",
        "grade",
        "minimum_score",
        "coefficient",
        (_("Distribution"), ("at_least", "at_most")),
    )
    summary = ("company", "minimum_score", "coefficient", "at_least", "at_most")
    is_small = True


@register
class KpiPlanPages(PageSet):
    """Appraisals."""

    model = KpiPlan
    slug = "appraisals"
    icon = "clipboard-list"
    description = _("Who is appraised for a period, and by what, from the goals to the final grades.")
    columns = (
        "number",
        Column("title", phone="p-full"),
        "status",
        Column("period_from", phone="p-start"),
        Column("period_to", phone="p-start"),
        "department",
        Column("people", label=_("people"), align="num", phone="p-end"),
        Column("scored", label=_("scored"), align="num"),
    )
    optional_columns = ("company", "own_weight", "cap", "created_at")
    filters = ("status", "department", "company", "period_to")
    ordering = "-period_to"
    views = (
        View(_("Self-assessment"), "status=OPEN"),
        View(_("Scoring"), "status=SCORING"),
        View(_("Calibration"), "status=CALIBRATING"),
    )
    summary = (
        "company",
        "department",
        "period_from",
        "period_to",
        "own_weight",
        "cap",
        Column("job", label=_("Fetched figures"), render=job_state, sort=""),
    )
    panels = (
        Children("lines", *GOALS, title=_("Goals")),
        Distribution(),
        Children(
            "sheets",
            Column("employee", phone="p-start"),
            Column("status", phone="p-end"),
            Column("score", phone="p-start"),
            Column("grade", render=grade_badge, phone="p-end"),
            title=_("People"),
            limit=500,
            link=True,
        ),
    )
    fields = (
        (_("Period"), ("title", "period_from", "period_to", "department")),
        (_("How it is scored"), ("own_weight", "cap")),
    )
    lines = Lines(
        KpiPlanLine, "lines", ("indicator", "weight", "target", "target_to"), title=_("Goals"), has_totals=False
    )
    create_service = services.create_plan
    update_service = services.update_plan
    operations = frozenset({"add", "change"})
    editable_states = frozenset({DRAFT})
    permissions = {"see_productivity": _("See revenue per head")}
    is_searchable = True
    actions = (
        Action(services.open_plan, _("Begin appraisal"), "run", icon="player-play", states={DRAFT}, primary_in={DRAFT}),
        Action(
            services.begin_scoring,
            _("Begin scoring"),
            "run",
            icon="stars",
            states={OPEN},
            primary_in={OPEN},
            name="begin-scoring",
        ),
        Action(
            services.begin_calibration,
            _("Begin calibration"),
            "run",
            icon="adjustments",
            states={SCORING},
            primary_in={SCORING},
            name="begin-calibration",
        ),
        Action(
            services.close_plan,
            _("Close"),
            "close",
            icon="lock",
            states={CALIBRATING},
            primary_in={CALIBRATING},
            confirm=_("Make the grades final? Nothing of this appraisal can be changed afterwards."),
        ),
        Action(
            services.add_people,
            _("Add people"),
            "run",
            icon="user-plus",
            states={OPEN, SCORING},
            form=PeopleForm,
            name="add-people",
        ),
        Action(
            services.request_figures,
            _("Fetch figures"),
            "run",
            icon="download",
            states={OPEN, SCORING},
            name="fetch-figures",
        ),
        Action(
            services.step_back_plan,
            _("Step back"),
            "run",
            icon="arrow-back-up",
            states={SCORING, CALIBRATING},
            form=ReasonForm,
            name="step-back",
        ),
        Action(
            services.cancel_plan,
            _("Cancel"),
            "run",
            icon="ban",
            states={DRAFT, OPEN, SCORING, CALIBRATING},
            form=ReasonForm,
            is_danger=True,
        ),
    )

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Add how many people are appraised, and how many have a score."""
        return with_progress(queryset).select_related("job")

    def heading(self, obj: KpiPlan) -> tuple[Any, Any]:
        """Number and title."""
        return obj.number, obj.title


@register
class KpiSheetPages(PageSet):
    """Appraisal sheets."""

    model = KpiSheet
    slug = "appraisal-sheets"
    icon = "clipboard-check"
    description = _("What was agreed with each person, how they and their manager see it, and the grade.")
    columns = (
        Column("employee", sort="employee__name"),
        "status",
        Column("plan", phone="p-full"),
        Column("employee__department", label=_("department")),
        Column("employee__manager", label=_("manager")),
        Column("period_to", phone="p-start"),
        Column("score", phone="p-start"),
        Column("grade", render=grade_badge, phone="p-end"),
        "coefficient",
    )
    optional_columns = ("period_from", "assessed_at", "scored_at", "scored_by", "proposed")
    filters = (
        "status",
        "grade",
        "plan",
        "employee",
        "employee__department",
        "employee__manager",
        "employee__user",
        "employee__manager__user",
        "period_to",
    )
    ordering = "-period_to"
    views = (
        View(_("My own"), "employee__user=me"),
        View(_("My people"), "employee__manager__user=me"),
        View(_("To be assessed"), "status=OPEN"),
        View(_("To be scored"), "status=ASSESSED"),
    )
    summary = (
        "plan",
        "employee",
        Column("employee__department", label=_("department")),
        Column("employee__manager", label=_("manager")),
        "score",
        Column("grade", render=grade_badge),
        "coefficient",
        "scored_by",
    )
    panels = (
        Children(
            "lines",
            *GOALS,
            Column("actual", render=reached, align="text-nowrap", phone="p-full"),
            "own_score",
            Column("manager_score", phone="p-end"),
            title=_("Goals and scores"),
        ),
        Attributes("own_comment", "assessed_at", "manager_comment", "scored_at", title=_("Remarks")),
        Children("calibrations", "before", "after", "reason", "actor", "at", title=_("Calibration")),
    )
    lines = Lines(
        KpiSheetLine, "lines", ("indicator", "weight", "target", "target_to"), title=_("Goals"), has_totals=False
    )
    update_service = sheets.update_sheet
    operations = frozenset({"change"})
    editable_states = frozenset({SheetStatus.OPEN})
    is_searchable = True
    actions = (
        Action(
            sheets.assess_sheet,
            _("Assess myself"),
            "assess",
            icon="user-star",
            form=AssessForm,
            states={*UNSCORED},
            primary_in={SheetStatus.OPEN},
            refusal=sheets.why_not_assessed,
        ),
        Action(
            sheets.score_sheet,
            _("Score"),
            "score",
            icon="stars",
            form=ScoreForm,
            states={*UNSCORED, SheetStatus.SCORED},
            primary_in={SheetStatus.ASSESSED},
            refusal=sheets.why_not_scored,
        ),
        Action(
            sheets.calibrate_sheet,
            _("Calibrate"),
            "calibrate",
            icon="adjustments",
            form=CalibrateForm,
            states={SheetStatus.SCORED},
        ),
        Action(
            sheets.return_sheet,
            _("Send back"),
            "score",
            icon="arrow-back-up",
            form=ReasonForm,
            states={SheetStatus.ASSESSED},
            name="send-back",
        ),
        Action(
            sheets.cancel_sheet,
            _("Leave out of the appraisal"),
            "cancel",
            icon="user-minus",
            form=ReasonForm,
            states={*UNSCORED, SheetStatus.SCORED},
            is_danger=True,
        ),
    )

    def locked(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        # Services lock the appraisal before its sheets.
        return queryset.select_related("plan", "employee__manager")

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Have at hand what actions ask for."""
        return queryset.select_related("plan", "employee__department", "employee__manager")

    def heading(self, obj: KpiSheet) -> tuple[Any, Any]:
        """The appraisal, and who is appraised."""
        return str(obj.plan), str(obj.employee)

    def why_not_editable(self, obj: Any, user: Any) -> str:
        """Goals are agreed while people assess themselves, and not by themselves."""
        return sheets.why_not_agreed(obj, user) or super().why_not_editable(obj, user)
