"""Requests for quotation, the quotes of suppliers, and blanket orders."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pghistory
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.masterdata.models import Warehouse
from erp.papers import NumberedPaper
from erp.purchasing.models import PurchaseOrder, PurchaseOrderLine, PurchaseRequestLine
from erp.sourcing.choices import BlanketStatus, QuoteStatus, RequestStatus
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField
from suite.masters.fields import ExchangeRateField, PercentField, PriceField, QuantityField
from suite.masters.models import Currency, Item, Party, Unit
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
POSITIVE = [MinValueValidator(Decimal("0.000001"))]
NOT_NEGATIVE = [MinValueValidator(0)]
PERCENTAGE = [MinValueValidator(0), MaxValueValidator(100)]


# -- asking ------------------------------------------------------------------------------------


@pghistory.track(exclude=UNTRACKED)
class RequestForQuotation(NumberedPaper):
    """One request for quotation 询价单: what some suppliers are asked the price of, for one warehouse."""

    search_fields = ("number", "subject")
    transitions = {
        RequestStatus.DRAFT: {RequestStatus.SENT, RequestStatus.CANCELLED},
        RequestStatus.SENT: {RequestStatus.COMPARED, RequestStatus.CANCELLED},
        RequestStatus.COMPARED: {RequestStatus.AWARDED, RequestStatus.CANCELLED},
        RequestStatus.AWARDED: {RequestStatus.CLOSED},
        RequestStatus.CLOSED: set(),
        RequestStatus.CANCELLED: set(),
    }
    status_tone = {
        RequestStatus.SENT: "go",
        RequestStatus.COMPARED: "part",
        RequestStatus.AWARDED: "done",
        RequestStatus.CLOSED: "done",
        RequestStatus.CANCELLED: "void",
    }
    stepper = (
        RequestStatus.DRAFT,
        RequestStatus.SENT,
        RequestStatus.COMPARED,
        RequestStatus.AWARDED,
        RequestStatus.CLOSED,
    )

    status = StatusField(_("status"), choices=RequestStatus, default=RequestStatus.DRAFT)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    subject = models.CharField(_("subject"), max_length=120, blank=True)
    due_on = models.DateField(_("quotes due on"))
    suppliers = models.ManyToManyField(
        Party, through="Invitation", blank=True, related_name="+", verbose_name=_("suppliers")
    )
    remarks = models.TextField(_("remarks for the suppliers"), blank=True)
    award_reason = models.CharField(_("reason of the award"), max_length=200, blank=True, editable=False)
    request = models.UUIDField(_("made for"), unique=True, null=True, editable=False)

    class Meta(NumberedPaper.Meta):
        verbose_name = _("request for quotation")
        verbose_name_plural = _("requests for quotation")
        ordering = ("-pk",)
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("due_on", "id"), name="rfq_due"),
        )

    def print_lines(self) -> models.QuerySet[RequestLine]:
        """The lines as the printed form shows them."""
        return self.lines.select_related("item", "unit").order_by("position")

    def print_suppliers(self) -> models.QuerySet[Party]:
        """The suppliers, each of whom gets a sheet."""
        return self.suppliers.order_by("code")


class Invitation(Model):
    """A supplier is asked to quote."""

    rfq = models.ForeignKey(
        RequestForQuotation, models.CASCADE, related_name="invitations", verbose_name=_("request for quotation")
    )
    supplier = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("supplier"))

    class Meta:
        verbose_name = _("invitation to quote")
        verbose_name_plural = _("invitations to quote")
        constraints = (models.UniqueConstraint(fields=("rfq", "supplier"), name="invitation_once"),)

    def __str__(self) -> str:
        return f"{self.rfq}: {self.supplier}"


class RequestLine(Model):
    """So much of an item is asked for; one that serves a requisition line is the whole rest of it or a part."""

    scope = ScopePaths(owner="rfq__owner", company="rfq__company")

    rfq = models.ForeignKey(
        RequestForQuotation, models.CASCADE, related_name="lines", verbose_name=_("request for quotation")
    )
    position = models.PositiveIntegerField(_("#"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    quantity = QuantityField(_("quantity"), validators=POSITIVE)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    base_quantity = QuantityField(_("quantity in the base unit"), default=Decimal(0), editable=False)
    needed_on = models.DateField(_("needed on"), null=True, blank=True)
    remark = models.CharField(_("remark"), max_length=200, blank=True)
    request_line = models.ForeignKey(
        PurchaseRequestLine,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="rfq_lines",
        verbose_name=_("requisition line"),
    )
    awarded = models.ForeignKey(
        "SupplierQuoteLine", models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("awarded to")
    )

    class Meta:
        verbose_name = _("line of a request for quotation")
        verbose_name_plural = _("lines of requests for quotation")
        ordering = ("rfq", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("rfq", "position"), name="requestline_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0, base_quantity__gte=0), name="requestline_quantity"),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.item}"


# -- answers -----------------------------------------------------------------------------------


@pghistory.track(exclude=UNTRACKED)
class SupplierQuote(NumberedPaper):
    """One quote of a supplier 供应商报价; a revised one replaces it, so that one of them counts."""

    scope = ScopePaths(owner="owner", company="company", party="supplier")
    search_fields = ("number", "supplier_reference", "supplier__name", "supplier__pinyin", "rfq__number")
    transitions = {
        QuoteStatus.RECEIVED: {QuoteStatus.REPLACED, QuoteStatus.AWARDED, QuoteStatus.DECLINED},
        QuoteStatus.REPLACED: set(),
        QuoteStatus.AWARDED: set(),
        QuoteStatus.DECLINED: set(),
    }
    status_tone = {
        QuoteStatus.RECEIVED: "go",
        QuoteStatus.REPLACED: "void",
        QuoteStatus.AWARDED: "done",
        QuoteStatus.DECLINED: "hold",
    }
    stepper = (QuoteStatus.RECEIVED, QuoteStatus.AWARDED)

    status = StatusField(_("status"), choices=QuoteStatus, default=QuoteStatus.RECEIVED)
    rfq = models.ForeignKey(
        RequestForQuotation, models.PROTECT, related_name="quotes", verbose_name=_("request for quotation")
    )
    supplier = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("supplier"))
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    price_includes_tax = models.BooleanField(_("prices include tax"), default=False)
    exchange_rate = ExchangeRateField(_("exchange rate"), default=Decimal(1))
    quoted_on = models.DateField(_("quoted on"), default=timezone.localdate)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    supplier_reference = models.CharField(_("supplier's quote number"), max_length=60, blank=True)
    request = models.UUIDField(_("made for"), unique=True, editable=False)

    class Meta(NumberedPaper.Meta):
        verbose_name = _("supplier quote")
        verbose_name_plural = _("supplier quotes")
        ordering = ("-pk",)
        constraints = (  # type: ignore[assignment]
            *NumberedPaper.Meta.constraints,
            models.UniqueConstraint(
                fields=("rfq", "supplier"), condition=~Q(status=QuoteStatus.REPLACED), name="supplierquote_one_counts"
            ),
            models.CheckConstraint(condition=Q(exchange_rate__gt=0), name="supplierquote_rate"),
        )

    def is_valid_on(self, day: date) -> bool:
        """Whether the supplier still stands by it."""
        return self.valid_until is None or day <= self.valid_until


class SupplierQuoteLine(Model):
    """What one unit of a line costs from a minimum quantity on, both in the unit of the line."""

    scope = ScopePaths(owner="quote__owner", company="quote__company", party="quote__supplier")

    quote = models.ForeignKey(SupplierQuote, models.CASCADE, related_name="lines", verbose_name=_("supplier quote"))
    rfq_line = models.ForeignKey(RequestLine, models.PROTECT, related_name="quote_lines", verbose_name=_("line"))
    minimum_quantity = QuantityField(_("minimum quantity"), default=Decimal(0), validators=NOT_NEGATIVE)
    unit_price = PriceField(_("unit price"), validators=NOT_NEGATIVE)
    tax_rate = PercentField(_("tax %"), default=Decimal(0), validators=PERCENTAGE)
    lead_time_days = models.PositiveIntegerField(_("lead time in days"), null=True, blank=True)
    remark = models.CharField(_("remark"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("line of a supplier quote")
        verbose_name_plural = _("lines of supplier quotes")
        ordering = ("quote", "rfq_line__position", "minimum_quantity")
        constraints = (
            models.UniqueConstraint(
                fields=("quote", "rfq_line", "minimum_quantity"), name="supplierquoteline_tier_once"
            ),
            models.CheckConstraint(
                condition=Q(minimum_quantity__gte=0, unit_price__gte=0, tax_rate__range=(0, 100)),
                name="supplierquoteline_amounts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.quote}: {self.rfq_line}"


# -- blanket orders ----------------------------------------------------------------------------


@pghistory.track(exclude=UNTRACKED)
class BlanketOrder(NumberedPaper):
    """One blanket order 框架订单: quantities and prices agreed for a period, called off by schedule."""

    search_fields = ("number", "supplier__name", "supplier__pinyin", "supplier_reference")
    transitions = {
        BlanketStatus.DRAFT: {BlanketStatus.ACTIVE, BlanketStatus.ENDED},
        BlanketStatus.ACTIVE: {BlanketStatus.FULFILLED, BlanketStatus.ENDED},
        BlanketStatus.FULFILLED: {BlanketStatus.ACTIVE, BlanketStatus.ENDED},
        BlanketStatus.ENDED: set(),
    }
    status_tone = {
        BlanketStatus.ACTIVE: "go",
        BlanketStatus.FULFILLED: "done",
        BlanketStatus.ENDED: "void",
    }
    stepper = (BlanketStatus.DRAFT, BlanketStatus.ACTIVE, BlanketStatus.FULFILLED)

    status = StatusField(_("status"), choices=BlanketStatus, default=BlanketStatus.DRAFT)
    supplier = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("supplier"))
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+", verbose_name=_("warehouse"))
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    price_includes_tax = models.BooleanField(_("prices include tax"), default=False)
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    supplier_reference = models.CharField(_("supplier's reference"), max_length=60, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)

    class Meta(NumberedPaper.Meta):
        verbose_name = _("blanket order")
        verbose_name_plural = _("blanket orders")
        ordering = ("-pk",)
        constraints = (  # type: ignore[assignment]
            *NumberedPaper.Meta.constraints,
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="blanketorder_period",
                violation_error_message=_("The period ends before it begins."),
            ),
        )

    @property
    def schedule(self) -> models.QuerySet[BlanketSchedule]:
        """Every scheduled quantity, the earliest first."""
        return BlanketSchedule.objects.filter(line__blanket=self).order_by("due_on", "line__position")


class BlanketLine(Model):
    """So much of an item in all, at a price; its schedule never asks for more."""

    scope = ScopePaths(owner="blanket__owner", company="blanket__company")

    blanket = models.ForeignKey(BlanketOrder, models.CASCADE, related_name="lines", verbose_name=_("blanket order"))
    position = models.PositiveIntegerField(_("#"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("unit"))
    quantity = QuantityField(_("total quantity"), validators=POSITIVE)
    unit_price = PriceField(_("unit price"), validators=NOT_NEGATIVE)

    class Meta:
        verbose_name = _("line of a blanket order")
        verbose_name_plural = _("lines of blanket orders")
        ordering = ("blanket", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("blanket", "position"), name="blanketline_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0, unit_price__gte=0), name="blanketline_amounts"),
        )

    def __str__(self) -> str:
        return f"{self.position}. {self.item}"


class BlanketSchedule(Model):
    """So much of a line is to come on a day; called off once it stands on a purchase order that is not cancelled."""

    scope = ScopePaths(owner="line__blanket__owner", company="line__blanket__company")

    line = models.ForeignKey(BlanketLine, models.CASCADE, related_name="schedule", verbose_name=_("line"))
    due_on = models.DateField(_("due on"))
    quantity = QuantityField(_("quantity"), validators=POSITIVE)
    order_line = models.OneToOneField(
        PurchaseOrderLine,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="blanket_schedule",
        verbose_name=_("called off by"),
    )

    class Meta:
        verbose_name = _("scheduled quantity")
        verbose_name_plural = _("scheduled quantities")
        ordering = ("due_on", "pk")
        indexes = (models.Index(fields=("due_on",), condition=Q(order_line__isnull=True), name="blanketschedule_open"),)
        constraints = (
            models.UniqueConstraint(fields=("line", "due_on"), name="blanketschedule_day_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="blanketschedule_quantity"),
        )

    def __str__(self) -> str:
        return f"{self.line}: {self.due_on}"


class CallOff(Model):
    """One call-off of a blanket order, made once for each ``request``."""

    blanket = models.ForeignKey(BlanketOrder, models.PROTECT, related_name="call_offs", verbose_name=_("blanket order"))
    order = models.OneToOneField(
        PurchaseOrder, models.PROTECT, related_name="call_off", verbose_name=_("purchase order")
    )
    request = models.UUIDField(_("made for"), unique=True, editable=False)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("call-off")
        verbose_name_plural = _("call-offs")
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.blanket}: {self.order}"
