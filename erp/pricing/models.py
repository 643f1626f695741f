"""Price lists for customers and price agreements with suppliers."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from erp.papers import NumberedPaper
from erp.pricing.choices import AgreementStatus, Audience
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField
from suite.masters.base import TRACKED
from suite.masters.errors import NoConversion
from suite.masters.fields import PercentField, PriceField, QuantityField
from suite.masters.models import Company, Currency, Item, Party, Unit
from suite.masters.periods import no_overlap
from suite.masters.selectors import UnitConverter
from suite.search.models import Searchable

NOT_NEGATIVE = [MinValueValidator(0)]
DISCOUNT = [MinValueValidator(0), MaxValueValidator(100)]
PERIOD = Q(valid_to__isnull=True) | Q(valid_from__isnull=True) | Q(valid_to__gte=F("valid_from"))
PERIOD_FAULT = _("The period ends before it begins.")


# -- selling -----------------------------------------------------------------------------------


@pghistory.track(**TRACKED)
class PriceList(Searchable):
    """One price list 价目表 of a company: what customers pay, in one currency, with or without tax."""

    scope = ScopePaths(company="company")
    search_fields = ("name",)

    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    name = models.CharField(_("name"), max_length=80)
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    price_includes_tax = models.BooleanField(_("prices include tax"), default=False)
    audience = models.CharField(_("for"), max_length=10, choices=Audience, default=Audience.EVERYBODY)
    region = models.CharField(_("province"), max_length=40, blank=True)
    customers = models.ManyToManyField(
        Party, through="PriceListParty", blank=True, related_name="+", verbose_name=_("customers and groups")
    )
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("price list")
        verbose_name_plural = _("price lists")
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(
                fields=("company", "name"),
                name="pricelist_name_once",
                violation_error_message=_("There is a price list of this name already."),
            ),
            models.CheckConstraint(condition=PERIOD, name="pricelist_period", violation_error_message=PERIOD_FAULT),
            models.CheckConstraint(
                condition=(Q(audience=Audience.REGION) & ~Q(region="")) | (~Q(audience=Audience.REGION) & Q(region="")),
                name="pricelist_region",
                violation_error_message=_("Name the province, and only for a list that is for a province."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class PriceListParty(Model):
    """A price list is for a customer; for a group it is for those who belong to it, too."""

    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="parties", verbose_name=_("price list"))
    party = models.ForeignKey(Party, models.CASCADE, related_name="+", verbose_name=_("customer"))

    class Meta:
        verbose_name = _("customer of a price list")
        verbose_name_plural = _("customers of price lists")
        constraints = (models.UniqueConstraint(fields=("price_list", "party"), name="pricelistparty_once"),)

    def __str__(self) -> str:
        return f"{self.price_list}: {self.party}"


@pghistory.track(**TRACKED)
class PriceListLine(Model):
    """
    What one ``unit`` of an item costs by a list, from a minimum quantity on, in a period.

    Either a price in the list's currency, or a discount off the list price of the item.
    """

    scope = ScopePaths(company="price_list__company")

    price_list = models.ForeignKey(PriceList, models.CASCADE, related_name="lines", verbose_name=_("price list"))
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    minimum_quantity = QuantityField(
        _("minimum quantity"),
        default=Decimal(0),
        validators=NOT_NEGATIVE,
        help_text=_("From how many of the unit on this price counts."),
    )
    unit_price = PriceField(_("unit price"), null=True, blank=True, validators=NOT_NEGATIVE)
    discount_percent = PercentField(
        _("discount %"), null=True, blank=True, validators=DISCOUNT, help_text=_("Off the list price of the item.")
    )
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("list price of an item")
        verbose_name_plural = _("list prices of items")
        ordering = ("price_list", "item", "unit", "minimum_quantity", "-valid_from")
        indexes = (models.Index(fields=("item", "price_list"), name="pricelistline_item"),)
        constraints = (
            no_overlap(
                "pricelistline_no_overlap",
                ("price_list", "item", "unit", "minimum_quantity"),
                _(
                    "The list has another price of this item, unit and minimum quantity in a part of this period; "
                    "end that one first."
                ),
            ),
            models.CheckConstraint(
                condition=Q(unit_price__isnull=False, discount_percent__isnull=True)
                | Q(unit_price__isnull=True, discount_percent__isnull=False),
                name="pricelistline_price_or_discount",
                violation_error_message=_("Enter either a price or a discount."),
            ),
            models.CheckConstraint(
                condition=Q(minimum_quantity__gte=0)
                & (Q(unit_price__isnull=True) | Q(unit_price__gte=0))
                & (Q(discount_percent__isnull=True) | Q(discount_percent__range=(0, 100))),
                name="pricelistline_amounts",
            ),
            models.CheckConstraint(condition=PERIOD, name="pricelistline_period", violation_error_message=PERIOD_FAULT),
        )

    def __str__(self) -> str:
        return f"{self.item} ({self.price_list})"

    def clean(self) -> None:
        """Refuse a unit that nothing leads from to the base unit of the item."""
        if self.item_id and self.unit_id and self.unit_id != self.item.base_unit_id:
            try:
                UnitConverter([self.item]).factor(self.item, self.unit, self.item.base_unit)
            except NoConversion as error:
                raise ValidationError({"unit": str(error)}) from error


# -- buying ------------------------------------------------------------------------------------


@pghistory.track(**TRACKED)
class PriceAgreement(NumberedPaper):
    """One price agreement with a supplier 采购价格协议: what it charges while it is in force."""

    search_fields = ("number", "supplier__name", "supplier__pinyin", "supplier_reference")
    transitions = {
        AgreementStatus.DRAFT: {AgreementStatus.APPROVING, AgreementStatus.ENDED},
        AgreementStatus.APPROVING: {AgreementStatus.ACTIVE, AgreementStatus.DRAFT},
        AgreementStatus.ACTIVE: {AgreementStatus.ENDED},
        AgreementStatus.ENDED: set(),
    }
    status_tone = {
        AgreementStatus.APPROVING: "wait",
        AgreementStatus.ACTIVE: "go",
        AgreementStatus.ENDED: "void",
    }
    stepper = (
        AgreementStatus.DRAFT,
        AgreementStatus.APPROVING,
        AgreementStatus.ACTIVE,
        AgreementStatus.ENDED,
    )

    status = StatusField(_("status"), choices=AgreementStatus, default=AgreementStatus.DRAFT)
    supplier = models.ForeignKey(Party, models.PROTECT, related_name="+", verbose_name=_("supplier"))
    currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("currency"))
    price_includes_tax = models.BooleanField(_("prices include tax"), default=False)
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    supplier_reference = models.CharField(_("supplier's reference"), max_length=60, blank=True)
    remarks = models.TextField(_("remarks"), blank=True)

    class Meta(NumberedPaper.Meta):
        verbose_name = _("price agreement")
        verbose_name_plural = _("price agreements")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("supplier", "status"), name="priceagreement_supplier"),)
        constraints = (  # type: ignore[assignment]
            *NumberedPaper.Meta.constraints,
            models.CheckConstraint(
                condition=PERIOD, name="priceagreement_period", violation_error_message=PERIOD_FAULT
            ),
        )


class PriceAgreementLine(Model):
    """What one ``unit`` of an item costs by an agreement, from a minimum quantity on."""

    scope = ScopePaths(owner="agreement__owner", company="agreement__company")

    agreement = models.ForeignKey(
        PriceAgreement, models.CASCADE, related_name="lines", verbose_name=_("price agreement")
    )
    item = models.ForeignKey(Item, models.PROTECT, related_name="+", verbose_name=_("item"))
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name=_("unit"))
    minimum_quantity = QuantityField(_("minimum quantity"), default=Decimal(0), validators=NOT_NEGATIVE)
    unit_price = PriceField(_("unit price"), validators=NOT_NEGATIVE)
    lead_time_days = models.PositiveIntegerField(_("lead time in days"), null=True, blank=True)
    order_minimum = QuantityField(
        _("minimum order"), default=Decimal(0), validators=NOT_NEGATIVE, help_text=_("Less is not delivered.")
    )

    class Meta:
        verbose_name = _("agreed price of an item")
        verbose_name_plural = _("agreed prices of items")
        ordering = ("agreement", "item", "unit", "minimum_quantity")
        indexes = (models.Index(fields=("item", "agreement"), name="priceagreementline_item"),)
        constraints = (
            models.UniqueConstraint(
                fields=("agreement", "item", "unit", "minimum_quantity"),
                name="priceagreementline_once",
                violation_error_message=_("The agreement has another price of this item from this quantity on."),
            ),
            models.CheckConstraint(
                condition=Q(minimum_quantity__gte=0, unit_price__gte=0, order_minimum__gte=0),
                name="priceagreementline_amounts",
            ),
        )

    def __str__(self) -> str:
        return f"{self.item} ({self.agreement})"
