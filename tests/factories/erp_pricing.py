"""Factories of price lists and agreements; each builds only what is asked."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from erp.pricing.models import PriceAgreement, PriceAgreementLine, PriceList, PriceListLine, PriceListParty
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory, ItemFactory, PartyFactory


class PriceListFactory(DjangoModelFactory[PriceList]):
    """A list for everybody, without prices."""

    class Meta:
        model = PriceList

    company = factory.SubFactory(CompanyFactory)
    name = factory.Sequence(lambda n: f"2026 价目表 {n}")
    currency = factory.SelfAttribute("company.base_currency")


class PriceListPartyFactory(DjangoModelFactory[PriceListParty]):
    """A customer of a list."""

    class Meta:
        model = PriceListParty

    price_list = factory.SubFactory(PriceListFactory)
    party = factory.SubFactory(PartyFactory)


class PriceListLineFactory(DjangoModelFactory[PriceListLine]):
    """Fifty for one base unit of an item, from the beginning of the year on."""

    class Meta:
        model = PriceListLine

    price_list = factory.SubFactory(PriceListFactory)
    item = factory.SubFactory(ItemFactory)
    unit = factory.SelfAttribute("item.base_unit")
    unit_price = Decimal(50)
    valid_from = date(2026, 1, 1)


class PriceAgreementFactory(DjangoModelFactory[PriceAgreement]):
    """An agreement without prices, still a draft."""

    class Meta:
        model = PriceAgreement

    company = factory.SubFactory(CompanyFactory)
    number = factory.Sequence(lambda n: f"PA{n:06}")
    supplier = factory.SubFactory(PartyFactory, is_customer=False, is_supplier=True)
    currency = factory.SelfAttribute("company.base_currency")
    valid_from = date(2026, 1, 1)
    owner = factory.SubFactory(UserFactory)
    created_by = factory.SelfAttribute("owner")


class PriceAgreementLineFactory(DjangoModelFactory[PriceAgreementLine]):
    """Forty for one base unit of an item, in ten days."""

    class Meta:
        model = PriceAgreementLine

    agreement = factory.SubFactory(PriceAgreementFactory)
    item = factory.SubFactory(ItemFactory)
    unit = factory.SelfAttribute("item.base_unit")
    unit_price = Decimal(40)
    lead_time_days = 10
