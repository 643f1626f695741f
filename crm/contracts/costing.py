"""What a quotation costs, what margin it leaves, and how far its prices are below the agreed ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import prefetch_related_objects

from crm.contracts.models import Quotation, QuotationLine
from suite.documents.lines import list_price_in
from suite.hooks import Hook
from suite.masters.decimals import round_exact
from suite.masters.errors import NoConversion
from suite.masters.models import Company, Item
from suite.masters.selectors import UnitConverter

ZERO = Fraction(0)
FULL = 100


@Hook
def item_costs(company: Company, items: Collection[Item]) -> Mapping[int, Decimal]:
    """
    Return what one base unit of items costs in the company's base currency, by key; what is not known is left out.

    Without a system that values stock: the reference costs of the items.
    """
    return {item.pk: item.reference_cost for item in items if item.reference_cost is not None}


@Hook
def agreed_prices(quotation: Quotation, lines: Sequence[QuotationLine]) -> Sequence[Decimal | None]:
    """
    Return what one unit of each line usually costs this customer, in the quotation's currency and kind of price.

    Without price lists: the list prices of the items. None where there is no such price.
    """
    return list_prices(quotation, lines)


def list_prices(quotation: Quotation, lines: Sequence[QuotationLine]) -> list[Decimal | None]:
    """Return the list price of each line in its unit, None without item, list price or conversion."""
    factors = _factors(lines)
    prices: list[Decimal | None] = []
    for line, factor in zip(lines, factors, strict=True):
        if line.item is None or factor is None or not line.item.list_price:
            prices.append(None)
        else:
            prices.append(list_price_in(quotation, line.item.list_price, factor, line.tax_rate))
    return prices


@dataclass(frozen=True)
class LineMargin:
    """
    What one line brings and costs, in the base currency without tax, the discount on the whole included.

    :param cost: None when it is not known.
    :param discount: off the agreed price, in percent; negative when it is above.
    """

    line: QuotationLine
    revenue: Decimal
    cost: Decimal | None
    discount: Decimal

    @property
    def margin(self) -> Decimal | None:
        """What is left of the revenue, None without a known cost."""
        return None if self.cost is None else self.revenue - self.cost

    @property
    def margin_percent(self) -> Decimal | None:
        """The margin in percent of the revenue."""
        return margin_percent(self.revenue, self.cost)


@dataclass(frozen=True)
class Margin:
    """What a quotation brings and costs; see :class:`LineMargin`. ``cost`` is None unless all lines have one."""

    lines: list[LineMargin]
    revenue: Decimal
    cost: Decimal | None

    @property
    def margin(self) -> Decimal | None:
        """What is left of the revenue, None without a known cost."""
        return None if self.cost is None else self.revenue - self.cost

    @property
    def percent(self) -> Decimal | None:
        """The margin in percent of the revenue; None without a known cost or without revenue."""
        return margin_percent(self.revenue, self.cost)

    @property
    def max_discount(self) -> Decimal:
        """The highest discount of a line, at least 0."""
        return max((each.discount for each in self.lines), default=Decimal(0)).max(Decimal(0))


def margin_percent(revenue: Decimal, cost: Decimal | None) -> Decimal | None:
    """Return the margin in percent of the revenue to 0.01; None when either is unknown or nothing."""
    if cost is None or not revenue:
        return None
    return round_exact(Fraction(FULL) * (Fraction(revenue) - Fraction(cost)) / Fraction(revenue), 2)


def margin_of(quotation: Quotation) -> Margin:
    """Return what a quotation brings and costs at present; a fixed number of queries."""
    lines: list[Any] = list(quotation.lines.select_related("item", "unit").order_by("position"))
    items = [line.item for line in lines if line.item is not None]
    prefetch_related_objects(items, "base_unit")
    costs = item_costs(quotation.company, items)
    prices = agreed_prices(quotation, lines)
    kept = _kept(quotation, lines)
    found = []
    for line, factor, price in zip(lines, _factors(lines), prices, strict=True):
        unit_cost = costs.get(line.item_id) if line.item_id is not None else None
        cost = None if unit_cost is None or factor is None else Fraction(line.quantity) * factor * Fraction(unit_cost)
        revenue = Fraction(line.net_amount) * kept * Fraction(quotation.exchange_rate)
        found.append(
            LineMargin(
                line,
                round_exact(revenue, 2),
                None if cost is None else round_exact(cost, 2),
                round_exact(_discount(line, price, kept), 2),
            )
        )
    known = [each.cost for each in found]
    total = None if None in known or not known else sum((each for each in known if each is not None), Decimal(0))
    net = round_exact(Fraction(quotation.net_total) * Fraction(quotation.exchange_rate), 2)
    return Margin(found, net, total)


def refresh_margin(quotation: Quotation) -> Quotation:
    """Write the highest discount, the cost and the margin of a quotation as they are now."""
    found = margin_of(quotation)
    values = {
        "max_discount_percent": found.max_discount,
        "cost_total": found.cost,
        "margin_percent": found.percent,
    }
    Quotation.objects.filter(pk=quotation.pk).update(**values)
    for name, value in values.items():
        setattr(quotation, name, value)
    return quotation


def _kept(quotation: Quotation, lines: Sequence[QuotationLine]) -> Fraction:
    """What part of the lines the discount on the whole leaves."""
    gross = sum((Fraction(line.gross_amount) for line in lines), ZERO)
    return 1 - Fraction(quotation.discount_amount) / gross if gross else Fraction(1)


def _discount(line: QuotationLine, price: Decimal | None, kept: Fraction) -> Fraction:
    """In percent off the agreed price; without one, what the line and the quotation say themselves."""
    share = (1 - Fraction(line.discount_percent) / FULL) * kept
    if price:
        share = share * Fraction(line.unit_price) / Fraction(price)
    return (1 - share) * FULL


def _factors(lines: Sequence[QuotationLine]) -> list[Fraction | None]:
    """How many base units one unit of each line is; None without item, unit or conversion."""
    converter = UnitConverter(line.item for line in lines if line.item is not None)
    found: list[Fraction | None] = []
    for line in lines:
        if line.item is None:
            found.append(None)
            continue
        try:
            found.append(converter.factor(line.item, line.unit or line.item.base_unit, line.item.base_unit))
        except NoConversion:
            found.append(None)
    return found
