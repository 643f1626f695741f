"""Factories of the master data and of number rules; each builds only what is asked."""

from datetime import date
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from suite.documents.choices import Reset
from suite.documents.models import NumberRule
from suite.masters.choices import AddressKind, TaxKind
from suite.masters.models import (
    Company,
    Currency,
    ExchangeRate,
    Item,
    ItemCategory,
    ItemUnit,
    Party,
    PartyAddress,
    PartyBankAccount,
    PartyContact,
    PaymentTerms,
    PaymentTermsLine,
    TaxCode,
    TaxRate,
    Unit,
    UnitConversion,
)
from suite.masters.uscc import check_character


def uscc(number: int) -> str:
    """Return the valid unified social credit code with a running number."""
    first17 = f"91440300MA{number:07d}"
    return first17 + check_character(first17)


class CurrencyFactory(DjangoModelFactory[Currency]):
    """The renminbi, unless another code is given."""

    class Meta:
        model = Currency
        django_get_or_create = ("code",)

    code = "CNY"
    name = factory.SelfAttribute("code")
    symbol = "¥"


class ExchangeRateFactory(DjangoModelFactory[ExchangeRate]):
    """7.1 renminbi for a dollar."""

    class Meta:
        model = ExchangeRate

    currency = factory.SubFactory(CurrencyFactory, code="USD", symbol="$")
    rate_date = date(2026, 1, 1)
    rate = Decimal("7.1")


class CompanyFactory(DjangoModelFactory[Company]):
    """A legal entity; the first one of a test is the default."""

    class Meta:
        model = Company

    code = factory.Sequence(lambda n: f"C{n}")
    name = factory.Sequence(lambda n: f"澜拓电子第{n}有限公司")
    base_currency = factory.SubFactory(CurrencyFactory)


class PartyFactory(DjangoModelFactory[Party]):
    """A customer."""

    class Meta:
        model = Party

    code = factory.Sequence(lambda n: f"T{n:06}")
    name = factory.Sequence(lambda n: f"启岳数码第{n}有限公司")
    is_customer = True


class PartyAddressFactory(DjangoModelFactory[PartyAddress]):
    """A delivery address."""

    class Meta:
        model = PartyAddress

    party = factory.SubFactory(PartyFactory)
    kind = AddressKind.DELIVERY
    province = "广东省"
    city = "东莞市"
    district = "长安镇"
    street = "振安东路188号"


class PartyContactFactory(DjangoModelFactory[PartyContact]):
    """A person to talk to."""

    class Meta:
        model = PartyContact

    party = factory.SubFactory(PartyFactory)
    name = "方可心"


class PartyBankAccountFactory(DjangoModelFactory[PartyBankAccount]):
    """A bank account."""

    class Meta:
        model = PartyBankAccount

    party = factory.SubFactory(PartyFactory)
    bank_name = "中国银行"
    account_number = factory.Sequence(lambda n: f"6217{n:012}")


class UnitFactory(DjangoModelFactory[Unit]):
    """Pieces, unless another code is given."""

    class Meta:
        model = Unit
        django_get_or_create = ("code",)

    code = "ZHI"
    name = factory.LazyAttribute(lambda unit: "只" if unit.code == "ZHI" else unit.code)


class UnitConversionFactory(DjangoModelFactory[UnitConversion]):
    """A dozen."""

    class Meta:
        model = UnitConversion

    from_unit = factory.SubFactory(UnitFactory, code="DOZ")
    to_unit = factory.SubFactory(UnitFactory)
    numerator = 12


class TaxCodeFactory(DjangoModelFactory[TaxCode]):
    """A tax without rates."""

    class Meta:
        model = TaxCode
        django_get_or_create = ("code",)

    code = "VAT-STANDARD"
    name = "增值税 基本税率"
    kind = TaxKind.STANDARD


class TaxRateFactory(DjangoModelFactory[TaxRate]):
    """13 %, the basic rate of value added tax."""

    class Meta:
        model = TaxRate

    tax_code = factory.SubFactory(TaxCodeFactory)
    rate = Decimal(13)
    valid_from = date(2019, 4, 1)


class ItemCategoryFactory(DjangoModelFactory[ItemCategory]):
    """A category at the top of the tree."""

    class Meta:
        model = ItemCategory

    code = factory.Sequence(lambda n: f"CAT{n}")
    name = factory.Sequence(lambda n: f"类别{n}")


class ItemFactory(DjangoModelFactory[Item]):
    """A finished product."""

    class Meta:
        model = Item

    code = factory.Sequence(lambda n: f"LT-{n:05}")
    name = "65W 氮化镓充电器"
    base_unit = factory.SubFactory(UnitFactory)
    list_price = Decimal("62")


class ItemUnitFactory(DjangoModelFactory[ItemUnit]):
    """A carton of 24."""

    class Meta:
        model = ItemUnit

    item = factory.SubFactory(ItemFactory)
    unit = factory.SubFactory(UnitFactory, code="CTN")
    numerator = 24


class PaymentTermsFactory(DjangoModelFactory[PaymentTerms]):
    """Payment terms; without ``parts`` everything is due at once."""

    class Meta:
        model = PaymentTerms
        skip_postgeneration_save = True

    code = factory.Sequence(lambda n: f"PT{n}")
    name = factory.SelfAttribute("code")

    @factory.post_generation
    def parts(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """Add parts given as (percent, days, basis), by one statement because they must add up to 100."""
        PaymentTermsLine.objects.bulk_create(
            PaymentTermsLine(terms=self, position=position, percent=percent, days=days, basis=basis)
            for position, (percent, days, basis) in enumerate(extracted or (), start=1)
        )


class PaymentTermsLineFactory(DjangoModelFactory[PaymentTermsLine]):
    """The only part of payment terms."""

    class Meta:
        model = PaymentTermsLine

    terms = factory.SubFactory(PaymentTermsFactory)
    percent = Decimal(100)
    days = 30


class NumberRuleFactory(DjangoModelFactory[NumberRule]):
    """A rule for all companies."""

    class Meta:
        model = NumberRule

    kind = "suite.party"
    pattern = "K{yyyy}-{seq:03}"
    reset = Reset.YEAR
