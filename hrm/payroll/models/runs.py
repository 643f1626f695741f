"""Pay runs, their payslips, and what is wrong with them."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pghistory
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Department, Employee
from hrm.payroll.choices import FaultCode, ItemKind, RunStatus
from hrm.payroll.fields import MonthField
from hrm.payroll.models.items import PayGroup, PayItem
from hrm.payroll.models.triggers import OF_LINE, OF_PAYSLIP, STEPS, confirmed_once, run_settled, settled_rows
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.jobs.models import Job
from suite.masters.fields import MoneyField
from suite.masters.models import Company
from suite.search.models import Searchable

if TYPE_CHECKING:
    from django.db.models.fields.related_descriptors import RelatedManager

    from hrm.payroll.models.commission import CommissionSettlement

ZERO = Decimal(0)


def _total(label: Any) -> MoneyField[Any, Any]:
    return MoneyField(label, default=ZERO, editable=False)


@pghistory.track(exclude=["search_text", "version", "updated_at"])
class PayRun(StatusModel, Searchable):
    """
    The pay of one pay group for one month 核算批次.

    The tax belongs to the year of the pay date. Once locked, nothing of it changes any more (by trigger): a mistake is
    put right in the next run.
    """

    if TYPE_CHECKING:
        payslips: RelatedManager[Payslip]
        faults: RelatedManager[PayRunFault]
        commission: RelatedManager[CommissionSettlement]

    scope = ScopePaths(company="company")
    search_fields = ("number", "pay_group__name")
    transitions = {before: set(follow) for before, follow in STEPS.items()}
    status_tone = {
        RunStatus.CALCULATED: "part",
        RunStatus.APPROVING: "wait",
        RunStatus.LOCKED: "go",
        RunStatus.PAID: "done",
    }
    stepper = (RunStatus.DRAFT, RunStatus.CALCULATED, RunStatus.APPROVING, RunStatus.LOCKED, RunStatus.PAID)

    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, editable=False)
    pay_group = models.ForeignKey(PayGroup, models.PROTECT, related_name="runs", verbose_name=_("pay group"))
    month = MonthField(_("month"), help_text=_("Any day of the month that is paid."))
    pay_date = models.DateField(
        _("pay date"), blank=True, help_text=_("Empty: the pay day of the group in the month after.")
    )
    status = StatusField(_("status"), choices=RunStatus, default=RunStatus.DRAFT)
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("made by"), editable=False
    )
    job = models.ForeignKey(Job, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("job"))
    calculated_at = models.DateTimeField(_("calculated at"), null=True, editable=False)
    published_at = models.DateTimeField(_("published at"), null=True, editable=False)
    paid_at = models.DateTimeField(_("paid at"), null=True, editable=False)
    people = models.PositiveIntegerField(_("people"), default=0, editable=False)
    gross_total = _total(_("gross pay"))
    social_total = _total(_("own insurance and fund"))
    tax_total = _total(_("wage tax"))
    other_total = _total(_("other deductions"))
    net_total = _total(_("net pay"))
    employer_social_total = _total(_("employer's insurance and fund"))
    employer_total = _total(_("cost of the employer"))

    class Meta(Searchable.Meta):
        verbose_name = _("pay run")
        verbose_name_plural = _("pay runs")
        ordering = ("-month", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="payrun_number_once"),
            models.UniqueConstraint(
                fields=("pay_group", "month"),
                name="payrun_once",
                violation_error_message=_("The pay group has a run of this month already."),
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="payrun_first_day"),
            models.CheckConstraint(
                condition=Q(net_total=F("gross_total") - F("social_total") - F("tax_total") - F("other_total")),
                name="payrun_net",
            ),
        )
        triggers = (run_settled,)

    def __str__(self) -> str:
        return self.number


class Payslip(Model):
    """
    The pay of one person in a run 工资条; net = gross − own insurance and fund − tax − other deductions.

    The person sees it once it was published. ``tax_snapshot`` holds the year to date before and after,
    ``contributions`` what both pay for each project, ``explanation`` the steps of the figures.
    """

    if TYPE_CHECKING:
        lines: RelatedManager[PayslipLine]

    scope = ScopePaths(
        owner="confirmation__payslip__employee__user", department="employee__department", company="run__company"
    )
    search_fields = ("employee__number", "employee__name")

    run = models.ForeignKey(PayRun, models.CASCADE, related_name="payslips", verbose_name=_("pay run"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("employee"))
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, related_name="+", verbose_name=_("department")
    )
    gross = _total(_("gross pay"))
    exempt = _total(_("exempt income"))
    bonus = _total(_("annual bonus"))
    social = _total(_("own insurance and fund"))
    tax = _total(_("wage tax"))
    other = _total(_("other deductions"))
    net = _total(_("net pay"))
    employer_social = _total(_("employer's insurance and fund"))
    employer_cost = _total(_("cost of the employer"))
    tax_snapshot = models.JSONField(_("year to date"), default=dict, editable=False)
    contributions = models.JSONField(_("contributions"), default=list, editable=False)
    explanation = models.JSONField(_("explanation"), default=list, editable=False)

    class Meta:
        verbose_name = _("payslip")
        verbose_name_plural = _("payslips")
        ordering = ("-run", "employee")
        constraints = (
            models.UniqueConstraint(fields=("run", "employee"), name="payslip_once"),
            models.CheckConstraint(
                condition=Q(net=F("gross") - F("social") - F("tax") - F("other")), name="payslip_net"
            ),
        )
        triggers = settled_rows(OF_PAYSLIP)

    def __str__(self) -> str:
        return f"{self.run.month:%Y-%m} {self.employee}"


class PayslipLine(Model):
    """One pay item of a payslip; ``basis`` says where the amount comes from."""

    scope = ScopePaths(
        owner="payslip__confirmation__payslip__employee__user",
        department="payslip__employee__department",
        company="payslip__run__company",
    )

    payslip = models.ForeignKey(Payslip, models.CASCADE, related_name="lines", verbose_name=_("payslip"))
    item = models.ForeignKey(PayItem, models.PROTECT, related_name="+", verbose_name=_("pay item"))
    position = models.PositiveSmallIntegerField(_("#"))
    kind = models.CharField(_("kind"), max_length=10, choices=ItemKind)
    amount = MoneyField(_("amount"))
    basis = models.JSONField(_("explanation"), default=dict)

    class Meta:
        verbose_name = _("payslip line")
        verbose_name_plural = _("payslip lines")
        ordering = ("payslip", "position")
        constraints = (models.UniqueConstraint(fields=("payslip", "item"), name="payslipline_once"),)
        triggers = settled_rows(OF_LINE)

    def __str__(self) -> str:
        return f"{self.payslip}: {self.item}"


class PayslipConfirmation(Model):
    """When a payslip was published to its person, and when they confirmed it; nothing else of it ever changes."""

    scope = ScopePaths(
        owner="payslip__employee__user", department="payslip__employee__department", company="payslip__run__company"
    )

    payslip = models.OneToOneField(Payslip, models.PROTECT, related_name="confirmation", verbose_name=_("payslip"))
    published_at = models.DateTimeField(_("published at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)

    class Meta:
        verbose_name = _("confirmation of a payslip")
        verbose_name_plural = _("confirmations of payslips")
        ordering = ("-pk",)
        triggers = (confirmed_once,)

    def __str__(self) -> str:
        return str(self.payslip)


class PayRunFault(Model):
    """
    What is wrong with somebody's pay in a run, as of the last calculation.

    A blocking fault keeps the run from approval until it is put right, or accepted with a reason where the law leaves
    room for one.
    """

    scope = ScopePaths(department="employee__department", company="run__company")
    search_fields = ("employee__number", "employee__name", "text")

    run = models.ForeignKey(PayRun, models.CASCADE, related_name="faults", verbose_name=_("pay run"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("employee"))
    code = models.CharField(_("fault"), max_length=20, choices=FaultCode)
    text = models.CharField(_("explanation"), max_length=500, blank=True)
    is_blocking = models.BooleanField(_("blocks approval"), default=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("accepted by")
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("fault of a pay run")
        verbose_name_plural = _("faults of pay runs")
        ordering = ("run", "pk")
        constraints = (models.UniqueConstraint(fields=("run", "employee", "code"), name="payrunfault_once"),)

    def __str__(self) -> str:
        return f"{self.employee}: {self.get_code_display()}"
