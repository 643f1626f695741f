"""Requisitions, purchase orders, goods receipts and returns to suppliers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import pghistory
from django.contrib.contenttypes.models import ContentType
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from erp.inventory.choices import StockStatus
from erp.inventory.models import Lot, StockMove
from erp.masterdata.models import Warehouse
from erp.papers import NumberedPaper, PostedPaper
from erp.promised import PromiseChangeBase
from erp.purchasing.choices import OrderStatus, PostedStatus, RequestOrigin, RequestStatus
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.models import Document, LineBase
from suite.documents.status import StatusField
from suite.masters.fields import QuantityField
from suite.masters.models import Item, Party, PaymentTerms
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
POSITIVE = [MinValueValidator(Decimal("0.000001"))]


# -- requisitions ------------------------------------------------------------------------------


@pghistory.track(exclude=UNTRACKED)
class PurchaseRequest(NumberedPaper):
    """One requisition 请购: what a warehouse needs, before it is known from whom."""

    search_fields = ("number", "reason")
    transitions = {
        RequestStatus.DRAFT: {RequestStatus.APPROVING, RequestStatus.CANCELLED},
        RequestStatus.APPROVING: {RequestStatus.APPROVED, RequestStatus.DRAFT, RequestStatus.CANCELLED},
        RequestStatus.APPROVED: {RequestStatus.ORDERED, RequestStatus.CLOSED, RequestStatus.CANCELLED},
        RequestStatus.ORDERED: {RequestStatus.APPROVED, RequestStatus.CLOSED},
        RequestStatus.CLOSED: set(),
        RequestStatus.CANCELLED: set(),
    }
    status_tone = {
        RequestStatus.APPROVING: "wait",
        RequestStatus.APPROVED: "go",
        RequestStatus.ORDERED: "part",
        RequestStatus.CLOSED: "done",
        RequestStatus.CANCELLED: "void",
    }
    stepper = (
        RequestStatus.DRAFT,
        RequestStatus.APPROVING,
        RequestStatus.APPROVED,
        RequestStatus.ORDERED,
        RequestStatus.CLOSED,
    )

    status = StatusField(_("status"), choices=RequestStatus, default=RequestStatus.DRAFT)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    needed_on = models.DateField(_("needed on"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    origin = models.CharField(
        _("raised by"), max_length=16, choices=RequestOrigin, default=RequestOrigin.MANUAL, editable=False
    )

    class Meta(NumberedPaper.Meta):
        verbose_name = _("requisition")
        verbose_name_plural = _("requisitions")
        ordering = ("-pk",)
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("needed_on", "id"), name="purchaserequest_needed"),
        )


class PurchaseRequestLine(Model):
    """
    So much of an item is needed.

    A peg names the line of the document that it serves, by type and key; ``is_open`` says that the requisition is
    neither closed nor cancelled, so that the database holds a peg to one open line.
    """

    scope = ScopePaths(owner="request__owner", company="request__company")

    request = models.ForeignKey(PurchaseRequest, models.CASCADE, related_name="lines", verbose_name=_("requisition"))
    position = models.PositiveIntegerField(_("#"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    quantity = QuantityField(_("quantity"), validators=POSITIVE)
    needed_on = models.DateField(_("needed on"), null=True, blank=True)
    ordered_quantity = QuantityField(_("ordered"), default=Decimal(0), editable=False)
    demand_type = models.ForeignKey(
        ContentType, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("kind of demand")
    )
    demand_id = models.PositiveBigIntegerField(_("demand"), null=True, editable=False)
    is_open = models.BooleanField(_("open"), default=True, editable=False)

    class Meta:
        verbose_name = _("requisition line")
        verbose_name_plural = _("requisition lines")
        ordering = ("request", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("request", "position"),
                name="purchaserequestline_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.UniqueConstraint(
                fields=("demand_type", "demand_id"),
                condition=Q(is_open=True, demand_id__isnull=False),
                name="purchaserequestline_peg_once",
            ),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, ordered_quantity__gte=0), name="purchaserequestline_quantity"
            ),
            models.CheckConstraint(
                condition=Q(demand_type__isnull=True, demand_id__isnull=True)
                | Q(demand_type__isnull=False, demand_id__isnull=False),
                name="purchaserequestline_peg_whole",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.item}"

    @property
    def open_quantity(self) -> Decimal:
        """What is not ordered yet."""
        return max(self.quantity - self.ordered_quantity, Decimal(0))


# -- orders ------------------------------------------------------------------------------------


@pghistory.track(exclude=UNTRACKED)
class PurchaseOrder(Document, Searchable):
    """One order to a supplier 采购订单."""

    search_fields = ("number", "supplier_reference", "external_key", "supplier__name", "supplier__pinyin")
    transitions = {
        OrderStatus.DRAFT: {OrderStatus.APPROVING, OrderStatus.CANCELLED},
        OrderStatus.APPROVING: {OrderStatus.RELEASED, OrderStatus.DRAFT, OrderStatus.CANCELLED},
        OrderStatus.RELEASED: {
            OrderStatus.PARTIAL,
            OrderStatus.RECEIVED,
            OrderStatus.DRAFT,
            OrderStatus.CANCELLED,
        },
        OrderStatus.PARTIAL: {OrderStatus.RECEIVED, OrderStatus.CLOSED},
        OrderStatus.RECEIVED: {OrderStatus.PARTIAL, OrderStatus.CLOSED},
        OrderStatus.CLOSED: set(),
        OrderStatus.CANCELLED: set(),
    }
    status_tone = {
        OrderStatus.APPROVING: "wait",
        OrderStatus.RELEASED: "go",
        OrderStatus.PARTIAL: "part",
        OrderStatus.RECEIVED: "done",
        OrderStatus.CLOSED: "done",
        OrderStatus.CANCELLED: "void",
    }
    stepper = (
        OrderStatus.DRAFT,
        OrderStatus.APPROVING,
        OrderStatus.RELEASED,
        OrderStatus.PARTIAL,
        OrderStatus.RECEIVED,
        OrderStatus.CLOSED,
    )
    editable_states = (OrderStatus.DRAFT,)

    status = StatusField(_("status"), choices=OrderStatus, default=OrderStatus.DRAFT)
    supplier = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("supplier"))
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    payment_terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payment terms")
    )
    expected_on = models.DateField(_("expected on"), null=True, blank=True)
    supplier_reference = models.CharField(_("supplier's order number"), max_length=60, blank=True)
    external_key = models.CharField(_("number in the old system"), max_length=60, blank=True)
    remarks = models.TextField(_("remarks for the supplier"), blank=True)

    class Meta(Document.Meta, Searchable.Meta):
        verbose_name = _("purchase order")
        verbose_name_plural = _("purchase orders")
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("supplier", "-document_date"), name="purchaseorder_supplier"),
            models.Index(fields=("created_at", "id"), name="purchaseorder_created"),
            models.Index(fields=("expected_on", "id"), name="purchaseorder_expected"),
        )
        constraints = (  # type: ignore[assignment]
            *Document.Meta.constraints,
            models.UniqueConstraint(
                fields=("company", "external_key"), condition=~Q(external_key=""), name="purchaseorder_external_once"
            ),
        )

    def print_lines(self) -> Any:
        """The lines as the printed form shows them."""
        return self.lines.select_related("item", "unit").order_by("position")

    @property
    def promise_changes(self) -> models.QuerySet[PromiseChange]:
        """Every change of a promised date, the latest first."""
        return PromiseChange.objects.filter(line__document=self)


class PurchaseOrderLine(LineBase):
    """One line of a purchase order; what is received and returned is counted in the base unit of the item."""

    document = models.ForeignKey(PurchaseOrder, models.CASCADE, related_name="lines", verbose_name=_("purchase order"))
    needed_on = models.DateField(_("needed on"), null=True, blank=True)
    promised_on = models.DateField(_("promised on"), null=True, blank=True)
    request_line = models.ForeignKey(
        PurchaseRequestLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="order_lines",
        verbose_name=_("requisition line"),
    )
    base_quantity = QuantityField(_("quantity in the base unit"), default=Decimal(0), editable=False)
    received_quantity = QuantityField(_("received"), default=Decimal(0), editable=False)
    returned_quantity = QuantityField(_("returned"), default=Decimal(0), editable=False)

    class Meta(LineBase.Meta):
        verbose_name = _("purchase order line")
        verbose_name_plural = _("purchase order lines")
        constraints = (  # type: ignore[assignment]
            *LineBase.Meta.constraints,
            models.CheckConstraint(condition=Q(item__isnull=False), name="purchaseorderline_item"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, base_quantity__gte=0, returned_quantity__gte=0)
                & Q(received_quantity__gte=F("returned_quantity")),
                name="purchaseorderline_received",
            ),
        )

    @property
    def goods(self) -> Item:
        """The item; every line of a purchase order has one."""
        return cast("Item", self.item)

    @property
    def kept_quantity(self) -> Decimal:
        """What was received and not returned."""
        return self.received_quantity - self.returned_quantity

    @property
    def open_quantity(self) -> Decimal:
        """What is still to come, in the base unit."""
        return max(self.base_quantity - self.kept_quantity, Decimal(0))


class PromiseChange(PromiseChangeBase):
    """One change of the day that the supplier promised."""

    line = models.ForeignKey(
        PurchaseOrderLine, models.PROTECT, related_name="promise_changes", verbose_name=_("purchase order line")
    )


# -- receipts and returns ----------------------------------------------------------------------


class GoodsReceipt(PostedPaper):
    """One delivery of a supplier on an order 收货单."""

    search_fields = ("number", "supplier_delivery_number", "order__number", "order__supplier__name")
    transitions = {PostedStatus.POSTED: set()}
    status_tone = {PostedStatus.POSTED: "done"}

    status = StatusField(_("status"), choices=PostedStatus, default=PostedStatus.POSTED)
    order = models.ForeignKey(PurchaseOrder, models.PROTECT, related_name="receipts", verbose_name=_("purchase order"))
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    received_on = models.DateField(_("received on"))
    supplier_delivery_number = models.CharField(_("supplier's delivery number"), max_length=60, blank=True)

    class Meta(PostedPaper.Meta):
        verbose_name = _("goods receipt")
        verbose_name_plural = _("goods receipts")
        ordering = ("-received_on", "-pk")
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("received_on", "id"), name="goodsreceipt_received"),
        )


class GoodsReceiptLine(Model):
    """What came of one order line, of one lot."""

    scope = ScopePaths(owner="receipt__owner", company="receipt__company")

    receipt = models.ForeignKey(GoodsReceipt, models.CASCADE, related_name="lines", verbose_name=_("goods receipt"))
    position = models.PositiveIntegerField(_("#"))
    order_line = models.ForeignKey(
        PurchaseOrderLine, models.PROTECT, related_name="receipt_lines", verbose_name=_("purchase order line")
    )
    quantity = QuantityField(_("quantity"), validators=POSITIVE)
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="+", verbose_name=_("lot"))
    status = models.CharField(_("stock status"), max_length=8, choices=StockStatus, default=StockStatus.GOOD)
    returned_quantity = QuantityField(_("returned"), default=Decimal(0), editable=False)
    move = models.OneToOneField(StockMove, models.PROTECT, related_name="+", verbose_name=_("stock move"))

    class Meta:
        verbose_name = _("goods receipt line")
        verbose_name_plural = _("goods receipt lines")
        ordering = ("receipt", "position")
        constraints = (
            models.UniqueConstraint(fields=("receipt", "position"), name="goodsreceiptline_position_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, returned_quantity__gte=0, returned_quantity__lte=F("quantity")),
                name="goodsreceiptline_returned",
            ),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.order_line.description}"

    @property
    def kept_quantity(self) -> Decimal:
        """What was not returned."""
        return self.quantity - self.returned_quantity


class SupplierReturn(PostedPaper):
    """So much of a received line went back to the supplier 退货."""

    search_fields = ("number", "reason", "receipt_line__receipt__number")
    transitions = {PostedStatus.POSTED: set()}
    status_tone = {PostedStatus.POSTED: "done"}

    status = StatusField(_("status"), choices=PostedStatus, default=PostedStatus.POSTED)
    receipt_line = models.ForeignKey(
        GoodsReceiptLine, models.PROTECT, related_name="returns", verbose_name=_("goods receipt line")
    )
    returned_on = models.DateField(_("returned on"))
    quantity = QuantityField(_("quantity"), validators=POSITIVE)
    reason = models.CharField(_("reason"), max_length=200)
    move = models.OneToOneField(StockMove, models.PROTECT, related_name="+", verbose_name=_("stock move"))

    class Meta(PostedPaper.Meta):
        verbose_name = _("return to supplier")
        verbose_name_plural = _("returns to suppliers")
        ordering = ("-returned_on", "-pk")
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("returned_on", "id"), name="supplierreturn_returned"),
        )
