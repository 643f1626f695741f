"""Forms of price lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.forms import offer_customers
from erp.pricing.choices import Audience
from erp.pricing.models import PriceList, PriceListParty
from suite.access.grants import model_permission
from suite.masters.models import Party
from suite.pages.forms import ActionForm, AsyncSelectMultiple, DateInput, DecimalField, ModelForm


class PriceListForm(ModelForm):
    """A price list; whom it is for is said by either customers or a province, or neither."""

    class Meta:
        model = PriceList
        fields = ("name",)
        widgets = {"customers": AsyncSelectMultiple(Party)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sees_all = self.user is None or self.user.has_perm(model_permission(Party, "view"))
        if "customers" in self.fields and not sees_all:
            kept = Q(pk__in=PriceListParty.objects.filter(price_list=self.instance.pk).values("party"))
            offer_customers(self, "customers", AsyncSelectMultiple, kept)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        audience = cleaned.get("audience")
        if audience == Audience.CHOSEN and not cleaned.get("customers"):
            self.add_error("customers", _t("Choose at least one customer or group."))
        if audience != Audience.CHOSEN and cleaned.get("customers"):
            self.add_error("customers", _t("Only a list for chosen customers names any."))
        return cleaned


class RaiseForm(ActionForm):
    """Asks by how much prices rise, and from when."""

    percent = DecimalField(
        label=_("Raise by %"),
        max_digits=7,
        decimal_places=4,
        min_value=Decimal("-99.9999"),
        help_text=_("A negative percentage lowers the prices."),
    )
    valid_from = forms.DateField(label=_("Valid from"), widget=DateInput(), initial=timezone.localdate)
    decimals = forms.IntegerField(label=_("Decimals of the new prices"), min_value=0, max_value=6, initial=2)
