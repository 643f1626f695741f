"""Currencies, taxes and payment terms."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from suite.masters.base import TRACKED, MasterModel
from suite.masters.choices import (
    PaymentBasis,
    TaxKind,
)
from suite.masters.fields import (
    ExchangeRateField,
    PercentField,
)
from suite.masters.models.validation import PERCENTAGE, POSITIVE
from suite.masters.periods import no_overlap, period


class Currency(MasterModel):
    """One currency by its ISO 4217 code."""

    search_fields = ("code", "name")

    code = models.CharField(
        _("code"),
        max_length=3,
        unique=True,
        validators=[RegexValidator("^[A-Z]{3}$", _("Enter three capital letters."))],
    )
    name = models.CharField(_("name"), max_length=40)
    symbol = models.CharField(_("symbol"), max_length=5, blank=True)
    decimals = models.PositiveSmallIntegerField(_("decimals"), default=2, validators=[MaxValueValidator(2)])
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("currency")
        verbose_name_plural = _("currencies")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(condition=Q(code__regex="^[A-Z]{3}$"), name="currency_code"),
            # Amounts are kept with two decimals.
            models.CheckConstraint(condition=Q(decimals__lte=2), name="currency_decimals"),
        )

    def __str__(self) -> str:
        return self.code


@pghistory.track(**TRACKED)
class ExchangeRate(MasterModel):
    """What one unit of a currency is worth in the base currency of the default company, from a day on."""

    currency = models.ForeignKey(Currency, models.CASCADE, related_name="rates", verbose_name=_("currency"))
    rate_date = models.DateField(_("date"))
    rate = ExchangeRateField(_("exchange rate"), validators=POSITIVE)

    class Meta:
        verbose_name = _("exchange rate")
        verbose_name_plural = _("exchange rates")
        ordering = ("-rate_date", "currency")
        constraints = (
            models.UniqueConstraint(fields=("currency", "rate_date"), name="exchangerate_once"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchangerate_positive"),
        )

    def __str__(self) -> str:
        return f"{self.currency} {self.rate_date}: {self.rate.normalize():f}"


class TaxCode(MasterModel):
    """One tax 税种税目, e.g. value added tax at the basic rate; what it comes to on a day say its rates."""

    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=60)
    kind = models.CharField(_("kind"), max_length=20, choices=TaxKind, default=TaxKind.STANDARD)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("tax")
        verbose_name_plural = _("taxes")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


@pghistory.track(**TRACKED)
class TaxRate(MasterModel):
    """What a tax comes to in percent, from ``valid_from`` through ``valid_to``; periods of one tax never overlap."""

    tax_code = models.ForeignKey(TaxCode, models.CASCADE, related_name="rates", verbose_name=_("tax"))
    rate = PercentField(_("rate %"), validators=PERCENTAGE)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    source = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("tax rate")
        verbose_name_plural = _("tax rates")
        ordering = ("tax_code", "-valid_from")
        constraints = (
            no_overlap("taxrate_no_overlap", ("tax_code",), _("The tax has another rate in a part of this period.")),
            period("taxrate_period"),
            models.CheckConstraint(condition=Q(rate__gte=0, rate__lte=100), name="taxrate_percent"),
        )

    def __str__(self) -> str:
        return f"{self.tax_code} {self.rate.normalize():f} %"


class PaymentTerms(MasterModel):
    """Agreed way to pay 付款条款; its lines say what is due when, no line means at once."""

    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("payment terms")
        verbose_name_plural = _("payment terms")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class PaymentTermsLine(MasterModel):
    """One part of payment terms; the percentages of the parts add up to 100 when the transaction ends."""

    terms = models.ForeignKey(PaymentTerms, models.CASCADE, related_name="lines", verbose_name=_("payment terms"))
    position = models.PositiveSmallIntegerField(_("#"), default=1)
    percent = PercentField(_("percent"), validators=PERCENTAGE)
    days = models.PositiveSmallIntegerField(_("days"), default=0)
    basis = models.CharField(_("counted from"), max_length=20, choices=PaymentBasis, default=PaymentBasis.AFTER_INVOICE)
    label = models.CharField(_("payment label"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("part of payment terms")
        verbose_name_plural = _("parts of payment terms")
        ordering = ("terms", "position")
        constraints = (
            models.UniqueConstraint(
                fields=("terms", "position"), name="paymenttermsline_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(condition=Q(percent__gt=0, percent__lte=100), name="paymenttermsline_percent"),
        )
        triggers = (
            pgtrigger.Trigger(
                name="adds_up_to_100",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                timing=pgtrigger.Deferred,
                func=pgtrigger.Func(
                    """
                    IF EXISTS (
                        SELECT 1 FROM {meta.db_table} WHERE terms_id IN (OLD.terms_id, NEW.terms_id)
                        GROUP BY terms_id HAVING SUM(percent) <> 100
                    ) THEN
                        RAISE EXCEPTION 'payment terms do not add up to 100' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NULL;
                    """
                ),
            ),
        )

    def __str__(self) -> str:
        return f"{self.percent.normalize():f} % {self.label or self.get_basis_display()}"
