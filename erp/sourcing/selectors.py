"""Questions about requests for quotation; each takes a fixed number of statements for any number of lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from django.db.models import QuerySet

from erp.pricing.choices import AgreementStatus
from erp.pricing.models import PriceAgreementLine
from erp.pricing.selectors import Factors
from erp.purchasing.models import PurchaseOrderLine
from erp.purchasing.selectors import AGREED
from erp.sourcing.choices import QuoteStatus
from erp.sourcing.engine import Ask, Comparison, Offer, compare, net_price
from erp.sourcing.models import RequestForQuotation, RequestLine, SupplierQuote, SupplierQuoteLine
from suite.masters.models import Company, Currency
from suite.masters.selectors import rate_on, tax_rates_on


@dataclass(frozen=True)
class Reference:
    """What one base unit cost elsewhere, without tax in base currency: the price, from whom, and when or by what."""

    price: Fraction
    supplier: str
    source: str


@dataclass(frozen=True)
class Sheet:
    """A request for quotation with the quotes that count, side by side."""

    rfq: RequestForQuotation
    lines: Sequence[RequestLine]
    quotes: Sequence[SupplierQuote]
    offers: Mapping[int, SupplierQuoteLine]
    comparison: Comparison


def quotes_that_count(rfq: RequestForQuotation) -> QuerySet[SupplierQuote]:
    """Return the quotes that none replaced, by supplier."""
    return rfq.quotes.exclude(status=QuoteStatus.REPLACED).order_by("supplier__code", "pk")


def compare_quotes(rfq: RequestForQuotation, today: date) -> Sheet:
    """Set the quotes of a request side by side; lead times count from today."""
    lines = list(rfq.lines.select_related("item__base_unit", "unit", "awarded__quote").order_by("position"))
    quotes = list(quotes_that_count(rfq).select_related("supplier", "currency"))
    found = SupplierQuoteLine.objects.filter(quote__in=quotes).select_related("quote")
    offers = {line.pk: line for line in found}
    factors = {line.pk: Fraction(line.base_quantity) / Fraction(line.quantity) for line in lines}
    comparison = compare(
        [Ask(line.pk, Fraction(line.base_quantity), line.needed_on) for line in lines],
        [_offer(line, factors[line.rfq_line_id]) for line in offers.values()],
        today=today,
    )
    return Sheet(rfq, lines, quotes, offers, comparison)


def _offer(line: SupplierQuoteLine, factor: Fraction) -> Offer:
    quote = line.quote
    price = net_price(
        line.unit_price,
        tax_percent=line.tax_rate,
        includes_tax=quote.price_includes_tax,
        rate=quote.exchange_rate,
        base_units=factor,
    )
    return Offer(
        line.pk,
        line.rfq_line_id,
        quote.supplier_id,
        price,
        Fraction(line.minimum_quantity) * factor,
        line.lead_time_days,
    )


def last_paid(company: Company, item_pks: Collection[int]) -> dict[int, Reference]:
    """Return what a company last paid for items, whoever sold them, by key of the item."""
    lines = (
        PurchaseOrderLine.objects.filter(
            item__in=item_pks, document__company=company, document__status__in=AGREED, base_quantity__gt=0
        )
        .order_by("item_id", "-document__document_date", "-pk")
        .distinct("item_id")
        .values_list(
            "item_id",
            "net_amount",
            "document__exchange_rate",
            "base_quantity",
            "document__supplier__name",
            "document__number",
        )
    )
    return {
        item: Reference(Fraction(amount) * Fraction(rate) / Fraction(quantity), supplier, number)
        for item, amount, rate, quantity, supplier, number in lines
    }


def lowest_agreed(company: Company, lines: Sequence[RequestLine], today: date) -> dict[int, Reference]:
    """Return the lowest price in force for the quantity of each line, whichever supplier agreed to it, by line."""
    prices = PriceAgreementLine.objects.filter(
        item__in={line.item_id for line in lines},
        agreement__company=company,
        agreement__status=AgreementStatus.ACTIVE,
        agreement__valid_from__lte=today,
    ).exclude(agreement__valid_to__lt=today)
    found = list(prices.select_related("item__tax_code", "unit", "agreement__supplier", "agreement__currency"))
    if not found:
        return {}
    factors = Factors(each.item for each in found)
    taxes = tax_rates_on({each.item.tax_code.code for each in found if each.item.tax_code is not None}, today)
    rates = _rates(company, {each.agreement.currency for each in found}, today)
    offers = [(each, factors.of(each.item, each.unit)) for each in found]
    best: dict[int, Reference] = {}
    for line in lines:
        own = [
            (_agreed_net(each, factor, rates, taxes), each)
            for each, factor in offers
            if each.item_id == line.item_id and Fraction(each.minimum_quantity) * factor <= Fraction(line.base_quantity)
        ]
        if own:
            price, each = min(own, key=lambda pair: (pair[0], pair[1].pk))
            best[line.pk] = Reference(price, str(each.agreement.supplier), str(each.agreement))
    return best


def _agreed_net(
    line: PriceAgreementLine, factor: Fraction, rates: Mapping[int, Decimal], taxes: Mapping[str, Decimal]
) -> Fraction:
    code = line.item.tax_code.code if line.item.tax_code is not None else ""
    return net_price(
        line.unit_price,
        tax_percent=taxes.get(code, Decimal(0)),
        includes_tax=line.agreement.price_includes_tax,
        rate=rates[line.agreement.currency_id],
        base_units=factor,
    )


def _rates(company: Company, currencies: Collection[Currency], on: date) -> dict[int, Decimal]:
    """Return what one unit of each currency is worth in the base currency, by key of the currency."""
    return {each.pk: Decimal(1) if each.pk == company.base_currency_id else rate_on(each, on) for each in currencies}
