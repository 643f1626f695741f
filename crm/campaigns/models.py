"""Campaigns, their costs, and whom they reached."""

from __future__ import annotations

from decimal import Decimal

import pghistory
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.campaigns.choices import CampaignKind, CampaignStatus, CostKind, Response
from crm.customers.models import Contact, Customer, Lead, Source
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField
from suite.masters.models import Company, Item
from suite.search.models import Searchable


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class Campaign(StatusModel, Searchable):
    """
    One effort to win customers 市场活动: an exhibition, a mailing, a promotion.

    Its cost is the sum of its cost lines, in the company's currency.
    """

    scope = ScopePaths(owner="owner", company="company")
    search_fields = ("number", "name")
    transitions = {
        CampaignStatus.PLANNED: {CampaignStatus.RUNNING, CampaignStatus.CANCELLED},
        CampaignStatus.RUNNING: {CampaignStatus.FINISHED, CampaignStatus.CANCELLED},
        CampaignStatus.FINISHED: {CampaignStatus.RUNNING},
        CampaignStatus.CANCELLED: {CampaignStatus.PLANNED},
    }
    status_tone = {
        CampaignStatus.PLANNED: "wait",
        CampaignStatus.RUNNING: "go",
        CampaignStatus.FINISHED: "done",
        CampaignStatus.CANCELLED: "void",
    }
    stepper = (CampaignStatus.PLANNED, CampaignStatus.RUNNING, CampaignStatus.FINISHED)

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=CampaignKind, default=CampaignKind.EXHIBITION)
    status = StatusField(_("status"), choices=CampaignStatus, default=CampaignStatus.PLANNED)
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"))
    budget = MoneyField(_("budget"), default=Decimal(0), validators=[MinValueValidator(0)])
    expected_leads = models.PositiveIntegerField(_("expected leads"), default=0)
    source = models.ForeignKey(
        Source,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="campaigns",
        verbose_name=_("source"),
        help_text=_("The source of the leads it brings; they get it unless they name another."),
    )
    items = models.ManyToManyField(Item, blank=True, related_name="+", verbose_name=_("promoted items"))
    note = models.TextField(_("note"), blank=True)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="campaigns", verbose_name=_("owner")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta(Searchable.Meta):
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ("-starts_on", "-pk")
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("starts_on", "id"), name="campaign_starts"),
            models.Index(fields=("owner", "status"), name="campaign_owner"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="campaign_period",
                violation_error_message=_("A campaign cannot end before it starts."),
            ),
            models.CheckConstraint(condition=Q(budget__gte=0), name="campaign_budget"),
        )

    def __str__(self) -> str:
        return self.name


class CampaignCost(Model):
    """Money spent on a campaign, on one day and for one thing."""

    scope = ScopePaths(owner="campaign__owner", company="campaign__company")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="costs", verbose_name=_("campaign"))
    position = models.PositiveSmallIntegerField(_("#"), default=1, editable=False)
    spent_on = models.DateField(_("spent"))
    kind = models.CharField(_("kind"), max_length=10, choices=CostKind, default=CostKind.OTHER)
    description = models.CharField(_("description"), max_length=200, blank=True)
    amount = MoneyField(_("amount"), validators=[MinValueValidator(Decimal("0.01"))])

    class Meta:
        verbose_name = _("campaign cost")
        verbose_name_plural = _("campaign costs")
        ordering = ("campaign", "position", "pk")
        indexes = (models.Index(fields=("spent_on", "id"), name="campaigncost_spent"),)
        constraints = (models.CheckConstraint(condition=Q(amount__gt=0), name="campaigncost_amount"),)

    def __str__(self) -> str:
        return f"{self.campaign} {self.spent_on:%Y-%m-%d}"


@pghistory.track(exclude=["version", "updated_at"])
class CampaignMember(Model):
    """
    A lead, a customer or a contact that a campaign reached; exactly one of the three, once in each campaign.

    ``account`` is the customer that it stands for: itself, that of the contact, or the one that the lead became. What
    is credited to campaigns is found by it (see :mod:`crm.campaigns.attribution`).
    """

    scope = ScopePaths(owner="campaign__owner", company="campaign__company")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="members", verbose_name=_("campaign"))
    lead = models.ForeignKey(
        Lead, models.CASCADE, null=True, blank=True, related_name="campaign_members", verbose_name=_("lead")
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, blank=True, related_name="campaign_members", verbose_name=_("customer")
    )
    contact = models.ForeignKey(
        Contact, models.CASCADE, null=True, blank=True, related_name="campaign_members", verbose_name=_("contact")
    )
    account = models.ForeignKey(
        Customer,
        models.CASCADE,
        null=True,
        editable=False,
        related_name="campaign_accounts",
        verbose_name=_("stands for"),
    )
    response = models.CharField(_("response"), max_length=10, choices=Response, default=Response.INVITED)
    joined_at = models.DateTimeField(_("reached"), default=timezone.now)
    responded_at = models.DateTimeField(_("responded"), null=True, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("campaign member")
        verbose_name_plural = _("campaign members")
        ordering = ("-joined_at", "-pk")
        indexes = (models.Index(fields=("account", "-joined_at", "-id"), name="campaignmember_account"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(lead__isnull=False, customer__isnull=True, contact__isnull=True)
                | Q(lead__isnull=True, customer__isnull=False, contact__isnull=True)
                | Q(lead__isnull=True, customer__isnull=True, contact__isnull=False),
                name="campaignmember_one_subject",
                violation_error_message=_("Choose a lead, a customer or a contact: one of them."),
            ),
            models.CheckConstraint(
                condition=Q(lead__isnull=False) | Q(account__isnull=False), name="campaignmember_account"
            ),
            models.UniqueConstraint(fields=("campaign", "lead"), name="campaignmember_lead_once"),
            models.UniqueConstraint(fields=("campaign", "customer"), name="campaignmember_customer_once"),
            models.UniqueConstraint(fields=("campaign", "contact"), name="campaignmember_contact_once"),
        )

    def __str__(self) -> str:
        return str(self.lead or self.customer or self.contact)
