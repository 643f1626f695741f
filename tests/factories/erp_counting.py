"""Factories of stock counting; each builds only what is asked."""

from __future__ import annotations

from datetime import date

import factory
from factory.django import DjangoModelFactory

from erp.counting.models import CountLine, CountSheet
from erp.masterdata.services import store_of
from tests.factories.erp import WarehouseFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory


class CountSheetFactory(DjangoModelFactory[CountSheet]):
    """A sheet that was not started."""

    class Meta:
        model = CountSheet

    number = factory.Sequence(lambda n: f"CS{n:06}")
    warehouse = factory.SubFactory(WarehouseFactory)
    company = factory.SelfAttribute("warehouse.company")
    count_on = date(2026, 11, 2)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class CountLineFactory(DjangoModelFactory[CountLine]):
    """A line that is not counted yet."""

    class Meta:
        model = CountLine

    sheet = factory.SubFactory(CountSheetFactory)
    position = factory.Sequence(lambda n: n + 1)
    item = factory.SubFactory(ItemFactory)
    location = factory.LazyAttribute(lambda line: store_of(line.sheet.warehouse))
