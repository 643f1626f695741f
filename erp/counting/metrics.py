"""Figures of stock counting."""

from __future__ import annotations

from django.db.models import QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from erp.counting.choices import CountStatus
from erp.counting.models import CountLine
from suite.metrics.choices import Direction, Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import DrillDown, Fact, MetricValue, percent

POSTED = ("sheet__status", CountStatus.POSTED)


@metric(
    "erp.count_accuracy",
    title=_("Count accuracy"),
    unit=Unit.PERCENT,
    formula=_(
        "Counted lines within the tolerance of their sheet, of all counted lines of sheets posted in the period."
    ),
    permission="erp.view_sensitive_countline",
    source=CountLine,
    direction=Direction.UP,
    owner=_("Warehouse keeper"),
)
def count_accuracy(context: MetricContext) -> MetricValue:
    """How well the books know what lies where."""
    lines = context.during(_counted(context), "sheet__posted_on")
    within = lines.filter(is_beyond=False)
    filters = [*context.filters("sheet__posted_on"), POSTED, ("is_counted", "true"), ("is_beyond", "false")]
    return percent(within.count(), lines.count(), drill=DrillDown(within, None, filters, of="numerator"))


@metric(
    "erp.count_differences",
    title=_("Count differences"),
    unit=Unit.MONEY,
    formula=_("What was found less what was missing in counts posted in the period, at cost, without tax."),
    permission="erp.view_sensitive_countline",
    source=CountLine,
    owner=_("Accountant"),
)
def count_differences(context: MetricContext) -> MetricValue:
    """What the counts changed the value of the stock by."""
    lines = context.during(_counted(context), "sheet__posted_on")
    filters = [*context.filters("sheet__posted_on"), POSTED, ("is_counted", "true")]
    drill = DrillDown(lines, "difference_value", filters)
    found = lines.filter(difference_value__gt=0).aggregate(total=Sum("difference_value"))["total"]
    missing = lines.filter(difference_value__lt=0).aggregate(total=Sum("difference_value"))["total"]
    facts = [Fact(_("Found"), found, Unit.MONEY)] if found else []
    facts += [Fact(_("Missing"), -missing, Unit.MONEY)] if missing else []
    return MetricValue(drill.total(), drill=drill, facts=facts)


def _counted(context: MetricContext) -> QuerySet[CountLine]:
    return context.rows(CountLine).filter(sheet__status=CountStatus.POSTED, counted_at__isnull=False)
