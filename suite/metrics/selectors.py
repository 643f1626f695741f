"""Questions to what is kept of figures."""

from __future__ import annotations

from typing import Any

from suite.access.restrict import restrict
from suite.metrics.choices import AlertStatus, Severity
from suite.metrics.models import Alert
from suite.metrics.registry import metrics_for

URGENCY = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.NOTICE: 2}


def open_alerts(user: Any) -> list[Alert]:
    """Return the alerts that are not closed, of figures the user may see, the most urgent first."""
    codes = [metric.code for metric in metrics_for(user)]
    rows = restrict(Alert.objects.all(), user=user).exclude(status=AlertStatus.CLOSED).filter(metric__in=codes)
    return sorted(rows.select_related("rule"), key=lambda alert: (URGENCY[Severity(alert.severity)], -alert.pk))
