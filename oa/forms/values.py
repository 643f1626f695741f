"""
What a field of a form takes: reading one value as it is typed, chosen or sent as JSON.

A pure module. Read values are what JSON can hold, in one spelling each: figures as text with all their decimals, days
and times as ISO, rows of other tables by their keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from oa.flows.conditions import number
from oa.forms.choices import FieldKind
from oa.forms.schema import SHOWN, Column

# Amounts of the database have no more digits before the point.
LARGEST = Decimal(10) ** 15
SHORT, LONG = 200, 5000
YES = ("true", "on", "1", "yes")
NO = ("false", "off", "0", "no")


class Unreadable(ValueError):
    """What was entered does not fit the field; the text says what to enter."""


def is_empty(value: Any) -> bool:
    """Whether nothing was entered."""
    return value is None or value is False or value == "" or value == [] or value == {}


def read(column: Column, raw: Any) -> Any:
    """
    Return a value in its one spelling, None when nothing was entered.

    :raises Unreadable: when it does not fit the field.
    """
    if column.kind == FieldKind.YES_NO:
        return _yes_no(raw)
    if isinstance(raw, str):
        raw = raw.strip()
    if is_empty(raw) or column.kind in SHOWN:
        return None
    return READERS[column.kind](column, raw)


def plain(value: Decimal, places: int) -> str:
    """Return a figure as it is kept."""
    return f"{value:.{places}f}"


def _yes_no(raw: Any) -> bool:
    if raw is None or raw == "" or str(raw).lower() in NO:
        return False
    if str(raw).lower() in YES:
        return True
    raise Unreadable(_("Enter yes or no."))


def _text(column: Column, raw: Any) -> str:
    most = LONG if column.kind == FieldKind.LONG_TEXT else SHORT
    if not isinstance(raw, str) or "\x00" in raw:
        raise Unreadable(_("Enter a text."))
    if len(raw) > most:
        raise Unreadable(_("Enter at most %(most)s characters.") % {"most": most})
    return raw


def _figure(column: Column, raw: Any) -> str:
    found = number(raw.replace(",", "").replace("，", "") if isinstance(raw, str) else raw)
    if found is None or not isinstance(raw, str | int | float | Decimal):
        raise Unreadable(_("Enter a number."))
    if abs(found) >= LARGEST:
        raise Unreadable(_("The number is too large."))
    places = column.places
    if found != found.quantize(Decimal(1).scaleb(-places)):
        raise Unreadable(_("Enter at most %(most)s decimals.") % {"most": places})
    if column.minimum is not None and found < column.minimum:
        raise Unreadable(_("Enter at least %(least)s.") % {"least": f"{column.minimum:f}"})
    if column.maximum is not None and found > column.maximum:
        raise Unreadable(_("Enter at most %(most)s.") % {"most": f"{column.maximum:f}"})
    return plain(found, places)


def _date(_column: Column, raw: Any) -> str:
    try:
        return date.fromisoformat(raw).isoformat()
    except (TypeError, ValueError):
        raise Unreadable(_("Enter a date.")) from None


def _date_range(column: Column, raw: Any) -> dict[str, str] | None:
    if not isinstance(raw, Mapping) or raw.keys() - {"from", "to"}:
        raise Unreadable(_("Enter the first and the last day."))
    first, last = raw.get("from"), raw.get("to")
    if not first and not last:
        return None
    if not first or not last:
        raise Unreadable(_("Enter the first and the last day."))
    found = {"from": _date(column, first), "to": _date(column, last)}
    if found["to"] < found["from"]:
        raise Unreadable(_("The last day is before the first."))
    return found


def _time(_column: Column, raw: Any) -> str:
    try:
        return f"{time.fromisoformat(raw):%H:%M}"
    except (TypeError, ValueError):
        raise Unreadable(_("Enter a time.")) from None


def _datetime(_column: Column, raw: Any) -> str:
    try:
        return datetime.fromisoformat(raw).replace(tzinfo=None).isoformat(timespec="minutes")
    except (TypeError, ValueError):
        raise Unreadable(_("Enter a date and a time.")) from None


def _choice(column: Column, raw: Any) -> str:
    if not isinstance(raw, str) or raw not in column.choices:
        raise Unreadable(_("Choose one of what is offered."))
    return raw


def _choices(column: Column, raw: Any) -> list[str]:
    if not isinstance(raw, list) or any(each not in column.choices for each in raw):
        raise Unreadable(_("Choose among what is offered."))
    return [each for each in column.choices if each in raw]


def _key(_column: Column, raw: Any) -> int:
    # Keys of the database have at most 18 digits.
    if isinstance(raw, bool) or not str(raw).isdecimal() or len(str(raw)) > 18 or int(raw) == 0:
        raise Unreadable(_("Choose one of what is offered."))
    return int(raw)


def _keys(column: Column, raw: Any) -> list[int]:
    if not isinstance(raw, list):
        raise Unreadable(_("Attach files."))
    return list(dict.fromkeys(_key(column, each) for each in raw))


READERS: Mapping[FieldKind, Callable[[Column, Any], Any]] = {
    FieldKind.TEXT: _text,
    FieldKind.LONG_TEXT: _text,
    FieldKind.NUMBER: _figure,
    FieldKind.MONEY: _figure,
    FieldKind.DATE: _date,
    FieldKind.DATE_RANGE: _date_range,
    FieldKind.TIME: _time,
    FieldKind.DATETIME: _datetime,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.PERSON: _key,
    FieldKind.DEPARTMENT: _key,
    FieldKind.ITEM: _key,
    FieldKind.PARTY: _key,
    FieldKind.ATTACHMENT: _keys,
}
