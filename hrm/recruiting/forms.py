"""Forms of recruiting."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.models import Employee
from hrm.people.choices import ContractKind
from hrm.recruiting.choices import RejectReason, RequisitionStatus, Verdict
from hrm.recruiting.models import Candidate, Offer, Requisition
from hrm.recruiting.selectors import next_number
from suite.access.models import User
from suite.pages.forms import ActionForm, AsyncSelect, DateInput, DateTimeInput, DecimalField, ModelForm

OPEN_REQUISITIONS = {"status": RequisitionStatus.APPROVED.value}


class CandidateForm(ModelForm):
    """Somebody who applies for a place that is to be filled."""

    class Meta:
        model = Candidate
        fields = ("requisition",)
        widgets = {"requisition": AsyncSelect(Requisition, narrow=OPEN_REQUISITIONS)}


class OfferForm(ModelForm):
    """An offer; the candidate of one that exists stays."""

    class Meta:
        model = Offer
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "candidate" in self.fields:
            self.fields["candidate"].disabled = True


class ReopenRequisitionForm(ActionForm):
    """Why a request that is taken up again goes beyond the headcount plan by now."""

    over_plan_reason = forms.CharField(
        label=_("Why beyond the plan"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )


class RejectForm(ActionForm):
    """Why nothing comes of a candidate."""

    reject_reason = forms.ChoiceField(label=_("Reason"), choices=RejectReason.choices)
    reject_note = forms.CharField(
        label=_("In detail"), widget=forms.Textarea(attrs={"rows": 2}), max_length=500, required=False
    )


class TakeUpForm(ActionForm):
    """For which place a candidate is taken up again."""

    requisition = forms.ModelChoiceField(
        Requisition.objects.filter(status=RequisitionStatus.APPROVED),
        label=_("Request for people"),
        required=False,
        help_text=_("Empty: the same as before."),
        widget=AsyncSelect(Requisition, narrow=OPEN_REQUISITIONS),
    )


class ScheduleForm(ActionForm):
    """When, where and with whom the next interview is."""

    held_at = forms.DateTimeField(label=_("At"), widget=DateTimeInput())
    interviewer = forms.ModelChoiceField(
        User.objects.filter(is_active=True, kind="STAFF"), label=_("Interviewer"), widget=AsyncSelect(User)
    )
    place = forms.CharField(label=pgettext_lazy("interview", "Place"), max_length=200, required=False)
    also_present = forms.CharField(label=_("Also present"), max_length=200, required=False)


class JudgeForm(ActionForm):
    """What came of an interview."""

    verdict = forms.ChoiceField(
        label=_("Verdict"), choices=[each for each in Verdict.choices if each[0] != Verdict.OPEN]
    )
    score = forms.IntegerField(
        label=_("Score"), min_value=1, max_value=5, required=False, help_text=_("1 poor, 5 excellent.")
    )
    notes = forms.CharField(label=_("Notes"), widget=forms.Textarea(attrs={"rows": 4}), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None and self.row.verdict != Verdict.OPEN:
            for name, field in self.fields.items():
                field.initial = getattr(self.row, name)


class MakeOfferForm(ActionForm):
    """Terms of an offer."""

    starts_on = forms.DateField(label=_("First day"), widget=DateInput())
    contract_kind = forms.ChoiceField(label=_("Term"), choices=ContractKind.choices, initial=ContractKind.FIXED)
    contract_months = forms.IntegerField(
        label=_("Months of the term"), min_value=1, initial=36, required=False, help_text=_("For a fixed term.")
    )
    probation_months = forms.IntegerField(label=_("Months of probation"), min_value=0, max_value=6, initial=0)
    monthly_wage = DecimalField(label=_("Monthly wage"), max_digits=18, decimal_places=2, min_value=0, required=False)
    probation_wage = DecimalField(
        label=_("Wage during probation"),
        max_digits=18,
        decimal_places=2,
        min_value=0,
        required=False,
        help_text=_("Empty: the same."),
    )
    manager = forms.ModelChoiceField(
        Employee.objects.all(),
        label=_("Manager"),
        required=False,
        help_text=_("Empty: the head of the department."),
        widget=AsyncSelect(Employee),
    )
    valid_until = forms.DateField(label=_("Valid until"), widget=DateInput(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.user is not None and not self.user.has_perm("hrm.view_sensitive_offer"):
            for name in ("monthly_wage", "probation_wage"):
                del self.fields[name]


class HireForm(ActionForm):
    """The number that the new employee gets."""

    number = forms.CharField(label=_("Employee number"), max_length=30)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None and self.row.requisition is not None:
            self.fields["number"].initial = next_number(self.row.requisition.company_id)
