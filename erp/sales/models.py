"""Sales orders, deliveries and returns."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.contracts.models import Contract
from erp.inventory.models import StockMove
from erp.masterdata.models import Warehouse
from erp.papers import PostedPaper
from erp.promised import PromiseChangeBase
from erp.sales.choices import DeliveryStatus, OrderStatus, ReturnStatus
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.models import Document, LineBase
from suite.documents.status import StatusField
from suite.masters.fields import QuantityField
from suite.masters.models import Party, PaymentTerms
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
POSITIVE = [MinValueValidator(Decimal("0.000001"))]


@pghistory.track(exclude=UNTRACKED)
class SalesOrder(Document, Searchable):
    """One order of a customer 销售订单: what is to be delivered when, from which warehouse."""

    search_fields = ("number", "customer_reference", "external_key", "party__name", "party__pinyin")
    transitions = {
        OrderStatus.DRAFT: {OrderStatus.APPROVING, OrderStatus.CANCELLED},
        OrderStatus.APPROVING: {OrderStatus.CONFIRMED, OrderStatus.DRAFT, OrderStatus.CANCELLED},
        OrderStatus.CONFIRMED: {OrderStatus.PARTIAL, OrderStatus.DELIVERED, OrderStatus.CLOSED, OrderStatus.CANCELLED},
        OrderStatus.PARTIAL: {OrderStatus.DELIVERED, OrderStatus.CLOSED},
        OrderStatus.DELIVERED: {OrderStatus.CLOSED},
        OrderStatus.CLOSED: set(),
        OrderStatus.CANCELLED: set(),
    }
    status_tone = {
        OrderStatus.APPROVING: "wait",
        OrderStatus.CONFIRMED: "go",
        OrderStatus.PARTIAL: "part",
        OrderStatus.DELIVERED: "done",
        OrderStatus.CLOSED: "done",
        OrderStatus.CANCELLED: "void",
    }
    stepper = (
        OrderStatus.DRAFT,
        OrderStatus.APPROVING,
        OrderStatus.CONFIRMED,
        OrderStatus.PARTIAL,
        OrderStatus.DELIVERED,
        OrderStatus.CLOSED,
    )
    editable_states = (OrderStatus.DRAFT,)

    status = StatusField(_("status"), choices=OrderStatus, default=OrderStatus.DRAFT)
    party = models.ForeignKey(Party, models.PROTECT, related_name="sales_orders", verbose_name=_("customer"))
    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="orders", verbose_name=_("contract")
    )
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    requested_on = models.DateField(_("requested for"))
    customer_reference = models.CharField(_("customer's order number"), max_length=60, blank=True)
    external_key = models.CharField(_("number in the old system"), max_length=60, blank=True)
    payment_terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payment terms")
    )
    ship_to = models.CharField(_("delivery address"), max_length=300, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, editable=False)

    class Meta(Document.Meta, Searchable.Meta):
        verbose_name = _("sales order")
        verbose_name_plural = _("sales orders")
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("party", "-document_date"), name="salesorder_party"),
            models.Index(fields=("status", "confirmed_at"), name="salesorder_open"),
        )
        constraints = (  # type: ignore[assignment]
            *Document.Meta.constraints,
            models.UniqueConstraint(
                fields=("contract",),
                condition=~Q(status=OrderStatus.CANCELLED),
                name="salesorder_contract_once",
            ),
            models.UniqueConstraint(
                fields=("company", "external_key"), condition=~Q(external_key=""), name="salesorder_external_once"
            ),
        )

    @property
    def promise_changes(self) -> models.QuerySet[SalesPromiseChange]:
        """Every change of a promised day, the latest first."""
        return SalesPromiseChange.objects.filter(line__document=self)


class SalesOrderLine(LineBase):
    """
    One line of a sales order.

    ``base_quantity``, ``delivered`` and ``returned`` are in the base unit of the item; nothing is delivered from
    stock on a line without item, so its are zero.
    """

    scope = ScopePaths(owner="document__owner", company="document__company")

    document = models.ForeignKey(SalesOrder, models.CASCADE, related_name="lines", verbose_name=_("sales order"))
    requested_on = models.DateField(_("requested for"), null=True, blank=True)
    promised_on = models.DateField(_("promised for"), null=True, blank=True)
    base_quantity = QuantityField(_("quantity in base units"), default=Decimal(0), editable=False)
    delivered = QuantityField(_("delivered"), default=Decimal(0), editable=False)
    returned = QuantityField(_("returned"), default=Decimal(0), editable=False)

    class Meta(LineBase.Meta):
        verbose_name = _("sales order line")
        verbose_name_plural = _("sales order lines")
        constraints = (  # type: ignore[assignment]
            *LineBase.Meta.constraints,
            models.CheckConstraint(
                condition=Q(
                    delivered__gte=0,
                    delivered__lte=F("base_quantity"),
                    returned__gte=0,
                    returned__lte=F("delivered"),
                ),
                name="salesorderline_delivered",
            ),
        )

    @property
    def open_quantity(self) -> Decimal:
        """What is still to be delivered, in the base unit."""
        return self.base_quantity - self.delivered


class SalesPromiseChange(PromiseChangeBase):
    """One change of the day that a customer was promised."""

    line = models.ForeignKey(
        SalesOrderLine, models.PROTECT, related_name="promise_changes", verbose_name=_("sales order line")
    )

    class Meta(PromiseChangeBase.Meta):
        verbose_name = _("change of a day promised to a customer")
        verbose_name_plural = _("changes of days promised to customers")


class GoodsPaper(PostedPaper):
    """What papers about goods to and from customers share: the day and the warehouse."""

    document_date = models.DateField(_("date"))
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))

    class Meta(PostedPaper.Meta):
        abstract = True
        ordering = ("-document_date", "-pk")


class Delivery(GoodsPaper):
    """What went to a customer at one time 发货单."""

    search_fields = ("number", "tracking_number", "order__number", "order__party__name", "order__party__pinyin")
    transitions = {DeliveryStatus.SHIPPED: {DeliveryStatus.SIGNED}, DeliveryStatus.SIGNED: set()}
    status_tone = {DeliveryStatus.SHIPPED: "go", DeliveryStatus.SIGNED: "done"}
    stepper = (DeliveryStatus.SHIPPED, DeliveryStatus.SIGNED)

    status = StatusField(_("status"), choices=DeliveryStatus, default=DeliveryStatus.SHIPPED)
    order = models.ForeignKey(SalesOrder, models.PROTECT, related_name="deliveries", verbose_name=_("sales order"))
    carrier = models.CharField(_("carrier"), max_length=60, blank=True)
    tracking_number = models.CharField(_("waybill number"), max_length=60, blank=True)
    signed_on = models.DateField(_("signed for on"), null=True, editable=False)

    class Meta(GoodsPaper.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")


class DeliveryLine(Model):
    """So much of one order line, of one lot, that went; in the base unit."""

    document = models.ForeignKey(Delivery, models.CASCADE, related_name="lines", verbose_name=_("delivery"))
    order_line = models.ForeignKey(
        SalesOrderLine, models.PROTECT, related_name="delivery_lines", verbose_name=_("order line")
    )
    quantity = QuantityField(_("quantity"), validators=POSITIVE)
    returned = QuantityField(_("returned"), default=Decimal(0), editable=False)
    move = models.OneToOneField(StockMove, models.PROTECT, related_name="+", verbose_name=_("move"))

    class Meta:
        verbose_name = _("delivery line")
        verbose_name_plural = _("delivery lines")
        ordering = ("document", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(quantity__gt=0, returned__gte=0, returned__lte=F("quantity")), name="deliveryline_quantity"
            ),
        )

    def __str__(self) -> str:
        return f"{self.order_line} × {self.quantity}"


class CustomerReturn(GoodsPaper):
    """What a customer sent back 退货单: it waits for inspection, at what it cost when it left."""

    search_fields = ("number", "delivery__number", "delivery__order__party__name")
    transitions = {ReturnStatus.RECEIVED: set()}
    status_tone = {ReturnStatus.RECEIVED: "done"}

    status = StatusField(_("status"), choices=ReturnStatus, default=ReturnStatus.RECEIVED)
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="returns", verbose_name=_("delivery"))
    reason = models.CharField(_("reason"), max_length=200)

    class Meta(GoodsPaper.Meta):
        verbose_name = _("customer return")
        verbose_name_plural = _("customer returns")


class CustomerReturnLine(Model):
    """So much of one delivery line that came back; in the base unit."""

    document = models.ForeignKey(CustomerReturn, models.CASCADE, related_name="lines", verbose_name=_("return"))
    delivery_line = models.ForeignKey(
        DeliveryLine, models.PROTECT, related_name="return_lines", verbose_name=_("delivery line")
    )
    quantity = QuantityField(_("quantity"), validators=POSITIVE)
    move = models.OneToOneField(StockMove, models.PROTECT, related_name="+", verbose_name=_("move"))

    class Meta:
        verbose_name = _("customer return line")
        verbose_name_plural = _("customer return lines")
        ordering = ("document", "pk")
        constraints = (models.CheckConstraint(condition=Q(quantity__gt=0), name="customerreturnline_quantity"),)

    def __str__(self) -> str:
        return f"{self.delivery_line} × {self.quantity}"
