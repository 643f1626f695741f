"""Questions about the pipeline: what the engine is fed with, of the rows that a user may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, DateTimeField, F, QuerySet, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.engine import (
    Calibration,
    Comparison,
    Deal,
    History,
    Rate,
    Snapshot,
    calibrate,
    compare_month,
    stage_probabilities,
)
from crm.pipeline.models import Opportunity, Stage, StageChange
from suite.access.models import User
from suite.access.restrict import restrict
from suite.activity.history import tracked_events
from suite.documents.models import StatusChange
from suite.metrics.periods import add_months, midnight

# With fewer ended opportunities a share of the past says little; the configured win rate counts on.
ENOUGH = 10
MONTHS = 12
RESULTS: dict[str, bool] = {OpportunityStatus.WON.value: True, OpportunityStatus.LOST.value: False}


def visible_opportunities(user: Any) -> QuerySet[Opportunity]:
    """The opportunities that a user may see, those that never were any left out."""
    return restrict(Opportunity.objects.exclude(status=OpportunityStatus.INVALID), user=user)


def open_deals(opportunities: QuerySet[Opportunity], *, learned: Mapping[int, Decimal] | None = None) -> list[Deal]:
    """
    Return the open opportunities for the forecast, by one query.

    :param learned: win rates by key of the stage that count instead of the configured ones.
    """
    rows = opportunities.filter(status=OpportunityStatus.OPEN).order_by("stage__position", "stage", "owner", "pk")
    found = rows.values_list("amount", "stage__win_percent", "expected_close_date", "owner", "stage")
    chances = learned or {}
    return [
        Deal(amount, chances.get(stage, percent), close, owner=owner, stage=stage)
        for amount, percent, close, owner, stage in found
    ]


def histories_of(opportunities: QuerySet[Opportunity]) -> list[History]:
    """Return what happened to opportunities: the stages they came to, and how they ended; three queries."""
    reached: dict[int, list[tuple[datetime, Hashable]]] = defaultdict(list)
    keys = opportunities.order_by().values("pk")
    moves = StageChange.objects.filter(opportunity__in=keys).order_by("at", "pk")
    for pk, at, stage in moves.values_list("opportunity", "at", "to_stage"):
        reached[pk].append((at, stage))
    outcomes: dict[int, list[tuple[datetime, bool | None]]] = defaultdict(list)
    kind = ContentType.objects.get_for_model(Opportunity)
    changes = StatusChange.objects.filter(content_type=kind, object_id__in=keys).order_by("at", "pk")
    for pk, at, status in changes.values_list("object_id", "at", "to_status"):
        outcomes[pk].append((at, RESULTS.get(status)))
    rows = opportunities.order_by("pk").values_list("pk", "created_at", "status", "ended_at")
    return [
        # What came ended out of a file has no change of status, only the day of its end.
        History(pk, created, reached[pk], outcomes.get(pk) or _ended(status, ended))
        for pk, created, status, ended in rows
    ]


def _ended(status: str, ended_at: datetime | None) -> list[tuple[datetime, bool | None]]:
    return [(ended_at, RESULTS[status])] if ended_at is not None and status in RESULTS else []


def learned_percents(rates: Mapping[Hashable, Rate], *, enough: int = ENOUGH) -> dict[Any, Decimal]:
    """Return the back-tested win rates by stage, of those with enough ended opportunities."""
    return {stage: rate.percent for stage, rate in rates.items() if rate.percent is not None and rate.total >= enough}


# -- stages: configured beside back-tested -----------------------------------------------------


@dataclass(frozen=True)
class StageRate:
    """A stage with its configured win rate and what history says."""

    stage: Stage
    rate: Rate

    @property
    def is_enough(self) -> bool:
        """Whether enough opportunities ended to go by it."""
        return self.rate.total >= ENOUGH

    @property
    def proposed(self) -> int | None:
        """The back-tested win rate as whole percent, None without enough history."""
        found = self.rate.percent
        return int(found + Decimal("0.5")) if found is not None and self.is_enough else None

    @property
    def is_off(self) -> bool:
        """Whether the configured win rate lies outside of what history allows."""
        limits = self.rate.interval
        return self.is_enough and limits is not None and not limits[0] <= self.stage.win_percent <= limits[1]


def stage_rates(user: User, *, as_of: datetime) -> list[StageRate]:
    """Return the stages that are used, with win rates from the opportunities that a user may see."""
    rates = stage_probabilities(histories_of(visible_opportunities(user)), as_of=as_of)
    stages = Stage.objects.filter(is_active=True, pipeline__is_active=True).select_related("pipeline")
    return [
        StageRate(stage, rates.get(stage.pk, Rate(0, 0)))
        for stage in stages.order_by("-pipeline__is_default", "pipeline", "position")
    ]


# -- back-test of the forecast -----------------------------------------------------------------


@dataclass(frozen=True)
class BackTest:
    """Forecasts at the starts of months beside what came, and how well both kinds of chances foretold outcomes."""

    months: list[Comparison]
    configured: Calibration
    learned: Calibration


def back_test(user: User, *, at: datetime, months: int = MONTHS) -> BackTest:
    """
    Return how the forecast of each of the last whole months compared with what came.

    The forecast of a month uses what was known at its start: the stage, amount and expected close that opportunities
    had then, and win rates of those that had ended before. The configured win rates are those of today, whose past
    nobody keeps; so are amount and expected close of what came out of a file later.
    """
    rows = visible_opportunities(user)
    histories = histories_of(rows)
    percents = dict(Stage.objects.values_list("pk", "win_percent"))
    values = _values_then(rows)
    amounts: dict[Any, Decimal] = dict(rows.order_by().values_list("pk", "amount"))
    zone = timezone.get_current_timezone()
    first = timezone.localdate(at).replace(day=1)
    compared: list[Comparison] = []
    pairs: dict[bool, list[tuple[Decimal | int, bool]]] = {False: [], True: []}
    for back in range(months, 0, -1):
        month = add_months(first, -back)
        start, end = (midnight(day, zone) for day in (month, add_months(month, 1)))
        learned = learned_percents(stage_probabilities(histories, as_of=start))
        shots = list(_snapshots(histories, values, percents, learned, start))
        won = {each.key: amounts[each.key] for each in histories if _was_won(each, start, end)}
        compared.append(compare_month(shots, won, month=month))
        for shot, result in _with_result(shots, histories, at):
            for kind in pairs:
                pairs[kind].append((shot.percent(learned=kind), result))
    return BackTest(compared, calibrate(pairs[False]), calibrate(pairs[True]))


def _was_won(history: History, start: datetime, end: datetime) -> bool:
    """Whether it was won in a span and still was at its end."""
    within = [(moment, result) for moment, result in history.outcomes if moment < end]
    return bool(within) and within[-1][0] >= start and within[-1][1] is True


def _snapshots(
    histories: Iterable[History],
    values: Mapping[Any, list[tuple[datetime, Decimal, date | None]]],
    percents: Mapping[Any, int],
    learned: Mapping[Any, Decimal],
    start: datetime,
) -> Iterable[Snapshot]:
    for each in histories:
        stages = [stage for moment, stage in each.reached if moment < start]
        if each.created_at >= start or not stages or each.result_at(start) is not None:
            continue
        known = values[each.key]
        then = [value for value in known if value[0] < start] or known[:1]
        _moment, amount, close = then[-1]
        yield Snapshot(each.key, amount, close, percents[stages[-1]], learned.get(stages[-1]))


def _with_result(
    shots: Iterable[Snapshot], histories: Iterable[History], at: datetime
) -> Iterable[tuple[Snapshot, bool]]:
    results = {each.key: each.result_at(at) for each in histories}
    for shot in shots:
        result = results[shot.key]
        if result is not None:
            yield shot, result


def _values_then(rows: QuerySet[Opportunity]) -> dict[Any, list[tuple[datetime, Decimal, date | None]]]:
    """Amount and expected close of opportunities over time, oldest first, from their field history."""
    found: dict[Any, list[tuple[datetime, Decimal, date | None]]] = defaultdict(list)
    events = tracked_events(Opportunity)
    moments = events.objects.filter(pgh_obj__in=rows.order_by().values("pk")).annotate(
        at=Coalesce(
            Cast(KeyTextTransform("at", "pgh_context__metadata"), DateTimeField()),
            Case(When(pgh_label="insert", then=F("created_at"))),
            F("pgh_created_at"),
        )
    )
    for pk, at, amount, close in moments.order_by("pgh_id").values_list(
        "pgh_obj", "at", "amount", "expected_close_date"
    ):
        found[pk].append((at, amount, close))
    for pk, at, amount, close in rows.order_by().values_list("pk", "created_at", "amount", "expected_close_date"):
        if pk not in found:
            found[pk].append((at, amount, close))
    return found
