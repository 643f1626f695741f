"""Reading a metric: figure, comparisons, target, trust; the one way for boards, API and export."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from suite.access.models import User
from suite.access.restrict import restrict
from suite.core.errors import DomainError
from suite.metrics.choices import Trust
from suite.metrics.hooks import doubt_about
from suite.metrics.kept import Kept
from suite.metrics.periods import Period
from suite.metrics.registry import Metric, MetricContext
from suite.metrics.values import Comparison, Goal, MetricValue, Reading, change, ratio

FULL = Decimal(100)
SERIES = 12


def system_reader() -> User:
    """Return somebody who sees every row and is nobody: for snapshots and alerts."""
    return User(username="system", full_name="", is_active=True, is_superuser=True)


def read(metric: Metric, context: MetricContext, *, subject: Any = None, kept: Kept | None = None) -> Reading:
    """
    Read a metric for a user.

    :param subject: whose target stands beside it, the user's own or None: that of the chosen company, or of the whole
        business.
    :param kept: targets and snapshots of this and other metrics for the same question; None: read for this one.
    """
    kept = kept or Kept([metric], context)
    value = value_of(metric, context)
    trust, doubt = trust_of(metric, value, context.at)
    return Reading(
        metric=metric,
        context=context,
        value=value,
        comparisons=[_compare(metric, context, value, code, kept) for code in metric.compare],
        goal=_goal(metric, context.period, value.value, kept.targets(metric, subject or context.company)),
        trust=trust,
        doubt=doubt,
        url=value.drill.url(context.user) if value.drill is not None else "",
        computed_at=context.at,
        series=value.series or (_kept_series(metric, context, value.value, kept) if metric.is_point_in_time else ()),
    )


def value_of(metric: Metric, context: MetricContext) -> MetricValue:
    """Return the figure; one that the data do not allow (an exchange rate is missing) is missing and says why."""
    try:
        return metric(context)
    except DomainError as refusal:
        return MetricValue(None, is_complete=False, doubt=str(refusal))


def trust_of(metric: Metric, value: MetricValue, at: Any) -> tuple[str, str]:
    """Return how far a figure can be relied on, and why not fully."""
    if not value.is_complete:
        return Trust.DOUBT, str(value.doubt or _("Something that belongs to it is not recorded yet."))
    if metric.max_age is not None and value.as_of is not None and at - value.as_of > metric.max_age:
        return Trust.STALE, _("The data reach no further than this.")
    doubt = str(doubt_about(metric.module))
    return (Trust.DOUBT, doubt) if doubt else (Trust.COMPLETE, "")


def _goal(metric: Metric, period: Period, value: Decimal | None, targets: Sequence[Decimal]) -> Goal | None:
    """The target of a period; None unless each of its months has one."""
    months = period.months()
    if not months or (len(months) > 1 and not metric.is_additive) or len(targets) < len(months):
        return None
    goal = sum(targets, Decimal(0))
    reached = ratio(value, goal)
    return Goal(goal, None if reached is None else reached * FULL)


def sees_all(metric: Metric, user: Any) -> bool:
    """Whether no row of what a metric is computed from is hidden from the user."""
    if user.is_superuser:
        return True
    if not metric.source:
        return False
    everything = [model._default_manager.all() for model in metric.source]
    # restrict() hands back the very query set when there is nothing to restrict.
    return all(restrict(rows, user=user) is rows for rows in everything)


def _compare(metric: Metric, context: MetricContext, value: MetricValue, code: str, kept: Kept) -> Comparison:
    earlier = context.previous if code == "previous" else context.last_year
    is_part = context.period.is_running(context.today)
    if metric.is_point_in_time:
        whole = context.period.previous() if code == "previous" else context.period.last_year()
        found, is_part = _kept_value(metric, context, whole, kept), False
    else:
        found = value_of(metric, earlier).value
    moved = change(value.value, found, is_points=metric.is_points)
    return Comparison(code, _comparison_label(code, is_part), found, moved, is_part)


def _comparison_label(code: str, is_part: bool) -> str:
    if code == "previous":
        return _("vs same days before") if is_part else _("vs previous")
    return _("vs same days last year") if is_part else _("vs last year")


def _kept_value(metric: Metric, context: MetricContext, period: Period, kept: Kept) -> Decimal | None:
    if context.company is not None or not sees_all(metric, context.user):
        return None
    return kept.value(metric, period)


def _kept_series(metric: Metric, context: MetricContext, value: Decimal | None, kept: Kept) -> Sequence[Decimal | None]:
    if context.company is not None or not sees_all(metric, context.user):
        return ()
    return [*kept.series(metric)[-(SERIES - 1) :], value]
