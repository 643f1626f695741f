"""Pay items and the groups of people who are paid by them."""

from __future__ import annotations

import pghistory
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hrm.payroll.choices import TAXATIONS, ItemKind, ItemSource, Taxation
from hrm.payroll.errors import FormulaError
from hrm.payroll.formulas import Formula, check_name, evaluation_order
from hrm.payroll.variables import VARIABLES
from suite.access.scopes import ScopePaths
from suite.masters.models import Company
from suite.search.models import Searchable


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class PayItem(Searchable):
    """
    One thing that a payslip can consist of 薪资项, by its code also a name in formulas.

    What lowers the wage itself, such as absence, is an earning with a negative amount; a deduction is taken from what
    was earned.
    """

    search_fields = ("code", "name")

    code = models.CharField(
        _("code"), max_length=30, unique=True, help_text=_("Letters, digits and _: its name in formulas.")
    )
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=ItemKind, default=ItemKind.EARNING)
    taxation = models.CharField(_("taxation"), max_length=10, choices=Taxation, default=Taxation.TAXABLE)
    source = models.CharField(_("amount from"), max_length=8, choices=ItemSource, default=ItemSource.ARCHIVE)
    formula = models.CharField(
        _("formula"),
        max_length=1000,
        blank=True,
        help_text=_("For example BASE * 0.05 * min(SERVICE_YEARS, 10)."),
    )
    is_prorated = models.BooleanField(
        _("by days of service"), default=True, help_text=_("Who joins or leaves within the month gets a part of it.")
    )
    is_overtime_base = models.BooleanField(
        _("counts for hourly wage"), default=False, help_text=_("Part of the monthly wage that overtime is paid by.")
    )
    counts_for_minimum = models.BooleanField(
        _("counts for minimum wage"),
        default=True,
        help_text=_("Not so overtime pay, allowances for hard conditions, and benefits."),
    )
    is_damage = models.BooleanField(
        _("for damage"), default=False, help_text=_("Compensates damage: a fifth of the wage at most.")
    )
    is_printed = models.BooleanField(_("on the payslip"), default=True)
    sort_order = models.PositiveIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("pay item")
        verbose_name_plural = _("pay items")
        ordering = ("sort_order", "code")
        constraints = (
            models.CheckConstraint(
                condition=(Q(source=ItemSource.FORMULA) & ~Q(formula=""))
                | (~Q(source=ItemSource.FORMULA) & Q(formula="")),
                name="payitem_formula",
                violation_error_message=_("A formula belongs to items that are computed by one, and to these only."),
            ),
            models.CheckConstraint(
                condition=Q(
                    *(Q(kind=kind, taxation__in=taxations) for kind, taxations in TAXATIONS.items()), _connector=Q.OR
                ),
                name="payitem_taxation",
                violation_error_message=_("An item of this kind cannot be taxed so."),
            ),
            models.CheckConstraint(
                condition=Q(is_damage=False) | Q(kind=ItemKind.DEDUCTION),
                name="payitem_damage",
                violation_error_message=_("Only a deduction compensates damage."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse an hourly wage of other than agreed amounts, and formulas that all items together do not allow."""
        if self.is_overtime_base and self.source != ItemSource.ARCHIVE:
            raise ValidationError(
                {"is_overtime_base": _("The hourly wage comes of agreed monthly amounts: of the salary archive only.")}
            )
        if not self.code:
            return
        others = PayItem.objects.exclude(pk=self.pk).order_by("code")
        formulas = dict(others.filter(source=ItemSource.FORMULA).values_list("code", "formula"))
        names = {*others.values_list("code", flat=True), *VARIABLES, self.code}
        try:
            _check_code(self.code)
            own = {self.code: Formula(self.formula, names)} if self.source == ItemSource.FORMULA else {}
            evaluation_order({**{code: Formula(text, names) for code, text in formulas.items()}, **own})
        except FormulaError as refusal:
            field = "code" if refusal.reason == "name" else "formula"
            raise ValidationError({field: str(refusal)}) from None


def _check_code(code: str) -> None:
    check_name(code)
    if code in VARIABLES:
        raise FormulaError(
            "name", gettext("%(name)s has a meaning of its own in formulas.") % {"name": code}, name=code
        )


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class PayGroup(Searchable):
    """People of a company who are paid together and by the same items 薪资组; the company withholds their tax."""

    scope = ScopePaths(company="company")
    search_fields = ("code", "name")

    company = models.ForeignKey(Company, models.PROTECT, related_name="+", verbose_name=_("company"))
    code = models.CharField(_("code"), max_length=30)
    name = models.CharField(_("name"), max_length=80)
    items = models.ManyToManyField(PayItem, blank=True, related_name="groups", verbose_name=_("pay items"))
    pay_day = models.PositiveSmallIntegerField(
        _("pay day"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(31)],
        help_text=_("Day of the month after, or its last day."),
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("pay group")
        verbose_name_plural = _("pay groups")
        ordering = ("code", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("company", "code"),
                name="paygroup_code_once",
                violation_error_message=_("The company has a pay group with this code already."),
            ),
            models.CheckConstraint(condition=Q(pay_day__range=(1, 31)), name="paygroup_pay_day"),
        )

    def __str__(self) -> str:
        return self.name
