"""
What was consumed of items in past periods, from the stock ledger.

Consumption is what was shipped to customers and issued to production, less what came back. A period that had more
returned than it consumed counts as zero. Before the first move of an item in a warehouse there are no periods at all:
not to have it yet is not the same as nobody wanting it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Case, F, Min, Q, QuerySet, Sum, When
from django.db.models.functions import Coalesce, TruncMonth, TruncWeek

from erp.inventory.choices import MoveKind
from erp.inventory.models import StockMove
from erp.masterdata.models import Warehouse
from erp.planning.choices import Grain
from erp.planning.supply import Items
from suite.masters.fields import QuantityField
from suite.masters.models import Company

CONSUMING = (MoveKind.SHIPMENT, MoveKind.ISSUE)
KINDS = (*CONSUMING, MoveKind.CUSTOMER_RETURN)
ZERO = Decimal(0)

# A warehouse and an item, by their keys.
Place = tuple[int, int]
Series = tuple[Decimal, ...]


@dataclass(frozen=True)
class Span:
    """
    Consecutive complete periods.

    :param first: first day of the first period.
    :param end: first day after the last one.
    """

    grain: Grain
    first: date
    end: date
    count: int


def span_before(day: date, grain: Grain, periods: int) -> Span:
    """Return the last complete periods before a day; the one that the day lies in is not complete."""
    end = start_of(day, grain)
    if grain == Grain.WEEK:
        return Span(grain, end - timedelta(weeks=periods), end, periods)
    months = end.year * 12 + end.month - 1 - periods
    return Span(grain, date(months // 12, months % 12 + 1, 1), end, periods)


def start_of(day: date, grain: Grain) -> date:
    """Return the first day of the period of a day: a Monday, or the first of a month."""
    return day - timedelta(days=day.weekday()) if grain == Grain.WEEK else day.replace(day=1)


def place_of(day: date, span: Span) -> int:
    """Return which period of a span a day lies in, from 0; negative before it."""
    start = start_of(day, span.grain)
    if span.grain == Grain.WEEK:
        return (start - span.first).days // 7
    return (start.year - span.first.year) * 12 + start.month - span.first.month


def first_moves(company: Company, items: Items = None, warehouse: Warehouse | None = None) -> dict[Place, date]:
    """Return the day on which each item first came to each warehouse, in one statement."""
    moves = StockMove.objects.filter(company=company, to_location__warehouse__isnull=False)
    if items is not None:
        moves = moves.filter(item__in=items)
    if warehouse is not None:
        moves = moves.filter(to_location__warehouse=warehouse)
    found = moves.order_by().values_list("to_location__warehouse_id", "item_id").annotate(first=Min("effective_on"))
    return {(store, item): first for store, item, first in found}


def consumption(
    company: Company,
    span: Span,
    since: Mapping[Place, date],
    *,
    items: Items = None,
    warehouse: Warehouse | None = None,
) -> dict[Place, Series]:
    """
    Return the series of consumption of each item in each warehouse, oldest first, in one statement.

    :param since: from :func:`first_moves`; a series begins with the period of that day, or with the span.
    :returns: a series, maybe of zeros, for each place whose first move is before the end of the span.
    """
    period = TruncWeek("effective_on") if span.grain == Grain.WEEK else TruncMonth("effective_on")
    found = (
        signed_moves(company, items, warehouse)
        .filter(effective_on__gte=span.first, effective_on__lt=span.end)
        .annotate(period=period)
        .values_list("store", "item_id", "period")
        .annotate(total=Sum("signed"))
    )
    begins = {place: max(place_of(first, span), 0) for place, first in since.items() if first < span.end}
    series = {place: [ZERO] * (span.count - begin) for place, begin in begins.items()}
    for store, item, start, total in found:
        place = (store, item)
        if place in series and (at := place_of(start, span) - begins[place]) >= 0:
            series[place][at] = max(total, ZERO)
    return {place: tuple(values) for place, values in series.items()}


def signed_moves(company: Company, items: Items = None, warehouse: Warehouse | None = None) -> QuerySet[StockMove]:
    """Return moves of consumption with their ``store`` and ``signed`` quantity: negative for what came back."""
    moves = StockMove.objects.filter(company=company, kind__in=KINDS).annotate(
        store=Coalesce("from_location__warehouse_id", "to_location__warehouse_id"),
        signed=Case(
            When(from_location__warehouse__isnull=False, then=F("quantity")),
            default=-F("quantity"),
            output_field=QuantityField(),
        ),
    )
    if items is not None:
        moves = moves.filter(item__in=items)
    if warehouse is not None:
        moves = moves.filter(Q(from_location__warehouse=warehouse) | Q(to_location__warehouse=warehouse))
    return moves.filter(store__isnull=False).order_by()


def by_item(series: Mapping[Place, Series]) -> dict[int, Series]:
    """Add up the series of the warehouses of each item; they all end with the same period."""
    found: dict[int, list[Decimal]] = {}
    for (_store, item), values in series.items():
        total = found.setdefault(item, [])
        if len(values) > len(total):
            total[:0] = [ZERO] * (len(values) - len(total))
        offset = len(total) - len(values)
        for place, value in enumerate(values):
            total[offset + place] += value
    return {item: tuple(values) for item, values in found.items()}
