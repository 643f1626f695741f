"""Replenishment runs and what they suggest, classes of items, stock alerts, and the settings of planning."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from erp.inventory.models import Lot
from erp.masterdata.models import Warehouse
from erp.planning.choices import AbcClass, Age, AlertKind, Cause, Grain, Method, SuggestionStatus, XyzClass
from erp.purchasing.models import PurchaseRequest
from suite.access.scopes import ScopePaths
from suite.core.models import Model, page_url
from suite.documents.status import StatusField, StatusModel
from suite.jobs.models import Job
from suite.masters.base import TRACKED
from suite.masters.fields import MoneyField, QuantityField
from suite.masters.models import Company, Item, Party

POSITIVE = [MinValueValidator(Decimal("0.000001"))]


@pghistory.track(**TRACKED)
class PlanningRule(Model):
    """How stock is planned and watched in one company; a company without a row is planned by the defaults."""

    scope = ScopePaths(company="company")

    company = models.OneToOneField(Company, models.CASCADE, related_name="+", verbose_name=_("company"))
    review_days = models.PositiveIntegerField(
        _("days between two orders"), default=7, help_text=_("An order covers the lead time and this time.")
    )
    expiry_days = models.PositiveIntegerField(_("warn of expiry, days before"), default=30)
    slow_days = models.PositiveIntegerField(
        _("slow-moving after days without issue"), default=90, validators=[MinValueValidator(1)]
    )
    overstock_months = models.PositiveIntegerField(
        _("too much from months of consumption"), default=6, validators=[MinValueValidator(1)]
    )
    role = models.ForeignKey(
        Group,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("tell"),
        help_text=_("The people with this role are told of new stock alerts."),
    )

    class Meta:
        verbose_name = _("planning settings")
        verbose_name_plural = _("planning settings")
        ordering = ("company",)

    def __str__(self) -> str:
        return str(self.company)


class ReplenishmentRun(Model):
    """One calculation of what to buy, for all warehouses of a company or for one of them."""

    scope = ScopePaths(company="company")

    company = models.ForeignKey(Company, models.CASCADE, related_name="+", verbose_name=_("company"))
    warehouse = models.ForeignKey(
        Warehouse,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("warehouse"),
        help_text=_("Empty: all warehouses of the company."),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("started by"),
        editable=False,
    )
    job = models.ForeignKey(Job, models.SET_NULL, null=True, related_name="+", verbose_name=_("job"), editable=False)
    started_at = models.DateTimeField(_("started"), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    item_count = models.PositiveIntegerField(_("items looked at"), default=0, editable=False)
    suggestion_count = models.PositiveIntegerField(_("suggestions"), default=0, editable=False)

    class Meta:
        verbose_name = _("replenishment run")
        verbose_name_plural = _("replenishment runs")
        ordering = ("-started_at", "-pk")
        indexes = (models.Index(fields=("started_at", "id"), name="replenishmentrun_started"),)

    def __str__(self) -> str:
        return f"{timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"


class ReplenishmentSuggestion(StatusModel):
    """
    So much of an item should be bought for a warehouse 补货建议, with the figures that say so.

    At most one of a warehouse and item is open. One that nobody edited is replaced by the next run; ``save()`` of a
    stored row is an edit. Quantities are in the base unit.
    """

    scope = ScopePaths(company="company")
    search_fields = ("item__code", "item__name", "item__pinyin")
    transitions = {
        SuggestionStatus.OPEN: {SuggestionStatus.ACCEPTED, SuggestionStatus.DISMISSED},
        SuggestionStatus.ACCEPTED: set(),
        SuggestionStatus.DISMISSED: set(),
    }
    status_tone = {
        SuggestionStatus.OPEN: "wait",
        SuggestionStatus.ACCEPTED: "done",
        SuggestionStatus.DISMISSED: "void",
    }

    status = StatusField(_("status"), choices=SuggestionStatus, default=SuggestionStatus.OPEN)
    run = models.ForeignKey(
        ReplenishmentRun,
        models.CASCADE,
        related_name="suggestions",
        verbose_name=_("replenishment run"),
        editable=False,
    )
    company = models.ForeignKey(Company, models.CASCADE, related_name="+", verbose_name=_("company"), editable=False)
    warehouse = models.ForeignKey(
        Warehouse, models.CASCADE, related_name="+", verbose_name=_("warehouse"), editable=False
    )
    item = models.ForeignKey(Item, models.CASCADE, related_name="+", verbose_name=_("item"), editable=False)
    quantity = QuantityField(_("quantity to buy"), validators=POSITIVE)
    supplier = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("supplier")
    )
    needed_on = models.DateField(_("needed on"))
    is_edited = models.BooleanField(_("edited"), default=False, editable=False)
    cause = models.CharField(_("reason"), max_length=10, choices=Cause, editable=False)
    suggested_quantity = QuantityField(_("suggested quantity"), editable=False)
    free = QuantityField(_("free stock"), editable=False)
    on_order = QuantityField(_("on order"), editable=False)
    demand = QuantityField(_("wanted by orders"), editable=False)
    position = QuantityField(_("available with what is on order"), editable=False)
    minimum = QuantityField(_("minimum"), null=True, editable=False)
    maximum = QuantityField(_("maximum"), null=True, editable=False)
    reorder_at = QuantityField(_("reorder point"), editable=False)
    level = QuantityField(_("replenished up to"), editable=False)
    safety = QuantityField(_("safety stock"), editable=False)
    expected = QuantityField(_("expected demand"), editable=False)
    lead_time_days = models.PositiveIntegerField(_("lead time in days"), editable=False)
    review_days = models.PositiveIntegerField(_("days between two orders"), editable=False)
    service_level = models.DecimalField(_("service level %"), max_digits=5, decimal_places=2, editable=False)
    order_minimum = QuantityField(_("minimum order"), default=Decimal(0), editable=False)
    order_multiple = QuantityField(_("order multiple"), default=Decimal(0), editable=False)
    method = models.CharField(_("forecast by"), max_length=24, choices=Method, blank=True, editable=False)
    grain = models.CharField(_("periods"), max_length=5, choices=Grain, default=Grain.WEEK, editable=False)
    periods = models.PositiveIntegerField(_("periods looked at"), default=0, editable=False)
    error = QuantityField(_("error of the forecast"), null=True, editable=False)
    naive_error = QuantityField(_("error without a method"), null=True, editable=False)
    abc = models.CharField(_("ABC class"), max_length=1, choices=AbcClass, blank=True, editable=False)
    xyz = models.CharField(_("XYZ class"), max_length=1, choices=XyzClass, blank=True, editable=False)
    request = models.ForeignKey(
        PurchaseRequest,
        models.PROTECT,
        null=True,
        related_name="suggestions",
        verbose_name=_("requisition"),
        editable=False,
    )
    dismissal = models.CharField(_("why not"), max_length=200, blank=True, editable=False)
    quiet_until = models.DateField(_("not again before"), null=True, editable=False)
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)

    class Meta:
        verbose_name = _("replenishment suggestion")
        verbose_name_plural = _("replenishment suggestions")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("needed_on", "id"), name="suggestion_needed"),)
        constraints = (
            models.UniqueConstraint(
                fields=("warehouse", "item"),
                condition=Q(status=SuggestionStatus.OPEN),
                name="suggestion_one_open",
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="suggestion_quantity"),
            models.CheckConstraint(
                condition=~Q(status=SuggestionStatus.ACCEPTED) | Q(request__isnull=False), name="suggestion_accepted"
            ),
        )

    def __str__(self) -> str:
        return str(self.item)

    def clean(self) -> None:
        """Refuse a quantity that the base unit does not know."""
        if self.item_id is None:
            # The form for many rows is of none of them; each is validated by itself.
            return
        unit = self.item.base_unit
        if self.quantity is not None and self.quantity != round(self.quantity, unit.decimals):
            text = _t("%(unit)s is counted with at most %(decimals)s decimals.")
            raise ValidationError({"quantity": text % {"unit": unit, "decimals": unit.decimals}})

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a stored row is saved because somebody edited it."""
        if not self._state.adding:
            self.is_edited = True
            if kwargs.get("update_fields") is not None:
                kwargs["update_fields"] = {*kwargs["update_fields"], "is_edited"}
        super().save(*args, **kwargs)


