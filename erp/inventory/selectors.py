"""Questions about stock that its pages and figures ask."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, DecimalField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce, NullIf, Round

from erp.inventory.choices import StockStatus
from erp.inventory.models import Lot, StockMove, StockQuant, StockValue
from erp.masterdata.models import Location, StockLimit, Warehouse
from suite.masters.models import ItemCategory

QUANTITY: DecimalField[Any, Any] = DecimalField(max_digits=18, decimal_places=6)
# Digits of an average cost on screen.
COST: DecimalField[Any, Any] = DecimalField(max_digits=18, decimal_places=4)
ZERO = Value(Decimal(0), output_field=QUANTITY)


def with_free(quants: QuerySet[StockQuant]) -> QuerySet[StockQuant]:
    """Add ``unreserved``: what of each is good and kept for nobody."""
    free = Case(When(status=StockStatus.GOOD, then=F("on_hand") - F("reserved")), default=ZERO, output_field=QUANTITY)
    return quants.annotate(unreserved=free)


def with_average(values: QuerySet[StockValue]) -> QuerySet[StockValue]:
    """Add ``average``: what one unit costs; None where nothing is left."""
    average = F("amount") / NullIf(F("quantity"), ZERO)
    return values.annotate(average=Round(average, 4, output_field=COST))


def with_on_hand(lots: QuerySet[Lot]) -> QuerySet[Any]:
    """Add ``on_hand``: how much of each lot there is, in any status."""
    return lots.annotate(on_hand=_total(StockQuant.objects.filter(lot=OuterRef("pk")), "lot"))


def with_stock(limits: QuerySet[StockLimit]) -> QuerySet[Any]:
    """Add ``in_stock``: how much good stock of the item the warehouse has."""
    lying = StockQuant.objects.filter(
        item=OuterRef("item"), location__warehouse=OuterRef("warehouse"), status=StockStatus.GOOD
    )
    return limits.annotate(in_stock=_total(lying, "item"))


def below_minimum(limits: QuerySet[StockLimit]) -> QuerySet[StockLimit]:
    """Return the limits whose warehouse has less than the minimum."""
    return with_stock(limits).filter(in_stock__lt=F("minimum"))


def categories_below(categories: Iterable[ItemCategory]) -> list[int]:
    """Return the keys of categories and of all below them."""
    keys: set[int] = set()
    for category in categories:
        below = ItemCategory.tree.descendants(category.pk, include_self=True)
        keys.update(below.values_list("pk", flat=True))
    return sorted(keys)


def moves_of_warehouses(moves: QuerySet[StockMove], warehouses: Iterable[Warehouse]) -> QuerySet[StockMove]:
    """Return the moves into or out of the warehouses."""
    places = list(Location.objects.filter(warehouse__in=list(warehouses)).values_list("pk", flat=True))
    return moves.filter(Q(from_location__in=places) | Q(to_location__in=places))


def document_type(move: StockMove) -> Any:
    """Return the model of the document that a move was posted for, None without one; asked for once in a process."""
    if move.source_type_id is None:
        return None
    return ContentType.objects.get_for_id(move.source_type_id).model_class()


def _total(quants: QuerySet[StockQuant], group: str) -> Coalesce:
    summed = quants.order_by().values(group).annotate(total=Sum("on_hand")).values("total")
    return Coalesce(Subquery(summed), ZERO, output_field=QUANTITY)
