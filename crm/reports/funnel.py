"""Funnel 漏斗: of the opportunities that came into a stage, how many went on and how many were lost there."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from crm.pipeline.models import Pipeline
from crm.reports.people import SOURCE_FILTER, department_filter, people_filter
from crm.reports.stays import BACK, HERE, LOST, ON, SHOWN, entries, pipeline_of, stage_lines
from suite.metrics.choices import Unit
from suite.metrics.reports import Asked, Drawing, Filter, Measure, Table, report, share

VIEW = "crm.view_opportunity"
PIPELINE_FILTER = Filter("pipeline", _("Pipeline"), Pipeline)


@report(
    "crm.funnel",
    title=_("Funnel and leakage"),
    description=_(
        "Opportunities that came into a stage in the period, from the log of moves, and what followed: they went on to "
        "a later stage or were won, went back, are still there, or were lost there. Invalid ones are left out."
    ),
    permission=VIEW,
    icon="filter",
    filters=(PIPELINE_FILTER, people_filter(VIEW), department_filter(VIEW), SOURCE_FILTER),
    period="90d",
)
def funnel(asked: Asked) -> Table:
    """Stages of a pipeline with what became of those that came into them."""
    rows = entries(asked)

    def column(code: str, title: object, outcome: str = "", amount: str = "") -> Measure:
        return Measure(
            code=code,
            title=title,
            unit=Unit.MONEY if amount else Unit.COUNT,
            rows=rows.filter(outcome=outcome) if outcome else rows,
            key="to_stage",
            amount=amount or None,
            shown=SHOWN,
            link="opportunity",
        )

    return Table(
        head=_("Stage"),
        lines=stage_lines(pipeline_of(asked)),
        columns=(
            column("entered", _("Entered")),
            column("on", _("Went on"), ON),
            share("conversion", _("Went on (%)"), "on", "entered"),
            column("back", _("Went back"), BACK),
            column("here", _("Still here"), HERE),
            column("lost", _("Lost here"), LOST),
            share("leakage", _("Lost (%)"), "lost", "entered"),
            column("lost_amount", _("Amount lost"), LOST, "opportunity__amount"),
        ),
        drawing=Drawing("bar", ("on", "here", "back", "lost"), is_stacked=True),
        total="",
        note=pipeline_of(asked) or "",
    )
