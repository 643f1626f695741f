"""Who does business with whom: our companies and the parties they trade with."""

from __future__ import annotations

from typing import Any

import pghistory
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from tree_queries.fields import TreeNodeForeignKey

from suite.masters import uscc
from suite.masters.base import TRACKED, MasterModel, OneDefault, acyclic
from suite.masters.choices import (
    AddressKind,
    PartyKind,
    TaxpayerType,
)
from suite.masters.fields import (
    DerivedField,
    MoneyField,
    UsccField,
    WebsiteField,
)
from suite.masters.models.money import Currency, PaymentTerms
from suite.masters.models.validation import NOT_NEGATIVE
from suite.masters.normalize import core_name, normalize_email, normalize_name, normalize_phone, pinyin_initials
from suite.search.models import Searchable


@pghistory.track(**TRACKED)
class Company(MasterModel):
    """One legal entity 公司 of the business; at most one is the default; the first becomes it."""

    search_fields = ("code", "name", "short_name", "pinyin", "uscc")
    default_flag = "is_default"

    code = models.CharField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=120)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    pinyin = DerivedField(_("pinyin initials"), max_length=100, source=("short_name", "name"), derive=pinyin_initials)
    uscc = UsccField(_("unified social credit code"))
    taxpayer_type = models.CharField(
        _("taxpayer type"), max_length=20, choices=TaxpayerType, default=TaxpayerType.GENERAL
    )
    legal_representative = models.CharField(_("legal representative"), max_length=40, blank=True)
    base_currency = models.ForeignKey(Currency, models.PROTECT, related_name="+", verbose_name=_("base currency"))
    fiscal_year_start = models.PositiveSmallIntegerField(
        _("first month of the fiscal year"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    address = models.CharField(_("address"), max_length=200, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    bank_name = models.CharField(_("bank"), max_length=120, blank=True)
    bank_account = models.CharField(_("bank account"), max_length=40, blank=True)
    is_default = models.BooleanField(_("default company"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("companies")
        ordering = ("code",)
        constraints = (
            OneDefault(fields=("is_default",), condition=Q(is_default=True), name="company_one_default"),
            models.UniqueConstraint(fields=("uscc",), condition=~Q(uscc=""), name="company_uscc_once"),
            models.CheckConstraint(condition=Q(uscc="") | Q(uscc__regex=uscc.PATTERN), name="company_uscc_form"),
            models.CheckConstraint(condition=Q(fiscal_year_start__range=(1, 12)), name="company_fiscal_year_start"),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(is_active=True),
                name="company_default_is_active",
                violation_error_message=_("The default company must be active."),
            ),
        )

    def __str__(self) -> str:
        return self.short_name or self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; the first company is the default one."""
        if self._state.adding and self.is_active and not Company.objects.filter(is_default=True).exists():
            self.is_default = True
        super().save(*args, **kwargs)


@pghistory.track(**TRACKED)
class Party(MasterModel, Searchable):
    """
    One organisation or person that the business trades with 往来单位.

    Holds who it is; how sales or purchasing work with it belongs to CRM and SRM, one-to-one.
    """

    search_fields = ("code", "name", "short_name", "pinyin", "uscc", "phone_norm")
    sensitive_fields = ("credit_limit",)

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=120)
    name_norm = DerivedField(_("name for comparison"), max_length=120, source=("name",), derive=normalize_name)
    name_core = DerivedField(_("name for look-alikes"), max_length=120, source=("name",), derive=core_name)
    short_name = models.CharField(_("short name"), max_length=40, blank=True)
    pinyin = DerivedField(_("pinyin initials"), max_length=100, source=("name",), derive=pinyin_initials)
    kind = models.CharField(_("kind"), max_length=20, choices=PartyKind, default=PartyKind.ORGANISATION)
    is_customer = models.BooleanField(_("customer"), default=False)
    is_supplier = models.BooleanField(_("supplier"), default=False)
    parent = TreeNodeForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="children", verbose_name=_("parent group")
    )
    uscc = UsccField(_("unified social credit code"))
    tax_number = models.CharField(
        _("other tax number"),
        max_length=40,
        blank=True,
        help_text=_("Only where there is no unified code, e.g. abroad."),
    )
    taxpayer_type = models.CharField(_("taxpayer type"), max_length=20, choices=TaxpayerType, blank=True)
    invoice_title = models.CharField(
        _("invoice title"), max_length=120, blank=True, help_text=_("If it differs from the name.")
    )
    country = models.CharField(_("country"), max_length=2, default="CN", help_text=_("ISO code of two letters"))
    region = models.CharField(_("province"), max_length=40, blank=True)
    city = models.CharField(_("city"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    phone_norm = DerivedField(_("phone for comparison"), max_length=40, source=("phone",), derive=normalize_phone)
    email = models.EmailField(_("email"), blank=True)
    email_norm = DerivedField(_("email for comparison"), max_length=254, source=("email",), derive=normalize_email)
    website = WebsiteField(_("website"), blank=True)
    currency = models.ForeignKey(
        Currency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("currency")
    )
    payment_terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payment terms")
    )
    credit_limit = MoneyField(
        _("credit limit"), null=True, blank=True, validators=NOT_NEGATIVE, help_text=_("Empty: no limit is set.")
    )
    note = models.TextField(_("note"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ("code",)
        indexes = (
            models.Index(fields=("name_norm",), name="party_name_norm"),
            models.Index(fields=("phone_norm",), condition=~Q(phone_norm=""), name="party_phone_norm"),
            models.Index(fields=("email_norm",), condition=~Q(email_norm=""), name="party_email_norm"),
            GinIndex(fields=["name_core"], opclasses=["gin_trgm_ops"], name="party_name_core"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("uscc",),
                condition=~Q(uscc=""),
                name="party_uscc_once",
                violation_error_message=_("Another party has this unified social credit code already."),
            ),
            models.CheckConstraint(condition=Q(uscc="") | Q(uscc__regex=uscc.PATTERN), name="party_uscc_form"),
            models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="party_country"),
            models.CheckConstraint(
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0), name="party_credit_limit"
            ),
        )
        triggers = (acyclic(),)

    def __str__(self) -> str:
        return self.short_name or self.name

    @property
    def title_on_invoice(self) -> str:
        """The name that invoices carry."""
        return self.invoice_title or self.name

    @property
    def number_for_tax(self) -> str:
        """The number that invoices carry."""
        return self.uscc or self.tax_number


@pghistory.track(**TRACKED)
class PartyAddress(MasterModel):
    """One address of a party; for each kind one is the default."""

    search_fields = ("city", "street", "contact_name", "phone")
    default_flag = "is_default"
    default_within = ("party_id", "kind")

    party = models.ForeignKey(Party, models.CASCADE, related_name="addresses", verbose_name=_("party"))
    kind = models.CharField(_("kind"), max_length=20, choices=AddressKind, default=AddressKind.DELIVERY)
    country = models.CharField(_("country"), max_length=2, default="CN", help_text=_("ISO code of two letters"))
    province = models.CharField(_("province"), max_length=40, blank=True)
    city = models.CharField(_("city"), max_length=40, blank=True)
    district = models.CharField(_("district"), max_length=40, blank=True)
    street = models.CharField(_("street"), max_length=200)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    contact_name = models.CharField(_("contact"), max_length=40, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ("party", "kind", "-is_default", "pk")
        constraints = (
            OneDefault(fields=("party", "kind"), condition=Q(is_default=True), name="partyaddress_one_default"),
            models.CheckConstraint(condition=Q(country__regex="^[A-Z]{2}$"), name="partyaddress_country"),
        )

    def __str__(self) -> str:
        # A city that is its own province is written once: 上海市浦东新区.
        province = "" if self.province == self.city else self.province
        return f"{province}{self.city}{self.district}{self.street}"


@pghistory.track(**TRACKED)
class PartyContact(MasterModel, Searchable):
    """One person to talk to at a party; one of them is the primary contact."""

    search_fields = ("name", "pinyin", "mobile_norm", "email")
    default_flag = "is_primary"
    default_within = ("party_id",)

    party = models.ForeignKey(Party, models.CASCADE, related_name="contacts", verbose_name=_("party"))
    name = models.CharField(_("name"), max_length=80)
    pinyin = DerivedField(_("pinyin initials"), max_length=100, source=("name",), derive=pinyin_initials)
    title = models.CharField(_("job title"), max_length=40, blank=True)
    department = models.CharField(_("department"), max_length=40, blank=True)
    mobile = models.CharField(_("mobile"), max_length=40, blank=True)
    mobile_norm = DerivedField(_("mobile for comparison"), max_length=40, source=("mobile",), derive=normalize_phone)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    email = models.EmailField(_("email"), blank=True)
    email_norm = DerivedField(_("email for comparison"), max_length=254, source=("email",), derive=normalize_email)
    wechat = models.CharField(_("WeChat"), max_length=40, blank=True)
    birthday = models.DateField(_("birthday"), null=True, blank=True)
    is_primary = models.BooleanField(_("primary contact"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("party", "-is_primary", "pk")
        indexes = (
            models.Index(fields=("mobile_norm",), condition=~Q(mobile_norm=""), name="partycontact_mobile"),
            models.Index(fields=("email_norm",), condition=~Q(email_norm=""), name="partycontact_email"),
        )
        constraints = (OneDefault(fields=("party",), condition=Q(is_primary=True), name="partycontact_one_primary"),)

    def __str__(self) -> str:
        return self.name


@pghistory.track(**TRACKED)
class PartyBankAccount(MasterModel):
    """One bank account of a party; one of them is the default."""

    search_fields = ("bank_name", "account_name")
    sensitive_fields = ("account_number",)
    default_flag = "is_default"
    default_within = ("party_id",)

    party = models.ForeignKey(Party, models.CASCADE, related_name="bank_accounts", verbose_name=_("party"))
    account_name = models.CharField(_("account holder"), max_length=120, blank=True)
    bank_name = models.CharField(_("bank"), max_length=80)
    branch = models.CharField(_("bank branch"), max_length=120, blank=True)
    account_number = models.CharField(_("account number"), max_length=40)
    currency = models.ForeignKey(
        Currency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("currency")
    )
    is_default = models.BooleanField(_("default"), default=False)

    class Meta:
        verbose_name = _("bank account")
        verbose_name_plural = _("bank accounts")
        ordering = ("party", "-is_default", "pk")
        constraints = (
            models.UniqueConstraint(fields=("party", "account_number"), name="partybankaccount_once"),
            OneDefault(fields=("party",), condition=Q(is_default=True), name="partybankaccount_one_default"),
        )

    def __str__(self) -> str:
        return f"{self.bank_name} {self.branch}".strip()
