"""
Whether a billed line fits what was ordered and received: pure judgement.

A difference is accepted when it is within the percentage or within the amount, whichever is more, so that neither
cents on cheap goods nor small percentages of dear ones need a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

PERCENT = Decimal(2)
AMOUNT = Decimal(5)


@dataclass(frozen=True)
class Judgement:
    """
    What is wrong with a billed line.

    :param too_much: quantity billed beyond what was received and not billed before, in base units.
    :param difference: billed amount less what the goods were received for; negative when they are cheaper.
    :param is_price_accepted: whether the difference is within the tolerance.
    """

    too_much: Decimal
    difference: Decimal
    is_price_accepted: bool

    @property
    def is_blocked(self) -> bool:
        """Whether somebody has to decide before it is paid."""
        return self.too_much > 0 or not self.is_price_accepted


def judge(
    *,
    billed_quantity: Decimal,
    billed_amount: Decimal,
    open_quantity: Decimal,
    expected_amount: Decimal,
    percent: Decimal = PERCENT,
    amount: Decimal = AMOUNT,
) -> Judgement:
    """
    Compare a billed line with what came.

    :param open_quantity: received, kept and not billed yet, in base units.
    :param expected_amount: what the billed quantity was received for, without tax.
    :param percent: accepted difference in percent of the expected amount.
    :param amount: accepted difference in money.
    """
    difference = billed_amount - expected_amount
    accepted = max(abs(expected_amount) * percent / 100, amount)
    return Judgement(max(billed_quantity - open_quantity, Decimal(0)), difference, abs(difference) <= accepted)
