"""Where approvals jam 堵车: at which step, with whom, since when, and why requests are refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Max, Q, QuerySet
from django.db.models.functions import Coalesce, ExtractHour

from oa.flows.choices import EventKind, InstanceStatus, TaskKind, TaskStatus
from oa.flows.models import FlowLog, FlowRun, FlowTask
from suite.access.models import User
from suite.access.restrict import restrict

DECIDED = (TaskStatus.APPROVED, TaskStatus.REJECTED, TaskStatus.RETURNED)
MOST = 20
REASONS = 15


@dataclass(frozen=True)
class Jam:
    """
    One step, or one person.

    :ivar hours: how long a decision took on the average, and at most; those that are waited for count until now.
    """

    name: str
    flow: str
    decided: int
    waiting: int
    hours: float
    longest: float


@dataclass(frozen=True)
class Jams:
    """What was found in a period."""

    by_step: Sequence[Jam]
    by_person: Sequence[Jam]
    by_hour: Sequence[int]
    cycles: Sequence[tuple[str, int, float]]
    refusals: Sequence[FlowLog]


def jams(user: User, *, since: datetime, now: datetime) -> Jams:
    """Return where the approvals that somebody may see jam; a handful of statements however many they are."""
    runs = restrict(FlowRun.objects.filter(started_at__gte=since), user=user, action="view").order_by()
    tasks = FlowTask.objects.filter(
        Q(status__in=DECIDED) | Q(status=TaskStatus.PENDING),
        run__in=runs.values("pk"),
        kind__in=(TaskKind.NORMAL, TaskKind.ADDED, TaskKind.DELEGATED),
    )
    return Jams(
        by_step=_jams(tasks, now, "title", "run__definition__name"),
        by_person=_jams(tasks.filter(person__isnull=False), now, "person__full_name"),
        by_hour=_hours(tasks),
        cycles=_cycles(runs),
        refusals=list(
            FlowLog.objects.filter(run__in=runs.values("pk"), kind__in=(EventKind.REJECT, EventKind.RETURN))
            .exclude(comment="")
            .select_related("run__definition", "actor")
            .defer("run__state")
            .order_by("-at", "-pk")[:REASONS]
        ),
    )


def _taken(until: Any) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(until - F("opened_at"), output_field=DurationField())


def _jams(tasks: QuerySet[FlowTask], now: datetime, *names: str) -> list[Jam]:
    taken = _taken(Coalesce(F("closed_at"), now))
    rows = (
        tasks.order_by()
        .values_list(*names)
        .annotate(
            decided=Count("pk", filter=Q(status__in=DECIDED)),
            waiting=Count("pk", filter=Q(status=TaskStatus.PENDING)),
            mean=Avg(taken),
            longest=Max(taken),
        )
        .order_by("-mean", names[0])[:MOST]
    )
    return [
        Jam(
            name=row[0],
            flow=row[1] if len(names) > 1 else "",
            decided=row[-4],
            waiting=row[-3],
            hours=_in_hours(row[-2]),
            longest=_in_hours(row[-1]),
        )
        for row in rows
    ]


def _in_hours(taken: timedelta | None) -> float:
    return round(taken.total_seconds() / 3600, 1) if taken is not None else 0.0


def _hours(tasks: QuerySet[FlowTask]) -> list[int]:
    """How many decisions were made in each hour of the day."""
    rows = tasks.filter(closed_at__isnull=False).order_by().annotate(hour=ExtractHour("closed_at"))
    found = dict(rows.values_list("hour").annotate(count=Count("pk")))
    return [found.get(hour, 0) for hour in range(24)]


def _cycles(runs: QuerySet[FlowRun]) -> list[tuple[str, int, float]]:
    """Of each flow how many requests ended, and after how many hours on the average."""
    ended = runs.filter(status__in=(InstanceStatus.APPROVED, InstanceStatus.REJECTED), parent__isnull=True)
    whole = ExpressionWrapper(F("ended_at") - F("started_at"), output_field=DurationField())
    rows = ended.values_list("definition__name").annotate(count=Count("pk"), mean=Avg(whole)).order_by("-mean")
    return [(name, count, _in_hours(mean)) for name, count, mean in rows[:MOST]]
