"""Forms of invoices."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.contracts.models import Contract
from crm.invoicing.choices import InvoiceKind
from crm.invoicing.services import invoiced_total
from suite.pages.forms import ActionForm, DateInput, DecimalField


class InvoiceForm(ActionForm):
    """Asks what the tax system issued; the amount begins with what is not invoiced yet."""

    number = forms.CharField(label=_("Invoice number"), max_length=30)
    kind = forms.ChoiceField(label=_("Kind"), choices=InvoiceKind)
    amount = DecimalField(label=_("Amount with tax"), max_digits=18, decimal_places=2, min_value=0)
    issued_on = forms.DateField(label=_("Issued on"), widget=DateInput(), initial=timezone.localdate)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        contract: Contract | None = kwargs.get("row")
        if contract is not None:
            room = contract.gross_total - invoiced_total(contract)
            kwargs["initial"] = {"amount": room, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
