"""Forms of leave."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hrm.calendar.forms import PersonForm
from hrm.leave.models import LeaveEntry, LeaveRequest, LeaveType
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
