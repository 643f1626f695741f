"""Questions of those who sell: can the lines of a quotation or contract be had, and what is there of an item?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from erp.inventory.choices import StockStatus
from erp.inventory.models import StockQuant
from erp.inventory.selectors import ZERO
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Warehouse
from erp.planning.atp import availability_of
from erp.planning.choices import AlertKind
from erp.planning.models import StockAlert
from erp.planning.supply import coming_lines, totals
from erp.purchasing.choices import OPEN_ORDERS
from suite.access.restrict import restrict
from suite.documents.models import Document, LineBase
from suite.masters.errors import NoConversion
from suite.masters.models import Company, Item
from suite.masters.selectors import UnitConverter

# What keeps a salesperson from promising; old or excess stock does not.
WARNED = (AlertKind.SHORTAGE, AlertKind.BELOW_MINIMUM)
GOOD = Q(status=StockStatus.GOOD)


@dataclass(frozen=True)
class LineOutlook:
    """
    What can be promised of one line, after the lines before it.

    :param asked: in the base unit of the item.
    :param available: by the wanted day, of what is asked.
    :param full_date: when all of it can be had; None if nobody knows.
    :param alerts: what is wrong with the item's stock, as people read it.
    """

    line: LineBase
    item: Item
    asked: Decimal
    available: Decimal
    full_date: date | None
    alerts: tuple[str, ...]

    @property
    def is_short(self) -> bool:
        """Whether not all of it can be had by the wanted day."""
        return self.available < self.asked

    @property
    def is_warning(self) -> bool:
        """Whether whoever promises it should think twice."""
        return self.is_short or bool(self.alerts)


@dataclass(frozen=True)
class Lying:
    """What there is of an item in one warehouse, in the base unit."""

    warehouse: Warehouse
    good: Decimal
    reserved: Decimal
    other: Decimal
    coming: Decimal

    @property
    def free(self) -> Decimal:
        """Good stock that is kept for nobody."""
        return self.good - self.reserved


def line_outlooks(document: Document, *, today: date, wanted_on: date | None = None) -> list[LineOutlook]:
    """
    Return what can be promised of every line with goods, in a fixed number of statements.

    A line takes from those after it. One in a unit that nothing converts is left out.
    """
    manager: Any = document
    lines = list(manager.lines.filter(item__isnull=False, quantity__gt=0).select_related("item__base_unit", "unit"))
    lines.sort(key=lambda line: line.position)
    pks = {line.item_id for line in lines}
    if not pks:
        return []
    company: Company = document.company
    available = availability_of(company, pks, today)
    alerts = alerts_of(company, pks)
    converter = UnitConverter(line.item for line in lines)
    day = max(wanted_on or today, today)
    found = []
    for line in lines:
        asked = _asked(line, converter)
        if asked is None or asked <= 0:
            continue
        promise, available[line.item_id] = available[line.item_id].take(asked, day)
        outlook = (promise.on_wanted_date, promise.full_date, alerts[line.item_id])
        found.append(LineOutlook(line, line.item, asked, *outlook))
    return found


def lying_of(item: Item, *, user: Any) -> list[Lying]:
    """Return what there is of an item in each warehouse that the user may see, where there is or comes something."""
    warehouses = {each.pk: each for each in restrict(Warehouse.objects.all(), user=user).select_related("company")}
    quants = restrict(StockQuant.objects.filter(item=item, location__kind=LocationKind.STORE), user=user)
    sums = {
        row["location__warehouse"]: row
        for row in quants.order_by()
        .values("location__warehouse")
        .annotate(
            good=Coalesce(Sum("on_hand", filter=GOOD), ZERO),
            kept=Coalesce(Sum("reserved"), ZERO),
            other=Coalesce(Sum("on_hand", filter=~GOOD), ZERO),
        )
    }
    coming: dict[int, Decimal] = {}
    for company in companies_of(warehouses.values()):
        coming |= totals(coming_lines(company, [item.pk], OPEN_ORDERS), "document__warehouse_id")
    nothing = {"good": Decimal(0), "kept": Decimal(0), "other": Decimal(0)}
    return [
        Lying(warehouses[pk], row["good"], row["kept"], row["other"], coming.get(pk, Decimal(0)))
        for pk in sorted((sums.keys() | coming.keys()) & warehouses.keys())
        for row in (sums.get(pk, nothing),)
        if row["good"] or row["other"] or pk in coming
    ]


def companies_of(warehouses: Iterable[Warehouse]) -> list[Company]:
    """Return the companies of warehouses."""
    return [company for _pk, company in sorted({each.company_id: each.company for each in warehouses}.items())]


def alerts_of(company: Company, items: Iterable[int]) -> defaultdict[int, tuple[str, ...]]:
    """Return what is wrong with the stock of items and keeps one from promising, as people read it, by key."""
    rows = StockAlert.objects.filter(company=company, item__in=items, kind__in=WARNED).order_by("kind")
    kinds: defaultdict[int, dict[str, None]] = defaultdict(dict)
    for item, kind in rows.values_list("item_id", "kind"):
        kinds[item][str(AlertKind(kind).label)] = None
    return defaultdict(tuple, {item: tuple(labels) for item, labels in kinds.items()})


def _asked(line: Any, converter: UnitConverter) -> Decimal | None:
    """Return the quantity of a line in the base unit; None if nothing says how much that is."""
    base = line.item.base_unit
    try:
        return converter.convert(line.item, line.quantity, line.unit or base, base)
    except NoConversion:
        return None
