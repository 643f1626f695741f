"""What forms of the office share."""

from __future__ import annotations

from typing import Any

from django import forms

from suite.access.choices import UserKind
from suite.access.models import User
from suite.pages.forms import ModelForm


def colleagues() -> Any:
    """The staff who can sign in."""
    return User.objects.filter(is_active=True, kind=UserKind.STAFF).order_by("full_name", "pk")


class PeopleForm(ModelForm):
    """A form whose choices of people offer only colleagues who can sign in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if (
                isinstance(field, forms.ModelChoiceField)
                and field.queryset is not None
                and field.queryset.model is User
            ):
                field.queryset = field.queryset.filter(is_active=True, kind=UserKind.STAFF)
