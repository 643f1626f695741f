"""Payment terms as arithmetic: what is due when. No database, no clock."""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, Protocol

from suite.masters.choices import PaymentBasis
from suite.masters.decimals import round_exact


class TermsLine(Protocol):
    """One part of payment terms: a row of ``PaymentTermsLine`` or a :class:`Part`."""

    @property
    def percent(self) -> Decimal: ...
    @property
    def days(self) -> int: ...
    @property
    def basis(self) -> str: ...
    @property
    def label(self) -> str: ...


@dataclass(frozen=True)
class Part:
    """A part of payment terms that is not stored."""

    percent: Decimal
    days: int = 0
    basis: str = PaymentBasis.AFTER_INVOICE
    label: str = ""


class Instalment(NamedTuple):
    """One amount that falls due."""

    due_date: date
    amount: Decimal
    label: str


def month_end(day: date) -> date:
    """Return the last day of the month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def due_date(line: TermsLine, base_date: date) -> date:
    """Return the day on which the part is due, its days counted from the base date or the end of that month."""
    start = month_end(base_date) if line.basis == PaymentBasis.MONTH_END else base_date
    return start + timedelta(days=line.days)


def instalments(
    total: Decimal,
    lines: Sequence[TermsLine],
    base_date: date,
    *,
    dates: Mapping[str, date] | None = None,
    decimals: int = 2,
) -> list[Instalment]:
    """
    Return the payment plan of ``total``, in the order of the lines; the amounts add up to it exactly.

    Without lines everything is due on ``base_date``.

    :param base_date: the day all parts count from …
    :param dates: … unless the day of their basis is known better, such as the day of delivery.
    :raises ValueError: unless the percentages add up to 100.
    """
    if not lines:
        return [Instalment(base_date, total, "")]
    if sum(line.percent for line in lines) != 100:
        raise ValueError("The percentages of payment terms must add up to 100")
    known, left, plan = dates or {}, total, []
    for position, line in enumerate(lines, start=1):
        share = round_exact(Fraction(total) * Fraction(line.percent) / 100, decimals)
        # The last part takes the remainder; none takes more than what is left of a total of a few cents.
        amount = left if position == len(lines) or abs(share) > abs(left) else share
        label = line.label or str(PaymentBasis(line.basis).label)
        plan.append(Instalment(due_date(line, known.get(line.basis, base_date)), amount, label))
        left -= amount
    return plan
