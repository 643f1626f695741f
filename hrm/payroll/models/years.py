"""Wages and tax of people since January."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Employee
from hrm.org.scopes import OF_EMPLOYER
from hrm.payroll import iit
from hrm.payroll.models.runs import PayRun
from hrm.payroll.models.tracking import TRACKED
from hrm.payroll.models.triggers import year_settled
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.masters.fields import MoneyField
from suite.masters.models import Company


def _sum(label: Any) -> MoneyField[Any, Any]:
    return MoneyField(label, default=Decimal(0))


@pghistory.track(**TRACKED)
class YearToDate(Model):
    """
    What a company paid and withheld for a person in a tax year 年度累计, after one payment.

    Each locked run adds a row that continues the one before; the latest is the one that none continues. A row
    without a run is the state with which the suite began. The year is that of the pay date.
    """

    scope = ScopePaths(department=OF_EMPLOYER.department, company="company")

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("employee"))
    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("withholding company"))
    year = models.PositiveSmallIntegerField(_("tax year"))
    month = models.PositiveSmallIntegerField(
        _("month of the last payment"), validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    months = models.PositiveSmallIntegerField(_("months with wages"), default=0, validators=[MaxValueValidator(12)])
    income = _sum(_("wages"))
    exempt = _sum(_("exempt income"))
    basic = _sum(_("basic deduction"))
    social = _sum(_("own insurance and fund"))
    special = _sum(_("special additional deductions"))
    other = _sum(_("other deductions by law"))
    reduction = _sum(_("tax reductions"))
    withheld = _sum(_("tax withheld"))
    bonus = _sum(_("annual bonus"))
    bonus_tax = _sum(_("tax on the annual bonus"))
    is_bonus_used = models.BooleanField(_("separate bonus method used"), default=False)
    run = models.ForeignKey(
        PayRun, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("pay run")
    )
    previous = models.OneToOneField(
        "self", models.PROTECT, null=True, editable=False, related_name="next", verbose_name=_("continues")
    )

    class Meta:
        verbose_name = _("year to date")
        verbose_name_plural = _("years to date")
        ordering = ("-pk",)
        indexes = (models.Index(fields=("employee", "year"), name="yeartodate_employee"),)
        constraints = (
            models.UniqueConstraint(
                fields=("employee", "company", "year"),
                condition=Q(previous__isnull=True),
                name="yeartodate_begins_once",
                violation_error_message=_("The year to date of the person has begun already."),
            ),
            models.CheckConstraint(condition=Q(month__range=(1, 12), months__range=(0, 12)), name="yeartodate_months"),
        )
        triggers = (year_settled,)

    def __str__(self) -> str:
        return f"{self.employee} {self.year}-{self.month:02}"

    def clean(self) -> None:
        """Refuse what a locked run of the year would have to begin with: it is taxed already."""
        if self.run_id is None and self.year and self.employee_id and self.company_id:
            settled = YearToDate.objects.filter(
                employee=self.employee_id, company=self.company_id, year=self.year, run__isnull=False
            )
            if settled.exists():
                raise ValidationError(
                    _("Pay of this tax year is locked for the person; what was paid before cannot be entered any more.")
                )
        if self.month and self.months and self.months > self.month:
            raise ValidationError({"months": _("There were not so many months until the last payment.")})

    def as_state(self) -> iit.YearToDate:
        """The row as the engine reads it."""
        return iit.YearToDate(
            self.year,
            self.month,
            self.income,
            self.exempt,
            self.basic,
            self.social,
            self.special,
            self.other,
            self.reduction,
            self.withheld,
        )
