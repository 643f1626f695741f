"""What orders tell about customers, and what is done about it; tags."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from crm.customers.choices import Tier
from crm.customers.models import Customer
from crm.insights import wording
from crm.insights.choices import ChurnState, RfmMethod, Segment, SuggestionStatus, TagColor, WinBackStatus
from suite.access.scopes import ScopePaths
from suite.core.models import Model, page_url
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField
from suite.masters.models import Company

ONE = [MinValueValidator(1)]


class InsightRule(Model):
    """From when on customers of one company are warned of, and which tier they belong to by what they buy."""

    scope = ScopePaths(company="company")

    company = models.OneToOneField(Company, models.CASCADE, related_name="+", verbose_name=_("company"))
    rfm_method = models.CharField(
        _("customers are scored by"), max_length=10, choices=RfmMethod, default=RfmMethod.QUARTILES
    )
    fewest_orders = models.PositiveSmallIntegerField(
        _("own interval from so many order days"), default=3, validators=[MinValueValidator(2)]
    )
    warn_factor = models.DecimalField(
        _("warn after so many intervals"), max_digits=5, decimal_places=2, default=Decimal("1.5")
    )
    critical_factor = models.DecimalField(
        _("critical after so many intervals"), max_digits=5, decimal_places=2, default=Decimal("2.5")
    )
    tier_a_days = models.PositiveIntegerField(_("tier A: warn after days"), default=180, validators=ONE)
    tier_b_days = models.PositiveIntegerField(_("tier B: warn after days"), default=270, validators=ONE)
    tier_c_days = models.PositiveIntegerField(_("tier C: warn after days"), default=365, validators=ONE)
    tier_d_days = models.PositiveIntegerField(_("tier D: warn after days"), default=365, validators=ONE)
    remind_days = models.PositiveIntegerField(
        _("remind the owner after days without an order"),
        default=330,
        validators=ONE,
        help_text=_("Once for each last order: 330 days are almost a year."),
    )
    tier_a_amount = MoneyField(_("tier A from an annual amount of"), default=Decimal(500_000))
    tier_b_amount = MoneyField(_("tier B from an annual amount of"), default=Decimal(100_000))
    tier_c_amount = MoneyField(_("tier C from an annual amount of"), default=Decimal(10_000))

    class Meta:
        verbose_name = _("settings of customer insights")
        verbose_name_plural = _("settings of customer insights")
        ordering = ("company",)
        constraints = (
            models.CheckConstraint(
                condition=Q(warn_factor__gt=0, critical_factor__gte=F("warn_factor"), fewest_orders__gte=2),
                name="insightrule_factors",
            ),
            models.CheckConstraint(
                condition=Q(tier_a_amount__gte=F("tier_b_amount"), tier_b_amount__gte=F("tier_c_amount")),
                name="insightrule_amounts",
            ),
        )

    def __str__(self) -> str:
        return str(self.company)

    def tier_days(self, tier: str) -> int:
        """After how many days without an order a customer of a tier is warned of."""
        days: int = getattr(self, f"tier_{tier.lower()}_days")
        return days


class CustomerInsight(models.Model):
    """
    What the orders of one customer tell, as of the last computation; written by :mod:`crm.insights.computing` only.

    Scores and class are empty without an order. ``reminded_order_on`` is the last order that the owner was reminded
    of: for each last order once.
    """

    scope = ScopePaths(owner="customer__owner", company="company")
    search_fields = ("customer__party__code", "customer__party__name", "customer__party__pinyin")

    customer = models.OneToOneField(Customer, models.CASCADE, related_name="insight", verbose_name=_("customer"))
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    recency = models.PositiveIntegerField(_("days since the last order"), null=True)
    frequency = models.PositiveIntegerField(_("number of orders"), default=0)
    monetary = MoneyField(_("bought in all"), default=Decimal(0))
    r_score = models.PositiveSmallIntegerField(_("recency score"), null=True)
    f_score = models.PositiveSmallIntegerField(_("frequency score"), null=True)
    m_score = models.PositiveSmallIntegerField(_("money score"), null=True)
    segment = models.CharField(_("RFM class"), max_length=20, choices=Segment, blank=True)
    churn_state = models.CharField(_("churn state"), max_length=10, choices=ChurnState, default=ChurnState.NONE)
    order_days = models.PositiveIntegerField(_("days with an order"), default=0)
    interval_days = models.DecimalField(_("own interval in days"), max_digits=10, decimal_places=1, null=True)
    warn_after = models.DecimalField(_("warned after days"), max_digits=12, decimal_places=3, null=True)
    critical_after = models.DecimalField(_("critical after days"), max_digits=12, decimal_places=3, null=True)
    first_order_on = models.DateField(_("first order"), null=True)
    last_order_on = models.DateField(_("last order"), null=True)
    expected_on = models.DateField(_("next order expected"), null=True)
    year_amount = MoneyField(_("bought in the last 12 months"), default=Decimal(0))
    stake_amount = MoneyField(
        _("at stake"), default=Decimal(0), help_text=_("What was bought in the 12 months up to the last order.")
    )
    computed_at = models.DateTimeField(_("computed"))
    reminded_on = models.DateField(_("owner reminded"), null=True)
    reminded_order_on = models.DateField(_("reminded of the order"), null=True)

    class Meta:
        verbose_name = _("customer insight")
        verbose_name_plural = _("churn warnings")
        ordering = ("-stake_amount", "-pk")
        indexes = (
            models.Index(fields=("stake_amount", "id"), name="insight_stake"),
            models.Index(fields=("churn_state", "-stake_amount"), name="insight_state"),
            models.Index(fields=("company", "segment"), name="insight_segment"),
            models.Index(fields=("last_order_on",), name="insight_last_order"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(churn_state=ChurnState.NONE, segment="", last_order_on__isnull=True)
                | (~Q(churn_state=ChurnState.NONE) & ~Q(segment="") & Q(last_order_on__isnull=False)),
                name="insight_with_orders",
            ),
        )

    def __str__(self) -> str:
        return str(self.customer)

    def get_absolute_url(self) -> str:
        """Address of the row's page."""
        return page_url(self)

    @property
    def is_at_risk(self) -> bool:
        """Whether the customer is about to be lost."""
        return self.churn_state in (ChurnState.WARNING, ChurnState.CRITICAL)

    @property
    def explanation(self) -> str:
        """Why the customer is in its churn state, in words."""
        return wording.why_churn(self)

    @property
    def scores(self) -> str:
        """The three scores as people write them, empty without an order."""
        return f"R{self.r_score} F{self.f_score} M{self.m_score}" if self.segment else ""

    @property
    def warned_from(self) -> Any:
        """The first day on which the customer is warned of, unless it orders; None without an order."""
        if self.last_order_on is None or self.warn_after is None:
            return None
        return self.last_order_on + timedelta(days=int(self.warn_after) + 1)


