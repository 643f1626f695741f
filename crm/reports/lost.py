"""Lost opportunities: why, at which stage, how much."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import LostReason, Opportunity, Stage
from crm.reports.funnel import PIPELINE_FILTER, VIEW
from crm.reports.people import (
    BY_DEPARTMENT,
    BY_OWNER,
    BY_SOURCE,
    DEPARTMENT,
    OWNER,
    SOURCE,
    SOURCE_FILTER,
    Dimension,
    department_filter,
    narrow,
    people_filter,
)
from suite.metrics.choices import Unit
from suite.metrics.reports import Asked, Derived, Drawing, Line, Measure, Table, report
from suite.metrics.values import ratio


def _reasons(keys: Collection[Any]) -> Sequence[Line]:
    known = LostReason.objects.in_bulk([key for key in keys if key is not None])
    return [Line(key, str(known[key]) if key in known else _t("No reason")) for key in keys]


def _stages(keys: Collection[Any]) -> Sequence[Line]:
    known = Stage.objects.filter(pk__in=keys).order_by("pipeline", "position").select_related("pipeline")
    return [Line(stage.pk, stage.name) for stage in known]


DIMENSIONS = {
    "reason": (Dimension(_("Lost reason"), "", _reasons), "lost_reason"),
    "stage": (Dimension(_("Stage"), "", _stages), "stage"),
    "owner": (OWNER, "owner"),
    "department": (DEPARTMENT, "owner"),
    "source": (SOURCE, "source"),
}


@report(
    "crm.lost",
    title=_("Lost opportunities"),
    description=_("Opportunities that were lost in the period, by reason, by the stage they were in, or by people."),
    permission=VIEW,
    icon="mood-sad",
    filters=(PIPELINE_FILTER, people_filter(VIEW), department_filter(VIEW), SOURCE_FILTER),
    by=(("reason", _("Reasons")), ("stage", _("Stages")), BY_OWNER, BY_DEPARTMENT, BY_SOURCE),
    period="quarter",
)
def lost(asked: Asked) -> Table:
    """Reasons with the number and the amount of what was lost."""
    dimension, base = DIMENSIONS[asked.by]
    context = asked.context
    rows = context.during(context.rows(Opportunity).filter(status=OpportunityStatus.LOST), "ended_at")
    rows = narrow(rows, asked, owner="owner", source="source", pipeline="stage__pipeline")
    key = dimension.key(base)
    return Table(
        head=dimension.head,
        lines=dimension.lines,
        columns=(
            Measure(code="number", title=_("Lost"), rows=rows, key=key),
            Measure(code="amount", title=_("Amount"), unit=Unit.MONEY, rows=rows, key=key, amount="amount"),
            Derived(
                code="average",
                title=_("Amount on average"),
                unit=Unit.MONEY,
                compute=lambda values: ratio(values.get("amount"), values.get("number")),
            ),
        ),
        drawing=Drawing("ranking", ("amount",), limit=12),
        sort="amount",
    )
