"""Forms of the own page."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CorrectionRequestForm(forms.Form):
    """What is wrong in the own record."""

    text = forms.CharField(
        label=_("What is wrong, and how should it be?"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only the HR officers read it."),
    )
