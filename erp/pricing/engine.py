"""
Which price applies: pure functions over rules, exact on the way.

A rule says what one of its unit costs from a minimum quantity on, in a period. Among the rules that a quantity
reaches on a day the most specific counts, then the highest tier, then the one that began last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from suite.masters.decimals import round_exact

# Unit prices are kept with so many decimals.
PLACES = 6


@dataclass(frozen=True)
class Rule:
    """
    One line of a price list or agreement.

    :param key: names the rule and decides among equals; the higher is the newer.
    :param minimum: from how many of the rule's unit on it applies.
    :param factor: how many base units one of the rule's unit is, more than 0.
    :param price: of one of the rule's unit; None: a discount off the list price.
    :param discount_percent: 5 means 5 % less.
    :param valid_from: the first day, None: since ever.
    :param valid_to: the last day, None: until further notice.
    :param priority: the higher is the more specific.
    """

    key: int
    minimum: Decimal = Decimal(0)
    factor: Fraction = Fraction(1)
    price: Decimal | None = None
    discount_percent: Decimal = Decimal(0)
    valid_from: date | None = None
    valid_to: date | None = None
    priority: int = 0

    @property
    def tier(self) -> Fraction:
        """The minimum quantity in base units."""
        return Fraction(self.minimum) * self.factor

    def is_valid_on(self, day: date) -> bool:
        """Whether the day lies in its period, both ends included."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


def choose(rules: Iterable[Rule], quantity: Fraction, day: date) -> Rule | None:
    """
    Return the rule that applies, None when none does.

    :param quantity: in base units.
    """
    usable = (rule for rule in rules if rule.is_valid_on(day) and rule.tier <= quantity)
    return max(
        usable,
        key=lambda rule: (rule.priority, rule.tier, rule.valid_from or date.min, rule.key),
        default=None,
    )


def price_in(rule: Rule, factor: Fraction) -> Decimal | None:
    """
    Return what one of another unit costs by a rule, None when the rule is a discount only.

    :param factor: how many base units one of the other unit is.
    """
    if rule.price is None:
        return None
    return round_exact(Fraction(rule.price) * factor / rule.factor, PLACES)


def raised(price: Decimal, percent: Decimal, decimals: int) -> Decimal:
    """
    Return a price raised by a percentage, rounded once; a negative percentage lowers it.

    :raises ValueError: when it would not stay above or at zero.
    """
    if percent < -100:
        raise ValueError("A price cannot be lowered by more than all of it")
    return round_exact(Fraction(price) * (100 + Fraction(percent)) / 100, decimals)
