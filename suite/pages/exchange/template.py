"""The empty file to fill in: headings with explanations, lists to choose from, and an example on a second sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

import xlsxwriter
from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _

from suite.pages.exchange.fields import ImportField, choice_labels, explain, import_fields
from suite.pages.exchange.relations import natural_keys
from suite.pages.exchange.writing import sheet_name
from suite.pages.pageset import PageSet
from suite.pages.registry import pageset_of

# Rows of the sheet that get formats and lists.
PREPARED_ROWS = 2000
LISTED_ROWS = 500


def write_template(target: IO[bytes], pageset: PageSet, user: Any) -> None:
    """Write the template of an object type, with what the user may import and choose."""
    fields = import_fields(pageset, user)
    with xlsxwriter.Workbook(target, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#F0EEE9", "bottom": 1}),
            "needed": book.add_format({"bold": True, "bg_color": "#E3EFF0", "bottom": 1}),
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        page = book.add_worksheet(sheet_name(pageset.title_plural))
        example = book.add_worksheet(sheet_name(_("Example")))
        lists = book.add_worksheet("lists")
        lists.hide()
        page.freeze_panes(1, 0)
        for column, each in enumerate(fields):
            _prepare_column(page, lists, column, each, formats, user)
        _write_example(example, fields, formats)


def _prepare_column(page: Any, lists: Any, column: int, each: ImportField, formats: dict[str, Any], user: Any) -> None:
    page.write_string(0, column, heading(each), formats["needed" if _is_needed(each) else "head"])
    page.write_comment(0, column, explain(each), {"x_scale": 2})
    kind = each.form_field
    cell_format = None
    if isinstance(kind, forms.DateField | forms.DateTimeField):
        cell_format = formats["date"]
    elif not isinstance(kind, forms.IntegerField | forms.BooleanField):
        # As text, so that Excel keeps leading zeros and long numbers.
        cell_format = formats["text"]
    page.set_column(column, column, max(14, min(40, len(each.label) * 2 + 4)), cell_format)
    options = _options(each, user)
    if options:
        for row, text in enumerate(options):
            lists.write_string(row, column, text)
        letter = xlsxwriter.utility.xl_col_to_name(column)
        source = f"=lists!${letter}$1:${letter}${len(options)}"
        rule = {"validate": "list", "source": source, "error_type": "warning", "ignore_blank": True}
        page.data_validation(1, column, PREPARED_ROWS, column, rule)


def heading(each: ImportField) -> str:
    """The heading of a field; what is needed carries a star."""
    return f"{each.label}*" if _is_needed(each) else each.label


def _is_needed(each: ImportField) -> bool:
    return each.is_required or (each.is_key and not each.is_numbered)


def _options(each: ImportField, user: Any) -> list[str]:
    """What can be chosen in a column, empty when it is too much for a list."""
    form_field: Any = each.form_field
    if each.is_multiple:
        return []
    if each.is_relation:
        related = pageset_of(form_field.queryset.model)
        keys = natural_keys(form_field.queryset.model)
        if related is None or not related.is_small or not keys:
            return []
        rows = list(form_field.queryset[: LISTED_ROWS + 1])
        return [] if len(rows) > LISTED_ROWS else [str(getattr(row, keys[0])) for row in rows]
    if isinstance(form_field, forms.ChoiceField):
        return choice_labels(form_field)
    return [_("Yes"), _("No")] if isinstance(form_field, forms.BooleanField) else []


def _write_example(page: Any, fields: Sequence[ImportField], formats: dict[str, Any]) -> None:
    page.freeze_panes(1, 0)
    for column, each in enumerate(fields):
        page.write_string(0, column, heading(each), formats["head"])
        page.write_string(1, column, example_of(each), formats["text"])
        page.write_string(2, column, explain(each), formats["wrap"])
        page.set_column(column, column, 24)


def example_of(each: ImportField) -> str:
    """A value that the column could hold."""
    form_field: Any = each.form_field
    if each.is_relation:
        keys = natural_keys(form_field.queryset.model)
        row = form_field.queryset.first() if keys else None
        return str(getattr(row, keys[0])) if row is not None else ""
    if isinstance(form_field, forms.ChoiceField):
        labels = choice_labels(form_field)
        return labels[0] if labels else ""
    if isinstance(form_field, forms.DateTimeField):
        return f"{timezone.localdate():%Y-%m-%d} 09:30"
    if isinstance(form_field, forms.DateField):
        return timezone.localdate().isoformat()
    if isinstance(form_field, forms.BooleanField):
        return _("Yes")
    if isinstance(form_field, forms.DecimalField):
        return "1,234.50"
    if isinstance(form_field, forms.IntegerField):
        return "12"
    if isinstance(form_field, forms.EmailField):
        return "name@example.com"
    if isinstance(form_field, forms.URLField):
        return "https://example.com"
    return "A-001" if each.is_key else _("Example")
