"""Forms of personnel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from suite.pages.forms import ActionForm, DateInput


class PersonnelForm(ActionForm):
    """Identity card, bank account and birth date."""

    id_number = forms.CharField(label=_("ID card number"), max_length=18, required=False)
    birth_date = forms.DateField(
        label=_("Birth date"), widget=DateInput(), required=False, help_text=_("Follows from the ID card.")
    )
    bank_account = forms.CharField(label=_("Bank account"), max_length=40, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            for name, field in self.fields.items():
                field.initial = getattr(self.row, name)
