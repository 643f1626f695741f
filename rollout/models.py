"""How far each system has come, what was measured on the way, and who decided."""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q, Value
from django.utils.translation import gettext_lazy as _

from rollout.choices import (
    INTRODUCING,
    BusinessType,
    Frequency,
    MoneyLost,
    Outcome,
    Pain,
    Severity,
    StageStatus,
)
from rollout.path import EXEMPT
from suite.core.models import Model
from suite.masters.fields import MoneyField, PercentField

APPEND_ONLY = pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)


class Stage(Model):
    """
    One system on its way from locked to stable.

    The owner leads the introduction and comes from the business, the sponsor answers for it. At most one system at a
    time is between configuration and live, not counting the ones beside the order.
    """

    status_tone: ClassVar[dict[str, str]] = {
        StageStatus.LOCKED: "",
        StageStatus.DIAGNOSIS: "wait",
        StageStatus.CONFIG: "go",
        StageStatus.MIGRATION: "go",
        StageStatus.LIVE: "part",
        StageStatus.STABLE: "done",
        StageStatus.PAUSED: "hold",
    }

    code = models.CharField(_("system"), max_length=60, unique=True)
    status = models.CharField(_("status"), max_length=12, choices=StageStatus, default=StageStatus.LOCKED)
    since = models.DateTimeField(_("since"), null=True)
    owner = models.ForeignKey(
        "hrm.Employee", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("business owner")
    )
    sponsor = models.ForeignKey(
        "hrm.Employee", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("sponsor")
    )

    class Meta:
        verbose_name = _("rollout stage")
        verbose_name_plural = _("rollout stages")
        permissions = (("manage_stage", _("Can open and close systems")),)
        constraints = (
            models.UniqueConstraint(
                Value(1),
                condition=Q(status__in=sorted(INTRODUCING)) & ~Q(code__in=sorted(EXEMPT)),
                name="stage_one_at_a_time",
            ),
        )

    def __str__(self) -> str:
        return self.code


class GateOverride(Model):
    """
    An exception from the readiness checks of one system, signed by two different people, until a day.

    It opens the system once; when it expires before the checks pass, the system is paused again.
    """

    code = models.CharField(_("system"), max_length=60)
    reason = models.TextField(_("reason"))
    expires_at = models.DateTimeField(_("expires"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("first signature")
    )
    requested_at = models.DateTimeField(_("requested at"))
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("second signature")
    )
    signed_at = models.DateTimeField(_("signed at"), null=True)
    used_at = models.DateTimeField(_("used at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)

    class Meta:
        verbose_name = _("exception")
        verbose_name_plural = _("exceptions")
        ordering = ("-requested_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=~Q(signed_by=F("requested_by")), name="gateoverride_two_people"),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="gateoverride_signed",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(signed_at__isnull=False), name="gateoverride_used_when_signed"
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("requested_at")), name="gateoverride_expires_later"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.expires_at:%Y-%m-%d}"


class StageChange(models.Model):
    """One step of a system on its way, with what the gate said then; never edited."""

    code = models.CharField(_("system"), max_length=60)
    from_status = models.CharField(_("before"), max_length=12, choices=StageStatus)
    to_status = models.CharField(_("after"), max_length=12, choices=StageStatus)
    reason = models.TextField(_("reason"), blank=True)
    gate = models.JSONField(_("gate"), default=dict)
    override = models.ForeignKey(
        GateOverride, models.PROTECT, null=True, related_name="changes", verbose_name=_("exception")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("stage change")
        verbose_name_plural = _("stage changes")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("code", "-at"), name="stagechange_code_at"),)
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.code} {self.get_to_status_display()}"


class ThresholdSetting(Model):
    """The limit an administrator set for one readiness check in place of the default one."""

    check_code = models.CharField(_("check"), max_length=120, unique=True)
    threshold = models.DecimalField(_("threshold"), max_digits=12, decimal_places=2)
    reason = models.TextField(_("reason"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )

    class Meta:
        verbose_name = _("threshold")
        verbose_name_plural = _("thresholds")

    def __str__(self) -> str:
        return self.check_code


class CheckResult(models.Model):
    """What one readiness check measured at one moment; never edited."""

    check_code = models.CharField(_("check"), max_length=120)
    value = models.DecimalField(_("value"), max_digits=16, decimal_places=2, null=True)
    threshold = models.DecimalField(_("threshold"), max_digits=12, decimal_places=2)
    numerator = models.IntegerField(_("fulfilled"), null=True)
    denominator = models.IntegerField(_("looked at"), null=True)
    outcome = models.CharField(_("result"), max_length=8, choices=Outcome)
    note = models.CharField(_("note"), max_length=300, blank=True)
    evidence_url = models.CharField(_("evidence"), max_length=500, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("check result")
        verbose_name_plural = _("check results")
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("check_code", "-at"), name="checkresult_check_at"),)
        triggers = (APPEND_ONLY,)

    def __str__(self) -> str:
        return f"{self.check_code} {self.get_outcome_display()}"


class CompanyProfile(Model):
    """One answer to the questionnaire about the company; the newest one counts."""

    staff = models.PositiveIntegerField(_("number of people"), validators=[MinValueValidator(1)])
    revenue = MoneyField(
        _("revenue of a year"), validators=[MinValueValidator(Decimal(0))], help_text=_("in the base currency")
    )
    business_type = models.CharField(_("lives from"), max_length=16, choices=BusinessType)
    purchase_ratio = PercentField(
        _("purchases in revenue, %"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        default=Decimal(0),
    )
    item_count = models.PositiveIntegerField(_("number of items"), default=0)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("company profile")
        verbose_name_plural = _("company profiles")
        ordering = ("-at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(staff__gte=1), name="companyprofile_staff"),
            models.CheckConstraint(
                condition=Q(purchase_ratio__gte=0, purchase_ratio__lte=100), name="companyprofile_purchase_ratio"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_business_type_display()} {self.staff}"


class PainAnswer(models.Model):
    """How much one pain weighs in one answer to the questionnaire."""

    profile = models.ForeignKey(CompanyProfile, models.CASCADE, related_name="pains", verbose_name=_("profile"))
    pain = models.CharField(_("pain"), max_length=20, choices=Pain)
    severity = models.PositiveSmallIntegerField(_("how badly"), choices=Severity)
    frequency = models.PositiveSmallIntegerField(_("how often"), choices=Frequency, default=Frequency.MONTHLY)
    money = models.PositiveSmallIntegerField(_("what it costs"), choices=MoneyLost, default=MoneyLost.SOME)

    class Meta:
        verbose_name = _("pain")
        verbose_name_plural = _("pains")
        constraints = (
            models.UniqueConstraint(F("profile"), F("pain"), name="painanswer_once"),
            models.CheckConstraint(
                condition=Q(severity__lte=5, frequency__range=(1, 4), money__range=(1, 3)), name="painanswer_ranges"
            ),
        )

    def __str__(self) -> str:
        return self.get_pain_display()
