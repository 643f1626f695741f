"""Factories of ERP; each builds only what is asked."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import factory
from django.db import transaction
from factory.django import DjangoModelFactory

from erp.inventory.choices import MoveKind
from erp.inventory.ledger import Posting, post
from erp.inventory.models import CostAdjustment, Lot, StockMove, StockQuant, StockValue, ValuationEntry
from erp.inventory.services import adjust_cost
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import Location, StockItem, StockLimit, Warehouse
from erp.masterdata.services import common_location, create_warehouse, store_of
from suite.masters.models import Item
from tests.factories.masters import CompanyFactory, ItemFactory

AT = datetime(2026, 11, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


class WarehouseFactory(DjangoModelFactory[Warehouse]):
    """A warehouse with its location."""

    class Meta:
        model = Warehouse

    company = factory.SubFactory(CompanyFactory)
    code = factory.Sequence(lambda n: f"W{n + 1}")
    name = factory.Sequence(lambda n: f"仓库{n + 1}")

    @classmethod
    def _create(cls, model_class: type[Warehouse], *args: Any, **kwargs: Any) -> Warehouse:
        return create_warehouse(actor=None, at=AT, **kwargs)


class StockItemFactory(DjangoModelFactory[StockItem]):
    """How an item is stocked."""

    class Meta:
        model = StockItem

    item = factory.SubFactory(ItemFactory)


class StockLimitFactory(DjangoModelFactory[StockLimit]):
    """Between 100 and 500."""

    class Meta:
        model = StockLimit

    item = factory.SubFactory(ItemFactory)
    warehouse = factory.SubFactory(WarehouseFactory)
    minimum = Decimal(100)
    maximum = Decimal(500)


class LotFactory(DjangoModelFactory[Lot]):
    """A lot."""

    class Meta:
        model = Lot

    item = factory.SubFactory(ItemFactory)
    number = factory.Sequence(lambda n: f"L{n + 1:04}")


def stock(
    warehouse: Warehouse,
    item: Item,
    quantity: int | str | Decimal,
    cost: int | str | Decimal = 10,
    *,
    at: datetime = AT,
    lot: Lot | None = None,
) -> StockMove:
    """Let so much of an item lie in a warehouse, received at a cost for one."""
    amount = Decimal(quantity) * Decimal(cost)
    posting = Posting(
        key=f"test:{StockMove.objects.count()}",
        kind=MoveKind.RECEIPT,
        item_id=item.pk,
        quantity=Decimal(quantity),
        source=common_location(warehouse.company, LocationKind.SUPPLIER),
        target=store_of(warehouse),
        lot_id=lot.pk if lot is not None else None,
        amount=amount.quantize(Decimal("0.01")),
    )
    with transaction.atomic():
        (move,) = post([posting], company=warehouse.company, actor=None, at=at)
    return move


class LocationFactory(DjangoModelFactory[Location]):
    """The place of a new warehouse."""

    class Meta:
        model = Location

    warehouse = factory.SubFactory(WarehouseFactory)

    @classmethod
    def _create(cls, model_class: type[Location], *args: Any, **kwargs: Any) -> Location:
        return store_of(kwargs["warehouse"])


class StockMoveFactory(DjangoModelFactory[StockMove]):
    """A receipt of ten at 10 each."""

    class Meta:
        model = StockMove

    warehouse = factory.SubFactory(WarehouseFactory)
    item = factory.SubFactory(ItemFactory)
    quantity = 10
    cost = 10

    @classmethod
    def _create(cls, model_class: type[StockMove], *args: Any, **kwargs: Any) -> StockMove:
        return stock(**kwargs)


class StockQuantFactory(DjangoModelFactory[StockQuant]):
    """What a receipt left in a warehouse."""

    class Meta:
        model = StockQuant

    warehouse = factory.SubFactory(WarehouseFactory)
    item = factory.SubFactory(ItemFactory)

    @classmethod
    def _create(cls, model_class: type[StockQuant], *args: Any, **kwargs: Any) -> StockQuant:
        move = StockMoveFactory(**kwargs)
        return StockQuant.objects.get(
            item=move.item_id, location=move.to_location_id, lot=move.lot_id, status=move.to_status
        )


class StockValueFactory(DjangoModelFactory[StockValue]):
    """What a receipt is worth."""

    class Meta:
        model = StockValue

    warehouse = factory.SubFactory(WarehouseFactory)
    item = factory.SubFactory(ItemFactory)

    @classmethod
    def _create(cls, model_class: type[StockValue], *args: Any, **kwargs: Any) -> StockValue:
        move = StockMoveFactory(**kwargs)
        return StockValue.objects.get(company=move.company_id, item=move.item_id)


class ValuationEntryFactory(DjangoModelFactory[ValuationEntry]):
    """The value of a receipt."""

    class Meta:
        model = ValuationEntry

    warehouse = factory.SubFactory(WarehouseFactory)
    item = factory.SubFactory(ItemFactory)

    @classmethod
    def _create(cls, model_class: type[ValuationEntry], *args: Any, **kwargs: Any) -> ValuationEntry:
        return ValuationEntry.objects.get(move=StockMoveFactory(**kwargs))


class CostAdjustmentFactory(DjangoModelFactory[CostAdjustment]):
    """Freight of 5 on a receipt."""

    class Meta:
        model = CostAdjustment

    warehouse = factory.SubFactory(WarehouseFactory)
    item = factory.SubFactory(ItemFactory)

    @classmethod
    def _create(cls, model_class: type[CostAdjustment], *args: Any, **kwargs: Any) -> CostAdjustment:
        move = StockMoveFactory(**kwargs)
        return adjust_cost(
            receipt=move, amount=Decimal(5), reason="运费", key=f"test:freight:{move.pk}", actor=None, at=AT
        )
