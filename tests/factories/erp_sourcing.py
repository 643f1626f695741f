"""Factories of requests for quotation, quotes and blanket orders; each builds only what is asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from erp.sourcing.models import (
    BlanketLine,
    BlanketOrder,
    BlanketSchedule,
    CallOff,
    Invitation,
    RequestForQuotation,
    RequestLine,
    SupplierQuote,
    SupplierQuoteLine,
)
from tests.factories.erp import AT, WarehouseFactory
from tests.factories.erp_purchasing import PurchaseOrderFactory
from tests.factories.hrm import UserFactory
from tests.factories.masters import ItemFactory, PartyFactory


class RequestForQuotationFactory(DjangoModelFactory[RequestForQuotation]):
    """A request for quotation without lines."""

    class Meta:
        model = RequestForQuotation

    number = factory.Sequence(lambda n: f"RFQ{n:06}")
    warehouse = factory.SubFactory(WarehouseFactory)
    company = factory.SelfAttribute("warehouse.company")
    due_on = date(2026, 11, 9)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class InvitationFactory(DjangoModelFactory[Invitation]):
    """A supplier that is asked."""

    class Meta:
        model = Invitation

    rfq = factory.SubFactory(RequestForQuotationFactory)
    supplier = factory.SubFactory(PartyFactory, is_customer=False, is_supplier=True)


class RequestLineFactory(DjangoModelFactory[RequestLine]):
    """A hundred of an item."""

    class Meta:
        model = RequestLine

    rfq = factory.SubFactory(RequestForQuotationFactory)
    position = factory.Sequence(lambda n: n + 1)
    item = factory.SubFactory(ItemFactory)
    unit = factory.SelfAttribute("item.base_unit")
    quantity = Decimal(100)
    base_quantity = factory.SelfAttribute("quantity")


class SupplierQuoteFactory(DjangoModelFactory[SupplierQuote]):
    """A quote without lines."""

    class Meta:
        model = SupplierQuote

    number = factory.Sequence(lambda n: f"SQ{n:06}")
    rfq = factory.SubFactory(RequestForQuotationFactory)
    company = factory.SelfAttribute("rfq.company")
    supplier = factory.SubFactory(PartyFactory, is_customer=False, is_supplier=True)
    currency = factory.SelfAttribute("company.base_currency")
    quoted_on = date(2026, 11, 3)
    request = factory.LazyFunction(uuid4)
    owner = factory.SelfAttribute("rfq.owner")
    created_by = factory.SelfAttribute("owner")


class SupplierQuoteLineFactory(DjangoModelFactory[SupplierQuoteLine]):
    """Ten for one."""

    class Meta:
        model = SupplierQuoteLine

    quote = factory.SubFactory(SupplierQuoteFactory)
    rfq_line = factory.SubFactory(RequestLineFactory, rfq=factory.SelfAttribute("..quote.rfq"))
    unit_price = Decimal(10)


class BlanketOrderFactory(DjangoModelFactory[BlanketOrder]):
    """A blanket order without lines."""

    class Meta:
        model = BlanketOrder

    number = factory.Sequence(lambda n: f"BO{n:06}")
    warehouse = factory.SubFactory(WarehouseFactory)
    company = factory.SelfAttribute("warehouse.company")
    supplier = factory.SubFactory(PartyFactory, is_customer=False, is_supplier=True)
    currency = factory.SelfAttribute("company.base_currency")
    valid_from = date(2026, 11, 1)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class BlanketLineFactory(DjangoModelFactory[BlanketLine]):
    """A thousand of an item at ten each."""

    class Meta:
        model = BlanketLine

    blanket = factory.SubFactory(BlanketOrderFactory)
    position = factory.Sequence(lambda n: n + 1)
    item = factory.SubFactory(ItemFactory)
    unit = factory.SelfAttribute("item.base_unit")
    quantity = Decimal(1000)
    unit_price = Decimal(10)


class BlanketScheduleFactory(DjangoModelFactory[BlanketSchedule]):
    """A hundred on a day."""

    class Meta:
        model = BlanketSchedule

    line = factory.SubFactory(BlanketLineFactory)
    due_on = date(2026, 11, 16)
    quantity = Decimal(100)


class CallOffFactory(DjangoModelFactory[CallOff]):
    """A call-off with an empty order."""

    class Meta:
        model = CallOff

    blanket = factory.SubFactory(BlanketOrderFactory)
    order = factory.SubFactory(PurchaseOrderFactory)
    request = factory.LazyFunction(uuid4)
    actor = factory.SubFactory(UserFactory)
    at = AT
