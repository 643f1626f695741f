"""Cycle time by stage: how long opportunities stay, finished stays and those that last."""

from __future__ import annotations

from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from crm.metrics.figures import Median
from crm.reports.funnel import PIPELINE_FILTER, VIEW
from crm.reports.people import SOURCE_FILTER, department_filter, people_filter
from crm.reports.stays import SHOWN, finished, pipeline_of, stage_lines, unfinished
from suite.metrics.choices import Unit
from suite.metrics.reports import Asked, Drawing, Measure, Table, report
from suite.pages.columns import Column

DAYS = Column("days", label=_("Days"), align="num", phone="p-end", render=lambda change: f"{change.days:.1f}")
COLUMNS = (*SHOWN[:4], DAYS, *SHOWN[5:])


class NinthDecile(Median):
    """The value that nine of ten do not exceed."""

    name = "ninth_decile"
    template = "PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY %(expressions)s)"


@report(
    "crm.cycle_time",
    title=_("Cycle time by stage"),
    description=_(
        "How many days opportunities stayed in a stage: the stays that ended in the period, and beside them those that "
        "last now, whose days are counted up to now. P90: nine of ten stays were not longer."
    ),
    permission=VIEW,
    icon="clock-hour-4",
    filters=(PIPELINE_FILTER, people_filter(VIEW), department_filter(VIEW), SOURCE_FILTER),
    period="90d",
)
def cycle_time(asked: Asked) -> Table:
    """Stages of a pipeline with how long opportunities stay in them."""
    ended, lasting = finished(asked), unfinished(asked)

    def column(code: str, title: object, rows: Any, aggregate: Any = None) -> Measure:
        more = {"amount": "days", "aggregate": aggregate, "unit": Unit.DAYS} if aggregate else {}
        return Measure(code=code, title=title, rows=rows, key="to_stage", shown=COLUMNS, link="opportunity", **more)

    return Table(
        head=_("Stage"),
        lines=stage_lines(pipeline_of(asked)),
        columns=(
            column("finished", _("Finished stays"), ended),
            column("median", _("Median days"), ended, Median),
            column("p90", _("P90 days"), ended, NinthDecile),
            column("open", _("Open stays"), lasting),
            column("open_median", _("Median days so far"), lasting, Median),
            column("open_longest", _("Longest so far"), lasting, Max),
        ),
        drawing=Drawing("bar", ("median", "p90", "open_median")),
        total=_("All stages"),
        note=pipeline_of(asked) or "",
    )
