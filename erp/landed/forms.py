"""Forms of landed costs."""

from __future__ import annotations

from erp.landed.models import LandedCost
from erp.purchasing.models import GoodsReceipt
from suite.pages.forms import AsyncSelectMultiple, ModelForm


class LandedCostForm(ModelForm):
    """A landed cost and the receipts it is for."""

    class Meta:
        model = LandedCost
        fields = ("receipts",)
        widgets = {"receipts": AsyncSelectMultiple(GoodsReceipt)}
