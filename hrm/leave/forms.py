"""Forms of leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hrm.calendar.forms import PersonForm
from hrm.leave.choices import LeaveKind
from hrm.leave.models import LeaveEntry, LeaveRequest, LeaveType
from hrm.leave.spans import maternity_days, miscarriage_days
from suite.pages.forms import UserFormMixin


class LeaveForm(PersonForm):
    """Leave of somebody."""

    class Meta:
        model = LeaveRequest
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "leave_type" in self.fields:
            types = LeaveType.objects.filter(is_active=True)
            self.fields["leave_type"].queryset = types  # type: ignore[attr-defined]
        if "last_day" in self.fields:
            self.fields["last_day"].required = False
            self.fields["last_day"].help_text = _(
                "Maternity leave: empty for %(days)d days; 15 more for a difficult birth and for each further child. "
                "After a miscarriage %(early)d days, %(late)d from the fourth month on."
            ) % {"days": maternity_days(), "early": miscarriage_days(0), "late": miscarriage_days(4)}

    def clean(self) -> dict[str, Any]:
        """Maternity leave without a last day has the statutory length (女职工劳动保护特别规定 7)."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, kind = cleaned.get("first_day"), cleaned.get("leave_type")
        if "last_day" not in self.fields or cleaned.get("last_day") is not None or "last_day" in self.errors:
            return cleaned
        if kind is not None and kind.kind == LeaveKind.MATERNITY and first is not None:
            cleaned["last_day"] = first + timedelta(days=maternity_days() - 1)
        else:
            self.add_error("last_day", _("Enter the last day."))
        return cleaned


class EntryForm(PersonForm):
    """Hours that somebody is given, or that are taken away."""

    class Meta:
        model = LeaveEntry
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "leave_type" in self.fields:
            types = LeaveType.objects.filter(is_active=True, needs_balance=True)
            self.fields["leave_type"].queryset = types  # type: ignore[attr-defined]
        if "note" in self.fields:
            self.fields["note"].required = True
        if "hours" in self.fields:
            self.fields["hours"].help_text = _("Negative: taken away.")


class GrantForm(UserFormMixin, forms.Form):
    """Of which year the annual leave is granted."""

    year = forms.IntegerField(label=_("Year"), min_value=2008, max_value=2100)
