"""Targets, snapshots and alerts."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Aggregate, Count, Max, Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify
from suite.core.errors import InvalidInput
from suite.metrics.choices import AlertStatus, Comparison, Severity
from suite.metrics.format import figure
from suite.metrics.models import Alert, AlertRule, BoardChoice, MetricSnapshot, Target
from suite.metrics.periods import MONTHS_OF, Period, period_of
from suite.metrics.readings import system_reader, trust_of
from suite.metrics.registry import Metric, MetricContext, all_metrics, metric_of, this_month
from suite.metrics.values import MetricValue

# Closed months in which a snapshot is compared with what the inputs say now.
RESTATED_MONTHS = 12
SCOPE = "ALL"
SIX_PLACES = Decimal("0.000001")


@transaction.atomic
def set_target(
    *,
    metric: str,
    year: int,
    month: int,
    value: Decimal,
    subject: Model | None = None,
    actor: User | None,
    at: datetime,
) -> Target:
    """
    Set what a figure should reach in a month; replaces the target that was there.

    :param subject: a person, department or company (legal entity); None: the whole business.
    :raises InvalidInput: for an unknown figure, or a month that does not exist.
    """
    require_metric(metric)
    if not 1 <= month <= 12:
        raise InvalidInput(_("A month is a number from 1 to 12."), field="month")
    content_type = ContentType.objects.get_for_model(subject) if subject is not None else None
    target, _created = Target.objects.update_or_create(
        metric=metric,
        content_type=content_type,
        object_id=subject.pk if subject is not None else None,
        year=year,
        month=month,
        defaults={"value": value},
    )
    return target


@transaction.atomic
def create_alert_rule(
    *,
    name: str,
    metric: str,
    comparison: str = Comparison.BELOW,
    threshold: Decimal,
    severity: str = Severity.WARNING,
    role: Group | None = None,
    is_active: bool = True,
    actor: User | None,
    at: datetime,
) -> AlertRule:
    """
    Watch a figure.

    :raises InvalidInput: for an unknown figure.
    """
    require_metric(metric)
    return AlertRule.objects.create(
        name=name,
        metric=metric,
        comparison=comparison,
        threshold=threshold,
        severity=severity,
        role=role,
        is_active=is_active,
    )


@transaction.atomic
def acknowledge_alert(*, alert: Alert, actor: User, at: datetime) -> Alert:
    """
    Say that somebody looks after it.

    :raises WrongState: unless it is open.
    """
    locked = Alert.objects.lock(alert)
    locked.become(AlertStatus.ACKNOWLEDGED, actor=actor, at=at)
    locked.handled_by = actor
    locked.save(update_fields=["handled_by"])
    return locked


@transaction.atomic
def close_alert(*, alert: Alert, actor: User | None, at: datetime) -> Alert:
    """
    Close it; if the figure is beyond the limit at the next evaluation, a new one is opened.

    :param actor: None: the figure came back by itself.
    :raises WrongState: when it is closed.
    """
    locked = Alert.objects.lock(alert)
    locked.closed_at = at
    if actor is not None:
        locked.handled_by = actor
    locked.save(update_fields=["closed_at", "handled_by"])
    locked.become(AlertStatus.CLOSED, actor=actor, at=at)
    return locked


def evaluate_alerts(*, at: datetime) -> dict[str, int]:
    """
    Open, renew and close alerts by the figures of now; each rule in its own transaction.

    :return: how many were ``opened`` and ``closed``.
    """
    counts = {"opened": 0, "closed": 0}
    for pk in AlertRule.objects.filter(is_active=True).order_by("pk").values_list("pk", flat=True):
        outcome = evaluate_rule(rule_pk=pk, at=at)
        if outcome:
            counts[outcome] += 1
    return counts


@transaction.atomic
def evaluate_rule(*, rule_pk: int, at: datetime) -> str:
    """
    Compare one figure with its limit.

    :return: ``opened``, ``closed``, or empty when nothing changed. A figure that is missing or whose system is off
        changes nothing.
    """
    rule = AlertRule.objects.select_for_update(skip_locked=True).filter(pk=rule_pk, is_active=True).first()
    metric = metric_of(rule.metric) if rule is not None else None
    if rule is None or metric is None:
        return ""
    value = metric(this_month(system_reader(), at)).value
    if value is None:
        return ""
    alert = rule.alerts.exclude(status=AlertStatus.CLOSED).first()
    if not rule.is_broken_by(value):
        if alert is None:
            return ""
        close_alert(alert=alert, actor=None, at=at)
        return "closed"
    if alert is not None:
        Alert.objects.filter(pk=alert.pk).update(last_value=value.quantize(SIX_PLACES), seen_at=at)
        return ""
    _open(rule, metric, value, at)
    return "opened"


def take_snapshots(*, at: datetime) -> dict[str, int]:
    """
    Keep the figures of the running period, close those that are over and restate closed ones that changed.

    :return: how many snapshots were ``renewed``, ``closed`` and ``restated``.
    """
    counts = {"renewed": 0, "closed": 0, "restated": 0}
    today = at.astimezone(timezone.get_default_timezone()).date()
    for metric in all_metrics():
        if not metric.exists():
            continue
        period = period_of(metric.grain, today)
        outcomes = [take_snapshot(metric=metric, period=period, at=at)]
        back = 1 if metric.is_point_in_time else RESTATED_MONTHS // MONTHS_OF[metric.grain]
        for _earlier in range(back):
            period = period.previous()
            outcomes.append(take_snapshot(metric=metric, period=period, at=at))
        for outcome in filter(None, outcomes):
            counts[outcome] += 1
    return counts


@transaction.atomic
def take_snapshot(*, metric: Metric, period: Period, at: datetime) -> str:
    """
    Keep one figure over all rows.

    :return: ``renewed``, ``closed``, ``restated``, or empty when what is kept is right.
    """
    context = MetricContext(system_reader(), period, at)
    kept = (
        MetricSnapshot.objects.select_for_update()
        .filter(metric=metric.code, scope_key=SCOPE, period_start=period.start, period_end=period.end)
        .order_by("-revision")
        .first()
    )
    is_closed = period.is_closed(context.today)
    if metric.is_point_in_time and is_closed:
        return _close_state(kept)
    found = metric(context)
    if found.value is None and kept is None:
        return ""
    fingerprint = inputs_hash(metric, context, found)
    if kept is not None and kept.is_closed:
        if kept.inputs_hash == fingerprint:
            return ""
        _keep(metric, period, context, found, fingerprint, revision=kept.revision + 1, is_closed=True)
        return "restated"
    _keep(metric, period, context, found, fingerprint, revision=1, is_closed=is_closed)
    return "closed" if is_closed else "renewed"


@transaction.atomic
def choose_board(*, user: User, board: str, at: datetime) -> None:
    """Make a board the first one that the person sees."""
    BoardChoice.objects.update_or_create(user=user, defaults={"board": board})


def require_metric(code: str) -> Metric:
    """
    Return a metric whose system is on.

    :raises InvalidInput: when there is none.
    """
    found = metric_of(code)
    if found is None:
        raise InvalidInput(_("There is no figure “%(code)s”.") % {"code": code}, field="metric")
    return found


def inputs_hash(metric: Metric, context: MetricContext, found: MetricValue) -> str:
    """Return a fingerprint of what a figure was computed from: the figure, the rows' number and last change."""
    parts: list[Any] = [metric.code, context.period.start, context.period.end, SCOPE]
    parts += [_plain(each) for each in (found.value, found.numerator, found.denominator)]
    if found.drill is not None:
        rows = found.drill.queryset.order_by()
        figures: dict[str, Aggregate] = {"count": Count("pk", distinct=True)}
        if any(field.name == "updated_at" for field in rows.model._meta.concrete_fields):
            figures["changed"] = Max("updated_at")
        parts += [value for _name, value in sorted(rows.aggregate(**figures).items())]
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()


