"""Forms of warehouses and of how items are stocked."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from erp.masterdata.models import StockItem, StockLimit, Warehouse
from suite.pages.forms import ModelForm

# What cannot change while stock is there: what lies there was counted and valued the other way.
FIXED_WITH_STOCK = ("tracking", "valuation_method")


class WarehouseForm(ModelForm):
    """A warehouse; its company and code, by which its stock is found, are given once."""

    class Meta:
        model = Warehouse
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            for name in {"company", "code"} & self.fields.keys():
                self.fields[name].disabled = True


class StockItemForm(ModelForm):
    """How an item is stocked."""

    class Meta:
        model = StockItem
        fields = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "item" in self.fields:
            self.fields["item"].disabled = True

    def clean(self) -> dict[str, Any]:
        """Refuse another tracking or valuation while there is stock."""
        cleaned = super().clean() or self.cleaned_data
        item = cleaned.get("item") or (self.instance.item if self.instance.pk else None)
        changed = [name for name in FIXED_WITH_STOCK if name in cleaned and cleaned[name] != self.initial.get(name)]
        if item is not None and changed and item.quants.filter(on_hand__gt=0).exists():
            for name in changed:
                self.add_error(name, _("This can change only while nothing of the item is in stock."))
        return cleaned


class StockLimitForm(ModelForm):
    """How much of an item a warehouse should hold."""

    class Meta:
        model = StockLimit
        fields = ()

    def clean(self) -> dict[str, Any]:
        """Refuse a maximum below the minimum."""
        cleaned = super().clean() or self.cleaned_data
        minimum, maximum = cleaned.get("minimum"), cleaned.get("maximum")
        if minimum is not None and maximum is not None and maximum < minimum:
            self.add_error("maximum", _("The maximum cannot be below the minimum."))
        return cleaned
