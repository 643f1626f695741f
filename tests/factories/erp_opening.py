"""Factories of opening stock."""

from __future__ import annotations

from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from erp.opening.models import OpeningStock
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.masters import ItemFactory


class OpeningStockFactory(DjangoModelFactory[OpeningStock]):
    """Ten pieces at 5 each, as they were entered; the ledger has nothing of them."""

    class Meta:
        model = OpeningStock

    warehouse = factory.SubFactory(WarehouseFactory)
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(10)
    unit_cost = Decimal(5)
    base_quantity = Decimal(10)
    value = Decimal(50)
    entered_at = AT
