"""Leads, customers, contacts and what was said to them."""

from __future__ import annotations

from typing import ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from guardian.models import UserObjectPermissionBase

from crm.customers.choices import CustomerStage, FollowUpKind, LeadStatus, OwnerChangeTrigger, Tier
from crm.pool.reach import withheld_contacts, withheld_customers, withheld_follow_ups
from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import DerivedField, MoneyField
from suite.masters.models import Company, ItemCategory, Party, PartyContact
from suite.masters.normalize import core_name, normalize_email, normalize_phone
from suite.search.models import Searchable


class Source(Model):
    """Where leads and customers come from 来源: an exhibition, the web site, a recommendation."""

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("source")
        verbose_name_plural = _("sources")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class Customer(Searchable):
    """
    One party that we sell to: who looks after it and how the business stands.

    Always: either somebody owns it or it lies in a pool; every change of owner is in its owner history.
    """

    scope = ScopePaths(owner="owner", company="company", withheld=withheld_customers)
    search_fields: ClassVar[tuple[str, ...]] = (
        "party__code",
        "party__name",
        "party__short_name",
        "party__pinyin",
        "party__uscc",
        "party__phone_norm",
    )

    party = models.OneToOneField(Party, models.PROTECT, related_name="customer", verbose_name=_("party"))
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name=_("owner"),
    )
    pool = models.ForeignKey(
        "crm.Pool", models.PROTECT, null=True, blank=True, related_name="customers", verbose_name=_("pool")
    )
    owner_since = models.DateTimeField(_("owner since"), null=True, editable=False)
    entered_pool_at = models.DateTimeField(_("in the pool since"), null=True, editable=False)
    tier = models.CharField(_("tier"), max_length=1, choices=Tier, default=Tier.C)
    stage = models.CharField(_("customer state"), max_length=12, choices=CustomerStage, default=CustomerStage.NEW)
    industry = models.CharField(_("industry"), max_length=40, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="customers", verbose_name=_("source")
    )
    tags = ArrayField(models.CharField(max_length=30), verbose_name=_("tags"), default=list, blank=True)
    is_locked = models.BooleanField(_("never recycled"), default=False)
    last_contact_at = models.DateTimeField(_("last contact"), null=True, editable=False)
    next_contact_at = models.DateTimeField(_("next contact"), null=True, blank=True)
    first_deal_on = models.DateField(_("first order"), null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta(Searchable.Meta):
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        ordering = ("-pk",)
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("created_at", "id"), name="customer_created"),
            models.Index(fields=("owner", "-created_at", "-id"), name="customer_owner_created"),
            models.Index(fields=("last_contact_at", "id"), name="customer_last_contact"),
            models.Index(fields=("next_contact_at",), name="customer_next", condition=Q(next_contact_at__isnull=False)),
            GinIndex(fields=("tags",), name="customer_tags"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(owner__isnull=True, pool__isnull=False, entered_pool_at__isnull=False)
                | Q(owner__isnull=False, pool__isnull=True, owner_since__isnull=False),
                name="customer_owner_or_pool",
            ),
        )

    def __str__(self) -> str:
        return str(self.party)


class CustomerShare(UserObjectPermissionBase):
    """A colleague who may see or change one customer 协作人."""

    is_share_of = True

    content_object = models.ForeignKey(Customer, models.CASCADE, related_name="shares")

    class Meta(UserObjectPermissionBase.Meta):
        verbose_name = _("shared customer")
        verbose_name_plural = _("shared customers")


