"""Figures about the people."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from hrm.org.choices import ACTIVE_STATUSES, EmployeeStatus
from hrm.org.models import Employee, Position
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import DrillDown, Fact, MetricValue

WORKING = tuple(("status", status) for status in sorted(ACTIVE_STATUSES))


@metric(
    "hrm.headcount",
    title=_("Headcount"),
    unit="count",
    counter=_("people"),
    formula=_("People on probation, regular or leaving, who have not left yet; those about to join do not count."),
    permission="hrm.view_employee",
    source=Employee,
    is_point_in_time=True,
)
def headcount(context: MetricContext) -> MetricValue:
    """Everybody on the payroll now, with what is planned."""
    people = context.rows(Employee).filter(status__in=ACTIVE_STATUSES)
    planned = context.rows(Position).filter(is_active=True).aggregate(found=Sum("planned_headcount"))["found"]
    facts = [Fact(_("Planned"), Decimal(planned), "count")] if planned else []
    return MetricValue(Decimal(people.count()), drill=DrillDown(people, filters=WORKING), facts=facts)


@metric(
    "hrm.joined",
    title=_("Joined"),
    unit="count",
    counter=_("people"),
    formula=_("People whose hire date lies in the period and who have started."),
    permission="hrm.view_employee",
    source=Employee,
)
def joined(context: MetricContext) -> MetricValue:
    """Who began in the period."""
    started = context.rows(Employee).exclude(status=EmployeeStatus.PENDING)
    people = context.during(started, "hire_date")
    filters = [*context.filters("hire_date"), *(("status", s) for s in (*sorted(ACTIVE_STATUSES), "LEFT"))]
    return MetricValue(Decimal(people.count()), drill=DrillDown(people, filters=filters))


@metric(
    "hrm.left",
    title=_("Left"),
    unit="count",
    counter=_("people"),
    formula=_("People whose leave date lies in the period."),
    permission="hrm.view_employee",
    source=Employee,
    direction="down",
)
def left(context: MetricContext) -> MetricValue:
    """Who left in the period."""
    people = context.during(context.rows(Employee).filter(status=EmployeeStatus.LEFT), "leave_date")
    filters = [*context.filters("leave_date"), ("status", EmployeeStatus.LEFT.value)]
    return MetricValue(Decimal(people.count()), drill=DrillDown(people, filters=filters))
