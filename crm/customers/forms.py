"""Forms of leads, customers and contacts."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.customers.choices import FollowUpKind
from crm.customers.models import Contact, Customer, Lead
from crm.duplicates.services import REASON
from crm.insights.fields import TagsField
from suite.access.models import User
from suite.masters.entered import PARTY_FIELDS, PERSON_FIELDS
from suite.masters.models import Party, PartyContact
from suite.pages.forms import (
    ActionForm,
    AsyncSelect,
    DateInput,
    DateTimeInput,
    DecimalField,
    ExtensionForm,
    ModelForm,
    fields_of,
)


def colleagues() -> Any:
    """Active staff."""
    return User.objects.filter(is_active=True, kind="STAFF")


class DuplicateReason(forms.Form):
    """Asks, only once something looks like a duplicate, why it is created nevertheless."""

    duplicate_reason = forms.CharField(
        label=_("Why create it nevertheless?"), required=False, max_length=300, widget=forms.HiddenInput()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.is_bound and self.data.get(REASON):
            self._ask()

    def add_error(self, field: str | None, error: Any) -> None:
        """Ask when the refusal says that a reason would do."""
        if field == REASON:
            self._ask()
        super().add_error(field, error)

    def _ask(self) -> None:
        self.fields[REASON].widget = forms.Textarea(attrs={"rows": 2})


class LeadForm(DuplicateReason, ModelForm):
    """Who may become a customer."""


_PARTY_NAMES = ("name", *(n for n in PARTY_FIELDS if n not in {"parent", "tax_number", "taxpayer_type"}))


class CustomerForm(DuplicateReason, ExtensionForm, fields_of(Party, _PARTY_NAMES)):  # type: ignore[misc]
    """Who a customer is (its party) and how we work with it."""

    extended = "party"
    extended_fields = _PARTY_NAMES

    tags = TagsField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "tags" in self.fields and self.instance.tags:
            cast(TagsField, self.fields["tags"]).keep(self.instance.tags)


class ContactForm(DuplicateReason, ExtensionForm, fields_of(PartyContact, PERSON_FIELDS)):  # type: ignore[misc]
    """Who a contact is."""

    extended = "person"
    extended_fields = PERSON_FIELDS


class OwnerForm(ActionForm):
    """Asks for the colleague who takes over."""

    owner = forms.ModelChoiceField(label=_("New owner"), queryset=User.objects.none(), widget=AsyncSelect(User))
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.base_fields["owner"].queryset = colleagues()  # type: ignore[attr-defined]
        super().__init__(*args, **kwargs)


class AssignForm(ActionForm):
    """Asks for the colleague who works on it."""

    owner = forms.ModelChoiceField(label=_("New owner"), queryset=colleagues(), widget=AsyncSelect(User))


class ShareForm(ActionForm):
    """Asks with whom to share."""

    user = forms.ModelChoiceField(label=_("Colleague"), queryset=colleagues(), widget=AsyncSelect(User))
    can_change = forms.BooleanField(label=_("May change it too"), required=False)


class ConvertForm(DuplicateReason, ActionForm):
    """Asks what becomes of a lead."""

    customer = forms.ModelChoiceField(
        label=_("Existing customer"),
        queryset=Customer.objects.all(),
        widget=AsyncSelect(Customer),
        required=False,
        help_text=_("Empty: a new customer is created."),
    )
    customer_name = forms.CharField(label=_("Name of the new customer"), max_length=120, required=False)
    opportunity_name = forms.CharField(
        label=_("Opportunity"), max_length=120, required=False, help_text=_("Empty: no opportunity is created.")
    )
    amount = DecimalField(label=_("Amount"), max_digits=18, decimal_places=2, min_value=0, required=False)
    expected_close_date = forms.DateField(label=_("Expected close"), widget=DateInput(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        lead: Lead | None = kwargs.get("row")
        if lead is not None:
            kwargs.setdefault(
                "initial",
                {
                    "customer_name": lead.company_name or lead.name,
                    "opportunity_name": lead.requirement.split("\n")[0][:60],
                    "amount": lead.estimated_amount,
                },
            )
        super().__init__(*args, **kwargs)


class FollowUpForm(ActionForm):
    """Asks what was said and when to come back."""

    kind = forms.ChoiceField(label=_("Kind"), choices=FollowUpKind)
    contact = forms.ModelChoiceField(
        label=_("Contact"), queryset=Contact.objects.all(), widget=AsyncSelect(Contact), required=False
    )
    body = forms.CharField(label=_("What was said"), widget=forms.Textarea(attrs={"rows": 3}))
    next_contact_at = forms.DateTimeField(label=_("Next contact"), widget=DateTimeInput(), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customer_pk = getattr(self.row, "customer_id", None) if not isinstance(self.row, Customer) else self.row.pk
        if customer_pk is None or isinstance(self.row, Lead | Contact):
            del self.fields["contact"]
        else:
            self.fields["contact"].queryset = Contact.objects.filter(customer=customer_pk)  # type: ignore[attr-defined]
            self.fields["contact"].widget = forms.Select(choices=self.fields["contact"].choices)  # type: ignore[attr-defined]
