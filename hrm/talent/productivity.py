"""
What people bring 人效: revenue and pay for each head of a position or a department.

Heads are counted by the days somebody was employed: who joined in the middle of the period is half a head. Revenue is
that of the company, a figure of a sales system that is on, held against the heads of each post: how much revenue one
head of it carries. Where personnel knows what people cost, so does the pay of the company.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import DateField, F, Func, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Department, Employee, Position
from suite.metrics.periods import Period
from suite.metrics.readings import sees_all
from suite.metrics.registry import Metric, MetricContext, metric_of
from suite.metrics.values import ratio

# Figures of other systems by their code, the better source first: none of them need be there.
REVENUE = ("erp.revenue", "crm.sales")
LABOUR_COST = ("hrm.labour_cost",)
CENT = Decimal("0.01")
TENTH = Decimal("0.1")


class DaysFrom(Func):
    """How many days a date lies after another one."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


@dataclass(frozen=True)
class Post:
    """
    The heads of one position or department in a period.

    :param place: the Position or Department, None for people without one.
    :param heads: average number of people, to 0.01.
    :param share: of all heads in percent, to 0.1.
    :param revenue: revenue of the company for each of these heads; None without revenue or heads.
    """

    place: Position | Department | None
    heads: Decimal
    share: Decimal
    revenue: Decimal | None


@dataclass(frozen=True)
class Productivity:
    """
    The figures of a period.

    :param source: the figure that revenue comes from, None when no system gives it to this user.
    :param revenue: of the whole company.
    :param cost: pay of everybody; None where it is not known, or not to this user.
    """

    heads: Decimal
    source: Metric | None
    revenue: Decimal | None
    cost: Decimal | None
    positions: list[Post]
    departments: list[Post]

    @property
    def revenue_per_head(self) -> Decimal | None:
        """Revenue of the company for each head."""
        return _cents(ratio(self.revenue, self.heads))

    @property
    def cost_per_head(self) -> Decimal | None:
        """Pay for each head."""
        return _cents(ratio(self.cost, self.heads))

    @property
    def revenue_per_cost(self) -> Decimal | None:
        """Revenue for each yuan of pay."""
        return _cents(ratio(self.revenue, self.cost))


def average_heads(people: QuerySet[Employee], period: Period, *by: str) -> dict[tuple[Any, ...], Decimal]:
    """
    Return the average number of people employed in a period by columns of theirs, not rounded, by one query.

    The first and the last day of somebody count.
    """
    begin = Greatest(F("hire_date"), Value(period.start), output_field=DateField())
    last = Coalesce(F("leave_date"), Value(period.end), output_field=DateField())
    end = Least(last, Value(period.end), output_field=DateField())
    there = people.exclude(status=EmployeeStatus.PENDING).filter(
        Q(leave_date__isnull=True) | Q(leave_date__gte=period.start), hire_date__lte=period.end
    )
    rows = there.order_by().values_list(*by).annotate(days=Sum(DaysFrom(end, begin) + 1))
    return {tuple(row[:-1]): Decimal(row[-1]) / period.days for row in rows}


def revenue_of(context: MetricContext) -> tuple[Metric | None, Decimal | None]:
    """Return the figure that gives revenue to the user of the question, and its value; None without one."""
    return _first(context, REVENUE)


def productivity(context: MetricContext) -> Productivity:
    """Return what people bring in a period, by position and department."""
    by_place = average_heads(context.rows(Employee), context.period, "position", "department")
    heads = sum(by_place.values(), Decimal(0))
    source, revenue = revenue_of(context)
    _cost_source, cost = _first(context, LABOUR_COST)
    positions = _posts(by_place, 0, Position.objects.all(), revenue)
    departments = _posts(by_place, 1, Department.objects.all(), revenue)
    return Productivity(_cents(heads) or Decimal(0), source, revenue, cost, positions, departments)


def _posts(
    by_place: dict[tuple[Any, ...], Decimal], column: int, places: QuerySet[Any], revenue: Decimal | None
) -> list[Post]:
    sums: dict[int | None, Decimal] = {}
    for keys, heads in by_place.items():
        sums[keys[column]] = sums.get(keys[column], Decimal(0)) + heads
    total = sum(sums.values(), Decimal(0))
    known = places.in_bulk([key for key in sums if key is not None])
    posts = [
        Post(
            known.get(key) if key is not None else None,
            _cents(heads) or Decimal(0),
            (heads / total * 100).quantize(TENTH, ROUND_HALF_UP),
            _cents(ratio(revenue, heads)),
        )
        for key, heads in sums.items()
        if heads
    ]
    return sorted(posts, key=lambda post: (-post.heads, str(post.place or "")))


def _first(context: MetricContext, codes: Iterable[str]) -> tuple[Metric | None, Decimal | None]:
    for code in codes:
        found = metric_of(code)
        # A part of the revenue held against all heads would be no figure at all.
        if found is not None and found.is_available(context.user) and sees_all(found, context.user):
            return found, found(context).value
    return None, None


def _cents(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(CENT, ROUND_HALF_UP)
