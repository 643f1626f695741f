"""
Metrics: one definition for each figure, used by boards, API, export, alerts and snapshots.

A metric belongs to the module whose folder its function stands in; while that module is off it does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, ClassVar, TypeVar

from django.db.models import DateTimeField, Model, QuerySet
from django.utils import timezone

from suite.access.restrict import restrict
from suite.metrics.choices import Direction, Grain, Unit
from suite.metrics.periods import Period, midnight, months_up_to, period_of
from suite.metrics.values import MetricValue
from suite.modules import state
from suite.modules.registry import Module
from suite.modules.registry import registry as modules

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class MetricContext:
    """
    For whom, of when and of which company a figure is computed.

    :param at: the moment of the question.
    :param company: a legal entity to narrow the figures to; None: all that the user may see.
    """

    user: Any
    period: Period
    at: datetime
    company: Any = None
    zone: tzinfo = field(default_factory=timezone.get_default_timezone)

    @property
    def today(self) -> date:
        """The day of the question in the company's zone."""
        return self.at.astimezone(self.zone).date()

    def over(self, period: Period) -> MetricContext:
        """The same question about another period."""
        return replace(self, period=period)

    @property
    def previous(self) -> MetricContext:
        """The period before; of a running one as many days as have passed."""
        return self.over(self.period.elapsed(self.period.previous(), self.today))

    @property
    def last_year(self) -> MetricContext:
        """The same period of the year before; of a running one as many days as have passed."""
        return self.over(self.period.elapsed(self.period.last_year(), self.today))

    def rows(self, model: type[M], action: str = "view") -> QuerySet[M]:
        """The rows of a model that the user may see, of the chosen company."""
        queryset: QuerySet[M] = restrict(model._default_manager.all(), user=self.user, action=action)
        paths = getattr(model, "scope", None)
        if self.company is not None and paths is not None and paths.company:
            queryset = queryset.filter(**{paths.company: self.company.pk})
        return queryset

    def during(self, queryset: QuerySet[M], path: str) -> QuerySet[M]:
        """The rows whose date or time at ``path`` lies in the period."""
        if is_moment(queryset.model, path):
            start, end = self.period.bounds(self.zone)
            return queryset.filter(**{f"{path}__gte": start, f"{path}__lt": end})
        return queryset.filter(**{f"{path}__gte": self.period.start, f"{path}__lte": self.period.end})

    def until_end(self, queryset: QuerySet[M], path: str) -> QuerySet[M]:
        """The rows whose date or time at ``path`` is not after the period."""
        if is_moment(queryset.model, path):
            return queryset.filter(**{f"{path}__lt": self.period.bounds(self.zone)[1]})
        return queryset.filter(**{f"{path}__lte": self.period.end})

    def filters(self, name: str) -> list[tuple[str, str]]:
        """The list-page filters for a date within the period."""
        return [(f"{name}_after", self.period.start.isoformat()), (f"{name}_before", self.period.end.isoformat())]

    def months(self, count: int = 12) -> list[date]:
        """The first days of the months up to the period's last (or the present one of a running period)."""
        return months_up_to(min(self.period.end, max(self.today, self.period.start)), count)

    def unfinished_month(self) -> int | None:
        """Which of the twelve :meth:`months` is not over yet, by its place; None when all are."""
        months, this_month = self.months(), self.today.replace(day=1)
        return months.index(this_month) if this_month in months else None

    def moment(self, day: date) -> datetime:
        """The first moment of a day in the company's zone."""
        return midnight(day, self.zone)


