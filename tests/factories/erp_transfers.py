"""Factories of transfers; each builds only what is asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from erp.transfers.models import TransferLine, TransferOrder
from tests.factories.erp import WarehouseFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory


class TransferOrderFactory(DjangoModelFactory[TransferOrder]):
    """A draft without lines, between two warehouses of a company."""

    class Meta:
        model = TransferOrder

    number = factory.Sequence(lambda n: f"TO{n:06}")
    source = factory.SubFactory(WarehouseFactory)
    target = factory.SubFactory(WarehouseFactory, company=factory.SelfAttribute("..source.company"))
    company = factory.SelfAttribute("source.company")
    needed_on = date(2026, 11, 2)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class TransferLineFactory(DjangoModelFactory[TransferLine]):
    """Ten pieces."""

    class Meta:
        model = TransferLine

    transfer = factory.SubFactory(TransferOrderFactory)
    position = factory.Sequence(lambda n: n + 1)
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(10)
