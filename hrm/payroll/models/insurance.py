"""Insurance schemes of cities, who is enrolled in them, and special additional deductions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Employee
from hrm.org.scopes import OF_EMPLOYER, OF_PERSON
from hrm.payroll.choices import ClaimKind, Household, ProjectKind, RoundingKind, TierKind
from hrm.payroll.models.statutes import StatuteRow
from hrm.payroll.models.tracking import TRACKED
from hrm.payroll.social import Project, ProjectRate, Rounding
from hrm.payroll.special import Claim, Kind, RentTier, special_deduction
from suite.core.errors import DomainError
from suite.core.models import Model
from suite.masters.fields import MoneyField, PercentField
from suite.masters.periods import no_overlap, period

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

HUNDRED = Decimal(100)
NOT_NEGATIVE = [MinValueValidator(0)]
PERCENTAGE = [MinValueValidator(0), MaxValueValidator(100)]


@pghistory.track(**TRACKED)
class SocialScheme(Model):
    """
    What a city asks for social insurance and housing fund 参保方案 in a period, and its published average wage.

    Schemes of one city and household never overlap. An example shows how a scheme looks and is nobody's rule.
    """

    if TYPE_CHECKING:
        lines: RelatedManager[SocialSchemeLine]

    city = models.CharField(_("city"), max_length=40)
    household = models.CharField(_("household"), max_length=8, choices=Household, default=Household.ANY)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    average_wage = MoneyField(
        _("average wage of a month"),
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_("Of last year, as the city published it."),
    )
    source = models.CharField(_("legal basis"), max_length=300, blank=True)
    is_example = models.BooleanField(_("example"), default=False)

    class Meta:
        verbose_name = _("insurance scheme")
        verbose_name_plural = _("insurance schemes")
        ordering = ("city", "household", "-valid_from")
        constraints = (
            no_overlap(
                "socialscheme_no_overlap",
                ["city", "household"],
                _("The city has another scheme in a part of this period."),
            ),
            period("socialscheme_period"),
        )

    def __str__(self) -> str:
        return f"{self.city} {self.get_household_display()} {self.valid_from:%Y-%m}"


@pghistory.track(**TRACKED)
class SocialSchemeLine(Model):
    """How one project of a scheme is paid: rates in percent of the base between floor and cap, and fixed amounts."""

    scheme = models.ForeignKey(SocialScheme, models.CASCADE, related_name="lines", verbose_name=_("insurance scheme"))
    project = models.CharField(_("project"), max_length=20, choices=ProjectKind)
    floor = MoneyField(_("lowest base"), null=True, blank=True, validators=NOT_NEGATIVE)
    cap = MoneyField(_("highest base"), null=True, blank=True, validators=NOT_NEGATIVE)
    employer_rate = PercentField(_("employer %"), default=Decimal(0), validators=PERCENTAGE)
    employee_rate = PercentField(_("employee %"), default=Decimal(0), validators=PERCENTAGE)
    employer_fixed = MoneyField(_("employer, fixed"), default=Decimal(0), validators=NOT_NEGATIVE)
    employee_fixed = MoneyField(_("employee, fixed"), default=Decimal(0), validators=NOT_NEGATIVE)
    rounding = models.CharField(_("rounding"), max_length=8, choices=RoundingKind, default=RoundingKind.CENT)
    article = models.CharField(_("legal basis"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("project of a scheme")
        verbose_name_plural = _("projects of schemes")
        ordering = ("scheme", "pk")
        constraints = (
            models.UniqueConstraint(fields=("scheme", "project"), name="socialschemeline_once"),
            models.CheckConstraint(
                condition=Q(employer_rate__range=(0, 100), employee_rate__range=(0, 100)),
                name="socialschemeline_rates",
            ),
            models.CheckConstraint(
                condition=Q(floor__isnull=True) | Q(cap__isnull=True) | Q(floor__lte=F("cap")),
                name="socialschemeline_limits",
            ),
        )

    def __str__(self) -> str:
        return f"{self.scheme}: {self.get_project_display()}"

    def as_rate(self) -> ProjectRate:
        """The line as the engine reads it."""
        return ProjectRate(
            Project(self.project),
            self.employer_rate / HUNDRED,
            self.employee_rate / HUNDRED,
            self.employer_fixed,
            self.employee_fixed,
            self.floor,
            self.cap,
            Rounding(self.rounding),
            self.article,
        )


@pghistory.track(**TRACKED)
class SocialEnrolment(Model):
    """
    Where and on which wages somebody is insured 参保, from one day to another; periods never overlap.

    The wages are the averages of last year; floor and cap of the scheme are applied when pay is calculated.
    """

    scope = OF_EMPLOYER
    sensitive_fields = ("social_wage", "fund_wage")

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("employee"))
    city = models.CharField(_("city"), max_length=40)
    household = models.CharField(_("household"), max_length=8, choices=Household, default=Household.ANY)
    social_wage = MoneyField(_("wage for social insurance"), validators=NOT_NEGATIVE)
    fund_wage = MoneyField(
        _("wage for the housing fund"),
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_("Empty: not in the housing fund."),
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("enrolment in social insurance")
        verbose_name_plural = _("enrolments in social insurance")
        ordering = ("employee", "-valid_from")
        constraints = (
            no_overlap(
                "socialenrolment_no_overlap",
                ["employee"],
                _("The person is enrolled otherwise in a part of this period; end that first."),
            ),
            period("socialenrolment_period"),
        )

    def __str__(self) -> str:
        return f"{self.employee} {self.city} {self.valid_from:%Y-%m-%d}"


@pghistory.track(**TRACKED)
class SpecialDeductionClaim(Model):
    """
    One special additional deduction 专项附加扣除 that an employee claims: each child is a claim of its own.

    A claim counts in each month from its first to its last; with a tax year only in that year.
    """

    scope = OF_PERSON

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("employee"))
    kind = models.CharField(_("kind"), max_length=12, choices=ClaimKind)
    tax_year = models.PositiveSmallIntegerField(
        _("tax year"), null=True, blank=True, help_text=_("Empty: in every year of the period.")
    )
    valid_from = models.DateField(_("from month"), help_text=_("Any day of the first month."))
    valid_to = models.DateField(_("to month"), null=True, blank=True)
    share = models.DecimalField(
        _("share"), max_digits=3, decimal_places=2, default=Decimal(1), help_text=_("1, or 0.5 for each of a couple.")
    )
    shared_amount = MoneyField(
        _("agreed amount"),
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_("Of a month, where brothers and sisters share; empty for an only child."),
    )
    tier = models.CharField(_("size of the city"), max_length=1, choices=TierKind, blank=True)
    months_before = models.PositiveSmallIntegerField(
        _("months before"), default=0, help_text=_("In which the same loan or degree was deducted before.")
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("special additional deduction")
        verbose_name_plural = _("special additional deductions")
        ordering = ("employee", "kind", "-valid_from")
        constraints = (
            period("specialdeductionclaim_period"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="specialdeductionclaim_share"),
        )

    def __str__(self) -> str:
        return f"{self.employee}: {self.get_kind_display()}"

    def as_claim(self) -> Claim:
        """The claim as the engine reads it."""
        return Claim(
            Kind(self.kind),
            self.valid_from,
            self.valid_to,
            self.share,
            self.shared_amount,
            RentTier(self.tier) if self.tier else None,
            self.months_before,
        )

    def counts_in(self, year: int) -> bool:
        """Whether it can count in a tax year."""
        return self.tax_year in (None, year)

    def clean(self) -> None:
        """Refuse what the law does not allow, together with the person's other claims in the first month."""
        if not self.kind or self.valid_from is None or self.employee_id is None or self.share is None:
            return
        year = self.tax_year or self.valid_from.year
        month = date(year, self.valid_from.month if self.valid_from.year == year else 1, 1)
        others = SpecialDeductionClaim.objects.filter(employee=self.employee_id).exclude(pk=self.pk)
        claims = [each.as_claim() for each in (*others, self) if each.counts_in(year)]
        statutes = [row.as_statute() for row in StatuteRow.objects.filter(code__startswith="SPECIAL_")]
        try:
            special_deduction(month, claims, statutes)
        except DomainError as refusal:
            raise ValidationError(str(refusal)) from None
