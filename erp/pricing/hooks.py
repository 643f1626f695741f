"""What operations answer to quotations: what items cost, and what price lists say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from crm.contracts.costing import agreed_prices, item_costs, list_prices
from crm.contracts.models import Quotation, QuotationLine
from erp.inventory.models import StockValue
from erp.inventory.selectors import with_average
from erp.pricing.selectors import Quote, sales_prices
from suite.masters.decimals import round_exact
from suite.masters.errors import NoConversion
from suite.masters.models import Company, Item

PLACES = 6
FULL = 100


@item_costs.provide
def costs_of_stock(company: Company, items: Collection[Item]) -> Mapping[int, Decimal]:
    """What a unit in stock costs on average; where nothing lies, the reference cost of the item."""
    values = StockValue.objects.filter(company=company, item__in={item.pk for item in items}, quantity__gt=0)
    rows: Any = with_average(values)
    averages = dict(rows.values_list("item_id", "average"))
    return {**item_costs.default(company, items), **{pk: cost for pk, cost in averages.items() if cost is not None}}


@agreed_prices.provide
def prices_by_lists(quotation: Quotation, lines: Sequence[QuotationLine]) -> Sequence[Decimal | None]:
    """What the price lists that are for the customer say; where none does, the list prices of the items."""
    usual = list_prices(quotation, lines)
    goods = [(place, line) for place, line in enumerate(lines) if line.item is not None]
    try:
        quotes = sales_prices(
            party=quotation.customer.party,
            company=quotation.company,
            currency=quotation.currency,
            includes_tax=quotation.price_includes_tax,
            day=quotation.document_date,
            wanted=[(line.item, line.unit, line.quantity) for _place, line in goods if line.item is not None],
        )
    except NoConversion:
        return usual
    prices = list(usual)
    for (place, _line), quote in zip(goods, quotes, strict=True):
        if quote is not None:
            prices[place] = _agreed(quote, usual[place])
    return prices


def _agreed(quote: Quote, usual: Decimal | None) -> Decimal | None:
    """The agreed price, or the usual one less the agreed discount."""
    price = quote.unit_price if quote.unit_price is not None else usual
    if price is None:
        return None
    return round_exact(Fraction(price) * (FULL - Fraction(quote.discount_percent)) / FULL, PLACES)