@dataclass(frozen=True)
class Metric:
    """
    The definition of a figure (指标口径).

    :param code: ``<system>.<name>``.
    :param formula: plain words: what counts, tax basis, time zone.
    :param counter: word for what is counted, e.g. "orders", for the unit ``count``.
    :param source: models that it is computed from.
    :param permission: full permission without which it does not exist for a user.
    :param owner: who answers for it.
    :param compare: what it is shown against: ``previous``, ``last_year``.
    :param is_point_in_time: a state that the past no longer tells (stock, open pipeline); earlier figures come from
        snapshots, and only for those who may see every row.
    :param max_age: data older than this are out of date.
    """

    # A template shows the definition; it must not compute the figure.
    do_not_call_in_templates: ClassVar[bool] = True

    code: str
    title: Any
    unit: str
    formula: Any
    permission: str
    compute: Callable[[MetricContext], MetricValue]
    counter: Any = ""
    grain: str = Grain.MONTH
    direction: str | None = None
    source: tuple[type[Model], ...] = ()
    owner: Any = ""
    compare: tuple[str, ...] = ("previous",)
    is_point_in_time: bool = False
    max_age: timedelta | None = None

    def __call__(self, context: MetricContext) -> MetricValue:
        return self.compute(context)

    @property
    def module(self) -> Module:
        """The module that it belongs to."""
        return modules.owner(self.compute.__module__)

    @property
    def is_points(self) -> bool:
        """Whether its changes are percentage points."""
        return self.unit == Unit.PERCENT

    @property
    def is_additive(self) -> bool:
        """Whether the figures of months add up to that of a year."""
        return self.unit in {Unit.MONEY, Unit.COUNT} and not self.is_point_in_time

    @property
    def unit_text(self) -> str:
        """The unit as a person names it."""
        return str(self.counter or Unit(self.unit).label)

    def exists(self) -> bool:
        """Whether its module is on."""
        return state.is_enabled(self.module)

    def is_available(self, user: Any) -> bool:
        """Whether it exists for the user now."""
        return self.exists() and user.has_perm(self.permission)


_metrics: dict[str, Metric] = {}


def metric(
    code: str,
    *,
    title: Any,
    unit: str,
    formula: Any,
    permission: str,
    source: type[Model] | Collection[type[Model]] = (),
    counter: Any = "",
    grain: str = Grain.MONTH,
    direction: str | None = None,
    owner: Any = "",
    compare: Collection[str] = ("previous",),
    is_point_in_time: bool = False,
    max_age: timedelta | None = None,
) -> Callable[[Callable[[MetricContext], MetricValue]], Metric]:
    """
    Make the decorated function the definition of a figure (see :class:`Metric`).

    It must read through ``context.rows()`` or another restricted query set.

    :raises ValueError: for a code that is taken, an unknown unit, grain or direction, or a missing permission.
    """
    if code in _metrics:
        raise ValueError(f"There are two metrics {code}")
    if "." not in permission:
        raise ValueError(f"{code} names no full permission")
    if direction is not None:
        Direction(direction)

    def define(compute: Callable[[MetricContext], MetricValue]) -> Metric:
        models = (source,) if isinstance(source, type) else tuple(source)
        found = Metric(
            code=code,
            title=title,
            unit=Unit(unit).value,
            formula=formula,
            permission=permission,
            compute=compute,
            counter=counter,
            grain=Grain(grain).value,
            direction=direction,
            source=models,
            owner=owner,
            compare=tuple(compare),
            is_point_in_time=is_point_in_time,
            max_age=max_age,
        )
        _metrics[code] = found
        return found

    return define


def all_metrics() -> list[Metric]:
    """Return every metric, whether its module is on or off."""
    return list(_metrics.values())


def metrics_for(user: Any) -> list[Metric]:
    """Return the metrics that exist for a user now."""
    return [each for each in _metrics.values() if each.is_available(user)]


def metric_of(code: str) -> Metric | None:
    """Return a metric whose module is on, None otherwise."""
    found = _metrics.get(code)
    return found if found is not None and found.exists() else None


def is_moment(model: type[Model], path: str) -> bool:
    """Return whether the field at a lookup path holds a time, not a day."""
    found: Any = model
    for name in path.split("__"):
        step = found._meta.get_field(name)
        found = step.related_model if step.is_relation else step
    return isinstance(found, DateTimeField)


def this_month(user: Any, at: datetime, company: Any = None) -> MetricContext:
    """Return the question about the month of a moment."""
    zone = timezone.get_default_timezone()
    return MetricContext(user, period_of("month", at.astimezone(zone).date()), at, company, zone)
