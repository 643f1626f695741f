"""
What there is of items, what comes, and what is asked for and not covered yet: the figures that planning starts from.

Quantities are in the base unit; each question is one statement, however many items it is about.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import F, Model, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from erp.inventory.choices import StockStatus
from erp.inventory.models import StockQuant
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Warehouse
from erp.purchasing.models import PurchaseOrderLine, PurchaseRequestLine
from erp.sales.choices import OPEN
from erp.sales.models import SalesOrderLine
from erp.sales.selectors import with_kept
from suite.masters.models import Company

M = TypeVar("M", bound=Model)

# Which items a question is about: their keys, or None for all.
Items = Collection[int] | QuerySet[Any, Any] | None


def free_stock(company: Company, items: Items, day: date, *, warehouse: Warehouse | None = None) -> QuerySet[Any]:
    """Return good stock in warehouses that is kept for nobody and can still be used on a day."""
    quants = StockQuant.objects.filter(
        Q(lot__isnull=True) | Q(lot__expires_on__isnull=True) | Q(lot__expires_on__gte=day),
        location__company=company,
        location__kind=LocationKind.STORE,
        location__is_active=True,
        location__warehouse__is_active=True,
        status=StockStatus.GOOD,
        on_hand__gt=F("reserved"),
    )
    return _narrowed(quants, items, warehouse, "location__warehouse").annotate(open=F("on_hand") - F("reserved"))


def coming_lines(
    company: Company, items: Items, states: Collection[str], *, warehouse: Warehouse | None = None
) -> QuerySet[Any]:
    """Return lines of purchase orders in some states with what is ``open`` of each, and the ``day`` it should come."""
    lines = PurchaseOrderLine.objects.filter(document__company=company, document__status__in=states)
    kept = F("received_quantity") - F("returned_quantity")
    return (
        _narrowed(lines, items, warehouse, "document__warehouse")
        .annotate(
            open=F("base_quantity") - kept,
            day=Coalesce("promised_on", "document__expected_on", "needed_on"),
        )
        .filter(open__gt=0)
    )


def requested_lines(company: Company, items: Items, *, warehouse: Warehouse | None = None) -> QuerySet[Any]:
    """Return lines of open requisitions with what is ``open``, that is not ordered yet."""
    lines = PurchaseRequestLine.objects.filter(request__company=company, is_open=True)
    return (
        _narrowed(lines, items, warehouse, "request__warehouse")
        .annotate(open=F("quantity") - F("ordered_quantity"))
        .filter(open__gt=0)
    )


def uncovered_lines(company: Company, items: Items, *, warehouse: Warehouse | None = None) -> QuerySet[Any]:
    """Return lines of open sales orders with what is ``open``: neither delivered nor kept; and the ``day`` for it."""
    lines = SalesOrderLine.objects.filter(document__company=company, document__status__in=OPEN, item__isnull=False)
    return (
        with_kept(_narrowed(lines, items, warehouse, "document__warehouse"))
        .annotate(
            open=F("base_quantity") - F("delivered") - F("kept"),
            day=Coalesce("promised_on", "requested_on", "document__requested_on"),
        )
        .filter(open__gt=0)
    )


def totals(rows: QuerySet[Any], *by: str) -> dict[Any, Decimal]:
    """Return the sum of what is ``open``, by item or by the columns named."""
    columns = by or ("item_id",)
    found = rows.order_by().values_list(*columns).annotate(total=Sum("open"))
    return {(row[0] if len(columns) == 1 else row[:-1]): row[-1] for row in found}


def _narrowed(rows: QuerySet[M], items: Items, warehouse: Warehouse | None, path: str) -> QuerySet[M]:
    if items is not None:
        rows = rows.filter(item__in=items)
    return rows if warehouse is None else rows.filter(**{path: warehouse})
