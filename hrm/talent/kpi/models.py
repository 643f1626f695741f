"""Performance: indicators, appraisals, the sheet of each person, grades and what they are worth."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Department, Employee
from hrm.org.scopes import OF_PERSON
from hrm.talent import scoring
from hrm.talent.kpi.choices import Direction, Grade, PlanStatus, SheetStatus
from hrm.talent.kpi.triggers import CLOSED_FIXED, LINES_OF_CLOSED_FIXED
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.jobs.models import Job
from suite.masters.fields import PercentField, QuantityField
from suite.masters.models import Company
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
NOT_NEGATIVE = [MinValueValidator(0)]
PERCENTAGE = [MinValueValidator(0), MaxValueValidator(100)]


class ScoreField(models.DecimalField[Any, Any]):
    """A score on a scale of 100, with what is beyond it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.update(max_digits=6, decimal_places=2)
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DecimalField", list(args), dict(kwargs)


def _goal_checks(name: str) -> list[models.BaseConstraint]:
    """What goals of a table have in common: weights, targets, the range."""
    return [
        models.CheckConstraint(
            condition=Q(weight__gte=0, weight__lte=100),
            name=f"{name}_weight",
            violation_error_message=_("A weight lies between 0 and 100 %."),
        ),
        models.CheckConstraint(
            condition=Q(target__gte=0) & (Q(target_to__isnull=True) | Q(target_to__gte=F("target"))),
            name=f"{name}_target",
            violation_error_message=_("The range ends before it begins."),
        ),
    ]


@pghistory.track(exclude=UNTRACKED)
class KpiIndicator(Searchable):
    """Something that performance is measured by 考核指标, with the usual target and weight."""

    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=100)
    unit = models.CharField(_("unit"), max_length=20, blank=True)
    direction = models.CharField(_("direction"), max_length=6, choices=Direction, default=Direction.HIGHER)
    target = QuantityField(_("usual target"), default=Decimal(100), validators=NOT_NEGATIVE)
    target_to = QuantityField(_("target up to"), null=True, blank=True, validators=NOT_NEGATIVE)
    weight = PercentField(_("usual weight %"), default=Decimal(0), validators=PERCENTAGE)
    metric = models.CharField(
        _("figure"),
        max_length=80,
        blank=True,
        help_text=_("Where the actual figure of a person comes from; empty: it is entered."),
    )
    description = models.CharField(_("how it is measured"), max_length=300, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ("code",)
        constraints = (
            *_goal_checks("kpiindicator"),
            models.CheckConstraint(
                condition=Q(direction=Direction.BAND, target_to__isnull=False)
                | (~Q(direction=Direction.BAND) & Q(target_to__isnull=True)),
                name="kpiindicator_range",
                violation_error_message=_("A range has two ends, any other target has one."),
            ),
        )

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["version", "updated_at"])
class GradeRule(Model):
    """From which score a company gives a grade, to how many, and what it makes of the bonus."""

    scope = ScopePaths(company="company")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    grade = models.CharField(_("grade"), max_length=1, choices=Grade)
    minimum_score = ScoreField(_("from score"), validators=NOT_NEGATIVE)
    at_least = PercentField(_("at least % of people"), null=True, blank=True, validators=PERCENTAGE)
    at_most = PercentField(_("at most % of people"), null=True, blank=True, validators=PERCENTAGE)
    coefficient = models.DecimalField(_("bonus coefficient"), max_digits=6, decimal_places=4, validators=NOT_NEGATIVE)

    class Meta:
        verbose_name = _("grade rule")
        verbose_name_plural = _("grade rules")
        ordering = ("company", "grade")
        constraints = (
            models.UniqueConstraint(fields=("company", "grade"), name="graderule_once"),
            models.CheckConstraint(
                condition=Q(minimum_score__gte=0, coefficient__gte=0),
                name="graderule_positive",
            ),
            models.CheckConstraint(
                condition=Q(at_least__isnull=True) | Q(at_most__isnull=True) | Q(at_least__lte=F("at_most")),
                name="graderule_quota",
                violation_error_message=_("The smallest share is larger than the largest one."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_grade_display()} ≥ {self.minimum_score}"


@pghistory.track(exclude=UNTRACKED)
class KpiPlan(StatusModel, Searchable):
    """
    An appraisal 考核方案: a period, whose people are appraised, and by what.

    Once it is closed, it and its sheets stay as they are (by trigger).
    """

    scope = ScopePaths(department="department", company="company")
    search_fields = ("number", "title")
    transitions = {
        PlanStatus.DRAFT: {PlanStatus.OPEN, PlanStatus.CANCELLED},
        PlanStatus.OPEN: {PlanStatus.SCORING, PlanStatus.CANCELLED},
        PlanStatus.SCORING: {PlanStatus.CALIBRATING, PlanStatus.OPEN, PlanStatus.CANCELLED},
        PlanStatus.CALIBRATING: {PlanStatus.CLOSED, PlanStatus.SCORING, PlanStatus.CANCELLED},
        PlanStatus.CLOSED: set(),
        PlanStatus.CANCELLED: set(),
    }
    status_tone = {
        PlanStatus.OPEN: "go",
        PlanStatus.SCORING: "part",
        PlanStatus.CALIBRATING: "wait",
        PlanStatus.CLOSED: "done",
        PlanStatus.CANCELLED: "void",
    }
    stepper = (
        PlanStatus.DRAFT,
        PlanStatus.OPEN,
        PlanStatus.SCORING,
        PlanStatus.CALIBRATING,
        PlanStatus.CLOSED,
    )

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, editable=False)
    title = models.CharField(_("title"), max_length=100)
    period_from = models.DateField(_("period from"))
    period_to = models.DateField(_("period to"))
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("department"),
        help_text=_("With everything below it. Empty: the whole company."),
    )
    own_weight = PercentField(
        _("self-assessment counts %"),
        default=Decimal(0),
        validators=PERCENTAGE,
        help_text=_("The rest is the manager's score."),
    )
    cap = ScoreField(_("highest score of an indicator"), default=scoring.USUAL_CAP, validators=NOT_NEGATIVE)
    status = StatusField(_("status"), choices=PlanStatus, default=PlanStatus.DRAFT)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("job"))

    class Meta(Searchable.Meta):
        verbose_name = _("appraisal")
        verbose_name_plural = _("appraisals")
        ordering = ("-period_to", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="kpiplan_number_once"),
            models.CheckConstraint(
                condition=Q(period_to__gte=F("period_from")),
                name="kpiplan_period",
                violation_error_message=_("The period ends before it begins."),
            ),
            models.CheckConstraint(condition=Q(own_weight__gte=0, own_weight__lte=100), name="kpiplan_own_weight"),
            models.CheckConstraint(
                condition=Q(cap__gte=100),
                name="kpiplan_cap",
                violation_error_message=_("The highest score is 100 or more."),
            ),
        )
        triggers = (CLOSED_FIXED,)

    def __str__(self) -> str:
        return self.title


