"""Exact rounding of fractions to decimals; no float and no limited precision on the way."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from fractions import Fraction

ROUNDINGS = (ROUND_HALF_UP, ROUND_UP, ROUND_DOWN)


def round_exact(value: Decimal | Fraction | int, decimals: int, rounding: str = ROUND_HALF_UP) -> Decimal:
    """
    Round to ``decimals`` places, as the exact value demands.

    ``Decimal.quantize`` of a quotient rounds twice, first to the precision of the context; this rounds once.
    ROUND_UP goes away from zero, ROUND_HALF_UP takes halves away from zero, so that ``-x`` gives the negative of ``x``.

    :raises ValueError: for any other rounding.
    """
    if rounding not in ROUNDINGS:
        raise ValueError(f"Unknown rounding {rounding}")
    scaled = Fraction(value) * 10**decimals
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    if (rounding == ROUND_UP and rest) or (rounding == ROUND_HALF_UP and 2 * rest >= scaled.denominator):
        whole += 1
    # Built from digits: scaleb() would round to the precision of the context.
    return Decimal((int(scaled < 0 and whole > 0), tuple(map(int, str(whole))), -decimals))


def convert(
    quantity: Decimal, numerator: int, denominator: int, decimals: int, rounding: str = ROUND_HALF_UP
) -> Decimal:
    """
    Return ``quantity * numerator / denominator`` rounded once to ``decimals`` places.

    :raises ValueError: unless both parts of the ratio are positive.
    """
    if numerator <= 0 or denominator <= 0:
        raise ValueError("A conversion needs a positive numerator and denominator")
    return round_exact(Fraction(quantity) * Fraction(numerator, denominator), decimals, rounding)


def split_exact(total: Decimal, weights: list[Decimal], decimals: int = 2) -> list[Decimal]:
    """
    Split ``total`` in proportion to ``weights``; the parts add up to it exactly.

    Cumulated shares are rounded, so that no part is off by more than one unit of the last place, and a part of
    weight zero is zero.

    :raises ValueError: when the weights add up to zero, or one has another sign than their sum.
    """
    whole = sum(map(Fraction, weights))
    if not whole or any(weight * whole < 0 for weight in map(Fraction, weights)):
        raise ValueError("Weights need one sign and a sum")
    parts: list[Decimal] = []
    seen, given = Fraction(0), Decimal(0)
    for weight in weights:
        seen += Fraction(weight)
        reached = round_exact(Fraction(total) * seen / whole, decimals)
        parts.append(reached - given)
        given = reached
    return parts
