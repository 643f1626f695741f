"""What the forms of ERP's slices share."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms

from suite.pages.forms import ActionForm


class OnceForm(ActionForm):
    """An action that is carried out once for each form that was shown, and for each request that a program names."""

    request = forms.UUIDField(widget=forms.HiddenInput(), required=False, initial=uuid4)

    def clean_request(self) -> Any:
        return self.cleaned_data["request"] or uuid4()
