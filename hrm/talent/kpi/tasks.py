"""Fetching figures as a job."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from hrm.talent.kpi.models import KpiPlan
from hrm.talent.kpi.services import FIGURES_JOB
from hrm.talent.kpi.sheets import fetch_figures
from suite.jobs.context import JobContext
from suite.jobs.registry import job


@job(FIGURES_JOB, title=_("Figures of an appraisal"), labels={"figures": _("Figures filled in")})
def fetch_actual_figures(context: JobContext) -> dict[str, Any]:
    """Fill in what the systems know of each person."""
    plan = KpiPlan.objects.get(pk=context.params["plan"])
    figures = fetch_figures(plan=plan, actor=context.owner, at=context.at, progress=context.progress)
    return {"figures": figures, "url": plan.get_absolute_url()}
