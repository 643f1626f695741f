"""
Columns of lists: declared by name, derived from the model field, rendered as plain strings.

A cell is one small function from row to escaped HTML, chosen once for each column and request; no template runs
for a cell or a row, which is why a list of fifty rows costs little more than an empty page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

EMPTY = SafeString('<span class="t-2">—</span>')


@dataclass(frozen=True)
class Column:
    """
    One column of a list.

    :param name: lookup path (``party__name``), annotation or attribute.
    :param label: heading; None: the field's verbose name.
    :param render: function from row to text or safe HTML, instead of the derived one.
    :param sort: lookup to order by; None: derived; empty: not sortable.
    :param phone: role of the cell on a phone: p-start, p-end, p-full or p-no.
    :param is_total: summed up below the list.
    :param value: function from row to the plain value for export and API.
    """

    name: str
    label: Any = None
    render: Callable[[Any], Any] | None = None
    sort: str | None = None
    align: str = ""
    phone: str = "p-no"
    is_total: bool = False
    value: Callable[[Any], Any] | None = None
    field: Any = None
    is_optional: bool = False

    @property
    def heading(self) -> str:
        return capfirst(str(self.label if self.label is not None else self.name))

    def get(self, row: Any) -> Any:
        """The plain value of a row."""
        if self.value is not None:
            return self.value(row)
        found = row
        for part in self.name.split("__"):
            if found is None:
                return None
            found = getattr(found, part)
        return found() if callable(found) and not isinstance(found, models.Manager) else found

    def getter(self) -> Callable[[Any], Any]:
        """The function from row to plain value; that of a plain field without detours."""
        if self.value is None and self.field is not None and "__" not in self.name:
            return attrgetter(self.name)
        return self.get

    def display(self, row: Any) -> Any:
        """The value as a person reads it in an exported file."""
        value = self.get(row)
        if self.field is not None and self.field.choices:
            return str(dict(self.field.flatchoices).get(value, value or ""))
        return str(value) if isinstance(value, models.Model) else value


def find_field(model: type[models.Model], path: str) -> models.Field[Any, Any] | None:
    """The model field at a lookup path, None for annotations and methods."""
    found: Any = None
    current: Any = model
    for part in path.split("__"):
        if current is None:
            return None
        try:
            found = current._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        current = found.related_model if found.is_relation else None
    return found if isinstance(found, models.Field) else None


def derive(model: type[models.Model], declared: str | Column) -> Column:
    """Complete a declared column from the model field it names."""
    column = declared if isinstance(declared, Column) else Column(declared)
    field = find_field(model, column.name)
    if field is None:
        return column if column.sort is not None else replace(column, sort="")
    numeric = isinstance(field, models.DecimalField | models.IntegerField | models.FloatField) and not field.choices
    changes: dict[str, Any] = {"field": field}
    if column.label is None:
        changes["label"] = field.verbose_name
    if not column.align and numeric:
        changes["align"] = "num"
    if column.sort is None:
        # Of a JSON value the page's cursor would not know what comes next.
        is_ordered = not field.is_relation and not isinstance(field, models.JSONField)
        changes["sort"] = column.name if is_ordered else ""
    return replace(column, **changes)


def relations(model: type[models.Model], columns: list[Column]) -> list[str]:
    """Paths for ``select_related`` that the columns need."""
    return [*_relations(model, tuple(column.name for column in columns))]


@lru_cache(maxsize=1000)
def _relations(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, ...]:
    paths = set()
    for name in names:
        parts = name.split("__")
        for length in range(1, len(parts) + 1):
            field = find_field(model, "__".join(parts[:length]))
            if field is not None and (field.many_to_one or field.one_to_one):
                paths.add("__".join(parts[:length]))
    return tuple(sorted(paths))


def badge(text: Any, tone: str = "") -> SafeString:
    """A status badge in one of the look's tones."""
    css = f"st st-{tone}" if tone else "st"
    return SafeString(f'<span class="{css}">{escape(text)}</span>')


