"""Figures about what people bring and can do."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.db.models import Avg
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Employee
from hrm.talent.kpi.choices import SheetStatus
from hrm.talent.kpi.models import KpiSheet
from hrm.talent.productivity import CENT, average_heads, revenue_of
from hrm.talent.training.choices import ATTENDED
from hrm.talent.training.models import SkillHolding, TrainingEnrolment
from hrm.talent.training.selectors import expiring
from suite.metrics.choices import Direction, Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import DrillDown, Fact, MetricValue, percent, ratio


@metric(
    "hrm.revenue_per_head",
    title=_("Revenue per head"),
    unit=Unit.MONEY,
    formula=_(
        "Revenue of the period, a figure of a sales system that is on, ÷ average heads. Heads are counted by the days "
        "people were employed; those about to join do not count."
    ),
    permission="hrm.see_productivity_kpiplan",
    source=Employee,
    direction=Direction.UP,
    owner=_("General manager"),
)
def revenue_per_head(context: MetricContext) -> MetricValue:
    """What each head brings; nothing while no sales system gives revenue to the user."""
    heads = sum(average_heads(context.rows(Employee), context.period, "company").values(), Decimal(0))
    source, revenue = revenue_of(context)
    found = ratio(revenue, heads)
    facts = [Fact(_("Average heads"), heads.quantize(CENT, ROUND_HALF_UP), Unit.COUNT)]
    if source is not None:
        facts.append(Fact(source.title, revenue, Unit.MONEY))
    return MetricValue(
        None if found is None else found.quantize(CENT, ROUND_HALF_UP),
        numerator=revenue,
        denominator=heads,
        facts=facts,
        is_complete=source is not None,
        doubt="" if source is not None else _t("No system gives revenue yet."),
    )


@metric(
    "hrm.appraisal_score",
    title=_("Average appraisal score"),
    unit=Unit.PERCENT,
    formula=_("Scores of closed appraisals whose period ended in the period ÷ their number; 100 is as agreed."),
    permission="hrm.view_kpisheet",
    source=KpiSheet,
    direction=Direction.UP,
)
def appraisal_score(context: MetricContext) -> MetricValue:
    """How well people did."""
    rows = context.during(context.rows(KpiSheet).filter(status=SheetStatus.CLOSED), "period_to")
    drill = DrillDown(
        rows, None, [("status", SheetStatus.CLOSED.value), *context.filters("period_to")], of="denominator"
    )
    return MetricValue(rows.aggregate(found=Avg("score"))["found"], denominator=Decimal(rows.count()), drill=drill)


@metric(
    "hrm.training_passed",
    title=_("Training passed"),
    unit=Unit.PERCENT,
    formula=_("Participants who passed ÷ those who were there, of training that began in the period."),
    permission="hrm.view_trainingenrolment",
    source=TrainingEnrolment,
    direction=Direction.UP,
)
def training_passed(context: MetricContext) -> MetricValue:
    """Who passed what they took part in."""
    there = context.during(context.rows(TrainingEnrolment).filter(status__in=ATTENDED), "session__starts_at")
    return percent(there.filter(status="PASSED").count(), there.count())


@metric(
    "hrm.expiring_skills",
    title=_("Skills that end soon"),
    unit=Unit.COUNT,
    counter=_("skills"),
    formula=_("Skills that people on the payroll have today, lose within 90 days and did not renew."),
    permission="hrm.view_skillholding",
    source=SkillHolding,
    direction=Direction.DOWN,
    is_point_in_time=True,
)
def expiring_skills(context: MetricContext) -> MetricValue:
    """What has to be renewed."""
    soon = context.rows(SkillHolding).filter(pk__in=expiring(context.today).order_by().values("pk"))
    month = expiring(context.today, 30).filter(pk__in=soon.order_by().values("pk")).count()
    facts = [Fact(_("Within 30 days"), Decimal(month), Unit.COUNT, "late" if month else "")]
    return MetricValue(Decimal(soon.count()), facts=facts)
