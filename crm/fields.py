"""Columns that CRM's settings share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.postgres.fields import ArrayField


class Checks(forms.CheckboxSelectMultiple):
    """Check boxes side by side, as those of roles."""

    template_name = "hrm/org/checks.html"


class ChoicesField(ArrayField):  # type: ignore[type-arg]
    """Several values of one choice, ticked in a form."""

    def formfield(self, **kwargs: Any) -> Any:
        """A box for each choice."""
        base: Any = self.base_field
        return super(ArrayField, self).formfield(
            **{
                **kwargs,
                "form_class": forms.MultipleChoiceField,
                "choices": base.choices,
                "widget": Checks(),
            }
        )
