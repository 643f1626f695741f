"""Forms of transfers: what goes, and what becomes of what went."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.forms import OnceForm
from erp.purchasing.forms import SUPPLIERS
from erp.transfers.models import TransferOrder
from suite.masters.models import Party
from suite.pages.forms import AsyncSelect, DecimalField, ModelForm

PREFIX = "quantity_"


class TransferForm(ModelForm):
    """A transfer to a warehouse or a supplier."""

    class Meta:
        model = TransferOrder
        fields = ("source",)
        widgets = {"supplier": AsyncSelect(Party, narrow=SUPPLIERS)}


class QuantitiesForm(OnceForm):
    """Asks how much of each line or part."""

    def add_quantities(self, rows: Iterable[tuple[int, Any, Any, Decimal, bool]]) -> None:
        """Add a field for each (key, label, unit, at most, whether all of it is suggested)."""
        for pk, label, unit, most, is_suggested in rows:
            self.fields[f"{PREFIX}{pk}"] = DecimalField(
                label=f"{label} ({unit})",
                required=False,
                max_digits=18,
                decimal_places=unit.decimals,
                min_value=Decimal(0),
                max_value=most,
                initial=most.normalize() if is_suggested else None,
                help_text=_t("At most %(most)s.") % {"most": f"{most.normalize():f}"},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        names = [name for name in cleaned if name.startswith(PREFIX)]
        quantities = {int(name.removeprefix(PREFIX)): cleaned.pop(name) for name in names}
        cleaned["quantities"] = {pk: quantity for pk, quantity in quantities.items() if quantity}
        return cleaned


class ShipForm(QuantitiesForm):
    """Asks what is sent; all that is open unless said otherwise."""

    tracking_number = forms.CharField(label=_("Waybill number"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            lines = self.row.lines.select_related("item__base_unit").order_by("position")
            self.add_quantities(
                (line.pk, line, line.item.base_unit, line.open_quantity, True) for line in lines if line.open_quantity
            )


class PartsForm(QuantitiesForm):
    """Asks for so much of what is out."""

    is_suggested = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            parts = self.row.parts.select_related("line__item__base_unit", "lot")
            self.add_quantities(
                (part.pk, part, part.line.item.base_unit, part.outstanding, self.is_suggested)
                for part in parts
                if part.outstanding
            )


class ReceiveForm(PartsForm):
    """Asks what arrived; all of it unless said otherwise."""

    is_suggested = True


class ReasonedForm(PartsForm):
    """Asks for so much of what is out, with a remark."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class LossForm(PartsForm):
    """Asks what is written off, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
