"""Forms of merging and of deciding about possible duplicates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.customers.models import Customer, Lead
from crm.duplicates.merging import CUSTOMER_CHOICES, LEAD_CHOICES, PARTY_CHOICES
from suite.access.restrict import can_reach
from suite.masters.models import Party
from suite.pages.forms import ActionForm, AsyncSelect


def choosable(model: type[Customer] | type[Lead]) -> list[tuple[str, Any]]:
    """The fields whose value can be taken from the entry that goes, with their labels."""
    if model is Lead:
        return [(name, capfirst(_label(Lead, name))) for name in LEAD_CHOICES]
    named = [(name, capfirst(_label(Party, name))) for name in PARTY_CHOICES]
    return [*named, *((name, capfirst(_label(Customer, name))) for name in CUSTOMER_CHOICES)]


def _label(model: Any, name: str) -> str:
    return str(model._meta.get_field(name).verbose_name)


class _MergeForm(ActionForm):
    """Asks for the entry that goes into this one, and which of its values stay."""

    model: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["take"].choices = choosable(self.model)  # type: ignore[attr-defined]

    def clean_loser(self) -> Any:
        """It must be one that the user may merge, and another one."""
        loser = self.cleaned_data["loser"]
        if self.row is not None and loser.pk == self.row.pk:
            raise forms.ValidationError(_t("Choose two different entries."))
        if not can_reach(loser, user=self.user, action="merge"):
            raise forms.ValidationError(_t("You may not merge this one; ask its owner or your manager."))
        return loser


class MergeCustomerForm(_MergeForm):
    """Asks for the customer that goes into this one."""

    model = Customer
    loser = forms.ModelChoiceField(
        label=_("Customer that goes into this one"), queryset=Customer.objects.all(), widget=AsyncSelect(Customer)
    )
    take = forms.MultipleChoiceField(
        label=_("Values to take from it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)


class MergeLeadForm(_MergeForm):
    """Asks for the lead that goes into this one."""

    model = Lead
    loser = forms.ModelChoiceField(
        label=_("Lead that goes into this one"), queryset=Lead.objects.all(), widget=AsyncSelect(Lead)
    )
    take = forms.MultipleChoiceField(
        label=_("Values to take from it"), required=False, widget=forms.CheckboxSelectMultiple
    )
    reason = forms.CharField(label=_("Reason"), required=False, max_length=300)
