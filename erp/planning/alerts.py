"""
What is wrong with the stock of a company: looked for by set-based queries and kept, so that it is known since when.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Max, Min, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_noop

from erp.inventory.models import StockMove, StockQuant
from erp.inventory.selectors import below_minimum
from erp.masterdata.choices import LocationKind
from erp.masterdata.models import StockLimit
from erp.planning.choices import Age, AlertKind, Grain
from erp.planning.demand import CONSUMING, Place, consumption, first_moves, span_before
from erp.planning.gathering import unit_costs
from erp.planning.models import PlanningRule, StockAlert
from erp.planning.services import planning_rule
from erp.planning.supply import uncovered_lines
from suite.access.grants import model_permission
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify
from suite.masters.decimals import round_exact
from suite.masters.models import Company
from suite.pages.registry import pageset_of

ZERO = Decimal(0)
YEAR = 12
# A consumption of fewer months says nothing of what is too much.
FEWEST_MONTHS = 3
AGES = ((365, Age.DAYS_365), (180, Age.DAYS_180), (90, Age.DAYS_90), (0, Age.RECENT))


@dataclass(frozen=True)
class Found:
    """How many alerts there are, and how many of them are new."""

    total: int
    new: int


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong; see :class:`StockAlert`."""

    kind: AlertKind
    place: Place
    quantity: Decimal
    due_on: date | None = None
    age: str = ""
    lot_id: int | None = None


@transaction.atomic
def refresh_alerts(*, company: Company, at: datetime) -> Found:
    """
    Look for everything that is wrong with the stock of a company, and tell who wants to know what is new.

    The number of statements does not depend on the number of items. An alert keeps the day of its first sight, one
    that is settled goes.
    """
    rule = PlanningRule.objects.lock(planning_rule(company))
    day = timezone.localdate(at)
    findings = [
        *_shortages(company),
        *_below_minimum(company),
        *_expiring(company, day, rule.expiry_days),
        *_stored(company, day, rule),
    ]
    costs = unit_costs(company, {finding.place[1] for finding in findings})
    StockAlert.objects.bulk_create(
        [_alert(company, finding, costs.get(finding.place[1], ZERO), at) for finding in findings],
        update_conflicts=True,
        unique_fields=["kind", "company", "item", "warehouse", "lot"],
        update_fields=["quantity", "amount", "age", "due_on", "seen_at"],
    )
    StockAlert.objects.filter(company=company, seen_at__lt=at).delete()
    new = StockAlert.objects.filter(company=company, since=at).count()
    if new:
        _tell(rule, new, at)
    return Found(len(findings), new)


def _alert(company: Company, finding: Finding, cost: Decimal, at: datetime) -> StockAlert:
    return StockAlert(
        kind=finding.kind,
        company=company,
        warehouse_id=finding.place[0],
        item_id=finding.place[1],
        lot_id=finding.lot_id,
        quantity=finding.quantity,
        amount=round_exact(finding.quantity * cost, 2),
        age=finding.age,
        due_on=finding.due_on,
        since=at,
        seen_at=at,
    )


def _shortages(company: Company) -> Iterator[Finding]:
    """Items that open orders wait for, with the earliest day that one is wanted."""
    rows = uncovered_lines(company, None).order_by().values_list("document__warehouse_id", "item_id")
    for store, item, total, first in rows.annotate(total=Sum("open"), first=Min("day")):
        yield Finding(AlertKind.SHORTAGE, (store, item), total, due_on=first)


def _below_minimum(company: Company) -> Iterator[Finding]:
    limits = below_minimum(StockLimit.objects.filter(warehouse__company=company, warehouse__is_active=True))
    for store, item, missing in limits.annotate(missing=F("minimum") - F("in_stock")).values_list(
        "warehouse_id", "item_id", "missing"
    ):
        yield Finding(AlertKind.BELOW_MINIMUM, (store, item), missing)


def _lying(company: Company) -> QuerySet[StockQuant]:
    return StockQuant.objects.filter(
        location__company=company, location__kind=LocationKind.STORE, on_hand__gt=0
    ).order_by()


def _expiring(company: Company, day: date, days: int) -> Iterator[Finding]:
    """Lots in stock, in any status, that expire within so many days or have expired."""
    rows = _lying(company).filter(lot__expires_on__lte=day + timedelta(days=days))
    columns = ("location__warehouse_id", "item_id", "lot_id", "lot__expires_on")
    for store, item, lot, expires_on, total in rows.values_list(*columns).annotate(total=Sum("on_hand")):
        age = Age.EXPIRED if expires_on < day else Age.SOON
        yield Finding(AlertKind.EXPIRY, (store, item), total, due_on=expires_on, age=age, lot_id=lot)


def _stored(company: Company, day: date, rule: PlanningRule) -> Iterator[Finding]:
    """What lies too long without issue, and of what there is too much."""
    places = ("location__warehouse_id", "item_id")
    lying = {
        (store, item): (total, timezone.localdate(since))
        for store, item, total, since in _lying(company)
        .values_list(*places)
        .annotate(total=Sum("on_hand"), first=Min("since"))
    }
    yield from _slow(company, day, rule.slow_days, lying)
    yield from _too_much(
        company, day, rule.overstock_months, {place: total for place, (total, _first) in lying.items()}
    )


def _slow(company: Company, day: date, days: int, lying: dict[Place, tuple[Decimal, date]]) -> Iterator[Finding]:
    """Stock of which nothing was shipped or issued for so many days, nor came in that time for the first time."""
    moves = StockMove.objects.filter(company=company, kind__in=CONSUMING, from_location__warehouse__isnull=False)
    issued = {
        (store, item): last
        for store, item, last in moves.order_by()
        .values_list("from_location__warehouse_id", "item_id")
        .annotate(last=Max("effective_on"))
    }
    for place, (total, first) in lying.items():
        last = issued.get(place)
        idle = (day - (last or first)).days
        if idle >= days:
            age = next(age for limit, age in AGES if idle >= limit)
            yield Finding(AlertKind.SLOW, place, total, due_on=last or first, age=age)


def _too_much(company: Company, day: date, months: int, lying: dict[Place, Decimal]) -> Iterator[Finding]:
    """Stock above the maximum of its warehouse or, without one, above so many months of the past year's consumption."""
    limits = StockLimit.objects.filter(warehouse__company=company, maximum__gt=0)
    maxima = {(store, item): maximum for store, item, maximum in limits.values_list("warehouse", "item", "maximum")}
    used = consumption(company, span_before(day, Grain.MONTH, YEAR), first_moves(company))
    for place, total in lying.items():
        series = used.get(place, ())
        enough = maxima.get(place)
        if enough is None and len(series) >= FEWEST_MONTHS and any(series):
            enough = round_exact(sum(series, ZERO) * months / len(series), 6)
        if enough is not None and total > enough:
            yield Finding(AlertKind.OVERSTOCK, place, total - enough)


def _tell(rule: PlanningRule, new: int, at: datetime) -> None:
    pageset = pageset_of(StockAlert)
    if rule.role is None or pageset is None:
        return
    permission = model_permission(StockAlert, "view")
    told: Iterable[User] = rule.role.user_set.filter(is_active=True)
    notify(
        recipients=[user for user in told if user.has_perm(permission)],
        kind=NotificationKind.ALERT,
        title=gettext_noop("%(number)s new stock alerts"),
        params={"number": new},
        url=pageset.url("list"),
        at=at,
    )
