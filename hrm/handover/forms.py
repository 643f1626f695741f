"""Forms of handovers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.org.selectors import active_employees
from suite.pages.forms import ActionForm, DateInput


class OpenForm(ActionForm):
    """To whom everything goes, and when the person leaves."""

    successor = forms.ModelChoiceField(active_employees(), label=_("Successor"))
    leave_on = forms.DateField(label=_("Last day"), widget=DateInput(), initial=timezone.localdate)


class SuccessorsForm(ActionForm):
    """Who takes which kind of things; one field for each kind."""

    successor = forms.ModelChoiceField(active_employees(), label=_("Successor"))
    leave_on = forms.DateField(label=_("Last day"), widget=DateInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes: dict[str, str] = {}
        if self.row is None:
            return
        self.fields["successor"].initial = self.row.successor_id
        self.fields["leave_on"].initial = self.row.leave_on
        for line in self.row.lines.all():
            name = f"line_{line.pk}"
            self.codes[name] = line.code
            self.fields[name] = forms.ModelChoiceField(
                active_employees(),
                label=f"{line.title} ({line.found})",
                required=False,
                initial=line.successor_id,
                help_text=_("Empty: the successor."),
            )

    def clean(self) -> dict[str, Any]:
        """Gather the choices by code of the kind."""
        cleaned = super().clean() or {}
        cleaned["successors"] = {code: cleaned.pop(name, None) for name, code in self.codes.items()}
        return cleaned
