"""Figures of several months in one query: for sparklines and charts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.expressions import Combinable
from django.db.models.functions import TruncMonth

from suite.metrics.periods import add_months
from suite.metrics.registry import MetricContext, is_moment


def by_month(
    context: MetricContext,
    queryset: QuerySet[Any],
    path: str,
    amount: str | Combinable | None = None,
    months: Sequence[date] | None = None,
) -> list[Decimal]:
    """
    Return the sum of a column (or the number of rows) for each month, 0 for a month without rows.

    :param path: date or time that says in which month a row counts, in the company's zone.
    :param months: first days of months without gap; by default twelve up to the period.
    """
    wanted = list(months) if months is not None else context.months()
    after = add_months(wanted[-1], 1)
    moment = is_moment(queryset.model, path)
    bounds = [context.moment(wanted[0]), context.moment(after)] if moment else [wanted[0], after]
    rows = queryset.filter(**{f"{path}__gte": bounds[0], f"{path}__lt": bounds[1]}).order_by()
    trunc = TruncMonth(path, tzinfo=context.zone) if moment else TruncMonth(path)
    figure = Count("pk", distinct=True) if amount is None else Sum(F(amount) if isinstance(amount, str) else amount)
    grouped = rows.annotate(_month=trunc).values("_month").annotate(_figure=figure)
    found = {_day(row["_month"]): row["_figure"] for row in grouped}
    return [Decimal(found.get(month) or 0) for month in wanted]


def _day(value: date | datetime) -> date:
    return value.date() if isinstance(value, datetime) else value
