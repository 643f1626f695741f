"""
Amounts of document lines and documents: pure functions, exact to the smallest unit of the currency.

Every line is rounded once (halves away from zero), its tax is taken from the rounded amount, as on a Chinese VAT
invoice, and a document is the sum of its lines, so that what is printed adds up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from suite.masters.decimals import round_exact, split_exact

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Amounts:
    """What one line comes to; ``net + tax = gross``."""

    net: Decimal
    tax: Decimal
    gross: Decimal
    tax_percent: Decimal


@dataclass(frozen=True)
class Totals:
    """
    What a document comes to; ``net + tax = gross = sum of the lines' gross - discount``.

    :param by_rate: the amounts for each tax percentage, highest first, after the discount.
    """

    net: Decimal
    tax: Decimal
    gross: Decimal
    discount: Decimal
    by_rate: tuple[Amounts, ...]


def line_amounts(
    quantity: Decimal,
    unit_price: Decimal,
    discount_percent: Decimal,
    tax_percent: Decimal,
    *,
    decimals: int = 2,
    price_includes_tax: bool = False,
) -> Amounts:
    """
    Return what a line comes to.

    :param discount_percent: 5 means the line costs 95 % of quantity times price.
    :param decimals: of the currency.
    :param price_includes_tax: the price is gross 含税单价; the tax is then taken out of the rounded gross amount.
    """
    amount = Fraction(quantity) * Fraction(unit_price) * (100 - Fraction(discount_percent)) / 100
    if price_includes_tax:
        gross = round_exact(amount, decimals)
        tax = tax_within(gross, tax_percent, decimals)
        return Amounts(gross - tax, tax, gross, tax_percent)
    net = round_exact(amount, decimals)
    tax = round_exact(Fraction(net) * Fraction(tax_percent) / 100, decimals)
    return Amounts(net, tax, net + tax, tax_percent)


def tax_within(gross: Decimal, tax_percent: Decimal, decimals: int = 2) -> Decimal:
    """Return the tax that a gross amount contains."""
    return round_exact(Fraction(gross) * Fraction(tax_percent) / (100 + Fraction(tax_percent)), decimals)


def document_totals(lines: Sequence[Amounts], discount: Decimal = ZERO, *, decimals: int = 2) -> Totals:
    """
    Return what a document comes to.

    :param discount: taken off the gross sum; it lowers the amounts of the lines in proportion to their gross amount
        and with it their tax, as a discount on the same invoice does (国税发〔1993〕154号).
    :raises ValueError: when the discount is negative or more than the sum of the lines.
    """
    total = sum((line.gross for line in lines), ZERO)
    if discount and not 0 < discount <= total:
        raise ValueError("A discount lies between nothing and the sum of the lines")
    if discount:
        shares = split_exact(discount, [max(line.gross, ZERO) for line in lines], decimals)
        lines = [_lowered(line, share, decimals) for line, share in zip(lines, shares, strict=True)]
    net, tax = (sum((getattr(line, part) for line in lines), ZERO) for part in ("net", "tax"))
    return Totals(net, tax, net + tax, discount, tuple(_by_rate(lines)))


def _lowered(line: Amounts, share: Decimal, decimals: int) -> Amounts:
    tax = tax_within(share, line.tax_percent, decimals)
    return Amounts(line.net - (share - tax), line.tax - tax, line.gross - share, line.tax_percent)


def _by_rate(lines: Iterable[Amounts]) -> Iterable[Amounts]:
    sums: dict[Decimal, tuple[Decimal, Decimal]] = {}
    for line in lines:
        net, tax = sums.get(line.tax_percent, (ZERO, ZERO))
        sums[line.tax_percent] = (net + line.net, tax + line.tax)
    for percent in sorted(sums, reverse=True):
        net, tax = sums[percent]
        yield Amounts(net, tax, net + tax, percent)
