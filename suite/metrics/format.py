"""Figures as people read them: amounts in ten thousands in Chinese, in thousands in English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from suite.metrics.choices import Unit
from suite.metrics.periods import Period
from suite.metrics.values import Change

MISSING = "—"
# Below this an amount is told in yuan.
SMALL_MONEY = Decimal(10_000)
SPARK_WIDTH, SPARK_HEIGHT, SPARK_MARGIN = Decimal(96), Decimal(36), Decimal(4)


@dataclass(frozen=True)
class Shown:
    """A figure and the unit that stands small behind it."""

    text: str
    unit: str = ""

    def __str__(self) -> str:
        if not self.unit:
            return self.text
        gap = "" if self.unit == "%" else " "
        return f"{self.text}{gap}{self.unit}"


def figure(value: Any, unit: str, counter: Any = "") -> Shown:
    """Return a figure for reading; "—" when it is missing."""
    if value is None:
        return Shown(MISSING)
    if not isinstance(value, Decimal | int):
        return Shown(str(value))
    number = Decimal(value)
    if unit == Unit.MONEY:
        return _money(number)
    if unit == Unit.PERCENT:
        return Shown(_fixed(number, 1), "%")
    if unit == Unit.COUNT:
        return Shown(_short(number, 2), str(counter))
    return Shown(_short(number, 1), str(Unit(unit).label) if unit else "")


def money_scale() -> tuple[Decimal, str]:
    """Return by what large amounts are divided in the present language, and the word for the result."""
    if is_chinese():
        return Decimal(10_000), pgettext("unit", "10k CNY")
    return Decimal(1_000), pgettext("unit", "k CNY")


def change_text(found: Change | None) -> str:
    """Return "▲ 12.4%", "▼ 1.3 points" or "n/a"."""
    if found is None:
        return _("n/a")
    amount = round_half_up(found.amount, 1)
    sign = "▲" if amount > 0 else "▼" if amount < 0 else "■"
    number = _fixed(abs(amount), 1)
    if found.is_points:
        return _("%(sign)s %(number)s points") % {"sign": sign, "number": number}
    return f"{sign} {number}%"


def period_title(period: Period) -> str:
    """Return "November 2026", "Q4 2026", "2026" or the two days."""
    start = period.start
    if period.kind == "month":
        return date_format(start, "YEAR_MONTH_FORMAT")
    if period.kind == "quarter":
        return _("Q%(quarter)d %(year)d") % {"quarter": (start.month + 2) // 3, "year": start.year}
    if period.kind == "year":
        return _("Year %(year)d") % {"year": start.year}
    return f"{start:%Y-%m-%d} – {period.end:%Y-%m-%d}"


def spark(series: Sequence[Decimal | None]) -> SafeString:
    """Return the line of earlier figures as SVG; nothing for fewer than two."""
    known = [value for value in series if value is not None]
    if len(known) < 2:
        return SafeString("")
    low, high = min(known), max(known)
    span = (high - low) or Decimal(1)
    step = SPARK_WIDTH / (len(series) - 1)
    room = SPARK_HEIGHT - 2 * SPARK_MARGIN
    points = [
        (index * step, SPARK_HEIGHT - SPARK_MARGIN - (value - low) / span * room)
        for index, value in enumerate(series)
        if value is not None
    ]
    line = "L".join(f"{_fixed(x, 1)} {_fixed(y, 1)}" for x, y in points)
    last_x, last_y = points[-1]
    return format_html(
        '<svg class="spark" viewBox="0 0 96 36" preserveAspectRatio="none" aria-hidden="true">'
        '<path class="area" d="M{line}L{last} 36L{first} 36Z"/><path d="M{line}"/>'
        '<circle cx="{last}" cy="{y}" r="2.5"/></svg>',
        line=line,
        last=_fixed(last_x, 1),
        first=_fixed(points[0][0], 1),
        y=_fixed(last_y, 1),
    )


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """Round halves away from zero."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def is_chinese() -> bool:
    """Whether the present language counts in ten thousands."""
    return (get_language() or "").startswith("zh")


def _money(value: Decimal) -> Shown:
    if abs(value) < SMALL_MONEY:
        return Shown(f"{round_half_up(value, 0):,f}", pgettext("unit", "CNY"))
    divisor, unit = money_scale()
    return Shown(f"{round_half_up(value / divisor, 1):,f}", unit)


def _fixed(value: Decimal, decimals: int) -> str:
    return f"{round_half_up(value, decimals):f}"


def _short(value: Decimal, decimals: int) -> str:
    text = f"{round_half_up(value, decimals):,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