def _keep(
    metric: Metric,
    period: Period,
    context: MetricContext,
    found: MetricValue,
    fingerprint: str,
    *,
    revision: int,
    is_closed: bool,
) -> None:
    trust, doubt = trust_of(metric, found, context.at)
    MetricSnapshot.objects.update_or_create(
        metric=metric.code,
        scope_key=SCOPE,
        period_start=period.start,
        period_end=period.end,
        revision=revision,
        defaults={
            "is_restatement": revision > 1,
            "is_closed": is_closed,
            "value": _rounded(found.value),
            "numerator": _rounded(found.numerator),
            "denominator": _rounded(found.denominator),
            "trust": trust,
            "doubt": doubt,
            "computed_at": context.at,
            "inputs_hash": fingerprint,
        },
    )


def _close_state(kept: MetricSnapshot | None) -> str:
    """A state of the past cannot be computed again: what was kept last becomes final."""
    if kept is None or kept.is_closed:
        return ""
    kept.is_closed = True
    kept.save(update_fields=["is_closed"])
    return "closed"


def _open(rule: AlertRule, metric: Metric, value: Decimal, at: datetime) -> None:
    rounded = value.quantize(SIX_PLACES)
    alert = Alert.objects.create(
        rule=rule,
        metric=rule.metric,
        severity=rule.severity,
        threshold=rule.threshold,
        first_value=rounded,
        last_value=rounded,
        opened_at=at,
        seen_at=at,
    )
    if rule.role is None:
        return
    told = User.objects.filter(groups=rule.role, is_active=True)
    notify(
        recipients=[user for user in told if metric.is_available(user)],
        kind=NotificationKind.ALERT,
        title=gettext_noop("%(rule)s: %(metric)s is %(value)s"),
        params={"rule": rule.name, "metric": metric.title, "value": str(figure(value, metric.unit, metric.counter))},
        at=at,
        obj=alert,
    )


def _rounded(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(SIX_PLACES)


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"
