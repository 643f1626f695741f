"""What the forms of ERP's slices share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _

from crm.customers.models import Customer
from suite.access.grants import model_permission
from suite.access.restrict import restrict
from suite.masters.models import Party, Unit
from suite.pages.columns import quantity as quantity_text
from suite.pages.forms import ActionForm, AsyncSelect, DecimalField

# Begins the names of the fields that ask for a quantity.
QUANTITY = "quantity_"


class OnceForm(ActionForm):
    """An action that is carried out once for each form that was shown, and for each request that a program names."""

    request = forms.UUIDField(widget=forms.HiddenInput(), required=False, initial=uuid4)

    def clean_request(self) -> Any:
        return self.cleaned_data["request"] or uuid4()


class QuantitiesForm(OnceForm):
    """Asks how much of each line or part; the service gets ``quantities`` by their keys, without those left out."""

    def add_quantity(
        self, key: int, label: Any, unit: Unit, *, most: Decimal, suggested: Decimal | None = None, note: str = ""
    ) -> None:
        """Add a field for one line, in a unit, with what is said beside the most that is possible."""
        help_text = _("At most %(most)s.") % {"most": quantity_text(most)}
        self.fields[f"{QUANTITY}{key}"] = DecimalField(
            label=f"{label} ({unit})",
            required=False,
            max_digits=18,
            decimal_places=unit.decimals,
            min_value=Decimal(0),
            max_value=most,
            initial=suggested.normalize() if suggested else None,
            help_text=f"{help_text} {note}".rstrip(),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = [name for name in cleaned if name.startswith(QUANTITY)]
        quantities = {int(name.removeprefix(QUANTITY)): cleaned.pop(name) for name in names}
        cleaned["quantities"] = {key: quantity for key, quantity in quantities.items() if quantity}
        return cleaned


def offer_customers(form: Any, name: str, widget: type[AsyncSelect], chosen: Q) -> None:
    """
    Let a form choose parties among the customers that its user sees, and not everybody whom the company deals with.

    :param chosen: what may stay chosen, whoever looks.
    """
    customers: Any = Customer.objects.all()
    if form.user is not None:
        customers = restrict(customers, user=form.user)
    if form.user is None or form.user.has_perm(model_permission(Party, "view")):
        chosen |= Q(is_customer=True)
    field = form.fields[name]
    field.queryset = Party.objects.filter(Q(pk__in=customers.values("party")) | chosen, is_active=True)
    field.widget = widget(Customer, value="party")
    field.widget.is_required = field.required
    field.widget.choices = field.choices
