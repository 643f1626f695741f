"""What a metric answers: the figure, its facts, the rows behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.utils.functional import SimpleLazyObject

from suite.metrics.choices import Direction

T = TypeVar("T")
FULL = Decimal(100)


def later(work: Callable[[], Sequence[T]]) -> Sequence[T]:
    """Return what ``work`` gives, computed when somebody looks at it: a figure that is compared needs no more."""
    return cast("Sequence[T]", SimpleLazyObject(work))


@dataclass(frozen=True)
class Fact:
    """
    A second figure below the first.

    :param value: Decimal in ``unit``, or a text shown as it is.
    :param unit: a code of :class:`~suite.metrics.choices.Unit`; empty for a text.
    :param counter: word for what is counted, for the unit ``count``.
    :param tone: ``late``, ``wait`` or ``done`` when it needs attention or none.
    """

    label: Any
    value: Any
    unit: str = ""
    tone: str = ""
    counter: Any = ""


@dataclass(frozen=True)
class DrillDown:
    """
    The rows behind a figure.

    :param queryset: restricted rows.
    :param amount: column or expression whose sum over the rows is the figure; None: their number is.
    :param filters: what the list page has to be filtered by to show the same rows.
    :param of: which part the rows add up to: ``value``, or ``numerator`` or ``denominator`` of a ratio.
    """

    queryset: QuerySet[Any]
    amount: str | Combinable | None = None
    filters: Sequence[tuple[str, Any]] = ()
    of: str = "value"

    def query(self) -> str:
        """The query string of the list page."""
        return urlencode([(name, str(value)) for name, value in self.filters if value not in (None, "")])

    def url(self, user: Any) -> str:
        """The list page with the filters; empty when it does not exist for the user."""
        from suite.pages.registry import pageset_of

        pageset = pageset_of(self.queryset.model)
        if pageset is None or not pageset.is_available(user):
            return ""
        query = self.query()
        return f"{pageset.url('list')}?{query}" if query else pageset.url("list")

    def total(self, queryset: QuerySet[Any] | None = None) -> Decimal:
        """What rows add up to, by default its own."""
        rows = self.queryset if queryset is None else queryset
        return total(rows, self.amount)


@dataclass(frozen=True)
class MetricValue:
    """
    A figure of one period.

    :param value: in the metric's unit; None: there is nothing to measure.
    :param numerator: of a ratio.
    :param denominator: of a ratio.
    :param facts: see :class:`Fact`; what takes statements of its own comes :func:`later`.
    :param series: the figure of several periods up to this one, oldest first, for the sparkline; the same holds.
    :param as_of: up to when the data reach; None: up to now.
    :param is_complete: False: something that belongs to it is not recorded yet; ``doubt`` says what.
    """

    value: Decimal | None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    drill: DrillDown | None = None
    facts: Sequence[Fact] = ()
    series: Sequence[Decimal | None] = ()
    as_of: datetime | None = None
    is_complete: bool = True
    doubt: Any = ""


@dataclass(frozen=True)
class Change:
    """
    How a figure moved against an earlier one.

    :param amount: per cent of the earlier figure, or percentage points.
    :param is_points: whether it is percentage points.
    """

    amount: Decimal
    is_points: bool = False

    def is_good(self, direction: str | None) -> bool | None:
        """Whether it moved the good way; None when neither is, or it did not move."""
        if direction is None or not self.amount:
            return None
        return (self.amount > 0) == (direction == Direction.UP)


def change(value: Decimal | None, earlier: Decimal | None, *, is_points: bool = False) -> Change | None:
    """Return the change against an earlier figure; None ("n/a") when either is missing or the earlier one is 0."""
    if value is None or not earlier:
        return None
    if is_points:
        return Change(value - earlier, is_points=True)
    return Change((value - earlier) / abs(earlier) * FULL)


def ratio(numerator: Decimal | int | None, denominator: Decimal | int | None) -> Decimal | None:
    """Return numerator ÷ denominator; None when either is missing or the denominator is 0."""
    if numerator is None or not denominator:
        return None
    return Decimal(numerator) / Decimal(denominator)


def percent(numerator: Decimal | int | None, denominator: Decimal | int | None, **more: Any) -> MetricValue:
    """Return a ratio in per cent as the value of a metric; None when the denominator is 0."""
    found = ratio(numerator, denominator)
    return MetricValue(
        None if found is None else found * FULL,
        numerator=None if numerator is None else Decimal(numerator),
        denominator=None if denominator is None else Decimal(denominator),
        **more,
    )


def total(queryset: QuerySet[Any], amount: str | Combinable | None) -> Decimal:
    """Return the sum of a column or expression over rows, or their number; 0 for no rows."""
    rows = queryset.order_by()
    if amount is None:
        return Decimal(rows.aggregate(found=Count("pk", distinct=True))["found"])
    expression = F(amount) if isinstance(amount, str) else amount
    return rows.aggregate(found=Sum(expression))["found"] or Decimal(0)


@dataclass(frozen=True)
class Comparison:
    """
    A figure beside an earlier one.

    :param change: None: "n/a".
    """

    code: str
    label: Any
    value: Decimal | None
    change: Change | None
    is_part: bool = False


@dataclass(frozen=True)
class Goal:
    """
    A figure beside its target.

    :param reached: per cent of the target; None when the figure is missing or the target is 0.
    """

    value: Decimal
    reached: Decimal | None


@dataclass(frozen=True)
class Reading:
    """
    Everything that is shown of one metric at one moment, to one user.

    :param trust: a code of :class:`~suite.metrics.choices.Trust`.
    :param doubt: why it is not fully reliable.
    """

    metric: Any
    context: Any
    value: MetricValue
    comparisons: Sequence[Comparison]
    goal: Goal | None
    trust: str
    doubt: str
    url: str
    computed_at: datetime
    series: Sequence[Decimal | None] = field(default_factory=tuple)

    def comparison(self, code: str) -> Comparison | None:
        """The comparison with the given code (``previous`` or ``last_year``)."""
        return next((each for each in self.comparisons if each.code == code), None)
