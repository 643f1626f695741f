"""Forms of stock: how much, where to, and why."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from erp.inventory.choices import StockStatus
from erp.masterdata.models import Warehouse
from suite.masters.decimals import round_exact
from suite.pages.columns import quantity as as_quantity
from suite.pages.forms import ActionForm, DecimalField

JUDGEMENTS = (StockStatus.GOOD, StockStatus.HOLD, StockStatus.REJECT)


class QuantityForm(ActionForm):
    """How much of a row of stock; all that is free unless said otherwise."""

    quantity = DecimalField(label=_("Quantity"), min_value=Decimal("0.000001"), max_digits=18, decimal_places=6)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            free = self.row.on_hand - self.row.reserved
            self.fields["quantity"].initial = free
            self.fields["quantity"].help_text = gettext("At most %(quantity)s %(unit)s.") % {
                "quantity": as_quantity(free),
                "unit": self.row.item.base_unit,
            }

    def clean_quantity(self) -> Decimal:
        """Refuse parts of a unit that is not divided so far."""
        quantity: Decimal = self.cleaned_data["quantity"]
        unit = self.row.item.base_unit
        if round_exact(quantity, unit.decimals) != quantity:
            raise forms.ValidationError(
                gettext("%(unit)s has no more than %(decimals)d decimals.") % {"unit": unit, "decimals": unit.decimals}
            )
        return quantity


class StatusForm(QuantityForm):
    """How much changes its status, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class JudgeForm(StatusForm):
    """What becomes of how much, and why."""

    to_status = forms.ChoiceField(label=_("Becomes"), choices=[(each.value, each.label) for each in JUDGEMENTS])

    field_order = ("quantity", "to_status", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            field: Any = self.fields["to_status"]
            field.choices = [(value, label) for value, label in field.choices if value != self.row.status]


class TransferForm(QuantityForm):
    """How much goes where."""

    target = forms.ModelChoiceField(Warehouse.objects.filter(is_active=True), label=_("To warehouse"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            field: Any = self.fields["target"]
            place = self.row.location
            field.queryset = field.queryset.filter(company=place.company_id).exclude(pk=place.warehouse_id)
