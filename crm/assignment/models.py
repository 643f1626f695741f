"""Rules that give leads and pool customers to people, and what they decided."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.assignment.choices import AssignmentOutcome, AssignmentStrategy, AssignmentTarget
from crm.customers.models import Customer, Lead, Source
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.masters.models import Company, ItemCategory


class AssignmentRule(Model):
    """
    To whom leads, or customers in the pool, of one kind are given 自动分配规则.

    Of several rules that fit, the first in order decides. An empty condition fits everything; interest fits by a
    category, those below it included, or by a tag.
    """

    scope = ScopePaths(company="company")

    name = models.CharField(_("name"), max_length=60)
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    target = models.CharField(_("gives out"), max_length=10, choices=AssignmentTarget, default=AssignmentTarget.LEAD)
    position = models.PositiveSmallIntegerField(_("order"), default=1)
    is_active = models.BooleanField(_("active"), default=True)
    sources = models.ManyToManyField(Source, blank=True, related_name="+", verbose_name=_("sources"))
    regions = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("provinces"),
        default=list,
        blank=True,
        help_text=_("Separated by commas; 广东 fits 广东省 too."),
    )
    categories = models.ManyToManyField(ItemCategory, blank=True, related_name="+", verbose_name=_("interested in"))
    tags = ArrayField(models.CharField(max_length=30), verbose_name=_("or with the tags"), default=list, blank=True)
    strategy = models.CharField(
        _("chooses"), max_length=14, choices=AssignmentStrategy, default=AssignmentStrategy.LEAST_LOADED
    )
    fallback = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("when nobody can"),
        help_text=_("Empty: leads stay with whoever entered them, customers stay in the pool."),
    )

    class Meta:
        verbose_name = _("assignment rule")
        verbose_name_plural = _("assignment rules")
        ordering = ("position", "pk")

    def __str__(self) -> str:
        return self.name


class AssignmentMember(Model):
    """Somebody to whom a rule gives things; ``credit`` are the turns that they are owed."""

    rule = models.ForeignKey(AssignmentRule, models.CASCADE, related_name="members", verbose_name=_("rule"))
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("staff member"))
    is_on_duty = models.BooleanField(_("on duty"), default=True)
    weight = models.PositiveSmallIntegerField(_("weight"), default=1, validators=[MinValueValidator(1)])
    capacity = models.PositiveIntegerField(
        _("capacity"), null=True, blank=True, help_text=_("Most open leads or customers; empty: no limit.")
    )
    credit = models.IntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("member of a rule")
        verbose_name_plural = _("members of rules")
        ordering = ("rule", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "user"),
                name="assignmentmember_once",
                violation_error_message=_("This person is a member already."),
            ),
            models.CheckConstraint(condition=Q(weight__gt=0), name="assignmentmember_weight"),
        )

    def __str__(self) -> str:
        return str(self.user)


class AssignmentLog(Model):
    """
    One decision of the rules about one lead or customer; never edited.

    ``candidates`` holds for each member of the rule the name, load, capacity, weight and state at that moment.
    """

    scope = ScopePaths(company="company")

    at = models.DateTimeField(_("at"))
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    rule = models.ForeignKey(
        AssignmentRule, models.PROTECT, null=True, related_name="decisions", verbose_name=_("rule")
    )
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="assignments", verbose_name=_("lead"))
    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="assignments", verbose_name=_("customer")
    )
    outcome = models.CharField(_("outcome"), max_length=10, choices=AssignmentOutcome)
    chosen = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("given to")
    )
    candidates = models.JSONField(_("candidates"), default=list)
    reason = models.CharField(_("why"), max_length=300)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("started by")
    )

    class Meta:
        verbose_name = _("decision of assignment")
        verbose_name_plural = _("decisions of assignment")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("-at", "-id"), name="assignmentlog_at"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(lead__isnull=False, customer__isnull=True) | Q(lead__isnull=True, customer__isnull=False),
                name="assignmentlog_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(outcome=AssignmentOutcome.STAYED, chosen__isnull=True)
                | (~Q(outcome=AssignmentOutcome.STAYED) & Q(chosen__isnull=False)),
                name="assignmentlog_chosen",
            ),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{timezone.localtime(self.at):%Y-%m-%d %H:%M} {self.lead or self.customer}"
