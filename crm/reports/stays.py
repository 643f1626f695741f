"""Opportunities in their stages: one row for each time that one came into a stage, from the log of moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import (
    Case,
    CharField,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Extract

from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity, Pipeline, StageChange
from crm.reports.people import narrow
from suite.metrics.reports import Asked, Line
from suite.pages.columns import Column

ON, BACK, HERE, LOST = "on", "back", "here", "lost"
SECONDS = 86_400.0
# Later moves of the same opportunity; two at one moment stand in the order they were written.
LATER = Q(at__gt=OuterRef("at")) | Q(at=OuterRef("at"), pk__gt=OuterRef("pk"))
SHOWN = (
    "opportunity",
    Column("opportunity__customer", phone="p-full"),
    Column("to_stage", phone="p-start"),
    "at",
    Column("opportunity__amount", phone="p-end"),
    "opportunity__owner",
    Column("opportunity__status", render=lambda change: change.opportunity.get_status_display(), phone="p-end"),
)


def pipeline_of(asked: Asked) -> Pipeline | None:
    """Return the chosen pipeline, the default one without a choice."""
    return asked.chosen.get("pipeline") or Pipeline.objects.filter(is_default=True).first()


def stage_lines(pipeline: Pipeline | None) -> list[Line]:
    """Return a line for each stage of a pipeline, in order."""
    stages = pipeline.stages.order_by("position") if pipeline is not None else []
    return [Line(stage.pk, stage.name) for stage in stages]


def moves(asked: Asked) -> QuerySet[StageChange]:
    """Return the moves into the stages of the pipeline, of opportunities that the user may see; not of invalid ones."""
    opportunities = asked.context.rows(Opportunity).exclude(status=OpportunityStatus.INVALID)
    opportunities = narrow(opportunities, asked, owner="owner", source="source")
    return StageChange.objects.filter(
        opportunity__in=opportunities.order_by().values("pk"), to_stage__pipeline=pipeline_of(asked)
    )


def _next(field: str) -> Subquery:
    later = StageChange.objects.filter(LATER, opportunity=OuterRef("opportunity")).order_by("at", "pk")
    return Subquery(later.values(field)[:1])


def entries(asked: Asked) -> QuerySet[Any]:
    """
    Return for each stage the opportunities that came into it in the period, with ``outcome``: what followed.

    One that came into a stage several times counts once there, by its last time in the period. It went on when a
    later stage followed or it was won there, back when an earlier stage followed; else it was lost there or is there
    still. The four outcomes together are all entries.
    """
    start, end = asked.context.period.bounds(asked.context.zone)
    again = StageChange.objects.filter(
        LATER, opportunity=OuterRef("opportunity"), to_stage=OuterRef("to_stage"), at__lt=end
    )
    rows = moves(asked).filter(at__gte=start, at__lt=end)
    rows = rows.annotate(again=Subquery(again.values("pk")[:1])).filter(again__isnull=True)
    outcome = Case(
        When(next_position__gt=F("to_stage__position"), then=Value(ON)),
        When(next_position__isnull=False, then=Value(BACK)),
        When(opportunity__status=OpportunityStatus.WON, then=Value(ON)),
        When(opportunity__status=OpportunityStatus.OPEN, then=Value(HERE)),
        default=Value(LOST),
        output_field=CharField(),
    )
    return rows.annotate(next_position=_next("to_stage__position")).annotate(outcome=outcome)


def stays(asked: Asked) -> QuerySet[Any]:
    """
    Return how long opportunities were in stages: ``left_at`` and ``days``.

    A stay ends with the next move or with the end of the opportunity; one that lasts has no ``left_at``, and its days
    are those up to now.
    """
    rows = moves(asked).annotate(
        left_at=Coalesce(_next("at"), F("opportunity__ended_at"), output_field=DateTimeField())
    )
    return rows.annotate(days=_days(F("left_at"), asked.context.at))


def finished(asked: Asked) -> QuerySet[Any]:
    """Return the stays that ended in the period."""
    start, end = asked.context.period.bounds(asked.context.zone)
    return stays(asked).filter(left_at__gte=start, left_at__lt=end)


def unfinished(asked: Asked) -> QuerySet[Any]:
    """Return the stays that last now."""
    return stays(asked).filter(left_at__isnull=True)


def _days(until: Any, now: datetime) -> Any:
    end = Coalesce(until, Value(now), output_field=DateTimeField())
    seconds = Extract(ExpressionWrapper(end - F("at"), output_field=DurationField()), "epoch")
    return ExpressionWrapper(seconds / Value(SECONDS), output_field=FloatField())
