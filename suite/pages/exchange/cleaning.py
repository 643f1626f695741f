"""Cells of one column into values of its field; a value seen before is not cleaned again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from suite.pages.exchange.countries import parse_country
from suite.pages.exchange.fields import ImportField
from suite.pages.exchange.parsing import parse_text, parser_of, short_dates
from suite.pages.exchange.relations import Resolver, split_texts

Cleaned = tuple[Any, list[str]]


def comparable(value: Any) -> Any:
    """A value as it is compared: a related row by its key."""
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, models.Manager | models.QuerySet):
        return sorted(value.values_list("pk", flat=True))
    if isinstance(value, list | tuple):
        return sorted((comparable(each) for each in value), key=str)
    return value


class Cleaner:
    """
    Cleans the cells of one column by its form field and its model field, without a query for a row.

    :param cells: all cells of the column: what relations lead to is read at once.
    """

    def __init__(self, field: ImportField, cells: Iterable[Any]) -> None:
        self.field = field
        self._memo: dict[tuple[type, Any], Cleaned] = {}
        self._dates: dict[str, str] = {}
        if isinstance(field.form_field, forms.DateField | forms.DateTimeField):
            cells = list(cells)
            self._dates = short_dates(cells)
        if field.is_relation:
            texts = {self.text(cell) for cell in cells if not self.is_empty(cell)}
            if field.is_multiple:
                texts = {part for text in texts for part in split_texts(text)}
            self._resolver = Resolver(field.form_field.queryset, texts)  # type: ignore[attr-defined]
        else:
            self._parse = parse_country if field.is_country else parser_of(field.form_field)

    @staticmethod
    def is_empty(cell: Any) -> bool:
        return cell is None or cell == ""

    @staticmethod
    def text(cell: Any) -> str:
        """The text of a cell that names a row; one that cannot be read as text names none."""
        try:
            return parse_text(cell).strip()
        except ValidationError:
            return ""

    def is_self_relation(self, model: type[models.Model]) -> bool:
        """Whether the column leads to rows of the imported kind itself."""
        return self.field.is_relation and not self.field.is_multiple and self._resolver.model is model

    def leads_here(self, model: type[models.Model], cell: Any) -> bool:
        """Whether the cell can only be judged when all rows of the file are known."""
        return self.is_self_relation(model) and not self.is_empty(cell)

    def clean(self, cell: Any) -> Cleaned:
        """The value and no message, or None and what is wrong."""
        key = (type(cell), cell)
        kept = self._memo.get(key)
        if kept is None:
            kept = self._memo[key] = self._relation(cell) if self.field.is_relation else self._value(cell)
        return kept

    def _relation(self, cell: Any) -> Cleaned:
        text = self.text(cell)
        if not self.field.is_multiple:
            row, message = self._resolver.find(text)
            return row, [message] if message else []
        found = [self._resolver.find(part) for part in split_texts(text)]
        return [row for row, _message in found], [message for _row, message in found if message]

    def _value(self, cell: Any) -> Cleaned:
        try:
            value = self.field.form_field.clean(self._parse(self._dates.get(cell, cell)))
            own = self.field.model_field
            if own is not None and not own.is_relation:
                value = own.clean(value, None)
        except ValidationError as error:
            return None, [str(message) for message in error.messages]
        except (ValueError, TypeError, OverflowError):
            return None, [_("“%(value)s” cannot be read.") % {"value": cell}]
        return value, []
