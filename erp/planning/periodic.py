"""What planning does by itself every night."""

from __future__ import annotations

from datetime import datetime

from erp.masterdata.models import Warehouse
from erp.planning.alerts import refresh_alerts
from erp.planning.models import ReplenishmentRun
from erp.planning.services import run_replenishment
from suite.masters.models import Company
from suite.modules.registry import periodic


@periodic("night")
def plan_replenishment(at: datetime) -> int:
    """Calculate for every company what to buy; return how many suggestions there are."""
    runs = [
        run_replenishment(run=ReplenishmentRun.objects.create(company=company, started_at=at), at=at)
        for company in _stocking_companies()
    ]
    return sum(run.suggestion_count for run in runs)


@periodic("night")
def watch_stock(at: datetime) -> int:
    """Look in every company for what is wrong with its stock; return how much was found."""
    return sum(refresh_alerts(company=company, at=at).total for company in _stocking_companies())


def _stocking_companies() -> list[Company]:
    active = Warehouse.objects.filter(is_active=True).values("company")
    return list(Company.objects.filter(pk__in=active).order_by("pk"))
