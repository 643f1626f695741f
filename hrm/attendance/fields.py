"""Times that run on past midnight."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from hrm.attendance.shift import format_time, parse_time
from suite.masters.fields import CharFieldBase


def validate_time(text: str) -> None:
    """:raises ValidationError: for anything but a time such as 08:30 or 26:00."""
    try:
        parse_time(text)
    except ValueError as error:
        raise ValidationError(_("Enter a time such as 08:30, or 26:00 for two o'clock of the next day.")) from error


class ClockField(CharFieldBase):
    """A time of a shift, "HH:MM" from 00:00 to 47:59; "8:30" is kept as "08:30"."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs = {"max_length": 5, "validators": [validate_time], **kwargs}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("validators", None)
        return name, "django.db.models.CharField", list(args), dict(kwargs)

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        text: str = getattr(model_instance, self.attname)
        kept = format_time(parse_time(text)) if text else ""
        setattr(model_instance, self.attname, kept)
        return kept
