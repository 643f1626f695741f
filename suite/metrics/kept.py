"""What is kept of figures beside what is computed: their targets, and their earlier values in snapshots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q

from suite.metrics.models import MetricSnapshot, Target
from suite.metrics.periods import Period
from suite.metrics.registry import Metric, MetricContext

# A subject of targets: keys of its type and row; None for the whole business.
Subject = tuple[int, int] | None


class Kept:
    """
    Targets and snapshots of several metrics for one question: two statements for a whole board.

    Each is read when it is first asked for, of all the metrics at once.
    """

    def __init__(self, metrics: Iterable[Metric], context: MetricContext) -> None:
        self._metrics = tuple(metrics)
        self._context = context

    def targets(self, metric: Metric, subject: Any = None) -> list[Decimal]:
        """
        Return the targets of the months of the period that have one.

        :param subject: the reader or the chosen company; None for the whole business.
        """
        return self._targets.get((metric.code, _key(subject)), [])

    def value(self, metric: Metric, period: Period) -> Decimal | None:
        """Return the figure that was kept for a period, of a restated one the last."""
        return next((value for each, value in self._snapshots[metric.code] if each == (period.start, period.end)), None)

    def series(self, metric: Metric) -> list[Decimal | None]:
        """Return the figures that were kept for periods before that of the question, oldest first."""
        before = self._context.period.start
        return [value for (_start, end), value in self._snapshots[metric.code] if end < before]

    @cached_property
    def _targets(self) -> dict[tuple[str, Subject], list[Decimal]]:
        months = self._context.period.months()
        if not months:
            return {}
        in_period = Q()
        for year, month in months:
            in_period |= Q(year=year, month=month)
        of_subject = Q(content_type__isnull=True)
        for subject in (_key(self._context.user), _key(self._context.company)):
            if subject is not None:
                of_subject |= Q(content_type=subject[0], object_id=subject[1])
        rows = Target.objects.filter(in_period, of_subject, metric__in={each.code for each in self._metrics})
        found: dict[tuple[str, Subject], list[Decimal]] = defaultdict(list)
        for code, kind, key, value in rows.order_by().values_list("metric", "content_type", "object_id", "value"):
            found[code, (kind, key) if kind is not None and key is not None else None].append(value)
        return found

    @cached_property
    def _snapshots(self) -> dict[str, list[tuple[tuple[date, date], Decimal | None]]]:
        codes = {each.code for each in self._metrics if each.is_point_in_time}
        rows = (
            MetricSnapshot.objects.filter(metric__in=codes)
            .order_by("metric", "period_start", "period_end", "-revision")
            .distinct("metric", "period_start", "period_end")
        )
        found: dict[str, list[tuple[tuple[date, date], Decimal | None]]] = defaultdict(list)
        for code, start, end, value in rows.values_list("metric", "period_start", "period_end", "value"):
            found[code].append(((start, end), value))
        return found


def _key(subject: Any) -> Subject:
    if subject is None or subject.pk is None:
        return None
    return ContentType.objects.get_for_model(subject).pk, subject.pk
