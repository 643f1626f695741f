"""What counts as a duplicate, what people decided, and what was merged."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.customers.models import Customer, Lead
from crm.duplicates.choices import MatchEffect, MatchField, PairStatus, RecordKind
from suite.access.scopes import ScopePaths
from suite.core.models import Model

LEAST_SIMILARITY = 75


class DuplicateRule(Model):
    """
    What happens when a new lead, customer or contact has something in common with another one: one row for each field.

    A field without a row follows :data:`crm.duplicates.rules.DEFAULTS`.
    """

    field = models.CharField(_("in common"), max_length=10, choices=MatchField, unique=True)
    effect = models.CharField(_("effect"), max_length=10, choices=MatchEffect, default=MatchEffect.WARN)
    threshold = models.PositiveSmallIntegerField(
        _("similarity from"),
        default=85,
        validators=[MinValueValidator(LEAST_SIMILARITY), MaxValueValidator(100)],
        help_text=_("Percent, of names only: 100 minus the share of characters that differ (edit distance)."),
    )
    in_leads = models.BooleanField(_("among leads"), default=True)
    in_customers = models.BooleanField(_("among customers"), default=True)
    in_contacts = models.BooleanField(_("among contacts"), default=True)

    class Meta:
        verbose_name = _("duplicate rule")
        verbose_name_plural = _("duplicate rules")
        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(threshold__range=(LEAST_SIMILARITY, 100)), name="duplicaterule_threshold"
            ),
        )

    def __str__(self) -> str:
        return str(self.get_field_display())


class DuplicateDecision(Model):
    """One entry that was made although it looked like another one: by whom and why; never edited."""

    scope = ScopePaths(owner="actor")

    kind = models.CharField(_("object type"), max_length=10, choices=RecordKind)
    object_id = models.BigIntegerField(_("object"))
    label = models.CharField(_("entry"), max_length=200)
    effect = models.CharField(_("rule"), max_length=10, choices=MatchEffect)
    candidates = models.JSONField(
        _("looked like"), default=list, help_text=_("Kind, key and name of what it resembled, and in what.")
    )
    reason = models.CharField(_("reason"), max_length=300)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("confirmed duplicate")
        verbose_name_plural = _("confirmed duplicates")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("kind", "object_id"), name="duplicatedecision_object"),)

    def __str__(self) -> str:
        return self.label


class DuplicatePair(Model):
    """
    Two customers, or two leads, that look like one: found by night, decided by people.

    The row with the smaller key stands first; a pair is there once.
    """

    customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="+", verbose_name=_("customer"), editable=False
    )
    other_customer = models.ForeignKey(
        Customer, models.CASCADE, null=True, related_name="+", verbose_name=_("other customer"), editable=False
    )
    lead = models.ForeignKey(Lead, models.CASCADE, null=True, related_name="+", verbose_name=_("lead"), editable=False)
    other_lead = models.ForeignKey(
        Lead, models.CASCADE, null=True, related_name="+", verbose_name=_("other lead"), editable=False
    )
    field = models.CharField(_("in common"), max_length=10, choices=MatchField)
    similarity = models.PositiveSmallIntegerField(_("similarity"), default=100)
    status = models.CharField(_("status"), max_length=10, choices=PairStatus, default=PairStatus.OPEN)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, editable=False)

    class Meta:
        verbose_name = _("possible duplicate")
        verbose_name_plural = _("possible duplicates")
        ordering = ("-similarity", "-pk")
        indexes = (models.Index(fields=("status", "-similarity", "-id"), name="duplicatepair_status"),)
        constraints = (
            models.UniqueConstraint(fields=("customer", "other_customer"), name="duplicatepair_customers_once"),
            models.UniqueConstraint(fields=("lead", "other_lead"), name="duplicatepair_leads_once"),
            models.CheckConstraint(
                condition=Q(lead=None, other_lead=None, customer__lt=models.F("other_customer"))
                | Q(customer=None, other_customer=None, lead__lt=models.F("other_lead")),
                name="duplicatepair_one_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.first} ↔ {self.second}"

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return "wait" if self.status == PairStatus.OPEN else "done"

    @property
    def kind(self) -> str:
        """Customers or leads."""
        return RecordKind.CUSTOMER if self.customer_id is not None else RecordKind.LEAD

    @property
    def first(self) -> Customer | Lead | None:
        """The elder one of the two."""
        return self.customer or self.lead

    @property
    def second(self) -> Customer | Lead | None:
        """The younger one of the two."""
        return self.other_customer or self.other_lead


class MergeRecord(Model):
    """
    One merge of two customers, or of two leads: what moved from where, and the values of before.

    ``log`` holds what :func:`crm.duplicates.merging.undo_merge` needs to put everything back; the merged row itself
    is gone, so that it is named here by key and label.
    """

    scope = ScopePaths(owner="actor")

    kind = models.CharField(_("object type"), max_length=10, choices=RecordKind)
    survivor_pk = models.BigIntegerField(_("key of what stays"))
    survivor_label = models.CharField(_("what stays"), max_length=200)
    loser_pk = models.BigIntegerField(_("key of what went"))
    loser_label = models.CharField(_("what went into it"), max_length=200)
    moved_count = models.PositiveIntegerField(_("entries moved"), default=0)
    log = models.JSONField(_("log"), default=dict)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    undone_at = models.DateTimeField(_("undone"), null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("undone by")
    )

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("kind", "survivor_pk"), name="mergerecord_survivor"),)

    def __str__(self) -> str:
        return f"{self.loser_label} → {self.survivor_label}"
