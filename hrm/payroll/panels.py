"""What the pages of runs and payslips show beside fields."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.payroll.choices import LOCKED_STATES
from hrm.payroll.exports import FILES
from hrm.payroll.models import PayRun
from hrm.payroll.presenting import payslip_in_words
from suite.access.grants import model_permission
from suite.pages.panels import Panel


class PayslipPanel(Panel):
    """The whole payslip, each figure with its explanation."""

    template = "hrm/payroll/payslip_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any]:
        is_own = obj.employee.user_id == user.pk
        return {"title": _t("Payslip"), **payslip_in_words(obj, is_own=is_own)}


class RunLinksPanel(Panel):
    """Ways from a run to its payslips, the comparison, and its files."""

    template = "hrm/payroll/links_panel.html"
    title = _("What comes of it")

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        links = []
        if obj.people and user.has_perm(model_permission(PayRun, "compare")):
            slips = f"{reverse('hrm:payslip-list')}?run={obj.pk}"
            links.append(("file-invoice", _t("Payslips"), slips))
            links.append(("git-compare", _t("Comparison of pay"), reverse("hrm:pay-run-comparison", args=[obj.pk])))
        if obj.status in LOCKED_STATES:
            for name, each in FILES.items():
                if user.has_perm(model_permission(PayRun, each.permission)):
                    url = reverse("hrm:pay-run-file", args=[obj.pk, name])
                    links.append(("download", each.title, url))
        return {"title": self.title, "links": links} if links else None
