"""Cells as people type them, turned into what a form field takes: dates, numbers, choices, yes and no."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext as _

from suite.core.text import listed
from suite.pages.exchange.writing import EXACT_DIGITS

Parse = Callable[[Any], Any]

# Day 0 of Excel's calendar, which counts a 29 February 1900 that never was.
EXCEL_DAY_ZERO = date(1899, 12, 30)
EXCEL_DAYS = range(1, 2_958_466)
YES = frozenset({"1", "y", "yes", "true", "t", "x", "是", "有", "对", "真", "√", "✓", "✔"})
NO = frozenset({"0", "n", "no", "false", "f", "否", "无", "错", "假", "×", "✗", "✘"})

_DATE = re.compile(r"(\d{4})\s*(?:[-/.]|年)\s*(\d{1,2})\s*(?:[-/.]|月)\s*(\d{1,2})\s*日?")
_SHORT_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})")
_COMPACT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")
_TIME = re.compile(r"[T\s]*(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?Z?")
_NUMBER = re.compile(r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:e[-+]?\d+)?", re.IGNORECASE)
_MONEY_SIGNS = re.compile(r"^(?:[¥￥$€£元]|RMB|CNY|USD)\s*|\s*元$", re.IGNORECASE)


def fold(text: Any) -> str:
    """Text as it is compared: half width, lower case, without blanks around it."""
    return unicodedata.normalize("NFKC", str(text)).strip().casefold()


def parser_of(field: forms.Field) -> Parse:
    """
    The function that prepares the cells of a column for ``field.clean()``.

    It raises ValidationError for what it cannot understand; relations are resolved elsewhere.
    """
    if isinstance(field, forms.TypedChoiceField | forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        return choice_parser(field)
    for kind, parse in _PARSERS:
        if isinstance(field, kind):
            return parse
    return parse_text


def parse_text(cell: Any) -> str:
    """Text; a number keeps its digits, and one that Excel has rounded is refused."""
    if isinstance(cell, bool):
        return _("Yes") if cell else _("No")
    if isinstance(cell, int | float):
        if abs(cell) >= 10**EXACT_DIGITS:
            raise ValidationError(
                _("Excel has rounded this long number. Format the column as text and enter it again."), "rounded"
            )
        return str(cell)
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}" if cell.time() != time.min else f"{cell:%Y-%m-%d}"
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def parse_date(cell: Any) -> date:
    """A date: 2024-01-05, 2024/1/5, 2024.1.5, 2024年1月5日, 20240105 or Excel's number of the day."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    return _moment(cell)[0]


def short_dates(cells: Iterable[Any]) -> dict[str, str]:
    """
    Read the dates of a column that begin with the day or the month, such as 1/8/19 or 31.01.2025.

    Which comes first is told by the whole column: a number above 12 is a day. Where none is, nobody can tell, and
    nothing is read. Years of two digits are of this century.

    :returns: the texts that are such dates, with the date as 2019-01-08.
    """
    texts = {cell for cell in cells if isinstance(cell, str)}
    found = {text: parts for text in texts if (parts := _SHORT_DATE.fullmatch(text.strip())) is not None}
    months_first = any(int(parts[2]) > 12 for parts in found.values())
    days_first = any(int(parts[1]) > 12 for parts in found.values())
    if months_first == days_first:
        return {}
    return {
        text: f"{int(parts[3]) % 100 + 2000 if len(parts[3]) == 2 else int(parts[3])}-"
        + ("-".join((parts[1], parts[2])) if months_first else "-".join((parts[2], parts[1])))
        for text, parts in found.items()
    }


def parse_datetime(cell: Any) -> datetime:
    """A date with or without a time of day; without a zone, as Django reads it in the current one."""
    if isinstance(cell, datetime):
        return cell
    if isinstance(cell, date):
        return datetime.combine(cell, time.min)
    return datetime.combine(*_moment(cell))


def _moment(cell: Any) -> tuple[date, time]:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _excel_moment(cell)
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    found = _DATE.match(text) or _COMPACT_DATE.match(text)
    rest = text[found.end() :] if found else ""
    clock = _TIME.fullmatch(rest) if rest.strip() else None
    if found is None or (rest.strip() and clock is None):
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            return _excel_moment(float(text))
        raise ValidationError(_("“%(value)s” is no date. Write it as 2024-01-31.") % {"value": cell}, "date")
    try:
        day = date(*map(int, found.groups()))
        hours = _clock(clock) if clock else time.min
    except ValueError as error:
        raise ValidationError(_("“%(value)s” is no date of the calendar.") % {"value": cell}, "date") from error
    return day, hours


