"""Public pools, what may be taken out of them, and what goes back by itself."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.customers.choices import Tier
from crm.customers.models import Customer, Source
from crm.fields import ChoicesField
from crm.pool.choices import CapacityScope, Cause, HiddenField
from crm.pool.reach import pools_open_to
from hrm.org.models import Department
from suite.access.models import Role
from suite.access.scopes import ScopePaths
from suite.activity.models import Reminder
from suite.core.models import Model, QuerySet
from suite.masters.models import Company

_DAY_OR_MORE = [MinValueValidator(1)]


class Pool(Model):
    """
    A public pool 公海 of customers without owner, and the rule for picking them.

    People of its departments and of those below them see it; without department everybody of its company. Its
    administrators see its customers whole and pick past everything but their capacity.
    """

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=60)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    departments = models.ManyToManyField(
        Department,
        blank=True,
        related_name="+",
        verbose_name=_("departments"),
        help_text=_("Empty: everybody of the company."),
    )
    administrators = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("administrators")
    )
    hidden_fields = ChoicesField(
        models.CharField(max_length=12, choices=HiddenField),
        verbose_name=_("hidden until claimed"),
        default=list,
        blank=True,
    )
    daily_limit = models.PositiveSmallIntegerField(
        _("customers a person may claim a day"), null=True, blank=True, help_text=_("Empty: as many as there are.")
    )
    new_data_days = models.PositiveSmallIntegerField(
        _("days that a customer waits in the pool before anybody may claim it"), default=0
    )
    cool_down_days = models.PositiveSmallIntegerField(
        _("days before who lost a customer may claim it again"), default=0
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("customer pool")
        verbose_name_plural = _("customer pools")
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name


class PooledManager(models.Manager.from_queryset(QuerySet)):  # type: ignore[misc]
    """Customers that lie in a pool."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(pool__isnull=False)


class PoolCustomer(Customer):
    """
    A customer in a pool, as people see it who do not look after it.

    What its pool hides is shown to the pool's administrators alone: ``shown_whole`` says whether somebody is one.
    """

    scope = ScopePaths(addressed=pools_open_to)
    # By number and mail address nobody finds what the pool hides.
    search_fields: ClassVar[tuple[str, ...]] = ("party__code", "party__name", "party__short_name", "party__pinyin")
    shown_whole = False

    objects: ClassVar[Any] = PooledManager()

    class Meta:
        proxy = True
        verbose_name = _("pool customer")
        verbose_name_plural = _("pool customers")
        ordering = ("-pk",)

    def hides(self, field: str) -> bool:
        """Whether the pool keeps this to itself."""
        return not self.shown_whole and self.pool is not None and field in self.pool.hidden_fields


