"""Forms of the master data that differ from the derived ones."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from suite.pages.forms import ModelForm


class PartyForm(ModelForm):
    """A party; without a code it gets the next number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.fields.get("code")
        if code is not None:
            code.required = False
            code.help_text = _("Empty: the next number.")

    def clean_code(self) -> str:
        """An existing party keeps its code."""
        return self.cleaned_data.get("code") or self.instance.code or ""
