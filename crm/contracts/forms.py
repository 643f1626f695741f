"""Forms of quotations, contracts and receipts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contracts.choices import PaymentMethod
from crm.contracts.models import Contract, PaymentPlan, Quotation
from crm.customers.models import Contact, Customer
from crm.pipeline.models import Opportunity
from suite.masters.models import PaymentTerms
from suite.pages.forms import ActionForm, AsyncSelect, DateInput, DecimalField, ModelForm


def of_customer(model: Any) -> AsyncSelect:
    """An async select that offers rows of the chosen customer only."""
    return AsyncSelect(model, depends={"customer": "customer"})


class SalesDocumentForm(ModelForm):
    """A document for a customer; its terms default to the customer's."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        customer = cleaned.get("customer")
        if customer is not None and not cleaned.get("payment_terms") and "payment_terms" in self.fields:
            cleaned["payment_terms"] = customer.party.payment_terms
        return cleaned


class QuotationForm(SalesDocumentForm):
    """A quotation."""

    valid_until = forms.DateField(
        label=_("Valid until"), widget=DateInput(), required=False, help_text=_("Empty: thirty days.")
    )

    class Meta:
        model = Quotation
        fields = ("contact", "opportunity")
        widgets = {"contact": of_customer(Contact), "opportunity": of_customer(Opportunity)}


class CopyForm(ActionForm):
    """Asks for whom a quotation is copied."""

    customer = forms.ModelChoiceField(
        label=_("For the customer"),
        queryset=Customer.objects.all(),
        widget=AsyncSelect(Customer),
        required=False,
        help_text=_("Empty: the same customer."),
    )


class ContractForm(SalesDocumentForm):
    """A contract."""

    class Meta:
        model = Contract
        fields = ("contact", "opportunity")
        widgets = {"contact": of_customer(Contact), "opportunity": of_customer(Opportunity)}


class DrawUpForm(ActionForm):
    """Asks what a contract needs beyond its quotation."""

    delivery_date = forms.DateField(label=_("Delivery date"), widget=DateInput(), required=False)
    customer_reference = forms.CharField(label=_("Customer's order number"), max_length=60, required=False)


class SignForm(ActionForm):
    """Asks for the day of signing."""

    signed_on = forms.DateField(label=_("Signed"), widget=DateInput(), initial=timezone.localdate)


class PlanForm(ActionForm):
    """Asks for the payment terms to plan by."""

    payment_terms = forms.ModelChoiceField(
        label=_("Payment terms"), queryset=PaymentTerms.objects.filter(is_active=True), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        row = kwargs.get("row")
        if row is not None:
            kwargs.setdefault("initial", {"payment_terms": row.payment_terms_id})
        super().__init__(*args, **kwargs)


class ReceiptForm(ActionForm):
    """Asks how much a customer paid, when and how."""

    amount = DecimalField(label=_("Amount"), max_digits=18, decimal_places=2, min_value=0)
    received_on = forms.DateField(label=_("Received on"), widget=DateInput(), initial=timezone.localdate)
    plan = forms.ModelChoiceField(
        label=_("Payment plan"),
        queryset=PaymentPlan.objects.none(),
        required=False,
        help_text=_("Empty: the earliest part that is not paid."),
    )
    method = forms.ChoiceField(label=_("Method"), choices=PaymentMethod)
    bank_reference = forms.CharField(label=_("Bank reference"), max_length=60, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            self.fields["plan"].queryset = PaymentPlan.objects.filter(contract=self.row.pk)  # type: ignore[attr-defined]
