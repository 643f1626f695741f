"""Forms of sales orders, deliveries and returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.forms import QuantitiesForm, offer_customers
from erp.masterdata.models import Warehouse
from erp.sales.models import SalesOrder
from erp.sales.selectors import kept_by_store
from erp.sales.services import DAY
from suite.core.text import listed
from suite.pages.columns import quantity as quantity_text
from suite.pages.columns import short_date
from suite.pages.forms import ActionForm, AsyncSelect, DateInput, ModelForm


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


class PromiseForm(ActionForm):
    """Asks by when each line that is still open is promised."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is None:
            return
        for line in self.row.lines.select_related("item").order_by("position"):
            if line.open_quantity:
                wanted = line.requested_on or self.row.requested_on
                self.fields[f"{DAY}{line.pk}"] = forms.DateField(
                    label=str(line.item),
                    required=False,
                    initial=line.promised_on,
                    widget=DateInput(),
                    help_text=_t("Asked for by %(day)s.") % {"day": short_date(wanted)},
                )
        self.order_fields([name for name in self.fields if name.startswith(DAY)])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        days = {name: cleaned.pop(name) for name in [*cleaned] if name.startswith(DAY)}
        # What a program does not name stays; what a person empties is not promised any more.
        named = {name: day for name, day in days.items() if self.add_prefix(name) in self.data}
        cleaned["days"] = {int(name.removeprefix(DAY)): day for name, day in named.items()}
        return cleaned


class ShipForm(QuantitiesForm):
    """Asks what goes, from where and with whom; what is kept in that warehouse is suggested."""

    warehouse = forms.ModelChoiceField(
        label=_("Warehouse"), queryset=Warehouse.objects.none(), widget=forms.Select(attrs={"data-refill": ""})
    )
    carrier = forms.CharField(label=_("Carrier"), max_length=60, required=False)
    tracking_number = forms.CharField(label=_("Waybill number"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is None:
            return
        stores = {str(store.pk): store for store in Warehouse.objects.filter(company=self.row.company_id)}
        lines = list(self.row.lines.filter(item__isnull=False).select_related("item__base_unit").order_by("position"))
        kept = kept_by_store(lines)
        field: Any = self.fields["warehouse"]
        field.queryset = Warehouse.objects.filter(company=self.row.company_id, is_active=True)
        field.initial = self._fullest(kept)
        # The address may name another one.
        chosen = stores.get(str(self.get_initial_for_field(field, "warehouse")), self.row.warehouse)
        for line in lines:
            if line.open_quantity:
                there = kept.get(line.pk, {})
                self.add_quantity(
                    line.pk,
                    line.item,
                    line.item.base_unit,
                    most=line.open_quantity,
                    suggested=min(there.get(chosen.pk, Decimal(0)), line.open_quantity),
                    note=_told({stores[str(pk)]: quantity for pk, quantity in there.items()}),
                )

    def _fullest(self, kept: Mapping[int, Mapping[int, Decimal]]) -> int:
        """The order's own warehouse, or another when only that has something for the order."""
        own: int = self.row.warehouse_id
        lines_in = Counter(store for there in kept.values() for store in there)
        return own if own in lines_in or not lines_in else lines_in.most_common(1)[0][0]


def _told(kept: Mapping[Warehouse, Decimal]) -> str:
    """Where goods are kept for a line, when that is in more than one warehouse."""
    if len(kept) < 2:
        return ""
    parts = (f"{store.name} {quantity_text(quantity)}" for store, quantity in kept.items())
    return _t("Kept: %(parts)s.") % {"parts": listed(parts)}


class SignedForm(ActionForm):
    """Asks for the day."""

    signed_on = forms.DateField(label=_("Signed for on"), widget=DateInput(), initial=timezone.localdate)


class ReturnForm(QuantitiesForm):
    """Asks what comes back and why."""

    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            for line in self.row.lines.select_related("order_line__item__base_unit").order_by("pk"):
                if line.quantity > line.returned:
                    item = line.order_line.item
                    self.add_quantity(line.pk, item, item.base_unit, most=line.quantity - line.returned)
