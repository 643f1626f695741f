"""Forms of personnel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.people.choices import ContractKind, Doer
from hrm.people.models import LaborContract, PersonnelChange, StaffTask
from suite.access.models import User
from suite.pages.forms import ActionForm, AsyncSelect, DateInput, ModelForm


class ChangeForm(ModelForm):
    """A personnel change."""

    class Meta:
        model = PersonnelChange
        fields = ()


class ContractForm(ModelForm):
    """A labour contract that is not signed yet."""

    class Meta:
        model = LaborContract
        fields = ()


class SignForm(ActionForm):
    """When both sides signed."""

    signed_on = forms.DateField(label=_("Signed on"), widget=DateInput(), initial=timezone.localdate)


class RenewForm(ActionForm):
    """The contract that follows."""

    kind = forms.ChoiceField(label=_("Term"), choices=ContractKind.choices, initial=ContractKind.FIXED)
    ends_on = forms.DateField(
        label=_("Ends on"), widget=DateInput(), required=False, help_text=_("The last day of a fixed term.")
    )
    fixed_term_reason = forms.CharField(
        label=_("Why not open-ended"),
        max_length=200,
        required=False,
        help_text=_("Where the law asks for an open-ended contract: how the person asked for a fixed term."),
    )


class EndContractForm(ActionForm):
    """The last day of a contract that ends early."""

    ended_on = forms.DateField(label=_("Last day"), widget=DateInput(), initial=timezone.localdate)
    end_reason = forms.CharField(label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500)


class ReturnForm(ActionForm):
    """When a thing came back, and how."""

    returned_on = forms.DateField(
        label=pgettext_lazy("loan", "Returned on"), widget=DateInput(), initial=timezone.localdate
    )
    returned_condition = forms.CharField(label=_("Condition"), max_length=200, required=False)


class TaskForm(ModelForm):
    """A task for one person."""

    class Meta:
        model = StaffTask
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "doer" in self.fields and self.instance.doer != Doer.ROLE:
            offered: Any = self.fields["doer"]
            offered.choices = [each for each in offered.choices if each[0] != Doer.ROLE]


class GiveForm(ActionForm):
    """Who does a task from now on."""

    assignee = forms.ModelChoiceField(
        User.objects.filter(is_active=True, kind="STAFF"), label=_("Assigned to"), widget=AsyncSelect(User)
    )
