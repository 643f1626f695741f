"""What the master data refuses."""

from __future__ import annotations

from suite.core.errors import DomainError


class NoExchangeRate(DomainError):
    """No exchange rate is known on or before the date."""

    code = "no-exchange-rate"


class NoTaxRate(DomainError):
    """The tax has no rate on the date."""

    code = "no-tax-rate"


class NoConversion(DomainError):
    """Nothing says how one unit converts into another for the item."""

    code = "no-conversion"


class NoDefaultCompany(DomainError):
    """No company is the default one yet."""

    code = "no-default-company"
