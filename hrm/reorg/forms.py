"""Forms of reorganisations."""

from __future__ import annotations

from typing import Any

from django import forms

from hrm.reorg.models import Reorganisation
from suite.pages.forms import ModelForm


class ReorganisationForm(ModelForm):
    """What, where and from when."""

    class Meta:
        model = Reorganisation
        fields = ("title", "effective_on", "owner", "reason")
        widgets = {"reason": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].required = False
