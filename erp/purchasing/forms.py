"""Forms of requisitions, purchase orders, receipts and returns."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.forms import OnceForm
from erp.inventory.choices import StockStatus
from erp.masterdata.choices import Tracking
from erp.masterdata.models import StockItem
from erp.purchasing.models import GoodsReceiptLine, PurchaseOrder, PurchaseOrderLine
from erp.purchasing.receipts import Arrival
from erp.purchasing.selectors import suppliers_of_request
from suite.masters.models import Party
from suite.pages.columns import quantity as quantity_text
from suite.pages.forms import ActionForm, AsyncSelect, DateInput, DecimalField, ModelForm

# What suppliers are chosen by among all parties.
SUPPLIERS = {"is_supplier": "True", "is_active": "True"}


class OrderForm(ModelForm):
    """A purchase order; its payment terms default to the supplier's."""

    class Meta:
        model = PurchaseOrder
        fields = ("supplier",)
        widgets = {"supplier": AsyncSelect(Party, narrow=SUPPLIERS)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        supplier = cleaned.get("supplier")
        if supplier is not None and not cleaned.get("payment_terms") and "payment_terms" in self.fields:
            cleaned["payment_terms"] = supplier.payment_terms
        return cleaned


class SupplierForm(ActionForm):
    """Asks from whom to order; prefilled with who supplies most of it."""

    supplier = forms.ModelChoiceField(
        label=_("Supplier"),
        queryset=Party.objects.filter(is_active=True, is_supplier=True),
        widget=AsyncSelect(Party, narrow=SUPPLIERS),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            known = suppliers_of_request(self.row, timezone.localdate())
            self.fields["supplier"].initial = next(iter(known), None)


class PromiseForm(ActionForm):
    """Asks for the day that the supplier promises for what is still to come."""

    promised_on = forms.DateField(label=_("Promised on"), widget=DateInput())
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class CloseForm(ActionForm):
    """Asks why the rest is not expected any more."""

    reason = forms.CharField(
        label=_("Reason"), max_length=500, required=False, help_text=_("Needed while something is still to come.")
    )


class ReceiveForm(OnceForm):
    """Asks what arrived of each line that is still open, in base units; prefilled with all of it."""

    received_on = forms.DateField(label=_("Arrived on"), widget=DateInput(), initial=timezone.localdate)
    supplier_delivery_number = forms.CharField(label=_("Supplier's delivery number"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._tracking: dict[int, str] = {}
        self._open: list[PurchaseOrderLine] = []
        if self.row is None:
            return
        lines = self.row.lines.select_related("item__base_unit").order_by("position")
        self._open = [line for line in lines if line.open_quantity > 0]
        items = {line.goods.pk for line in self._open}
        self._tracking = dict(StockItem.objects.filter(item__in=items).values_list("item_id", "tracking"))
        for line in self._open:
            self._add_fields(line)

    def _add_fields(self, line: PurchaseOrderLine) -> None:
        item = line.goods
        self.fields[f"quantity_{line.pk}"] = DecimalField(
            label=f"{item} ({item.base_unit})",
            max_digits=18,
            decimal_places=item.base_unit.decimals,
            min_value=0,
            required=False,
            initial=line.open_quantity.normalize(),
            help_text=_t("Still to come: %(open)s of %(ordered)s.")
            % {"open": quantity_text(line.open_quantity), "ordered": quantity_text(line.base_quantity)},
        )
        tracking = self._tracking.get(item.pk, Tracking.NONE)
        if tracking == Tracking.SERIAL:
            self.fields[f"lot_{line.pk}"] = forms.CharField(
                label=_("Serial numbers"), widget=forms.Textarea(attrs={"rows": 3}), required=False
            )
        elif tracking == Tracking.LOT:
            self.fields[f"lot_{line.pk}"] = forms.CharField(label=_("Lot"), max_length=60, required=False)
        if tracking != Tracking.NONE:
            self.fields[f"expires_{line.pk}"] = forms.DateField(
                label=_("Expires on"), widget=DateInput(), required=False
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        lines = [arrival for line in self._open for arrival in self._arrivals(line, cleaned)]
        names = ("request", "received_on", "supplier_delivery_number")
        return {"lines": lines, **{name: cleaned[name] for name in names if name in cleaned}}

    def _arrivals(self, line: PurchaseOrderLine, cleaned: dict[str, Any]) -> Iterator[Arrival]:
        """Yield what arrived of one line: one piece for each serial number."""
        quantity = cleaned.get(f"quantity_{line.pk}")
        if not quantity:
            return
        lot, expires_on = cleaned.get(f"lot_{line.pk}") or "", cleaned.get(f"expires_{line.pk}")
        if self._tracking.get(line.goods.pk) != Tracking.SERIAL:
            yield Arrival(line, quantity, lot.strip(), expires_on)
            return
        numbers = list(dict.fromkeys(lot.replace(",", " ").replace("，", " ").split()))
        if len(numbers) != quantity:
            self.add_error(
                f"lot_{line.pk}",
                _t("Enter %(wanted)s serial numbers; there are %(found)s.")
                % {"wanted": quantity_text(quantity), "found": len(numbers)},
            )
        for number in numbers:
            yield Arrival(line, Decimal(1), number, expires_on)


class ReturnForm(OnceForm):
    """Asks what goes back to the supplier, and why."""

    receipt_line = forms.ModelChoiceField(label=_("Line"), queryset=GoodsReceiptLine.objects.none())
    quantity = DecimalField(label=_("Quantity"), max_digits=18, decimal_places=6, min_value=0)
    stock_status = forms.ChoiceField(
        label=_("Stock status"),
        choices=(("", _("As received")), *StockStatus.choices),
        required=False,
        help_text=_("Of the stock that goes back."),
    )
    reason = forms.CharField(label=_("Reason"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is not None:
            lines = self.row.lines.select_related("order_line")
            self.fields["receipt_line"].queryset = lines  # type: ignore[attr-defined]

    def clean_stock_status(self) -> StockStatus | None:
        value = self.cleaned_data["stock_status"]
        return StockStatus(value) if value else None