class ItemClass(models.Model):
    """
    How important and how steady an item was in a company in the last months; kept by the replenishment run.

    ``amount`` is the consumption of the months at the cost of now, in the company's currency.
    """

    scope = ScopePaths(company="company")
    search_fields = ("item__code", "item__name", "item__pinyin")
    sensitive_fields = ("amount",)

    company = models.ForeignKey(Company, models.CASCADE, related_name="+", verbose_name=_("company"))
    item = models.ForeignKey(Item, models.CASCADE, related_name="+", verbose_name=_("item"))
    abc = models.CharField(_("ABC class"), max_length=1, choices=AbcClass)
    xyz = models.CharField(_("XYZ class"), max_length=1, choices=XyzClass)
    quantity = QuantityField(_("consumption"), help_text=_("Of the last 12 months."))
    amount = MoneyField(_("value of consumption"))
    classed_at = models.DateTimeField(_("as of"))

    class Meta:
        verbose_name = _("ABC/XYZ class")
        verbose_name_plural = _("ABC/XYZ classes")
        ordering = ("company", "item")
        constraints = (models.UniqueConstraint(fields=("company", "item"), name="itemclass_once"),)

    def __str__(self) -> str:
        return f"{self.item}: {self.abc}{self.xyz}"

    def get_absolute_url(self) -> str:
        """Address of the row's page."""
        return page_url(self)


