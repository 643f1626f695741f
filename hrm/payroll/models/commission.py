"""Which receipts were paid as commission, and by which run."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Employee
from hrm.payroll.models.items import PayItem
from hrm.payroll.models.runs import PayRun
from hrm.payroll.models.triggers import OF_PAYSLIP, settled_rows
from suite.access.scopes import ScopePaths
from suite.core.models import Model
from suite.masters.fields import MoneyField, PercentField


class CommissionSettlement(Model):
    """
    The commission on one receipt, paid by a run 提成结算; each receipt is paid once, and taken back at most once.

    A receipt is paid by the first run calculated after it was confirmed; voided later, the next run takes the same
    amount back. With the run these rows are settled (by trigger).
    """

    scope = ScopePaths(department="employee__department", company="run__company")

    run = models.ForeignKey(PayRun, models.CASCADE, related_name="commission", verbose_name=_("pay run"))
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="+", verbose_name=_("employee"))
    item = models.ForeignKey(PayItem, models.PROTECT, related_name="+", verbose_name=_("paid as"))
    source = models.CharField(_("key of the receipt"), max_length=60)
    number = models.CharField(_("receipt"), max_length=60)
    received_on = models.DateField(_("received"))
    base = MoneyField(_("received amount"))
    rate = PercentField(_("rate %"))
    amount = MoneyField(_("commission"))
    is_reversal = models.BooleanField(_("taken back"), default=False)

    class Meta:
        verbose_name = _("commission on a receipt")
        verbose_name_plural = _("commission on receipts")
        ordering = ("run", "employee", "received_on", "pk")
        constraints = (
            models.UniqueConstraint(fields=("source", "is_reversal"), name="commissionsettlement_once"),
            models.CheckConstraint(
                condition=models.Q(is_reversal=False, amount__gte=0) | models.Q(is_reversal=True, amount__lte=0),
                name="commissionsettlement_sign",
            ),
        )
        triggers = settled_rows(OF_PAYSLIP)

    def __str__(self) -> str:
        return f"{self.employee} {self.number}"