class OwnerChange(models.Model):
    """One change of the owner of a customer 负责人变更; never edited."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="owner_changes", verbose_name=_("customer"))
    from_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("from")
    )
    to_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("to")
    )
    trigger = models.CharField(_("trigger"), max_length=12, choices=OwnerChangeTrigger)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("change of owner")
        verbose_name_plural = _("owner history")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("customer", "-at"), name="ownerchange_customer"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.customer}: {self.from_owner or '—'} → {self.to_owner or '—'}"


def of_shared_customers(user: User, action: str) -> Q | None:
    """With a customer come the people to talk to there; who may change it may change them."""
    if action not in {"view", "change"}:
        return None
    shares = CustomerShare.objects.filter(user=user.pk, permission__codename=f"{action}_customer")
    return Q(customer__in=shares.values("content_object"))


class Contact(Searchable):
    """One person to talk to at a customer; who they are stands in the party's contact."""

    scope = ScopePaths(
        owner="customer__owner",
        company="customer__company",
        addressed=of_shared_customers,
        withheld=withheld_contacts,
    )
    search_fields = ("person__name", "person__pinyin", "person__mobile_norm", "person__email")

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="contacts", verbose_name=_("customer"))
    person = models.OneToOneField(PartyContact, models.CASCADE, related_name="crm_contact", verbose_name=_("person"))

    class Meta(Searchable.Meta):
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ("-pk",)

    def __str__(self) -> str:
        return str(self.person)


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class Lead(StatusModel, Searchable):
    """
    One person or company that may become a customer 线索.

    A converted lead names the customer it became; it is converted once.
    """

    scope = ScopePaths(owner="owner", company="company")
    search_fields = ("number", "name", "company_name", "mobile_norm", "email")
    transitions = {
        LeadStatus.NEW: {LeadStatus.CONTACTED, LeadStatus.QUALIFIED, LeadStatus.CONVERTED, LeadStatus.INVALID},
        LeadStatus.CONTACTED: {LeadStatus.QUALIFIED, LeadStatus.CONVERTED, LeadStatus.INVALID},
        LeadStatus.QUALIFIED: {LeadStatus.CONVERTED, LeadStatus.INVALID},
        LeadStatus.CONVERTED: set(),
        LeadStatus.INVALID: {LeadStatus.NEW},
    }
    status_tone = {
        LeadStatus.CONTACTED: "go",
        LeadStatus.QUALIFIED: "part",
        LeadStatus.CONVERTED: "done",
        LeadStatus.INVALID: "void",
    }
    stepper = (LeadStatus.NEW, LeadStatus.CONTACTED, LeadStatus.QUALIFIED, LeadStatus.CONVERTED)

    number = models.CharField(_("number"), max_length=30, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=80)
    company_name = models.CharField(_("company name"), max_length=120, blank=True)
    name_core = DerivedField(_("name for look-alikes"), max_length=120, source=("company_name",), derive=core_name)
    title = models.CharField(_("job title"), max_length=60, blank=True)
    mobile = models.CharField(_("mobile"), max_length=40, blank=True)
    mobile_norm = DerivedField(_("mobile for comparison"), max_length=40, source=("mobile",), derive=normalize_phone)
    email = models.EmailField(_("email"), blank=True)
    email_norm = DerivedField(_("email for comparison"), max_length=254, source=("email",), derive=normalize_email)
    region = models.CharField(_("province"), max_length=60, blank=True)
    city = models.CharField(_("city"), max_length=60, blank=True)
    address = models.CharField(_("address"), max_length=200, blank=True)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("source")
    )
    campaign = models.ForeignKey(
        "crm.Campaign", models.PROTECT, null=True, blank=True, related_name="leads", verbose_name=_("campaign")
    )
    requirement = models.TextField(_("requirement"), blank=True)
    interest = models.ForeignKey(
        ItemCategory, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("interested in")
    )
    tags = ArrayField(models.CharField(max_length=30), verbose_name=_("tags"), default=list, blank=True)
    estimated_amount = MoneyField(_("estimated amount"), null=True, blank=True, validators=[MinValueValidator(0)])
    external_key = models.CharField(_("key in the source file"), max_length=60, blank=True)
    status = StatusField(_("status"), choices=LeadStatus, default=LeadStatus.NEW)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="leads", verbose_name=_("owner"))
    last_contact_at = models.DateTimeField(_("last contact"), null=True, editable=False)
    next_contact_at = models.DateTimeField(_("next contact"), null=True, blank=True)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, editable=False, related_name="leads", verbose_name=_("became customer")
    )
    converted_at = models.DateTimeField(_("converted"), null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta(Searchable.Meta):
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ("-pk",)
        indexes = (
            *Searchable.Meta.indexes,
            models.Index(fields=("created_at", "id"), name="lead_created"),
            models.Index(fields=("owner", "-created_at", "-id"), name="lead_owner_created"),
            models.Index(fields=("mobile_norm",), condition=~Q(mobile_norm=""), name="lead_mobile"),
            models.Index(fields=("email_norm",), condition=~Q(email_norm=""), name="lead_email"),
            GinIndex(fields=["name_core"], opclasses=["gin_trgm_ops"], name="lead_name_core"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(status=LeadStatus.CONVERTED) | Q(customer__isnull=False, converted_at__isnull=False),
                name="lead_converted_has_customer",
            ),
            models.UniqueConstraint(fields=("external_key",), condition=~Q(external_key=""), name="lead_external_once"),
        )

    def __str__(self) -> str:
        return f"{self.name}（{self.company_name}）" if self.company_name else self.name


class FollowUp(Model):
    """One contact with a lead or customer 跟进记录: what was said and when to come back."""

    scope = ScopePaths(owner="owner", company="company", withheld=withheld_follow_ups)

    lead = models.ForeignKey(
        Lead, models.CASCADE, null=True, blank=True, related_name="follow_ups", verbose_name=_("lead")
    )
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, blank=True, related_name="follow_ups", verbose_name=_("customer")
    )
    opportunity = models.ForeignKey(
        "crm.Opportunity",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="follow_ups",
        verbose_name=_("opportunity"),
    )
    contact = models.ForeignKey(
        Contact, models.SET_NULL, null=True, blank=True, related_name="follow_ups", verbose_name=_("contact")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=FollowUpKind, default=FollowUpKind.CALL)
    body = models.TextField(_("what was said"))
    happened_at = models.DateTimeField(_("when"), default=timezone.now)
    next_contact_at = models.DateTimeField(_("next contact"), null=True, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        ordering = ("-happened_at", "-pk")
        indexes = (
            models.Index(fields=("customer", "-happened_at", "-id"), name="followup_customer"),
            models.Index(fields=("lead", "-happened_at"), name="followup_lead"),
            models.Index(fields=("owner", "-happened_at", "-id"), name="followup_owner"),
            models.Index(fields=("happened_at", "id"), name="followup_happened"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(lead__isnull=False) | Q(customer__isnull=False), name="followup_has_subject"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {timezone.localtime(self.happened_at):%Y-%m-%d}"
