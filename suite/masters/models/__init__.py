"""Master data that two or more systems share: who we trade with, in what, in which units, currencies and taxes."""

from suite.masters.models.items import (
    Item,
    ItemCategory,
    ItemUnit,
    Unit,
    UnitConversion,
)
from suite.masters.models.money import (
    Currency,
    ExchangeRate,
    PaymentTerms,
    PaymentTermsLine,
    TaxCode,
    TaxRate,
)
from suite.masters.models.parties import (
    Company,
    Party,
    PartyAddress,
    PartyBankAccount,
    PartyContact,
)

__all__ = [
    "Company",
    "Currency",
    "ExchangeRate",
    "Item",
    "ItemCategory",
    "ItemUnit",
    "Party",
    "PartyAddress",
    "PartyBankAccount",
    "PartyContact",
    "PaymentTerms",
    "PaymentTermsLine",
    "TaxCode",
    "TaxRate",
    "Unit",
    "UnitConversion",
]