class GoalLine(Model):
    """What was agreed for one indicator: how much it weighs and what is to be reached."""

    position = models.PositiveIntegerField(_("position"))
    indicator = models.ForeignKey(KpiIndicator, models.PROTECT, related_name="+", verbose_name=_("indicator"))
    weight = PercentField(_("weight %"), validators=PERCENTAGE)
    target = QuantityField(_("target"), validators=NOT_NEGATIVE)
    target_to = QuantityField(_("target up to"), null=True, blank=True, validators=NOT_NEGATIVE)

    class Meta:
        abstract = True

    @property
    def goal(self) -> scoring.Goal:
        """The goal as the engine takes it."""
        return scoring.Goal(scoring.Direction(self.indicator.direction), self.target, self.target_to)


class KpiPlanLine(GoalLine):
    """What every sheet of an appraisal starts with."""

    scope = ScopePaths(department="plan__department", company="plan__company")

    plan = models.ForeignKey(KpiPlan, models.CASCADE, related_name="lines", verbose_name=_("appraisal"))

    class Meta:
        verbose_name = _("goal of an appraisal")
        verbose_name_plural = _("goals of appraisals")
        ordering = ("plan", "position")
        constraints = (
            models.UniqueConstraint(fields=("plan", "indicator"), name="kpiplanline_once"),
            *_goal_checks("kpiplanline"),
        )

    def __str__(self) -> str:
        return f"{self.indicator} {self.weight.normalize():f} %"


