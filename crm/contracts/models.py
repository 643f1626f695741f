"""Quotations, contracts, payment plans and receipts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pghistory
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.contracts.choices import ContractStatus, DeliveryTerms, PaymentMethod, QuotationStatus, ReceiptStatus
from crm.customers.models import Contact, Customer
from crm.pipeline.models import CONTACT_OF_CUSTOMER, Opportunity
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.models import Document, LineBase
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField, PercentField
from suite.masters.models import Company, PaymentTerms
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
# What a quotation costs is computed and closed to most: it is not kept in the history of its fields either.
MARGIN = ("cost_total", "margin_percent")


class SalesDocument(Document, Searchable):
    """What quotations and contracts share: the customer, the contact, and the terms of trade."""

    search_fields = ("number", "title", "customer__party__name", "customer__party__pinyin")

    title = models.CharField(_("subject"), max_length=120, blank=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="%(class)ss", verbose_name=_("customer"))
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("contact")
    )
    opportunity = models.ForeignKey(
        Opportunity, models.PROTECT, null=True, blank=True, related_name="%(class)ss", verbose_name=_("opportunity")
    )
    payment_terms = models.ForeignKey(
        PaymentTerms, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("payment terms")
    )
    delivery_terms = models.CharField(_("delivery terms"), max_length=12, choices=DeliveryTerms, blank=True)
    remarks = models.TextField(_("remarks for the customer"), blank=True)

    class Meta(Document.Meta, Searchable.Meta):
        abstract = True

    def print_lines(self) -> Any:
        """The lines as the printed form shows them."""
        return self.lines.select_related("item", "unit").order_by("position")


@pghistory.track(exclude=[*UNTRACKED, *MARGIN, "max_discount_percent"])
class Quotation(SalesDocument):
    """
    One version of an offer 报价.

    All versions of an offer share ``root``; at most one of them is current. One that goes beyond what whoever sends it
    may grant is approved before; a change after that asks again. What it costs is None while a cost is unknown.
    """

    sensitive_fields = MARGIN
    own_permissions = dict.fromkeys(MARGIN, "view_margin")
    transitions = {
        QuotationStatus.DRAFT: {QuotationStatus.APPROVING, QuotationStatus.SENT, QuotationStatus.SUPERSEDED},
        QuotationStatus.APPROVING: {QuotationStatus.APPROVED, QuotationStatus.DRAFT},
        QuotationStatus.APPROVED: {QuotationStatus.SENT, QuotationStatus.DRAFT, QuotationStatus.SUPERSEDED},
        QuotationStatus.SENT: {
            QuotationStatus.ACCEPTED,
            QuotationStatus.REJECTED,
            QuotationStatus.EXPIRED,
            QuotationStatus.SUPERSEDED,
        },
        QuotationStatus.ACCEPTED: set(),
        QuotationStatus.REJECTED: {QuotationStatus.SUPERSEDED},
        QuotationStatus.EXPIRED: {QuotationStatus.SUPERSEDED},
        QuotationStatus.SUPERSEDED: set(),
    }
    status_tone = {
        QuotationStatus.APPROVING: "wait",
        QuotationStatus.APPROVED: "go",
        QuotationStatus.SENT: "go",
        QuotationStatus.ACCEPTED: "done",
        QuotationStatus.REJECTED: "void",
        QuotationStatus.EXPIRED: "late",
        QuotationStatus.SUPERSEDED: "void",
    }
    stepper = (QuotationStatus.DRAFT, QuotationStatus.APPROVED, QuotationStatus.SENT, QuotationStatus.ACCEPTED)
    editable_states = (QuotationStatus.DRAFT,)

    status = StatusField(_("status"), choices=QuotationStatus, default=QuotationStatus.DRAFT)
    valid_until = models.DateField(_("valid until"))
    revision = models.PositiveSmallIntegerField(_("version number"), default=1, editable=False)
    root = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="revisions", verbose_name=_("first version")
    )
    max_discount_percent = PercentField(
        _("highest discount %"), default=Decimal(0), editable=False, help_text=_("Off the agreed or list price.")
    )
    cost_total = MoneyField(_("cost"), null=True, editable=False)
    margin_percent = models.DecimalField(_("margin %"), max_digits=14, decimal_places=2, null=True, editable=False)

    class Meta(SalesDocument.Meta):
        verbose_name = _("quotation")
        verbose_name_plural = _("quotations")
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("customer", "-document_date"), name="quotation_customer"),
            models.Index(fields=("created_at", "id"), name="quotation_created"),
        )
        constraints = (  # type: ignore[assignment]
            *Document.Meta.constraints,
            models.UniqueConstraint(fields=("root", "revision"), name="quotation_revision_once"),
            models.CheckConstraint(
                condition=Q(valid_until__gte=models.F("document_date")), name="quotation_valid_until"
            ),
        )
        triggers = (CONTACT_OF_CUSTOMER,)


@pghistory.track(exclude=["version", "updated_at"])
class QuotationLimit(Model):
    """
    How far a role may go in a quotation without approval 报价授权; without a role: everybody who has none of their own.

    A limit that is empty does not limit. Of several roles that somebody has, the most generous counts.
    """

    company = models.ForeignKey(
        Company,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("company"),
        help_text=_("Empty: all companies."),
    )
    role = models.ForeignKey(
        Group,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("role"),
        help_text=_("Empty: everybody whose roles have no limits of their own."),
    )
    max_discount_percent = PercentField(
        _("discount up to %"),
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
        help_text=_("Off the agreed or list price, on any line."),
    )
    min_margin_percent = PercentField(
        _("margin from %"), null=True, blank=True, validators=[MinValueValidator(-100), MaxValueValidator(100)]
    )
    is_unknown_margin_enough = models.BooleanField(
        _("also when a cost is unknown"),
        default=False,
        help_text=_("Otherwise a quotation whose margin is not known needs approval where a margin is asked for."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("limit of quotations")
        verbose_name_plural = _("limits of quotations")
        ordering = ("company", "role", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("company", "role"),
                name="quotationlimit_once",
                nulls_distinct=False,
                violation_error_message=_("This role has limits already."),
            ),
            models.CheckConstraint(
                condition=Q(max_discount_percent__isnull=False) | Q(min_margin_percent__isnull=False),
                name="quotationlimit_limits",
                violation_error_message=_("Enter a discount or a margin."),
            ),
            models.CheckConstraint(
                condition=Q(max_discount_percent__isnull=True) | Q(max_discount_percent__range=(0, 100)),
                name="quotationlimit_discount",
            ),
        )

    def __str__(self) -> str:
        return str(self.role) if self.role is not None else str(_("Everybody"))


class QuotationLine(LineBase):
    """One line of a quotation."""

    document = models.ForeignKey(Quotation, models.CASCADE, related_name="lines", verbose_name=_("quotation"))

    class Meta(LineBase.Meta):
        verbose_name = _("quotation line")
        verbose_name_plural = _("quotation lines")


@pghistory.track(exclude=UNTRACKED)
class Contract(SalesDocument):
    """
    One contract with a customer 合同: what is owed for what.

    Always: amount = sum of the lines − discount; receipts that are in flight or received never exceed it.
    """

    transitions = {
        ContractStatus.DRAFT: {ContractStatus.APPROVING, ContractStatus.VOID},
        ContractStatus.APPROVING: {ContractStatus.APPROVED, ContractStatus.DRAFT, ContractStatus.VOID},
        ContractStatus.APPROVED: {ContractStatus.EXECUTING, ContractStatus.DRAFT, ContractStatus.VOID},
        ContractStatus.EXECUTING: {ContractStatus.CLOSED, ContractStatus.VOID},
        ContractStatus.CLOSED: {ContractStatus.EXECUTING},
        ContractStatus.VOID: set(),
    }
    status_tone = {
        ContractStatus.APPROVING: "wait",
        ContractStatus.APPROVED: "go",
        ContractStatus.EXECUTING: "part",
        ContractStatus.CLOSED: "done",
        ContractStatus.VOID: "void",
    }
    stepper = (
        ContractStatus.DRAFT,
        ContractStatus.APPROVING,
        ContractStatus.APPROVED,
        ContractStatus.EXECUTING,
        ContractStatus.CLOSED,
    )
    editable_states = (ContractStatus.DRAFT,)

    status = StatusField(_("status"), choices=ContractStatus, default=ContractStatus.DRAFT)
    quotation = models.ForeignKey(
        Quotation, models.PROTECT, null=True, blank=True, related_name="contracts", verbose_name=_("quotation")
    )
    customer_reference = models.CharField(_("customer's order number"), max_length=60, blank=True)
    signed_on = models.DateField(_("signed"), null=True, editable=False)
    starts_on = models.DateField(_("starts"), null=True, blank=True)
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    delivery_date = models.DateField(_("delivery date"), null=True, blank=True)
    external_key = models.CharField(_("key in the source file"), max_length=100, blank=True, editable=False)

    class Meta(SalesDocument.Meta):
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("customer", "-document_date"), name="contract_customer"),
            models.Index(fields=("signed_on",), name="contract_signed"),
            models.Index(fields=("created_at", "id"), name="contract_created"),
        )
        constraints = (  # type: ignore[assignment]
            *Document.Meta.constraints,
            models.CheckConstraint(
                condition=~Q(status__in=[ContractStatus.EXECUTING, ContractStatus.CLOSED]) | Q(signed_on__isnull=False),
                name="contract_executing_is_signed",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(starts_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")),
                name="contract_period",
            ),
            models.UniqueConstraint(
                fields=("external_key",), condition=~Q(external_key=""), name="contract_external_once"
            ),
        )
        triggers = (CONTACT_OF_CUSTOMER,)


class ContractLine(LineBase):
    """One line of a contract."""

    document = models.ForeignKey(Contract, models.CASCADE, related_name="lines", verbose_name=_("contract"))

    class Meta(LineBase.Meta):
        verbose_name = _("contract line")
        verbose_name_plural = _("contract lines")


class PaymentPlan(Model):
    """One part of a contract's amount and the day it is due 回款计划; all parts together are at most the contract."""

    scope = ScopePaths(owner="contract__owner", company="contract__company")

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="plans", verbose_name=_("contract"))
    position = models.PositiveSmallIntegerField(_("#"))
    due_date = models.DateField(_("due"))
    amount = MoneyField(_("amount"), validators=[MinValueValidator(Decimal("0.01"))])
    label = models.CharField(_("label"), max_length=40, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("payment plan")
        verbose_name_plural = _("payment plans")
        ordering = ("contract", "position")
        indexes = (models.Index(fields=("due_date", "id"), name="paymentplan_due"),)
        constraints = (
            models.UniqueConstraint(
                fields=("contract", "position"),
                name="paymentplan_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="paymentplan_amount"),
        )

    def __str__(self) -> str:
        return f"{self.contract} #{self.position}"


@pghistory.track(exclude=UNTRACKED)
class Receipt(StatusModel, Searchable):
    """
    One payment of a customer on a contract 回款.

    Only on an approved contract; submitted and confirmed receipts together never exceed the contract.
    """

    scope = ScopePaths(owner="contract__owner", company="contract__company")
    search_fields = ("number", "contract__number", "customer__party__name")
    transitions = {
        ReceiptStatus.SUBMITTED: {ReceiptStatus.CONFIRMED, ReceiptStatus.VOID},
        ReceiptStatus.CONFIRMED: {ReceiptStatus.VOID},
        ReceiptStatus.VOID: set(),
    }
    status_tone = {
        ReceiptStatus.SUBMITTED: "wait",
        ReceiptStatus.CONFIRMED: "done",
        ReceiptStatus.VOID: "void",
    }
    stepper = (ReceiptStatus.SUBMITTED, ReceiptStatus.CONFIRMED)

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="receipts", verbose_name=_("contract"))
    plan = models.ForeignKey(
        PaymentPlan, models.PROTECT, null=True, blank=True, related_name="receipts", verbose_name=_("payment plan")
    )
    customer = models.ForeignKey(
        Customer, models.PROTECT, editable=False, related_name="receipts", verbose_name=_("customer")
    )
    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    amount = MoneyField(_("amount"), validators=[MinValueValidator(Decimal("0.01"))])
    received_on = models.DateField(_("received"))
    method = models.CharField(_("method"), max_length=12, choices=PaymentMethod, default=PaymentMethod.TRANSFER)
    bank_reference = models.CharField(_("bank reference"), max_length=60, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = StatusField(_("status"), choices=ReceiptStatus, default=ReceiptStatus.SUBMITTED)
    external_key = models.CharField(_("key in the source file"), max_length=100, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta(Searchable.Meta):
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ("-received_on", "-pk")
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("received_on", "id"), name="receipt_received"),
            models.Index(fields=("created_at", "id"), name="receipt_created"),
        )
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_amount"),
            models.UniqueConstraint(
                fields=("external_key",), condition=~Q(external_key=""), name="receipt_external_once"
            ),
        )

    def __str__(self) -> str:
        return self.number