def _clock(found: re.Match[str]) -> time:
    hour, minute, second = (int(part or 0) for part in found.groups())
    return time(hour, minute, second)


def _excel_moment(number: float) -> tuple[date, time]:
    whole = int(number)
    if whole not in EXCEL_DAYS:
        raise ValidationError(_("“%(value)s” is no date. Write it as 2024-01-31.") % {"value": number}, "date")
    moment = datetime.combine(EXCEL_DAY_ZERO, time.min) + timedelta(days=whole, seconds=round((number - whole) * 86400))
    return moment.date(), moment.time()


def parse_time(cell: Any) -> time:
    """A time of day."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    if isinstance(cell, float) and 0 <= cell < 1:
        return _excel_moment(1 + cell)[1]
    found = _TIME.fullmatch(unicodedata.normalize("NFKC", str(cell)).strip())
    try:
        if found is not None:
            return _clock(found)
    except ValueError as error:
        raise ValidationError(_("“%(value)s” is no time of day.") % {"value": cell}, "time") from error
    raise ValidationError(_("“%(value)s” is no time of day.") % {"value": cell}, "time")


def parse_number(cell: Any) -> Decimal:
    """A number: 1,234.50, ¥1,234.5, (12) for minus, full-width digits; a float counts as Excel shows it."""
    if isinstance(cell, Decimal):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Decimal(cell) if isinstance(cell, int) else Decimal(f"{cell:.{EXACT_DIGITS}g}")
    text = unicodedata.normalize("NFKC", str(cell)).replace("−", "-").strip()
    text = _MONEY_SIGNS.sub("", _MONEY_SIGNS.sub("", text)).strip()
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    text = text.removesuffix("%").strip()
    try:
        if text and _NUMBER.fullmatch(text.replace(" ", "")):
            return Decimal(text.replace(",", "").replace(" ", ""))
    except InvalidOperation as error:
        raise ValidationError(_("“%(value)s” is no number.") % {"value": cell}, "number") from error
    raise ValidationError(_("“%(value)s” is no number.") % {"value": cell}, "number")


def parse_integer(cell: Any) -> int:
    """A whole number."""
    number = parse_number(cell)
    if number != number.to_integral_value():
        raise ValidationError(_("“%(value)s” is no whole number.") % {"value": cell}, "integer")
    return int(number)


def parse_boolean(cell: Any) -> bool:
    """Yes or no, in words, signs or digits."""
    if isinstance(cell, bool):
        return cell
    text = fold(cell)
    if text in YES or text == fold(_("Yes")):
        return True
    if text in NO or text == fold(_("No")):
        return False
    raise ValidationError(_("“%(value)s” is neither yes nor no.") % {"value": cell}, "boolean")


def choice_parser(field: Any) -> Parse:
    """Codes of a choice field, by code or by label in any of the languages."""
    known: dict[str, Any] = {}
    labels: list[str] = []
    flat = [each for choice in field.choices for each in _flat(choice) if each[0] not in (None, "")]
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            for code, label in flat:
                known.setdefault(fold(label), code)
    for code, label in flat:
        known[fold(code)] = code
        labels.append(str(label))

    def parse(cell: Any) -> Any:
        found = known.get(fold(parse_text(cell)))
        if found is None:
            raise ValidationError(
                _("“%(value)s” is not among: %(choices)s.")
                % {"value": cell, "choices": listed(labels[:12]) + ("…" if len(labels) > 12 else "")},
                "choice",
            )
        return found

    return parse


def _flat(choice: tuple[Any, Any]) -> list[tuple[Any, Any]]:
    value, label = choice
    return list(label) if isinstance(label, list | tuple) else [(value, label)]


_PARSERS: tuple[tuple[type[forms.Field], Parse], ...] = (
    (forms.DateTimeField, parse_datetime),
    (forms.DateField, parse_date),
    (forms.TimeField, parse_time),
    (forms.BooleanField, parse_boolean),
    (forms.DecimalField, parse_number),
    (forms.FloatField, parse_number),
    (forms.IntegerField, parse_integer),
)
