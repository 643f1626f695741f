"""Forms of the three-way match."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.forms import OnceForm
from erp.matching.selectors import with_billed
from erp.purchasing.models import GoodsReceiptLine
from suite.pages.forms import DateInput, DecimalField


class InvoiceForm(OnceForm):
    """Asks what the supplier bills for a received line; suggested is all that is not billed yet, at its cost."""

    invoice_number = forms.CharField(label=_("Invoice number"), max_length=60)
    invoiced_on = forms.DateField(label=_("Invoice date"), widget=DateInput(), initial=timezone.localdate)
    quantity = DecimalField(label=_("Billed quantity"), max_digits=18, decimal_places=6, min_value=Decimal("0.000001"))
    amount = DecimalField(label=_("Billed without tax"), max_digits=18, decimal_places=2, min_value=Decimal(0))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.row is None:
            return
        row: Any = with_billed(GoodsReceiptLine.objects.filter(pk=self.row.pk)).get()
        self.fields["quantity"].initial = row.unbilled
        self.fields["quantity"].help_text = _t("In %(unit)s.") % {"unit": row.order_line.goods.base_unit}
        self.fields["amount"].initial = row.accrued
        self.fields["amount"].help_text = _t("In the currency of the company.")
