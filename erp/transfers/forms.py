"""Forms of transfers: what goes, and what becomes of what went."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from erp.forms import QuantitiesForm
from erp.purchasing.forms import SUPPLIERS
from erp.transfers.models import TransferOrder
from suite.masters.models import Party
from suite.pages.forms import AsyncSelect, ModelForm


class TransferForm(ModelForm):
    """A transfer to a warehouse or a supplier."""

    class Meta:
        model = TransferOrder
        fields = ("source",)
        widgets = {"supplier": AsyncSelect(Party, narrow=SUPPLIERS)}


class ShipForm(QuantitiesForm):
    """Asks what is sent; all that is open unless said otherwise."""

    tracking_number = forms.CharField(label=_("Waybill number"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            lines = self.row.lines.select_related("item__base_unit").order_by("position")
            for line in lines:
                if line.open_quantity:
                    unit, most = line.item.base_unit, line.open_quantity
                    self.add_quantity(line.pk, line, unit, most=most, suggested=most)


class PartsForm(QuantitiesForm):
    """Asks for so much of what is out."""

    is_suggested = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            parts = self.row.parts.select_related("line__item__base_unit", "lot")
            for part in parts:
                if part.outstanding:
                    unit, most = part.line.item.base_unit, part.outstanding
                    self.add_quantity(part.pk, part, unit, most=most, suggested=most if self.is_suggested else None)


class ReceiveForm(PartsForm):
    """Asks what arrived; all of it unless said otherwise."""

    is_suggested = True


class ReasonedForm(PartsForm):
    """Asks for so much of what is out, with a remark."""

    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class LossForm(PartsForm):
    """Asks what is written off, and why."""

    reason = forms.CharField(label=_("Reason"), max_length=200)
