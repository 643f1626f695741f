"""What is kept of figures: targets, snapshots, alert rules and alerts."""

from __future__ import annotations

from typing import Any

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.metrics.choices import AlertStatus, Comparison, Severity, Trust

VALUE: dict[str, Any] = {"max_digits": 24, "decimal_places": 6}
UNTRACKED = ["version", "updated_at"]


@pghistory.track(exclude=UNTRACKED)
class Target(Model):
    """
    What a figure should reach in one month: of the whole company, or of one person, department or legal entity.

    The target of a longer period is the sum over its months, where the figure can be summed up.
    """

    metric = models.CharField(_("figure"), max_length=60)
    content_type = models.ForeignKey(
        ContentType, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("kind of subject")
    )
    object_id = models.BigIntegerField(_("subject key"), null=True, blank=True)
    subject = GenericForeignKey()
    year = models.PositiveSmallIntegerField(_("year"), validators=[MinValueValidator(2000), MaxValueValidator(2100)])
    month = models.PositiveSmallIntegerField(_("month"), validators=[MinValueValidator(1), MaxValueValidator(12)])
    value = models.DecimalField(_("target"), max_digits=18, decimal_places=4)

    class Meta:
        verbose_name = _("target")
        verbose_name_plural = _("targets")
        ordering = ("-year", "-month", "metric", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("metric", "content_type", "object_id", "year", "month"),
                name="target_once",
                nulls_distinct=False,
                violation_error_message=_("There is a target for this month already."),
            ),
            models.CheckConstraint(condition=Q(month__range=(1, 12)), name="target_month"),
            models.CheckConstraint(
                condition=Q(content_type__isnull=True, object_id__isnull=True)
                | Q(content_type__isnull=False, object_id__isnull=False),
                name="target_subject_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{metric_title(self.metric)} {self.year}-{self.month:02}"


class MetricSnapshot(Model):
    """
    A figure as it was computed over all rows for one period.

    That of a running period is renewed; that of a closed one stays for good. When its inputs change afterwards, a
    further revision is written and flagged as a restatement.
    """

    metric = models.CharField(_("figure"), max_length=60)
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to"))
    scope_key = models.CharField(_("computed over"), max_length=60, default="ALL")
    revision = models.PositiveSmallIntegerField(_("revision"), default=1)
    is_restatement = models.BooleanField(_("restated"), default=False)
    is_closed = models.BooleanField(_("closed"), default=False)
    value = models.DecimalField(_("value"), null=True, **VALUE)
    numerator = models.DecimalField(_("numerator"), null=True, **VALUE)
    denominator = models.DecimalField(_("denominator"), null=True, **VALUE)
    trust = models.CharField(_("trust"), max_length=10, choices=Trust, default=Trust.COMPLETE)
    doubt = models.TextField(_("doubt"), blank=True)
    computed_at = models.DateTimeField(_("computed"))
    inputs_hash = models.CharField(_("hash of the inputs"), max_length=64)

    class Meta:
        verbose_name = _("snapshot of a figure")
        verbose_name_plural = _("snapshots of figures")
        ordering = ("metric", "-period_start", "-revision")
        constraints = (
            models.UniqueConstraint(
                fields=("metric", "scope_key", "period_start", "period_end", "revision"), name="metricsnapshot_once"
            ),
            models.CheckConstraint(condition=Q(period_end__gte=F("period_start")), name="metricsnapshot_period"),
            models.CheckConstraint(
                condition=Q(revision=1, is_restatement=False) | Q(revision__gt=1, is_restatement=True, is_closed=True),
                name="metricsnapshot_restatement",
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="closed_is_final",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__is_closed=True),
            ),
        )

    def __str__(self) -> str:
        return f"{self.metric} {self.period_start:%Y-%m-%d}"


@pghistory.track(exclude=UNTRACKED)
class AlertRule(Model):
    """A limit of a figure of the present month; once an hour it is looked at over all rows."""

    name = models.CharField(_("name"), max_length=80)
    metric = models.CharField(_("figure"), max_length=60)
    comparison = models.CharField(_("when"), max_length=10, choices=Comparison, default=Comparison.BELOW)
    threshold = models.DecimalField(_("limit"), max_digits=18, decimal_places=4)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity, default=Severity.WARNING)
    role = models.ForeignKey(
        Group,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tell"),
        help_text=_("The people with this role are told."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("alert rule")
        verbose_name_plural = _("alert rules")
        ordering = ("name", "pk")

    def __str__(self) -> str:
        return self.name

    def is_broken_by(self, value: Any) -> bool:
        """Whether a figure lies beyond the limit; a missing one does not."""
        if value is None:
            return False
        return bool(value < self.threshold if self.comparison == Comparison.BELOW else value > self.threshold)


class Alert(StatusModel):
    """One time that a figure was beyond the limit of a rule; a rule has at most one that is not closed."""

    transitions = {
        AlertStatus.OPEN: (AlertStatus.ACKNOWLEDGED, AlertStatus.CLOSED),
        AlertStatus.ACKNOWLEDGED: (AlertStatus.CLOSED,),
        AlertStatus.CLOSED: (),
    }
    status_tone = {AlertStatus.OPEN: "late", AlertStatus.ACKNOWLEDGED: "wait", AlertStatus.CLOSED: "done"}
    stepper = (AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED, AlertStatus.CLOSED)

    rule = models.ForeignKey(AlertRule, models.PROTECT, related_name="alerts", verbose_name=_("rule"))
    status = StatusField(_("status"), choices=AlertStatus, default=AlertStatus.OPEN)
    metric = models.CharField(_("figure"), max_length=60)
    severity = models.CharField(_("severity"), max_length=10, choices=Severity)
    threshold = models.DecimalField(_("limit"), max_digits=18, decimal_places=4)
    first_value = models.DecimalField(_("value at first"), **VALUE)
    last_value = models.DecimalField(_("value at last"), **VALUE)
    opened_at = models.DateTimeField(_("opened"))
    seen_at = models.DateTimeField(_("last seen"))
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handled by"),
        help_text=_("Nobody: the figure came back by itself."),
    )
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    class Meta:
        verbose_name = _("alert")
        verbose_name_plural = _("alerts")
        ordering = ("-opened_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("rule",), condition=~Q(status=AlertStatus.CLOSED), name="alert_one_open_for_each_rule"
            ),
            models.CheckConstraint(
                condition=~Q(status=AlertStatus.CLOSED) | Q(closed_at__isnull=False),
                name="alert_closed_has_time",
            ),
        )

    def __str__(self) -> str:
        return str(self.rule)


class BoardChoice(models.Model):
    """The board that a person wants to see first."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="board_choice")
    board = models.CharField(_("board"), max_length=60)

    class Meta:
        verbose_name = _("first board")
        verbose_name_plural = _("first boards")

    def __str__(self) -> str:
        return self.board


def metric_title(code: str) -> str:
    """Return the name of a figure; its code while its system is not part of the installation."""
    from suite.metrics.registry import all_metrics

    return next((str(each.title) for each in all_metrics() if each.code == code), code)
