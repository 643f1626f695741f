"""Questions about sales orders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.db.models import F, Max, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from erp.inventory.ledger import Demand, reservations_of
from erp.inventory.models import Reservation
from erp.masterdata.models import Location
from erp.sales.choices import AGREED, OPEN
from erp.sales.models import DeliveryLine, SalesOrder, SalesOrderLine
from suite.masters.fields import QuantityField
from suite.masters.models import Company

WAITED_FOR = """
    SELECT EXISTS (
        SELECT FROM erp_salesorderline l JOIN erp_salesorder o ON o.id = l.document_id
        WHERE o.company_id = %s AND o.status = ANY(%s) AND l.item_id = ANY(%s)
          AND l.base_quantity - l.delivered > (
              SELECT coalesce(sum(r.quantity), 0) FROM erp_reservation r
              WHERE r.demand_type_id = %s AND r.demand_id = l.id
          )
    )
"""
# Quantities in base units, by key of a line.
Quantities = Mapping[int, Decimal]


def demand_of(line: SalesOrderLine, quantity: Decimal) -> Demand:
    """Return the demand for so much of the item of a line."""
    if line.item_id is None:
        raise ValueError(f"{line} has no item")
    return Demand(line, line.item_id, quantity)


def kept_for(lines: Iterable[SalesOrderLine], place: Location | None = None) -> dict[int, Decimal]:
    """Return how much is kept in stock for lines, at one place or anywhere, by key of the line."""
    found = reservations_of(list(lines))
    if place is not None:
        found = found.filter(quant__location=place)
    return dict(found.order_by().values_list("demand_id").annotate(Sum("quantity")))


def kept_by_store(lines: Iterable[SalesOrderLine]) -> dict[int, dict[int, Decimal]]:
    """Return how much is kept in stock for lines in each warehouse, by keys of line and warehouse."""
    found: dict[int, dict[int, Decimal]] = {}
    sums = reservations_of(list(lines)).order_by().values_list("demand_id", "quant__location__warehouse")
    for line, store, total in sums.annotate(total=Sum("quantity")):
        found.setdefault(line, {})[store] = total
    return found


def with_kept(lines: QuerySet[SalesOrderLine]) -> QuerySet[SalesOrderLine]:
    """Return lines with ``kept``: how much stock is kept for each, in base units."""
    kind = ContentType.objects.get_for_model(SalesOrderLine)
    sums = (
        Reservation.objects.filter(demand_type=kind, demand_id=OuterRef("pk"))
        .order_by()
        .values("demand_id")
        .annotate(total=Sum("quantity"))
        .values("total")
    )
    return lines.annotate(kept=Coalesce(Subquery(sums), Decimal(0), output_field=QuantityField()))


def late_orders(orders: QuerySet[SalesOrder], day: date) -> QuerySet[SalesOrder]:
    """Return those of the orders that should have been delivered before a day and are not."""
    return orders.filter(status__in=OPEN, requested_on__lt=day)


def orders_to_ship(orders: QuerySet[SalesOrder]) -> QuerySet[SalesOrder]:
    """Return those of the orders for which something is kept in stock, so that it can go."""
    kind = ContentType.objects.get_for_model(SalesOrderLine)
    kept = SalesOrderLine.objects.filter(pk__in=Reservation.objects.filter(demand_type=kind).values("demand_id"))
    return orders.filter(pk__in=kept.values("document"), status__in=OPEN)


def with_due(lines: QuerySet[SalesOrderLine]) -> QuerySet[Any]:
    """Return lines with ``due``: the day that was promised for them, else the day that the customer asked for."""
    return lines.annotate(due=Coalesce("promised_on", "requested_on", "document__requested_on"))


def agreed_lines(lines: QuerySet[SalesOrderLine]) -> QuerySet[SalesOrderLine]:
    """Return those of the lines of goods that customers count on."""
    return lines.filter(item__isnull=False, document__status__in=AGREED)


def delivered_in_time(lines: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of the lines :func:`with_due` that were delivered in full by that day."""
    deliveries = DeliveryLine.objects.filter(order_line=OuterRef("pk")).order_by().values("order_line")
    last = Subquery(deliveries.annotate(day=Max("document__document_date")).values("day"))
    full = agreed_lines(lines).filter(base_quantity__gt=0, delivered__gte=F("base_quantity"))
    return full.alias(last_delivered_on=last).filter(last_delivered_on__lte=F("due"))


def is_waited_for(company: int, items: Collection[int]) -> bool:
    """Whether :func:`waiting_lines` would find any, in a fifth of its time: it is asked of all that arrives."""
    kind = ContentType.objects.get_for_model(SalesOrderLine)
    with connection.cursor() as cursor:
        cursor.execute(WAITED_FOR, [company, [str(status) for status in OPEN], list(items), kind.pk])
        return bool(cursor.fetchone()[0])


def waiting_lines(company: Company | int, items: Collection[int] | QuerySet[Any, Any]) -> QuerySet[SalesOrderLine]:
    """Return lines of open orders that wait for stock of items, with what is ``missing``, the longest waiting first."""
    lines = SalesOrderLine.objects.filter(document__company=company, document__status__in=OPEN, item__in=items)
    missing = F("base_quantity") - F("delivered") - F("kept")
    return (
        with_kept(lines)
        .annotate(missing=missing)
        .filter(missing__gt=0)
        .order_by("document__confirmed_at", "document_id", "position")
    )