class WinBack(StatusModel):
    """
    One attempt to win a lost customer back 挽回: who tries, and what came of it.

    A customer has at most one that is in progress; an order after the last one known when it began ends it as won.
    """

    scope = ScopePaths(owner="owner", company="company")
    search_fields = ("customer__party__code", "customer__party__name", "customer__party__pinyin")
    transitions = {
        WinBackStatus.OPEN: {WinBackStatus.WON_BACK, WinBackStatus.GIVEN_UP},
        WinBackStatus.WON_BACK: set(),
        WinBackStatus.GIVEN_UP: {WinBackStatus.OPEN},
    }
    status_tone = {
        WinBackStatus.OPEN: "go",
        WinBackStatus.WON_BACK: "done",
        WinBackStatus.GIVEN_UP: "void",
    }
    stepper = (WinBackStatus.OPEN, WinBackStatus.WON_BACK)

    status = StatusField(_("status"), choices=WinBackStatus, default=WinBackStatus.OPEN)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="win_backs", verbose_name=_("customer"))
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="win_backs", verbose_name=_("assigned to")
    )
    reason = models.CharField(_("why it was lost, what to try"), max_length=300, blank=True)
    started_on = models.DateField(_("since"))
    due_on = models.DateField(_("result expected by"), null=True, blank=True)
    last_order_on = models.DateField(_("last order before"), editable=False)
    stake_amount = MoneyField(_("at stake"), default=Decimal(0), editable=False)
    ended_on = models.DateField(_("ended"), null=True, editable=False)
    won_order_on = models.DateField(_("order that came"), null=True, editable=False)
    won_amount = MoneyField(_("ordered since"), default=Decimal(0), editable=False)
    result = models.CharField(_("result"), max_length=300, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )

    class Meta:
        verbose_name = _("win-back")
        verbose_name_plural = _("win-back list")
        ordering = ("-started_on", "-pk")
        indexes = (models.Index(fields=("owner", "status"), name="winback_owner"),)
        constraints = (
            models.UniqueConstraint(
                fields=("customer",), condition=Q(status=WinBackStatus.OPEN), name="winback_open_once"
            ),
            models.CheckConstraint(
                condition=~Q(status=WinBackStatus.WON_BACK) | Q(won_order_on__isnull=False, ended_on__isnull=False),
                name="winback_won_by_order",
            ),
        )

    def __str__(self) -> str:
        return str(self.customer)


class TierSuggestion(Model):
    """
    The tier that one customer should have by what it bought in the last 12 months, where it has another.

    A dismissed one comes up again only when another tier is suggested.
    """

    scope = ScopePaths(owner="customer__owner", company="company")
    search_fields = ("customer__party__code", "customer__party__name", "customer__party__pinyin")

    customer = models.OneToOneField(
        Customer, models.CASCADE, related_name="tier_suggestion", verbose_name=_("customer")
    )
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    current = models.CharField(_("tier so far"), max_length=1, choices=Tier)
    suggested = models.CharField(_("suggested tier"), max_length=1, choices=Tier)
    year_amount = MoneyField(_("bought in the last 12 months"))
    border_amount = MoneyField(_("border of the tier"), help_text=_("The annual amount from which the tier begins."))
    decision = models.CharField(
        _("decision"), max_length=10, choices=SuggestionStatus, default=SuggestionStatus.OPEN, editable=False
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("decided by"),
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, editable=False)

    class Meta:
        verbose_name = _("tier suggestion")
        verbose_name_plural = _("tier suggestions")
        ordering = ("-year_amount", "-pk")
        indexes = (models.Index(fields=("year_amount", "id"), name="tiersuggestion_amount"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(decision=SuggestionStatus.OPEN) | ~Q(current=F("suggested")), name="tiersuggestion_differs"
            ),
        )

    def __str__(self) -> str:
        return f"{self.customer}: {self.current} → {self.suggested}"

    @property
    def reason(self) -> str:
        """Why the tier is suggested, in words."""
        return wording.why_tier(self)


class Tag(Model):
    """
    One known tag of customers 标签, with its colour.

    Customers carry the name; it is changed and merged on all of them together by :mod:`crm.insights.tags`.
    """

    search_fields = ("name",)

    name = models.CharField(_("name"), max_length=30, unique=True)
    color = models.CharField(_("colour"), max_length=6, choices=TagColor, default=TagColor.GREY, blank=True)
    note = models.CharField(_("what it is for"), max_length=200, blank=True)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
