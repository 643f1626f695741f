"""The form field of a customer's tags."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.insights.models import Tag


def offered_tags() -> list[tuple[str, str]]:
    """Names of the tags that are offered."""
    return [(name, name) for name in Tag.objects.filter(is_active=True).values_list("name", flat=True)]


class TagsField(forms.MultipleChoiceField):
    """
    Known tags by their names; a list, or a text with commas between them.

    A tag that is not offered any more stays on customers that carry it and may be kept.
    """

    default_error_messages = {"invalid_choice": _("“%(value)s” is no known tag; ask for it to be added to the tags.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"label": _("Tags"), "required": False, "choices": offered_tags, **kwargs})

    def keep(self, names: list[str]) -> None:
        """Offer what a customer carries already, too."""
        offered = offered_tags()
        known = {name for name, _label in offered}
        self.choices = [*offered, *((name, name) for name in names if name not in known)]

    def to_python(self, value: Any) -> list[str]:
        if isinstance(value, str):
            value = value.split(",")
        names = [str(each).strip() for each in super().to_python(value)]
        return list(dict.fromkeys(filter(None, names)))
