"""What is still to be read."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from oa.notices.models import Notice
from oa.notices.selectors import unread_by
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import DrillDown, MetricValue


@metric(
    "oa.unread_notices",
    title=_("Unread notices"),
    unit="count",
    counter=_("notices"),
    formula=_("Published notices and rules in force that are meant for you and that you have not read."),
    permission="oa.view_notice",
    source=Notice,
    direction="down",
    is_point_in_time=True,
)
def unread_notices(context: MetricContext) -> MetricValue:
    """What the person who asks has not read yet."""
    rows = context.rows(Notice).filter(pk__in=unread_by(context.user, on=context.today).order_by().values("pk"))
    return MetricValue(Decimal(rows.count()), drill=DrillDown(rows, filters=[("unread", "true")]))
