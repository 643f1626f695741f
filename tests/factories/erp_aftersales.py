"""Factories of tickets about orders."""

from __future__ import annotations

import factory
from factory.django import DjangoModelFactory

from erp.aftersales.models import TicketOrder
from tests.factories.crm import CustomerFactory
from tests.factories.crm_service import TicketFactory
from tests.factories.erp_sales import SalesOrderFactory


class TicketOrderFactory(DjangoModelFactory[TicketOrder]):
    """A ticket about an order of its customer."""

    class Meta:
        model = TicketOrder

    order = factory.SubFactory(SalesOrderFactory)
    ticket = factory.SubFactory(
        TicketFactory, customer=factory.SubFactory(CustomerFactory, party=factory.SelfAttribute("...order.party"))
    )