def avatar(name: str, size: str = "xs") -> SafeString:
    """The round mark of a person: last character of a Chinese name, first of another."""
    if not name:
        return SafeString("")
    mark = name[-1] if ord(name[-1]) > 0x2E80 else name[0].upper()
    tone = ("", " a2", " a3", " a4", " a5")[sum(map(ord, name)) % 5]
    return SafeString(f'<span class="avatar avatar-{size}{tone}" aria-hidden="true">{escape(mark)}</span>')


def person(name: Any) -> SafeString:
    """A person with avatar."""
    text = str(name)
    return SafeString(
        f'<span class="d-inline-flex align-items-center gap-2 text-nowrap">{avatar(text)}{escape(text)}</span>'
    )


def money(value: Decimal | None, decimals: int = 2) -> str:
    """An amount with thousands separators."""
    return "—" if value is None else f"{value:,.{decimals}f}"


def big_money(value: Decimal | None) -> str:
    """An amount at a glance: in ten thousands (万) for Chinese, in thousands otherwise."""
    if value is None:
        return "—"
    if (get_language() or "").startswith("zh"):
        return f"{value / 10_000:,.1f} 万"
    return f"{value / 1_000:,.1f}k"


def quantity(value: Decimal | None) -> str:
    """A quantity without trailing zeros."""
    if value is None:
        return "—"
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def short_date(value: date | datetime | None) -> str:
    """Month and day this year, the full date otherwise."""
    return _date_text(value, timezone.localdate().year)


def _date_text(value: date | datetime | None, this_year: int) -> str:
    if value is None:
        return "—"
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    text = value.isoformat()
    return text[5:] if value.year == this_year else text


def renderer(column: Column, model: type[models.Model]) -> Callable[[Any], str]:
    """The function that turns a row into the HTML of this column's cell."""
    if column.render is not None:
        render = column.render
        return lambda row: _safe(render(row))
    field = column.field
    get = column.getter()
    if field is None:
        return lambda row: _safe(get(row))
    if column.name == "status" and hasattr(model, "status_tone"):
        tones = model.status_tone
        labels = {value: badge(label, tones.get(value, "")) for value, label in field.flatchoices}
        return lambda row: labels.get(get(row), EMPTY)
    if field.choices:
        texts = {v: f'<span class="text-nowrap">{escape(label)}</span>' for v, label in field.flatchoices}
        return lambda row: texts.get(get(row), EMPTY)
    if isinstance(field, models.DecimalField):
        plain = quantity if field.decimal_places > 2 else money
        return lambda row: plain(get(row))
    if isinstance(field, models.BooleanField):
        yes, no = escape(_("Yes")), escape(_("No"))
        return lambda row: yes if get(row) else no
    if isinstance(field, models.DateField):
        this_year = timezone.localdate().year
        return lambda row: f'<span class="text-nowrap">{_date_text(get(row), this_year)}</span>'
    if field.is_relation and field.related_model is not None:
        return _relation_renderer(column, get)
    return lambda row: _safe(get(row))


def _relation_renderer(column: Column, get: Callable[[Any], Any]) -> Callable[[Any], str]:
    """Many rows lead to few others: each of these is made into text once."""
    from suite.access.models import User

    draw: Callable[[Any], str] = person if issubclass(column.field.related_model, User) else _safe
    if column.value is not None or "__" in column.name or not column.field.many_to_one:
        return lambda row: draw(value) if (value := get(row)) is not None else EMPTY
    key_of = attrgetter(column.field.attname)
    texts: dict[Any, str] = {None: EMPTY}

    def render(row: Any) -> str:
        key = key_of(row)
        text = texts.get(key)
        if text is None:
            text = texts[key] = draw(get(row))
        return text

    return render


def _safe(value: Any) -> str:
    if value is None or value == "":
        return EMPTY
    return value if isinstance(value, SafeString) else escape(value)