@pghistory.track(exclude=UNTRACKED)
class KpiSheet(StatusModel, Searchable):
    """
    The appraisal of one person 考核表; nobody has two for the same period.

    ``score`` is the weighted total, rounded once to 0.01. ``proposed`` is the grade it gives, ``grade`` the one after
    calibration; ``coefficient`` is fixed when the appraisal is closed.
    """

    scope = OF_PERSON
    search_fields = ("employee__name", "employee__number", "plan__title")
    transitions = {
        SheetStatus.OPEN: {SheetStatus.ASSESSED, SheetStatus.SCORED, SheetStatus.CANCELLED},
        SheetStatus.ASSESSED: {SheetStatus.OPEN, SheetStatus.SCORED, SheetStatus.CANCELLED},
        SheetStatus.SCORED: {SheetStatus.ASSESSED, SheetStatus.CLOSED, SheetStatus.CANCELLED},
        SheetStatus.CLOSED: set(),
        SheetStatus.CANCELLED: set(),
    }
    status_tone = {
        SheetStatus.ASSESSED: "part",
        SheetStatus.SCORED: "go",
        SheetStatus.CLOSED: "done",
        SheetStatus.CANCELLED: "void",
    }
    stepper = (SheetStatus.OPEN, SheetStatus.ASSESSED, SheetStatus.SCORED, SheetStatus.CLOSED)

    plan = models.ForeignKey(KpiPlan, models.PROTECT, related_name="sheets", verbose_name=_("appraisal"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="kpi_sheets", verbose_name=_("employee"))
    period_from = models.DateField(_("period from"), editable=False)
    period_to = models.DateField(_("period to"), editable=False)
    status = StatusField(_("status"), choices=SheetStatus, default=SheetStatus.OPEN)
    own_comment = models.CharField(_("what the person says"), max_length=1000, blank=True)
    assessed_at = models.DateTimeField(_("assessed at"), null=True, editable=False)
    manager_comment = models.CharField(_("what the manager says"), max_length=1000, blank=True)
    scored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("scored by"),
    )
    scored_at = models.DateTimeField(_("scored at"), null=True, editable=False)
    score = ScoreField(_("score"), null=True, editable=False)
    proposed = models.CharField(_("proposed grade"), max_length=1, choices=Grade, blank=True, editable=False)
    grade = models.CharField(_("grade"), max_length=1, choices=Grade, blank=True, editable=False)
    coefficient = models.DecimalField(_("bonus coefficient"), max_digits=6, decimal_places=4, null=True, editable=False)

    class Meta(Searchable.Meta):
        verbose_name = _("appraisal sheet")
        verbose_name_plural = _("appraisal sheets")
        ordering = ("-period_to", "employee", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("employee", "period_from", "period_to"),
                condition=~Q(status=SheetStatus.CANCELLED),
                name="kpisheet_once_in_a_period",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=(SheetStatus.SCORED, SheetStatus.CLOSED))
                | (Q(score__isnull=False) & ~Q(grade="")),
                name="kpisheet_scored",
            ),
            models.CheckConstraint(
                condition=~Q(status=SheetStatus.CLOSED) | Q(coefficient__isnull=False), name="kpisheet_closed"
            ),
        )
        triggers = (CLOSED_FIXED,)

    def __str__(self) -> str:
        return f"{self.employee} · {self.plan}"


@pghistory.track(exclude=["version", "updated_at"])
class KpiSheetLine(GoalLine):
    """One indicator of a person's sheet: what was agreed, what came of it, and how it is scored."""

    scope = ScopePaths(
        owner="sheet__employee__user", department="sheet__employee__department", company="sheet__employee__company"
    )

    sheet = models.ForeignKey(KpiSheet, models.CASCADE, related_name="lines", verbose_name=_("appraisal sheet"))
    actual = QuantityField(_("actual"), null=True, blank=True)
    own_score = ScoreField(_("own score"), null=True, blank=True, validators=NOT_NEGATIVE)
    manager_score = ScoreField(_("manager's score"), null=True, blank=True, validators=NOT_NEGATIVE)

    class Meta:
        verbose_name = _("line of an appraisal sheet")
        verbose_name_plural = _("lines of appraisal sheets")
        ordering = ("sheet", "position")
        constraints = (
            models.UniqueConstraint(fields=("sheet", "indicator"), name="kpisheetline_once"),
            *_goal_checks("kpisheetline"),
            models.CheckConstraint(
                condition=(Q(own_score__isnull=True) | Q(own_score__gte=0))
                & (Q(manager_score__isnull=True) | Q(manager_score__gte=0)),
                name="kpisheetline_scores",
            ),
        )
        triggers = (LINES_OF_CLOSED_FIXED,)

    def __str__(self) -> str:
        return f"{self.indicator} {self.weight.normalize():f} %"

    @property
    def achieved(self) -> Decimal | None:
        """How far the goal was reached in percent, to 0.01 and within the highest score; None without a figure."""
        if self.actual is None:
            return None
        found = scoring.achievement(self.actual, self.goal, cap=self.sheet.plan.cap)
        return found.quantize(scoring.CENT, ROUND_HALF_UP)


class Calibration(Model):
    """One change of a grade in calibration 校准记录: what it was, what it became, and why. Never changed or deleted."""

    scope = ScopePaths(
        owner="sheet__employee__user", department="sheet__employee__department", company="sheet__employee__company"
    )

    sheet = models.ForeignKey(KpiSheet, models.PROTECT, related_name="calibrations", verbose_name=_("appraisal sheet"))
    before = models.CharField(_("grade before"), max_length=1, choices=Grade)
    after = models.CharField(_("grade after"), max_length=1, choices=Grade)
    reason = models.CharField(_("reason"), max_length=500)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("calibration")
        verbose_name_plural = _("calibrations")
        ordering = ("-pk",)
        constraints = (
            models.CheckConstraint(condition=~Q(before=F("after")), name="calibration_changes"),
            models.CheckConstraint(condition=~Q(reason=""), name="calibration_reason"),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