class PoolPick(models.Model):
    """One customer that somebody took out of a pool; never edited, so that a return refunds no quota."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="picks", verbose_name=_("pool"))
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="picks", verbose_name=_("customer"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("user", "pool", "at"), name="poolpick_quota"),)
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.customer} → {self.user}"


class Capacity(Model):
    """
    How many customers of a company somebody may look after 库容.

    That of the person goes before that of the nearest department, that before the most of the roles, and that before
    everybody's.
    """

    scope = ScopePaths(company="company")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    applies_to = models.CharField(
        _("applies to"), max_length=12, choices=CapacityScope, default=CapacityScope.EVERYBODY
    )
    role = models.ForeignKey(Role, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("role"))
    department = models.ForeignKey(
        Department, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("staff member"),
    )
    maximum = models.PositiveIntegerField(_("most customers"))
    excludes_dealt = models.BooleanField(_("without those that have ordered"), default=False)

    class Meta:
        verbose_name = _("customer capacity")
        verbose_name_plural = _("customer capacities")
        ordering = ("company", "applies_to", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(applies_to="EVERYBODY", role=None, department=None, person=None)
                | Q(applies_to="ROLE", role__isnull=False, department=None, person=None)
                | Q(applies_to="DEPARTMENT", role=None, department__isnull=False, person=None)
                | Q(applies_to="PERSON", role=None, department=None, person__isnull=False),
                name="capacity_names_what_it_applies_to",
                violation_error_message=_("Name the role, department or person that it applies to, and nothing else."),
            ),
            models.UniqueConstraint(
                fields=("company", "role", "department", "person"),
                nulls_distinct=False,
                name="capacity_once",
                violation_error_message=_("There is a capacity for this already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.role or self.department or self.person or self.get_applies_to_display()}: {self.maximum}"


class RecycleRule(Model):
    """
    When customers go back to a pool by themselves 回收规则.

    It reaches customers of the pool's company whose owner may see the pool, never locked ones. Of several rules that
    take a customer, the first in order names the pool and the reason.
    """

    scope = ScopePaths(company="pool__company")

    pool = models.ForeignKey(Pool, models.CASCADE, related_name="recycle_rules", verbose_name=_("pool"))
    name = models.CharField(_("name"), max_length=60)
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    is_active = models.BooleanField(
        _("active"), default=False, help_text=_("Look at the preview before switching it on.")
    )
    deal_days = models.PositiveSmallIntegerField(
        _("days without order"), null=True, blank=True, validators=_DAY_OR_MORE
    )
    contact_days = models.PositiveSmallIntegerField(
        _("days without contact"), null=True, blank=True, validators=_DAY_OR_MORE
    )
    undealt_months = models.PositiveSmallIntegerField(
        _("months without a first order"), null=True, blank=True, validators=_DAY_OR_MORE
    )
    contract_days = models.PositiveSmallIntegerField(
        _("days after the last contract has ended"), null=True, blank=True, validators=_DAY_OR_MORE
    )
    notify_days = models.PositiveSmallIntegerField(_("days of notice to the owner"), default=7)
    spares_open_opportunities = models.BooleanField(_("not with an open opportunity"), default=True)
    excluded_tiers = ChoicesField(
        models.CharField(max_length=1, choices=Tier), verbose_name=_("not these tiers"), default=list, blank=True
    )
    excluded_tags = ArrayField(
        models.CharField(max_length=30), verbose_name=_("not with these tags"), default=list, blank=True
    )
    excluded_sources = models.ManyToManyField(
        Source, blank=True, related_name="+", verbose_name=_("not from these sources")
    )
    excluded_departments = models.ManyToManyField(
        Department, blank=True, related_name="+", verbose_name=_("not of these departments")
    )

    class Meta:
        verbose_name = _("recycling rule")
        verbose_name_plural = _("recycling rules")
        ordering = ("position", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(deal_days__isnull=False)
                | Q(contact_days__isnull=False)
                | Q(undealt_months__isnull=False)
                | Q(contract_days__isnull=False),
                name="recyclerule_says_when",
                violation_error_message=_("Say after how long customers are recycled."),
            ),
        )

    def __str__(self) -> str:
        return self.name


class RecycleTier(Model):
    """Days of a recycling rule that customers of one tier are given instead of the rule's own."""

    rule = models.ForeignKey(RecycleRule, models.CASCADE, related_name="tiers", verbose_name=_("rule"))
    tier = models.CharField(_("tier"), max_length=1, choices=Tier)
    deal_days = models.PositiveSmallIntegerField(
        _("days without order"), null=True, blank=True, validators=_DAY_OR_MORE
    )
    contact_days = models.PositiveSmallIntegerField(
        _("days without contact"), null=True, blank=True, validators=_DAY_OR_MORE
    )

    class Meta:
        verbose_name = _("days of a tier")
        verbose_name_plural = _("days by tier")
        ordering = ("rule", "tier")
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "tier"),
                name="recycletier_once",
                violation_error_message=_("This tier has its days already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule}: {self.tier}"


class RecycleNotice(models.Model):
    """An owner was told that a customer will be recycled at a time; said once for each time."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", verbose_name=_("customer"))
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("owner"))
    rule = models.ForeignKey(RecycleRule, models.CASCADE, related_name="+", verbose_name=_("rule"))
    cause = models.CharField(_("why"), max_length=12, choices=Cause)
    due_at = models.DateTimeField(_("due"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("notice of recycling")
        verbose_name_plural = _("notices of recycling")
        ordering = ("-at", "-pk")
        constraints = (models.UniqueConstraint(fields=("customer", "owner", "due_at"), name="recyclenotice_once"),)

    def __str__(self) -> str:
        return f"{self.customer}: {self.due_at:%Y-%m-%d}"


class ParkedReminder(models.Model):
    """
    A reminder that was open when its customer went to a pool.

    It is closed while nobody looks after the customer, and open again for whoever does next.
    """

    reminder = models.OneToOneField(
        Reminder, models.CASCADE, primary_key=True, related_name="parked", verbose_name=_("reminder")
    )

    class Meta:
        verbose_name = _("parked reminder")
        verbose_name_plural = _("parked reminders")

    def __str__(self) -> str:
        return str(self.reminder)
