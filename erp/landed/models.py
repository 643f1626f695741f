"""Costs of bringing goods in, and their shares of what was received."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.inventory.models import CostAdjustment
from erp.landed.choices import Basis, CostKind, LandedStatus
from erp.papers import NumberedPaper
from erp.purchasing.models import GoodsReceipt, GoodsReceiptLine
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField
from suite.masters.fields import MoneyField
from suite.masters.models import Party
from suite.search.models import Searchable


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class LandedCost(NumberedPaper):
    """
    What bringing goods in cost 采购费用分摊, without tax, in the base currency of the company.

    Posted, every share raises the cost of its receipt: what is left of it in stock, and the cost of what has gone.
    """

    search_fields = ("number", "remarks")
    transitions = {
        LandedStatus.DRAFT: {LandedStatus.APPROVING, LandedStatus.CANCELLED},
        LandedStatus.APPROVING: {LandedStatus.POSTED, LandedStatus.DRAFT, LandedStatus.CANCELLED},
        LandedStatus.POSTED: {LandedStatus.REVERSED},
        LandedStatus.REVERSED: set(),
        LandedStatus.CANCELLED: set(),
    }
    status_tone = {
        LandedStatus.APPROVING: "wait",
        LandedStatus.POSTED: "done",
        LandedStatus.REVERSED: "void",
        LandedStatus.CANCELLED: "void",
    }
    stepper = (LandedStatus.DRAFT, LandedStatus.APPROVING, LandedStatus.POSTED)

    status = StatusField(_("status"), choices=LandedStatus, default=LandedStatus.DRAFT)
    incurred_on = models.DateField(_("date"))
    basis = models.CharField(_("shared out"), max_length=10, choices=Basis, default=Basis.VALUE)
    receipts = models.ManyToManyField(
        GoodsReceipt, through="LandedCostReceipt", related_name="landed_costs", verbose_name=_("goods receipts")
    )
    total = MoneyField(_("amount"), default=Decimal(0), editable=False)
    remarks = models.CharField(_("remarks"), max_length=200, blank=True)

    class Meta(NumberedPaper.Meta):
        verbose_name = _("landed cost")
        verbose_name_plural = _("landed costs")
        ordering = ("-incurred_on", "-pk")
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("incurred_on", "id"), name="landedcost_incurred"),
        )


class LandedCostReceipt(Model):
    """A receipt whose goods a landed cost brought in."""

    landed_cost = models.ForeignKey(LandedCost, models.CASCADE, related_name="+", verbose_name=_("landed cost"))
    receipt = models.ForeignKey(GoodsReceipt, models.PROTECT, related_name="+", verbose_name=_("goods receipt"))

    class Meta:
        verbose_name = _("receipt of a landed cost")
        verbose_name_plural = _("receipts of landed costs")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("landed_cost", "receipt"), name="landedcostreceipt_once"),)

    def __str__(self) -> str:
        return str(self.receipt)


class LandedCostLine(Model):
    """One cost: so much for freight to a carrier."""

    scope = ScopePaths(owner="landed_cost__owner", company="landed_cost__company")

    landed_cost = models.ForeignKey(LandedCost, models.CASCADE, related_name="lines", verbose_name=_("landed cost"))
    position = models.PositiveIntegerField(_("#"))
    kind = models.CharField(_("kind"), max_length=10, choices=CostKind, default=CostKind.FREIGHT)
    supplier = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("paid to")
    )
    reference = models.CharField(_("invoice or waybill"), max_length=60, blank=True)
    amount = MoneyField(_("amount without tax"), validators=[MinValueValidator(Decimal("0.01"))])

    class Meta:
        verbose_name = _("cost")
        verbose_name_plural = _("costs")
        ordering = ("landed_cost", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("landed_cost", "position"),
                name="landedcostline_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="landedcostline_amount"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"


class LandedCostShare(Model):
    """What one received line bears of a landed cost."""

    scope = ScopePaths(owner="landed_cost__owner", company="landed_cost__company")

    landed_cost = models.ForeignKey(LandedCost, models.PROTECT, related_name="shares", verbose_name=_("landed cost"))
    receipt_line = models.ForeignKey(
        GoodsReceiptLine, models.PROTECT, related_name="landed_shares", verbose_name=_("goods receipt line")
    )
    amount = MoneyField(_("amount"))
    adjustment = models.OneToOneField(
        CostAdjustment, models.PROTECT, related_name="+", verbose_name=_("cost adjustment")
    )

    class Meta:
        verbose_name = _("share of a landed cost")
        verbose_name_plural = _("shares of landed costs")
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("landed_cost", "receipt_line"), name="landedcostshare_once"),)

    def __str__(self) -> str:
        return f"{self.receipt_line}: {self.amount}"
