"""Pages of targets, alert rules and alerts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from suite.metrics import services
from suite.metrics.choices import SEVERITY_TONES, AlertStatus, Unit
from suite.metrics.format import figure
from suite.metrics.forms import MetricForm, TargetForm
from suite.metrics.models import Alert, AlertRule, Target, metric_title
from suite.metrics.registry import all_metrics
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes
from suite.pages.registry import register


def shown(code: str, value: Any) -> str:
    """A figure of a metric in its own unit."""
    metric = next((each for each in all_metrics() if each.code == code), None)
    return str(figure(value, metric.unit, metric.counter) if metric is not None else figure(value, Unit.COUNT))


def subject_text(target: Target) -> str:
    """Whose target it is."""
    return str(target.subject) if target.subject is not None else _t("Whole business")


METRIC = Column("metric", label=_("Figure"), render=lambda row: metric_title(row.metric), sort="metric")
SEVERITY = Column(
    "severity",
    label=_("Severity"),
    render=lambda row: badge(row.get_severity_display(), SEVERITY_TONES[row.severity]),
    sort="severity",
)
SUBJECT = Column("subject_text", label=_("Of whom"), render=subject_text, value=subject_text, sort="")


def amount(name: str, label: Any, phone: str = "p-no") -> Column:
    """A column of figures, each in the unit of its metric."""
    return Column(
        name,
        label=label,
        render=lambda row: shown(row.metric, getattr(row, name)),
        value=lambda row: getattr(row, name),
        sort=name,
        align="num",
        phone=phone,
    )


@register
class TargetPages(PageSet):
    model = Target
    icon = "target-arrow"
    description = _("What a figure should reach in a month: it stands beside the figure on the boards.")
    columns = (METRIC, SUBJECT, "year", "month", amount("value", _("Target"), "p-end"))
    filters = ("metric", "year", "month")
    ordering = "-year"
    panels = (Attributes(METRIC, SUBJECT, "year", "month", amount("value", _("Target"))),)
    fields = ("metric", "person", "year", "month", "value")
    form = TargetForm

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.prefetch_related("subject")


@register
class AlertRulePages(PageSet):
    model = AlertRule
    icon = "bell-cog"
    description = _("A limit of a figure. Once an hour it is looked at; beyond it an alert is opened.")
    columns = ("name", METRIC, "comparison", amount("threshold", _("Limit"), "p-end"), SEVERITY, "role", "is_active")
    filters = ("metric", "severity", "is_active")
    ordering = "name"
    panels = (Attributes(METRIC, "comparison", amount("threshold", _("Limit")), SEVERITY, "role", "is_active"),)
    fields = ("name", "metric", "comparison", "threshold", "severity", "role", "is_active")
    form = MetricForm


@register
class AlertPages(PageSet):
    model = Alert
    icon = "alert-triangle"
    description = _("Figures that went beyond a limit. One is closed by hand, or when the figure comes back.")
    columns = (
        "rule",
        METRIC,
        SEVERITY,
        "status",
        amount("last_value", _("Value"), "p-end"),
        amount("threshold", _("Limit")),
        "opened_at",
        "handled_by",
    )
    filters = ("status", "severity", "metric", "opened_at")
    ordering = "-opened_at"
    views = (
        View(_("Open"), "status=OPEN", is_hot=True),
        View(_("Looked after"), "status=ACKNOWLEDGED"),
    )
    panels = (
        Attributes(
            "rule",
            METRIC,
            SEVERITY,
            amount("threshold", _("Limit")),
            amount("first_value", _("Value at first")),
            amount("last_value", _("Value at last")),
            "opened_at",
            "seen_at",
            "handled_by",
            "closed_at",
        ),
    )
    actions = (
        Action(
            services.acknowledge_alert,
            label=_("Look after it"),
            permission="acknowledge",
            icon="eye-check",
            states={AlertStatus.OPEN},
            primary_in={AlertStatus.OPEN},
            bulk=True,
        ),
        Action(
            services.close_alert,
            label=_("Close"),
            permission="acknowledge",
            icon="check",
            states={AlertStatus.OPEN, AlertStatus.ACKNOWLEDGED},
            primary_in={AlertStatus.ACKNOWLEDGED},
            bulk=True,
        ),
    )
    operations = frozenset()
