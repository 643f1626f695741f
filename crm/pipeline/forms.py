"""Forms of opportunities."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.customers.models import Contact
from crm.pipeline.models import LostReason, Opportunity
from suite.pages.forms import ActionForm, AsyncSelect, ModelForm


class OpportunityForm(ModelForm):
    """An opportunity; the contacts offered are those of its customer."""

    class Meta:
        model = Opportunity
        fields = ("contact",)
        widgets = {"contact": AsyncSelect(Contact, depends={"customer": "customer"})}


class WinForm(ActionForm):
    """Asks for a note on winning."""

    reason = forms.CharField(label=_("Why did we win?"), max_length=300, required=False)


class LoseForm(ActionForm):
    """Asks why the opportunity was lost."""

    lost_reason = forms.ModelChoiceField(label=_("Lost reason"), queryset=LostReason.objects.filter(is_active=True))
    reason = forms.CharField(
        label=_("Details"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