class StockAlert(models.Model):
    """
    One thing that is wrong with the stock of an item 库存预警, as of the last look.

    ``since`` is when it was seen first; the row goes when the matter is settled. ``quantity`` is what is missing, too
    much, or concerned, in the base unit; ``amount`` its cost.
    """

    scope = ScopePaths(company="company")
    search_fields = ("item__code", "item__name", "item__pinyin", "lot__number")
    sensitive_fields = ("amount",)

    kind = models.CharField(_("kind"), max_length=14, choices=AlertKind)
    company = models.ForeignKey(Company, models.CASCADE, related_name="+", verbose_name=_("company"))
    item = models.ForeignKey(Item, models.CASCADE, related_name="+", verbose_name=_("item"))
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="+", verbose_name=_("warehouse"))
    lot = models.ForeignKey(Lot, models.CASCADE, null=True, related_name="+", verbose_name=_("lot"))
    quantity = QuantityField(_("quantity"))
    amount = MoneyField(_("value"), default=Decimal(0))
    age = models.CharField(_("age"), max_length=8, choices=Age, blank=True)
    due_on = models.DateField(
        _("day"), null=True, help_text=_("When it is wanted, expires, or was issued last, depending on the kind.")
    )
    since = models.DateTimeField(_("since"))
    seen_at = models.DateTimeField(_("last seen"))

    class Meta:
        verbose_name = _("stock alert")
        verbose_name_plural = _("stock alerts")
        ordering = ("-since", "-pk")
        indexes = (
            models.Index(fields=("item",), name="stockalert_item"),
            models.Index(fields=("since", "id"), name="stockalert_since"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "company", "item", "warehouse", "lot"), name="stockalert_once", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="stockalert_quantity"),
        )

    def __str__(self) -> str:
        return f"{self.item}: {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        """Address of the row's page."""
        return page_url(self)
