"""What suppliers billed for what came."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from erp.inventory.models import CostAdjustment
from erp.matching.choices import MatchStatus
from erp.purchasing.models import POSITIVE, GoodsReceiptLine
from suite.access.scopes import ScopePaths
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField, QuantityField


class InvoiceMatch(StatusModel):
    """One line of a supplier's invoice for a received line; what it bills more or less changes what the goods cost."""

    scope = ScopePaths(owner="receipt_line__receipt__owner", company="receipt_line__receipt__company")
    search_fields = (
        "invoice_number",
        "receipt_line__receipt__number",
        "receipt_line__receipt__order__number",
        "receipt_line__receipt__order__supplier__name",
    )
    transitions = {
        MatchStatus.ENTERED: {MatchStatus.MATCHED, MatchStatus.BLOCKED},
        MatchStatus.MATCHED: set(),
        MatchStatus.BLOCKED: {MatchStatus.RELEASED, MatchStatus.REJECTED},
        MatchStatus.RELEASED: set(),
        MatchStatus.REJECTED: set(),
    }
    status_tone = {
        MatchStatus.MATCHED: "done",
        MatchStatus.BLOCKED: "late",
        MatchStatus.RELEASED: "done",
        MatchStatus.REJECTED: "void",
    }

    status = StatusField(_("status"), choices=MatchStatus, default=MatchStatus.ENTERED)
    receipt_line = models.ForeignKey(
        GoodsReceiptLine, models.PROTECT, related_name="matches", verbose_name=_("goods receipt line")
    )
    invoice_number = models.CharField(_("invoice number"), max_length=60)
    invoiced_on = models.DateField(_("invoice date"))
    quantity = QuantityField(_("billed quantity"), validators=POSITIVE)
    amount = MoneyField(_("billed without tax"), validators=[MinValueValidator(Decimal(0))])
    too_much = QuantityField(_("billed too much"), default=Decimal(0), editable=False)
    difference = MoneyField(_("price difference"), default=Decimal(0), editable=False)
    adjustment = models.OneToOneField(
        CostAdjustment, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("cost adjustment")
    )
    request = models.UUIDField(_("posted for"), unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta:
        verbose_name = _("matched invoice line")
        verbose_name_plural = _("matched invoice lines")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("invoiced_on", "id"), name="invoicematch_invoiced"),)
        constraints = (
            models.CheckConstraint(condition=Q(quantity__gt=0, amount__gte=0), name="invoicematch_billed"),
            models.UniqueConstraint(
                fields=("receipt_line", "invoice_number"),
                condition=~Q(status=MatchStatus.REJECTED),
                name="invoicematch_once",
                violation_error_message=_("This invoice bills the line already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.invoice_number} · {self.receipt_line}"
