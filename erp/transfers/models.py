"""Transfer orders: what goes from one warehouse to another, or to a supplier who keeps it for the company."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from erp.inventory.models import Lot, StockMove
from erp.masterdata.models import Warehouse
from erp.papers import NumberedPaper
from erp.transfers.choices import StepKind, TransferStatus
from suite.core.models import Model
from suite.documents.status import StatusField
from suite.masters.fields import QuantityField
from suite.masters.models import Item, Party
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
POSITIVE = [MinValueValidator(Decimal("0.000001"))]


@pghistory.track(exclude=UNTRACKED)
class TransferOrder(NumberedPaper):
    """
    One transfer 调拨单 to another warehouse of the company, or to a supplier 委外、寄售.

    What goes to a warehouse is in transit until it is received; what goes to a supplier lies there until it is
    brought back or consumed. It belongs to the company all the time.
    """

    search_fields = ("number", "source__name", "target__name", "supplier__name", "supplier__pinyin", "tracking_number")
    transitions = {
        TransferStatus.DRAFT: {TransferStatus.CONFIRMED, TransferStatus.CANCELLED},
        TransferStatus.CONFIRMED: {TransferStatus.SHIPPED, TransferStatus.DRAFT, TransferStatus.CANCELLED},
        TransferStatus.SHIPPED: {TransferStatus.DONE, TransferStatus.CLOSED},
        TransferStatus.DONE: set(),
        TransferStatus.CLOSED: set(),
        TransferStatus.CANCELLED: set(),
    }
    status_tone = {
        TransferStatus.CONFIRMED: "go",
        TransferStatus.SHIPPED: "part",
        TransferStatus.DONE: "done",
        TransferStatus.CLOSED: "done",
        TransferStatus.CANCELLED: "void",
    }
    stepper = (TransferStatus.DRAFT, TransferStatus.CONFIRMED, TransferStatus.SHIPPED, TransferStatus.DONE)

    status = StatusField(_("status"), choices=TransferStatus, default=TransferStatus.DRAFT)
    source = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("from warehouse"))
    target = models.ForeignKey(
        Warehouse, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("to warehouse")
    )
    supplier = models.ForeignKey(
        Party,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("to supplier"),
        help_text=_("Who keeps or works on it; it still belongs to the company."),
    )
    needed_on = models.DateField(_("needed on"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    tracking_number = models.CharField(_("waybill number"), max_length=60, blank=True)

    class Meta(NumberedPaper.Meta):
        verbose_name = _("transfer order")
        verbose_name_plural = _("transfer orders")
        ordering = ("-pk",)
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("needed_on", "id"), name="transferorder_needed"),
        )
        constraints = (  # type: ignore[assignment]
            *NumberedPaper.Meta.constraints,
            models.CheckConstraint(
                condition=Q(target__isnull=False, supplier__isnull=True)
                | Q(target__isnull=True, supplier__isnull=False),
                name="transferorder_one_target",
                violation_error_message=_("Choose either a warehouse or a supplier that it goes to."),
            ),
            models.CheckConstraint(
                condition=Q(target__isnull=True) | ~Q(target=F("source")),
                name="transferorder_two_places",
                violation_error_message=_("Choose another warehouse than it comes from."),
            ),
        )

    @property
    def goes_to_supplier(self) -> bool:
        """Whether it goes to a supplier, and is not received by a warehouse."""
        return self.supplier_id is not None

    @property
    def parts(self) -> models.QuerySet[TransferPart]:
        """What was sent, by line and lot."""
        return TransferPart.objects.filter(line__transfer=self).order_by("pk")

    @property
    def moves(self) -> models.QuerySet[StockMove]:
        """Every move of stock that was posted for it, the latest first."""
        kind = ContentType.objects.get_for_model(TransferOrder)
        return StockMove.objects.filter(source_type=kind, source_id=self.pk)


class TransferLine(Model):
    """So much of an item is to go, of one lot or of any; in its base unit."""

    transfer = models.ForeignKey(TransferOrder, models.CASCADE, related_name="lines", verbose_name=_("transfer order"))
    position = models.PositiveIntegerField(_("#"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    lot = models.ForeignKey(
        Lot,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lot"),
        help_text=_("Empty: of any lot."),
    )
    quantity = QuantityField(_("quantity"), validators=POSITIVE)
    shipped = QuantityField(_("sent"), default=Decimal(0), editable=False)

    class Meta:
        verbose_name = _("transfer line")
        verbose_name_plural = _("transfer lines")
        ordering = ("transfer", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("transfer", "position"),
                name="transferline_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, shipped__gte=0, shipped__lte=F("quantity")), name="transferline_quantity"
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.item}"

    @property
    def open_quantity(self) -> Decimal:
        """What is still to be sent."""
        return self.quantity - self.shipped


class TransferPart(Model):
    """
    What was sent of one line and lot, and what became of it; in the base unit.

    The rest, ``outstanding``, is on its way, or lies at the supplier.
    """

    line = models.ForeignKey(TransferLine, models.PROTECT, related_name="parts", verbose_name=_("line"))
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="+", verbose_name=_("lot"))
    shipped = QuantityField(_("sent"), default=Decimal(0))
    received = QuantityField(_("quantity received"), default=Decimal(0))
    returned = QuantityField(_("brought back"), default=Decimal(0))
    consumed = QuantityField(_("consumed"), default=Decimal(0))
    lost = QuantityField(_("written off"), default=Decimal(0))

    class Meta:
        verbose_name = _("sent part")
        verbose_name_plural = _("sent parts")
        ordering = ("line", "pk")
        constraints = (
            models.UniqueConstraint(fields=("line", "lot"), name="transferpart_once", nulls_distinct=False),
            models.CheckConstraint(
                condition=Q(received__gte=0, returned__gte=0, consumed__gte=0, lost__gte=0)
                & Q(shipped__gte=F("received") + F("returned") + F("consumed") + F("lost")),
                name="transferpart_outstanding",
            ),
        )

    def __str__(self) -> str:
        return f"{self.line} · {self.lot}" if self.lot is not None else str(self.line)

    @property
    def outstanding(self) -> Decimal:
        """What is on its way, or lies at the supplier."""
        return self.shipped - self.received - self.returned - self.consumed - self.lost


class TransferStep(Model):
    """Something that was done with a transfer, once for each ``request``."""

    transfer = models.ForeignKey(TransferOrder, models.PROTECT, related_name="steps", verbose_name=_("transfer order"))
    kind = models.CharField(_("what was done"), max_length=8, choices=StepKind)
    request = models.UUIDField(_("posted for"), unique=True, editable=False)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("step of a transfer")
        verbose_name_plural = _("steps of transfers")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.transfer} {self.get_kind_display()}"
