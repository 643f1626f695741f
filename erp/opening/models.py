"""What lay in the warehouses when the ledger began, as the files said it."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.inventory.choices import StockStatus
from erp.masterdata.models import Warehouse
from suite.access.scopes import ScopePaths
from suite.core.models import Model, page_url
from suite.masters.fields import MoneyField, PriceField, QuantityField
from suite.masters.models import Item, Unit
from suite.masters.models.validation import NOT_NEGATIVE


@pghistory.track(exclude=["version", "updated_at"])
class OpeningStock(Model):
    """
    So much of an item, of one lot and status, lay in a warehouse when the ledger began 期初库存.

    What it says is what the ledger has of it: every change posts the old entry back and the new one in, under the
    next ``revision``. ``base_quantity`` is in the base unit of the item, ``value`` in the base currency.
    """

    scope = ScopePaths(company="warehouse__company")
    sensitive_fields = ("unit_cost", "amount", "value")
    search_fields = ("item__code", "item__name", "item__pinyin", "lot_number")

    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    lot_number = models.CharField(_("lot or serial number"), max_length=60, blank=True)
    status = models.CharField(_("status"), max_length=8, choices=StockStatus, default=StockStatus.GOOD)
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    quantity = QuantityField(_("quantity"), validators=NOT_NEGATIVE)
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("unit"),
        help_text=_("Empty: the base unit of the item."),
    )
    unit_cost = PriceField(
        _("unit cost"),
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_(
            "Of one unit, without tax, in the base currency; without cost and amount the reference cost counts."
        ),
    )
    amount = MoneyField(
        _("amount"),
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_("Of all of it; it comes before the unit cost."),
    )
    since = models.DateField(
        _("since"), null=True, blank=True, help_text=_("The day from which it counts; empty: the day of the import.")
    )
    base_quantity = QuantityField(_("quantity in base units"), default=Decimal(0), editable=False)
    value = MoneyField(_("value"), default=Decimal(0), editable=False)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    revision = models.PositiveIntegerField(_("revision"), default=1, editable=False)

    class Meta:
        verbose_name = _("opening stock")
        verbose_name_plural = _("opening stock")
        ordering = ("warehouse", "item", "pk")
        indexes = (models.Index(fields=("item", "warehouse"), name="openingstock_item"),)
        constraints = (
            models.UniqueConstraint(fields=("warehouse", "item", "lot_number", "status"), name="openingstock_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=0, base_quantity__gte=0, value__gte=0)
                & (Q(unit_cost__isnull=True) | Q(unit_cost__gte=0))
                & (Q(amount__isnull=True) | Q(amount__gte=0)),
                name="openingstock_not_negative",
            ),
        )

    def __str__(self) -> str:
        return f"{self.item} {self.lot_number}".strip()

    def get_absolute_url(self) -> str:
        """Address of the row's page."""
        return page_url(self)

    def key(self, direction: str) -> str:
        """What the ledger calls its moves: those of each revision in, and out again when the next one replaces it."""
        return f"opening:{self.pk}:{self.revision}:{direction}"
