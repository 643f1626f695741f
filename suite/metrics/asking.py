"""From a query string to the question about a figure: pages, export and API ask alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from suite.access.restrict import restrict
from suite.masters.models import Company
from suite.metrics.periods import parse_period
from suite.metrics.registry import MetricContext

COMPANIES_OFFERED = 20


def ask(user: Any, params: Mapping[str, Any]) -> MetricContext:
    """
    Return the question about a period (see :func:`parse_period`) and ``company``, one of those the user may see.

    A company that the user may not see narrows the question to nothing they did not see before: it is left out.
    """
    now = timezone.now()
    zone = timezone.get_default_timezone()
    given = {name: str(params.get(name) or "") for name in ("period", "on", "from", "to", "company")}
    period = parse_period(given, now.astimezone(zone).date())
    return MetricContext(user, period, now, _company(user, given["company"]), zone)


def companies_of(user: Any) -> list[Company]:
    """Return the companies to choose from; none when there is only one."""
    found = list(restrict(Company.objects.filter(is_active=True), user=user)[:COMPANIES_OFFERED])
    return found if len(found) > 1 else []


def _company(user: Any, wanted: str) -> Company | None:
    if not wanted.isdecimal():
        return None
    return restrict(Company.objects.all(), user=user).filter(pk=int(wanted)).first()
