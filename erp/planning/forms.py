"""Forms of planning."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.planning.models import PlanningRule
from suite.pages.forms import ActionForm, DateInput, ModelForm


class DismissForm(ActionForm):
    """Asks why a suggestion is not followed, and for how long it shall not come again."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
    quiet_until = forms.DateField(
        label=_("Not again before"),
        widget=DateInput(),
        required=False,
        help_text=_("Empty: the next run may suggest it again."),
    )

    def clean_quiet_until(self) -> Any:
        day = self.cleaned_data["quiet_until"]
        if day is not None and day <= timezone.localdate():
            raise forms.ValidationError(_t("Choose a day in the future."))
        return day


class PlanningRuleForm(ModelForm):
    """The settings of a company, which is given once."""

    class Meta:
        model = PlanningRule
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "company" in self.fields:
            self.fields["company"].disabled = True
