"""A month as a column: the first day of it, whichever day is entered."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import models

if TYPE_CHECKING:
    DateFieldBase = models.DateField[date | str, date]
else:
    DateFieldBase = models.DateField


class MonthFormField(forms.DateField):
    """Takes any day of a month and gives its first."""

    def to_python(self, value: Any) -> date | None:
        found = super().to_python(value)
        return found.replace(day=1) if found else None


class MonthField(DateFieldBase):
    """The first day of a month; other days of it are taken for it."""

    def to_python(self, value: Any) -> Any:
        found = super().to_python(value)
        return found.replace(day=1) if found else found

    def get_prep_value(self, value: Any) -> Any:
        found = super().get_prep_value(value)
        return found.replace(day=1) if isinstance(found, date) else found

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": MonthFormField, **kwargs})

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.DateField", list(args), dict(kwargs)
