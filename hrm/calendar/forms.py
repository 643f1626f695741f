"""Forms of the calendar, and what forms of requests share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.calendar.people import only_own, people_within
from hrm.org.models import Employee
from suite.pages.forms import ActionForm, ModelForm


class PersonForm(ModelForm):
    """A row of one person: who may enter it for nobody else is that person, others choose among their people."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields.get("employee")
        if self.user is None or not isinstance(field, forms.ModelChoiceField):
            return
        model = self._meta.model
        field.queryset = people_within(self.user, model, "add")
        if only_own(self.user, model):
            field.widget = forms.Select()
            field.empty_label = None
        field.widget.choices = field.choices
        if not self.instance.pk and not self.initial.get("employee"):
            self.initial["employee"] = Employee.objects.filter(user=self.user.pk).values_list("pk", flat=True).first()


class YearForm(forms.Form):
    """Which year."""

    year = forms.IntegerField(label=_("Year"), min_value=2004, max_value=2100)


class MonthForm(forms.Form):
    """Which month, as the browser's own field gives it."""

    month = forms.DateField(
        label=_("Month"), input_formats=["%Y-%m"], widget=forms.DateInput(format="%Y-%m", attrs={"type": "month"})
    )


class OptionalReasonForm(ActionForm):
    """May ask for a reason."""

    reason = forms.CharField(
        label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )


def month_of(data: Any) -> Any:
    """The first day of the month that an address names, of the present month without a valid one."""
    form = MonthForm(data)
    month = form.cleaned_data["month"] if form.is_valid() else timezone.localdate()
    return month.replace(day=1)
