"""Warehouses, their locations, and how items are stocked and replenished."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from erp.masterdata.choices import STOCK_KINDS, LocationKind, Tracking, ValuationMethod
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.masters.base import TRACKED, MasterModel, OneDefault
from suite.masters.fields import DerivedField, QuantityField
from suite.masters.models import Company, Item, Party
from suite.masters.normalize import pinyin_initials

NOT_NEGATIVE = [MinValueValidator(0)]


class Warehouse(MasterModel):
    """One warehouse 仓库 of a company; without bins, all its stock lies at its one location."""

    scope = ScopePaths(company="company")
    search_fields = ("code", "name", "pinyin")
    default_flag = "is_default"
    default_within = ("company",)

    company = models.ForeignKey(Company, models.PROTECT, related_name="warehouses", verbose_name=_("company"))
    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    pinyin = DerivedField(_("pinyin initials"), max_length=60, source=("name",), derive=pinyin_initials)
    region = models.CharField(
        _("province"), max_length=40, blank=True, help_text=_("Orders from there are served here first.")
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    is_default = models.BooleanField(_("default warehouse"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("warehouse")
        verbose_name_plural = _("warehouses")
        ordering = ("code",)
        constraints = (OneDefault(fields=("company",), condition=Q(is_default=True), name="warehouse_one_default"),)

    def __str__(self) -> str:
        return self.name


class Location(Model):
    """One place that stock lies in, comes from or goes to; every move of stock is from one to another."""

    scope = ScopePaths(company="company")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    kind = models.CharField(_("kind"), max_length=12, choices=LocationKind, default=LocationKind.STORE)
    warehouse = models.ForeignKey(
        Warehouse, models.PROTECT, null=True, blank=True, related_name="locations", verbose_name=_("warehouse")
    )
    party = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("supplier")
    )
    code = models.CharField(_("code"), max_length=40)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(fields=("company", "code"), name="location_code_once"),
            models.CheckConstraint(
                condition=Q(kind=LocationKind.STORE, warehouse__isnull=False)
                | (~Q(kind=LocationKind.STORE) & Q(warehouse__isnull=True)),
                name="location_warehouse",
            ),
            models.CheckConstraint(
                condition=Q(kind=LocationKind.CONSIGNED, party__isnull=False)
                | (~Q(kind=LocationKind.CONSIGNED) & Q(party__isnull=True)),
                name="location_party",
            ),
        )

    def __str__(self) -> str:
        return self.code

    @property
    def holds_stock(self) -> bool:
        """Whether what lies there belongs to the company."""
        return self.kind in STOCK_KINDS


@pghistory.track(**TRACKED)
class StockItem(Model):
    """How one item is stocked and valued; an item without a row is counted, not told apart, at moving average."""

    item = models.OneToOneField(Item, models.CASCADE, related_name="stocking", verbose_name=_("item"))
    tracking = models.CharField(_("tracking"), max_length=8, choices=Tracking, default=Tracking.NONE)
    valuation_method = models.CharField(
        _("valuation"), max_length=8, choices=ValuationMethod, default=ValuationMethod.AVERAGE
    )
    shelf_life_days = models.PositiveIntegerField(_("shelf life in days"), null=True, blank=True)
    is_inspected = models.BooleanField(
        _("inspected on receipt"),
        default=False,
        help_text=_("What arrives waits for inspection before it can be used."),
    )
    supplier = models.ForeignKey(
        Party, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("usual supplier")
    )
    lead_time_days = models.PositiveIntegerField(_("lead time in days"), default=7)
    order_minimum = QuantityField(_("minimum order"), default=Decimal(0), validators=NOT_NEGATIVE)
    order_multiple = QuantityField(_("order multiple"), default=Decimal(0), validators=NOT_NEGATIVE)
    service_level = models.DecimalField(
        _("service level %"),
        max_digits=5,
        decimal_places=2,
        default=Decimal(95),
        validators=[MinValueValidator(50), MaxValueValidator(Decimal("99.99"))],
    )

    class Meta:
        verbose_name = _("stocking of an item")
        verbose_name_plural = _("stocking of items")
        ordering = ("item",)
        constraints = (
            models.CheckConstraint(
                condition=Q(order_minimum__gte=0, order_multiple__gte=0), name="stockitem_order_quantities"
            ),
        )

    def __str__(self) -> str:
        return str(self.item)


class StockLimit(Model):
    """How much of an item a warehouse should hold: below the minimum it is replenished up to the maximum."""

    scope = ScopePaths(company="warehouse__company")

    item = models.ForeignKey(Item, models.CASCADE, related_name="+", verbose_name=_("item"))
    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="limits", verbose_name=_("warehouse"))
    minimum = QuantityField(_("minimum"), default=Decimal(0), validators=NOT_NEGATIVE)
    maximum = QuantityField(_("maximum"), default=Decimal(0), validators=NOT_NEGATIVE)

    class Meta:
        verbose_name = _("stock limit")
        verbose_name_plural = _("stock limits")
        ordering = ("warehouse", "item")
        constraints = (
            models.UniqueConstraint(fields=("item", "warehouse"), name="stocklimit_once"),
            models.CheckConstraint(condition=Q(minimum__gte=0, maximum__gte=F("minimum")), name="stocklimit_order"),
        )

    def __str__(self) -> str:
        return f"{self.item}: {self.minimum} – {self.maximum}"
