"""Long work of planning as jobs."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.planning.alerts import refresh_alerts
from erp.planning.models import ReplenishmentRun, ReplenishmentSuggestion, StockAlert
from erp.planning.services import ALERTS_JOB, RUN_JOB, run_replenishment
from suite.jobs.context import JobContext
from suite.jobs.registry import job
from suite.masters.models import Company
from suite.pages.registry import pageset_of


@job(RUN_JOB, title=_("Replenishment"), labels={"items": _("Items looked at"), "suggestions": _("Suggestions")})
def replenish(context: JobContext) -> dict[str, Any]:
    """Calculate what to buy."""
    run = ReplenishmentRun.objects.select_related("company", "warehouse").get(pk=context.params["run"])
    run = run_replenishment(run=run, at=context.at, progress=context.progress)
    return {"items": run.item_count, "suggestions": run.suggestion_count, "url": _list(ReplenishmentSuggestion)}


@job(ALERTS_JOB, title=_("Stock alerts"), labels={"alerts": _("Alerts"), "new": _("New alerts")})
def find_alerts(context: JobContext) -> dict[str, Any]:
    """Look for what is wrong with stock."""
    company = Company.objects.get(pk=context.params["company"])
    found = refresh_alerts(company=company, at=context.at)
    return {"alerts": found.total, "new": found.new, "url": _list(StockAlert)}


def _list(model: Any) -> str:
    pageset = pageset_of(model)
    return pageset.url("list") if pageset is not None else ""
