"""Filters and tags of the look."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Textarea
from django.utils.safestring import SafeString

from suite.core.barcodes import bars_svg, qr_svg
from suite.core.text import listed
from suite.masters.capitals import in_capitals
from suite.pages import columns
from suite.pages.fragments import fresh, kept

register = template.Library()

register.tag("kept", kept)
register.tag("fresh", fresh)

register.filter("badge", columns.badge)
register.filter("quantity", columns.quantity)
register.filter("short_date", columns.short_date)
register.filter("person", columns.person)
register.filter("listed", listed)
register.filter("capitals", in_capitals)


@register.filter
def money(value: Decimal | None, decimals: int = 2) -> str:
    """An amount with thousands separators."""
    return columns.money(value, decimals)


@register.filter
def avatar(name: Any, size: str = "sm") -> SafeString:
    """The round mark of a person."""
    return columns.avatar(str(name), size)


@register.filter
def tone_badge(obj: Any) -> SafeString:
    """The status badge of an object."""
    return columns.badge(obj.get_status_display(), getattr(obj, "status_tone", {}).get(obj.status, ""))


@register.filter
def is_wide(field: BoundField) -> bool:
    """Whether a form field takes the whole width."""
    widget = field.field.widget
    return isinstance(widget, Textarea | CheckboxSelectMultiple) or "data-wide" in widget.attrs


@register.filter
def is_check(field: BoundField) -> bool:
    """Whether a form field is a single check box."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_group(field: BoundField) -> bool:
    """Whether a form field is a group of choices."""
    return isinstance(field.field.widget, CheckboxSelectMultiple | RadioSelect)


@register.filter
def get_item(mapping: Any, key: Any) -> Any:
    """A value of a mapping by a computed key."""
    return mapping.get(key) if mapping else None


@register.simple_tag
def line_rows(lines: Any) -> list[Any]:
    """The rows of a line grid with the fields a person edits."""
    return [(form, [f for f in form if f.name not in {"id", "DELETE"}]) for form in lines.forms]


@register.simple_tag
def blank_line(lines: Any) -> Any:
    """The row that a new line starts from."""
    form = lines.empty_form
    return form, [f for f in form if f.name not in {"id", "DELETE"}]


@register.simple_tag
def pageset_url(pageset: Any, view: str, *args: Any) -> str:
    """Address of one of a PageSet's pages."""
    return str(pageset.url(view, *args))


@register.simple_tag
def query_with(query: Any, **changes: Any) -> str:
    """The list's query string with changes."""
    return str(query.query(**changes))


@register.filter
def big_money(value: Decimal | None) -> str:
    """An amount at a glance: in ten thousands (万) for Chinese, in thousands otherwise."""
    return columns.big_money(value)


@register.simple_tag
def barcode(text: Any, height: float = 10, width: float | None = None) -> SafeString:
    """The bar code of a number or code, in millimetres; the QR code of what bars cannot say."""
    return bars_svg(str(text or ""), height=height, width=width)


@register.simple_tag
def qrcode(text: Any, size: float = 18) -> SafeString:
    """The QR code of a text, in millimetres."""
    return qr_svg(str(text or ""), size=size)
