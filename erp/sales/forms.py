"""Forms of sales orders, deliveries and returns."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.forms import OnceForm, offer_customers
from erp.masterdata.models import Warehouse
from erp.sales.models import SalesOrder
from erp.sales.selectors import kept_for
from suite.pages.forms import ActionForm, AsyncSelect, DateInput, DecimalField, ModelForm

PREFIX = "quantity_"


class SalesOrderForm(ModelForm):
    """A sales order; its terms default to the customer's."""

    class Meta:
        model = SalesOrder
        fields = ("party",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "party" in self.fields:
            offer_customers(self, "party", AsyncSelect, Q(pk=self.instance.party_id))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        party = cleaned.get("party")
        if party is not None and not cleaned.get("payment_terms"):
            cleaned["payment_terms"] = party.payment_terms
        return cleaned


class QuantitiesForm(OnceForm):
    """Asks how much of each line."""

    def add_quantities(self, lines: Iterable[tuple[int, Any, Decimal, Decimal]]) -> None:
        """Add a field for each (key, label, at most, suggested)."""
        for pk, label, most, suggested in lines:
            self.fields[f"{PREFIX}{pk}"] = DecimalField(
                label=label,
                required=False,
                min_value=Decimal(0),
                max_value=most,
                initial=suggested.normalize(),
                help_text=_("At most %(most)s.") % {"most": f"{most.normalize():f}"},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = [name for name in cleaned if name.startswith(PREFIX)]
        quantities = {int(name.removeprefix(PREFIX)): cleaned.pop(name) for name in names}
        cleaned["quantities"] = {pk: quantity for pk, quantity in quantities.items() if quantity}
        return cleaned


class ShipForm(QuantitiesForm):
    """Asks what goes, from where and with whom; what is kept in stock is suggested."""

    warehouse = forms.ModelChoiceField(label=_("Warehouse"), queryset=Warehouse.objects.none())
    carrier = forms.CharField(label=_("Carrier"), max_length=60, required=False)
    tracking_number = forms.CharField(label=_("Waybill number"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["warehouse"]
        if self.row is None:
            return
        field.queryset = Warehouse.objects.filter(company=self.row.company_id, is_active=True)
        field.initial = self.row.warehouse_id
        lines = list(self.row.lines.filter(item__isnull=False).select_related("item").order_by("position"))
        kept = kept_for(lines)
        self.add_quantities(
            (line.pk, line.item, line.open_quantity, min(kept.get(line.pk, Decimal(0)), line.open_quantity))
            for line in lines
            if line.open_quantity
        )


class SignedForm(ActionForm):
    """Asks for the day."""

    signed_on = forms.DateField(label=_("Signed for on"), widget=DateInput(), initial=timezone.localdate)


class ReturnForm(QuantitiesForm):
    """Asks what comes back and why."""

    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            lines = self.row.lines.select_related("order_line__item").order_by("pk")
            self.add_quantities(
                (line.pk, line.order_line.item, line.quantity - line.returned, Decimal(0))
                for line in lines
                if line.quantity > line.returned
            )
