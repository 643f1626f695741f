"""Factories of targets, snapshots, alert rules and alerts."""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from suite.metrics.choices import Comparison, Severity
from suite.metrics.models import Alert, AlertRule, BoardChoice, MetricSnapshot, Target

METRIC = "trial.sales"
AT = datetime(2026, 11, 20, 10, 5, tzinfo=UTC)


class TargetFactory(DjangoModelFactory[Target]):
    """A target of the whole business."""

    class Meta:
        model = Target

    metric = METRIC
    year = 2026
    month = 11
    value = Decimal(450)


class MetricSnapshotFactory(DjangoModelFactory[MetricSnapshot]):
    """The closed figure of October."""

    class Meta:
        model = MetricSnapshot

    metric = METRIC
    period_start = date(2026, 10, 1)
    period_end = date(2026, 10, 31)
    is_closed = True
    value = Decimal(400)
    computed_at = AT
    inputs_hash = "0" * 64


class AlertRuleFactory(DjangoModelFactory[AlertRule]):
    """Sales below 300."""

    class Meta:
        model = AlertRule

    name = "销售额低于警戒"
    metric = METRIC
    comparison = Comparison.BELOW
    threshold = Decimal(300)
    severity = Severity.WARNING


class AlertFactory(DjangoModelFactory[Alert]):
    """An open alert."""

    class Meta:
        model = Alert

    rule = factory.SubFactory(AlertRuleFactory)
    metric = factory.SelfAttribute("rule.metric")
    severity = factory.SelfAttribute("rule.severity")
    threshold = factory.SelfAttribute("rule.threshold")
    first_value = Decimal(250)
    last_value = Decimal(250)
    opened_at = AT
    seen_at = AT


class BoardChoiceFactory(DjangoModelFactory[BoardChoice]):
    """The board a person sees first; give the user."""

    class Meta:
        model = BoardChoice

    board = "trial"
