"""Calculating pay as a job."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from hrm.payroll.models import PayRun
from hrm.payroll.services import CALCULATE_JOB, calculate_run
from suite.jobs.context import JobContext
from suite.jobs.registry import job


@job(
    CALCULATE_JOB,
    title=_("Calculation of pay"),
    labels={"people": _("People"), "faults": _("Faults that block approval")},
)
def calculate_pay(context: JobContext) -> dict[str, Any]:
    """Calculate a pay run."""
    run = PayRun.objects.get(pk=context.params["payrun"])
    run = calculate_run(payrun=run, actor=context.owner, at=context.at, progress=context.progress)
    return {
        "people": run.people,
        "faults": run.faults.filter(is_blocking=True).count(),
        "url": run.get_absolute_url(),
    }
