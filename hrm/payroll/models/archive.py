"""What people are to be paid: salary archives, monthly entries, commission rates."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import TYPE_CHECKING

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Employee
from hrm.org.scopes import OF_EMPLOYER
from hrm.payroll.choices import InputSource, ItemSource
from hrm.payroll.fields import MonthField
from hrm.payroll.models.items import PayGroup, PayItem
from hrm.payroll.models.tracking import TRACKED
from hrm.payroll.models.triggers import OF_INPUT, settled_rows
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.masters.fields import MoneyField, PercentField
from suite.masters.periods import no_overlap, period

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

NOT_NEGATIVE = [MinValueValidator(0)]


@pghistory.track(**TRACKED)
class SalaryArchive(Model):
    """
    What somebody is paid by the month from one day to another 薪资档案, and in which pay group.

    Archives of one person never overlap. A change of the salary is a new archive, so that all together are the
    history of it.
    """

    if TYPE_CHECKING:
        amounts: RelatedManager[SalaryArchiveItem]

    scope = OF_EMPLOYER
    # Entered in a form, and not yet saved by the service.
    is_proposed = False

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("employee"))
    pay_group = models.ForeignKey(PayGroup, models.PROTECT, related_name="archives", verbose_name=_("pay group"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    agreed_pay = MoneyField(
        _("agreed pay after probation"),
        null=True,
        blank=True,
        validators=NOT_NEGATIVE,
        help_text=_("Of a month; in probation at least 80 % of it are paid."),
    )
    first_income_year = models.PositiveSmallIntegerField(
        _("year of the first income"),
        null=True,
        blank=True,
        help_text=_("In this year nobody else paid wages before: the basic deduction counts from January."),
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("salary archive")
        verbose_name_plural = _("salary archives")
        ordering = ("employee", "-valid_from")
        indexes = (models.Index(fields=("pay_group", "valid_from"), name="salaryarchive_group"),)
        constraints = (
            no_overlap(
                "salaryarchive_no_overlap",
                ["employee"],
                _("The person has another salary archive in a part of this period; end that first."),
            ),
            period("salaryarchive_period"),
        )

    def __str__(self) -> str:
        return f"{self.employee} {self.valid_from:%Y-%m-%d}"

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Validate the constraints; of a proposal not the periods: the archive before ends by the service only."""
        super().validate_constraints({*(exclude or ()), *(("employee",) if self.is_proposed else ())})


@pghistory.track(**TRACKED)
class SalaryArchiveItem(Model):
    """The monthly amount of one pay item in a salary archive."""

    scope = ScopePaths(department="archive__employee__department", company="archive__employee__company")

    archive = models.ForeignKey(SalaryArchive, models.CASCADE, related_name="amounts", verbose_name=_("salary archive"))
    item = models.ForeignKey(PayItem, models.PROTECT, related_name="+", verbose_name=_("pay item"))
    amount = MoneyField(_("amount"), validators=NOT_NEGATIVE)

    class Meta:
        verbose_name = _("amount of a salary archive")
        verbose_name_plural = _("amounts of salary archives")
        ordering = ("archive", "item__sort_order", "pk")
        constraints = (models.UniqueConstraint(fields=("archive", "item"), name="salaryarchiveitem_once"),)

    def __str__(self) -> str:
        return f"{self.archive}: {self.item}"


@pghistory.track(**TRACKED)
class PayInput(Model):
    """
    An amount that somebody gets or pays in one month only 每月录入; of one item one from each source.

    Once somebody's pay of the month is locked, their entries stay as they are (by trigger).
    """

    scope = OF_EMPLOYER
    sensitive_fields = ("amount",)

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("employee"))
    item = models.ForeignKey(PayItem, models.PROTECT, related_name="+", verbose_name=_("pay item"))
    month = MonthField(_("month"), help_text=_("Any day of the month."))
    source = models.CharField(_("source"), max_length=10, choices=InputSource, default=InputSource.IMPORT)
    amount = MoneyField(_("amount"))
    note = models.CharField(_("note"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("monthly entry")
        verbose_name_plural = _("monthly entries")
        ordering = ("-month", "employee", "item")
        indexes = (models.Index(fields=("month", "employee"), name="payinput_month"),)
        constraints = (
            models.UniqueConstraint(
                fields=("month", "employee", "item", "source"),
                name="payinput_once",
                violation_error_message=_("The person has an entry of this item and source in the month already."),
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="payinput_first_day"),
        )
        triggers = settled_rows(OF_INPUT)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.employee}: {self.item}"

    def clean(self) -> None:
        """Refuse an item that is not entered each month, and commission: each calculation settles it anew."""
        if self.item_id is not None and self.item.source != ItemSource.INPUT:
            raise ValidationError({"item": _("The amount of this item is not entered each month.")})
        if self.source == InputSource.COMMISSION:
            raise ValidationError(
                {"source": _("Commission is settled from receipts when pay is calculated. Choose another source.")}
            )


@pghistory.track(**TRACKED)
class CommissionRule(Model):
    """Which part of what customers paid goes to whom 提成: of a pay group, or of one person before that."""

    scope = OF_EMPLOYER

    pay_group = models.ForeignKey(
        PayGroup, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("pay group")
    )
    employee = models.ForeignKey(
        Employee, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("employee")
    )
    item = models.ForeignKey(PayItem, models.PROTECT, related_name="+", verbose_name=_("paid as"))
    rate = PercentField(_("rate %"), validators=[MinValueValidator(Decimal(0)), MaxValueValidator(100)])
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    class Meta:
        verbose_name = _("commission rate")
        verbose_name_plural = _("commission rates")
        ordering = ("-valid_from", "pk")
        constraints = (
            no_overlap(
                "commissionrule_group_no_overlap",
                ["pay_group"],
                _("The pay group has another rate in a part of this period."),
            ),
            no_overlap(
                "commissionrule_person_no_overlap",
                ["employee"],
                _("The person has another rate in a part of this period."),
            ),
            period("commissionrule_period"),
            models.CheckConstraint(
                condition=Q(pay_group__isnull=True, employee__isnull=False)
                | Q(pay_group__isnull=False, employee__isnull=True),
                name="commissionrule_of_one",
                violation_error_message=_("Name either a pay group or a person."),
            ),
            models.CheckConstraint(condition=Q(rate__range=(0, 100)), name="commissionrule_rate"),
        )

    def __str__(self) -> str:
        return f"{self.employee or self.pay_group} {self.rate.normalize():f} %"

    def clean(self) -> None:
        """Refuse an item that is not entered each month."""
        if self.item_id is not None and self.item.source != ItemSource.INPUT:
            raise ValidationError({"item": _("The amount of this item is not entered each month.")})
