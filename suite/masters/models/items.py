"""What is traded and made, and the units it is counted in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _
from tree_queries.fields import TreeNodeForeignKey
from tree_queries.query import TreeQuerySet

from suite.masters.base import TRACKED, MasterModel, acyclic
from suite.masters.choices import (
    Dimension,
    ItemKind,
)
from suite.masters.fields import (
    DerivedField,
    PriceField,
)
from suite.masters.models.money import TaxCode
from suite.masters.models.validation import NOT_NEGATIVE
from suite.masters.normalize import pinyin_initials
from suite.search.models import Searchable


class Unit(MasterModel):
    """One unit of measure 单位; quantities in it have at most its decimals."""

    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=20)
    dimension = models.CharField(_("dimension"), max_length=10, choices=Dimension, default=Dimension.COUNT)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=0, validators=[MaxValueValidator(6)])
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")
        ordering = ("dimension", "code")
        constraints = (models.CheckConstraint(condition=Q(decimals__lte=6), name="unit_decimals"),)

    def __str__(self) -> str:
        return self.name


class UnitConversion(MasterModel):
    """One ``from_unit`` is ``numerator / denominator`` of ``to_unit``, for every item; the way back follows."""

    from_unit = models.ForeignKey(Unit, models.PROTECT, related_name="conversions", verbose_name=_("unit"))
    to_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("into unit"))
    numerator = models.PositiveBigIntegerField(_("numerator"), default=1, validators=[MinValueValidator(1)])
    denominator = models.PositiveBigIntegerField(_("denominator"), default=1, validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("unit conversion")
        verbose_name_plural = _("unit conversions")
        ordering = ("from_unit", "to_unit")
        constraints = (
            models.UniqueConstraint(
                Least("from_unit", "to_unit"),
                Greatest("from_unit", "to_unit"),
                name="unitconversion_once",
                violation_error_message=_("There is a conversion between these units already."),
            ),
            models.CheckConstraint(condition=~Q(from_unit=F("to_unit")), name="unitconversion_two_units"),
            models.CheckConstraint(condition=Q(numerator__gt=0, denominator__gt=0), name="unitconversion_positive"),
        )

    def __str__(self) -> str:
        return f"1 {self.from_unit} = {self.numerator}/{self.denominator} {self.to_unit}"

    def clean(self) -> None:
        """Refuse what contradicts the units' dimensions or the other conversions."""
        from suite.masters import selectors

        if not (self.from_unit_id and self.to_unit_id and self.numerator and self.denominator):
            return
        if self.from_unit.dimension != self.to_unit.dimension:
            raise ValidationError(
                _("%(from)s and %(to)s measure different things. Give the conversion at the item instead.")
                % {"from": self.from_unit, "to": self.to_unit}
            )
        if not selectors.is_consistent_conversion(self):
            raise ValidationError(_("This contradicts the other conversions between these units."))


class ItemCategory(MasterModel):
    """One node of the tree of item categories."""

    search_fields = ("code", "name", "pinyin")

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    pinyin = DerivedField(_("pinyin initials"), max_length=100, source=("name",), derive=pinyin_initials)
    parent = TreeNodeForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("parent category")
    )

    # Reads with depth and path: ancestors(), descendants(), with_tree_fields().
    tree: ClassVar[Any] = TreeQuerySet.as_manager()

    class Meta:
        verbose_name = _("item category")
        verbose_name_plural = _("item categories")
        default_manager_name = "objects"
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(
                fields=("parent", "name"),
                name="itemcategory_name_once",
                nulls_distinct=False,
                violation_error_message=_("There is a category of this name here already."),
            ),
        )
        triggers = (acyclic(),)

    def __str__(self) -> str:
        return self.name


@pghistory.track(**TRACKED)
class Item(MasterModel, Searchable):
    """One thing that is bought, made, used or sold 物料; how it is stocked and planned belongs to ERP, one-to-one."""

    search_fields = ("code", "name", "spec", "pinyin", "barcode")
    sensitive_fields = ("reference_cost",)

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    spec = models.CharField(_("specification"), max_length=200, blank=True)
    pinyin = DerivedField(_("pinyin initials"), max_length=100, source=("name",), derive=pinyin_initials)
    kind = models.CharField(_("kind"), max_length=10, choices=ItemKind, default=ItemKind.FINISHED)
    category = models.ForeignKey(
        ItemCategory, models.PROTECT, null=True, blank=True, related_name="items", verbose_name=_("category")
    )
    base_unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("base unit"))
    list_price = PriceField(
        _("list price"), default=Decimal(0), validators=NOT_NEGATIVE, help_text=_("Without tax, for one base unit.")
    )
    reference_cost = PriceField(
        _("reference cost"), null=True, blank=True, validators=NOT_NEGATIVE, help_text=_("For one base unit.")
    )
    tax_code = models.ForeignKey(
        TaxCode, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("tax")
    )
    barcode = models.CharField(_("barcode"), max_length=40, blank=True)
    is_sold = models.BooleanField(_("can be sold"), default=True)
    is_purchased = models.BooleanField(_("can be purchased"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    description = models.TextField(_("description"), blank=True)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ("code",)
        constraints = (
            models.UniqueConstraint(
                fields=("barcode",),
                condition=~Q(barcode=""),
                name="item_barcode_once",
                violation_error_message=_("Another item has this barcode already."),
            ),
            models.CheckConstraint(
                condition=Q(list_price__gte=0) & (Q(reference_cost__isnull=True) | Q(reference_cost__gte=0)),
                name="item_prices",
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class ItemUnit(MasterModel):
    """One ``unit`` of the item is ``numerator / denominator`` of its base unit, e.g. a carton of 24."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="units", verbose_name=_("item"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    numerator = models.PositiveBigIntegerField(_("numerator"), default=1, validators=[MinValueValidator(1)])
    denominator = models.PositiveBigIntegerField(_("denominator"), default=1, validators=[MinValueValidator(1)])

    class Meta:
        verbose_name = _("unit of an item")
        verbose_name_plural = _("units of items")
        ordering = ("item", "unit")
        constraints = (
            models.UniqueConstraint(fields=("item", "unit"), name="itemunit_once"),
            models.CheckConstraint(condition=Q(numerator__gt=0, denominator__gt=0), name="itemunit_positive"),
        )

    def __str__(self) -> str:
        return f"1 {self.unit} = {self.numerator}/{self.denominator} {self.item.base_unit}"

    def clean(self) -> None:
        """Refuse the base unit itself."""
        if self.item_id and self.unit_id and self.unit_id == self.item.base_unit_id:
            raise ValidationError({"unit": _("This is the base unit of the item.")})
