"""Operations on sales targets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import ExtractMonth
from django.utils.translation import gettext as _

from crm.metrics.figures import BASES
from crm.reports.people import Reach, reach_of
from crm.targets.choices import TargetFigure
from crm.targets.models import TargetPolicy
from crm.targets.selectors import (
    COMPANY,
    DEPARTMENT,
    MONTHS,
    PERSON,
    PLAN,
    content_type_of,
    may_plan,
    targets_of,
)
from suite.access.models import User
from suite.core.errors import InvalidInput, NotAllowed
from suite.masters.models import Company
from suite.metrics.models import Target
from suite.metrics.periods import Period
from suite.metrics.readings import system_reader
from suite.metrics.registry import MetricContext

CENT = Decimal("0.01")
LARGEST = Decimal(10) ** 13
PERCENT_RANGE = (Decimal(-100), Decimal(1000))


@dataclass(frozen=True)
class Entry:
    """
    One target as somebody enters it.

    :param kind: ``all``, ``company``, ``department`` or ``person``.
    :param pk: of the subject; None for the whole business.
    :param value: None: there is to be no target in this month.
    """

    kind: str
    pk: int | None
    month: int
    value: Decimal | None


@transaction.atomic
def set_targets(*, figure: str, year: int, entries: Iterable[Entry], actor: User, at: datetime) -> int:
    """
    Set the targets of many subjects and months at once; those that are not named stay.

    :returns: how many targets were set or taken away.
    :raises InvalidInput: for an unknown figure, year or month, or a target below 0.
    :raises NotAllowed: when one of the subjects is beyond what the actor may plan; nothing is written.
    """
    rows = list(entries)
    _check(figure, year, rows)
    reach = reach_of(actor, PLAN)
    for kind in sorted({row.kind for row in rows}):
        if not may_plan(kind, {row.pk for row in rows if row.kind == kind}, reach):
            raise NotAllowed(_("These targets are set by somebody else: choose people and departments of yours."))
    for kind in sorted({row.kind for row in rows}):
        _write(figure, year, kind, [row for row in rows if row.kind == kind], at)
    return len(rows)


def _check(figure: str, year: int, rows: list[Entry]) -> None:
    if figure not in TargetFigure.values:
        raise InvalidInput(_("There are no targets for this figure."), field="figure")
    if not 2000 <= year <= 2100:
        raise InvalidInput(_("Choose a year between 2000 and 2100."), field="year")
    for row in rows:
        if row.month not in MONTHS:
            raise InvalidInput(_("A month is a number from 1 to 12."), field="month")
        if row.value is not None and not (row.value.is_finite() and 0 <= row.value < LARGEST):
            raise InvalidInput(_("A target is an amount of 0 or more."), field="value")


def _write(figure: str, year: int, kind: str, rows: list[Entry], at: datetime) -> None:
    content_type = content_type_of(kind)
    kept = {(row.pk, row.month): row.value for row in rows}
    gone = [key for key, value in kept.items() if value is None]
    known = targets_of(figure, kind, [(year, month) for month in MONTHS])
    locked = {(each.object_id, each.month): each for each in known.select_for_update().order_by("pk")}
    Target.objects.filter(pk__in=[locked[key].pk for key in gone if key in locked]).delete()
    written = [
        Target(metric=figure, content_type=content_type, object_id=pk, year=year, month=month, value=value)
        for (pk, month), value in sorted(kept.items(), key=lambda item: (item[0][0] or 0, item[0][1]))
        if value is not None and ((pk, month) not in locked or locked[pk, month].value != value)
    ]
    # Somebody else may enter the same month at the same time: the later one counts.
    Target.objects.bulk_create(
        written,
        update_conflicts=True,
        update_fields=["value", "updated_at"],
        unique_fields=["metric", "content_type", "object_id", "year", "month"],
    )


@transaction.atomic
def copy_targets(*, figure: str, year: int, percent: Decimal, actor: User, at: datetime) -> int:
    """
    Take over the targets of the year before with so much more or less, where this year has none yet.

    Amounts are rounded to the cent, numbers of customers to whole ones.

    :param percent: e.g. 10 for ten per cent more.
    :returns: how many targets were set.
    :raises InvalidInput: when last year had none within the actor's reach, or the per cent make no sense.
    """
    if not PERCENT_RANGE[0] <= percent <= PERCENT_RANGE[1]:
        raise InvalidInput(_("Choose between −100 and 1000 per cent."), field="percent")
    reach = reach_of(actor, PLAN)
    months = [(year - 1, month) for month in MONTHS]
    entries: list[Entry] = []
    found = False
    for kind in ("all", COMPANY, DEPARTMENT, PERSON):
        earlier = _within(targets_of(figure, kind, months), kind, reach)
        have = set(targets_of(figure, kind, [(year, month) for month in MONTHS]).values_list("object_id", "month"))
        for pk, month, value in earlier.order_by("object_id", "month").values_list("object_id", "month", "value"):
            found = True
            if (pk, month) not in have:
                entries.append(Entry(kind, pk, month, _round(figure, value * (100 + percent) / 100)))
    if not found:
        raise InvalidInput(_("There were no targets in %(year)d that you could take over.") % {"year": year - 1})
    return set_targets(figure=figure, year=year, entries=entries, actor=actor, at=at)


@transaction.atomic
def spread_target(
    *, figure: str, year: int, kind: str, pk: int | None, total: Decimal, actor: User, at: datetime
) -> int:
    """
    Spread the target of a year over its months as last year's business went: by the whole business, evenly without it.

    The months add up to the total exactly.

    :raises InvalidInput: for a total below 0.
    :raises NotAllowed: when the subject is beyond what the actor may plan.
    """
    if not (total.is_finite() and 0 <= total < LARGEST):
        raise InvalidInput(_("A target is an amount of 0 or more."), field="total")
    shares = season(figure, year - 1, at=at)
    unit = _round(figure, Decimal(1)) if figure == TargetFigure.NEW_CUSTOMERS else CENT
    parts = spread(total, shares, unit)
    entries = [Entry(kind, pk, month, part) for month, part in zip(MONTHS, parts, strict=True)]
    return set_targets(figure=figure, year=year, entries=entries, actor=actor, at=at)


def season(figure: str, year: int, *, at: datetime) -> list[Decimal]:
    """
    Return what the whole business reached in each month of a year: the shape of a season, not shown to anybody.
    """
    context = MetricContext(system_reader(), Period("year", date(year, 1, 1), date(year, 12, 31)), at)
    basis = BASES[figure]
    amount = Count("pk") if basis.amount is None else Sum(basis.amount)
    rows = basis.during(context).order_by().annotate(report_month=ExtractMonth(basis.day))
    found = dict(rows.values_list("report_month").annotate(total=amount))
    return [Decimal(found.get(month) or 0) for month in MONTHS]


def spread(total: Decimal, shares: list[Decimal], unit: Decimal) -> list[Decimal]:
    """
    Return parts of a total in proportion to shares, evenly when there are none; what rounding leaves goes to the last.

    Pure: largest parts never differ from their share by more than a unit, but for the last one.
    """
    whole = sum(shares, Decimal(0))
    weights = shares if whole > 0 and min(shares) >= 0 else [Decimal(1)] * len(shares)
    whole = sum(weights, Decimal(0))
    parts: list[Decimal] = []
    done = given = Decimal(0)
    for weight in weights:
        # Rounding the running sum keeps the parts adding up to the total.
        done += weight
        upto = (total * done / whole / unit).quantize(Decimal(1), ROUND_HALF_UP) * unit
        parts.append(upto - given)
        given = upto
    parts[-1] += total - given
    return parts


@transaction.atomic
def save_policy(
    *, company: Company, is_ranking_open: bool, actor: User, at: datetime, targetpolicy: TargetPolicy | None = None
) -> TargetPolicy:
    """Set how targets and rankings of a company are shown; a company has one rule."""
    policy, _created = TargetPolicy.objects.update_or_create(
        company=company, defaults={"is_ranking_open": is_ranking_open}
    )
    return policy


def _within(rows: Any, kind: str, reach: Reach) -> Any:
    if kind == PERSON:
        return rows.filter(object_id__in=reach.users.values("pk"))
    if kind == DEPARTMENT:
        return rows.filter(object_id__in=reach.departments.values("pk"))
    return rows if reach.is_all else rows.none()


def _round(figure: str, value: Decimal) -> Decimal:
    unit = Decimal(1) if figure == TargetFigure.NEW_CUSTOMERS else CENT
    return value.quantize(unit, ROUND_HALF_UP)
