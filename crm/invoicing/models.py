"""Invoices that were issued on contracts."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.contracts.models import Contract
from crm.customers.models import Customer
from crm.invoicing.choices import InvoiceKind, InvoiceStatus
from suite.access.scopes import ScopePaths
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField
from suite.masters.models import Company
from suite.search.models import Searchable


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class Invoice(StatusModel, Searchable):
    """
    One invoice on a contract 发票, as the tax system issued it.

    Always: the invoices on a contract that are not void never exceed it.
    """

    scope = ScopePaths(owner="contract__owner", company="contract__company")
    search_fields = ("number", "contract__number", "customer__party__name")
    transitions = {InvoiceStatus.ISSUED: {InvoiceStatus.VOID}, InvoiceStatus.VOID: set()}
    status_tone = {InvoiceStatus.ISSUED: "done", InvoiceStatus.VOID: "void"}

    number = models.CharField(_("invoice number"), max_length=30)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="invoices", verbose_name=_("contract"))
    customer = models.ForeignKey(
        Customer, models.PROTECT, editable=False, related_name="invoices", verbose_name=_("customer")
    )
    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    kind = models.CharField(_("kind"), max_length=10, choices=InvoiceKind, default=InvoiceKind.SPECIAL)
    amount = MoneyField(_("amount with tax"), validators=[MinValueValidator(Decimal("0.01"))])
    issued_on = models.DateField(_("issued on"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    status = StatusField(_("status"), choices=InvoiceStatus, default=InvoiceStatus.ISSUED)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta(Searchable.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ("-issued_on", "-pk")
        indexes = (*Searchable.Meta.indexes, models.Index(fields=("issued_on", "id"), name="invoice_issued"))
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="invoice_amount"),
            models.UniqueConstraint(fields=("company", "number"), name="invoice_number_once"),
        )

    def __str__(self) -> str:
        return self.number
