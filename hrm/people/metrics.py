"""Figures about who works here, who comes and goes, and whose contract ends."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from hrm.org.choices import ACTIVE_STATUSES, EmployeeStatus
from hrm.org.models import Employee
from hrm.people.contract_rules import add_months
from hrm.people.models import LaborContract
from hrm.people.selectors import expiring_within
from suite.metrics.choices import Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import FULL, DrillDown, Fact, MetricValue

ONE_DAY = timedelta(days=1)


@metric(
    "hrm.on_probation",
    title=_("On probation"),
    unit=Unit.COUNT,
    counter=_("people"),
    formula=_("People on probation now; below it those who are regular, leaving, and about to join."),
    permission="hrm.view_employee",
    source=Employee,
    is_point_in_time=True,
)
def on_probation(context: MetricContext) -> MetricValue:
    """How many people stand where between joining and leaving."""
    rows = context.rows(Employee)
    people = rows.filter(status=EmployeeStatus.PROBATION)
    facts = [
        Fact(EmployeeStatus(status).label, Decimal(rows.filter(status=status).count()), Unit.COUNT)
        for status in (EmployeeStatus.REGULAR, EmployeeStatus.LEAVING, EmployeeStatus.PENDING)
    ]
    drill = DrillDown(people, filters=[("status", EmployeeStatus.PROBATION.value)])
    return MetricValue(Decimal(people.count()), drill=drill, facts=facts)


@metric(
    "hrm.turnover",
    title=_("Turnover"),
    unit=Unit.PERCENT,
    formula=_(
        "People who left in the period, of the average of those on the payroll the day before it and on its last day; "
        "the line shows twelve months."
    ),
    permission="hrm.view_employee",
    source=Employee,
    direction="down",
    compare=("previous", "last_year"),
)
def turnover(context: MetricContext) -> MetricValue:
    """What part of the people left."""
    rows, period = context.rows(Employee), context.period
    left = context.during(rows.filter(status=EmployeeStatus.LEFT), "leave_date")
    end = min(period.end, max(context.today, period.start))
    months = context.months()
    spans = [(period.start, period.end, end), *(_span(month) for month in months)]
    # All by one statement: how many left in each span, and were there the day before it and on its last day.
    asked = [
        part
        for first, last, until in spans
        for part in (_left(first, last), _at_work(first - ONE_DAY), _at_work(until))
    ]
    found = rows.order_by().aggregate(**{f"n{place}": Count("pk", filter=each) for place, each in enumerate(asked)})
    numbers = [Decimal(found[f"n{place}"]) for place in range(len(asked))]
    (number, *ends), *monthly = [numbers[place : place + 3] for place in range(0, len(numbers), 3)]
    average = sum(ends, Decimal(0)) / 2
    filters = [*context.filters("leave_date"), ("status", EmployeeStatus.LEFT.value)]
    return MetricValue(
        FULL * number / average if average else None,
        numerator=number,
        denominator=average,
        drill=DrillDown(left, filters=filters, of="numerator"),
        series=[FULL * gone * 2 / (before + after) if before + after else None for gone, before, after in monthly],
    )


def _span(month: date) -> tuple[date, date, date]:
    last = add_months(month, 1) - ONE_DAY
    return month, last, last


def _left(first: date, last: date) -> Q:
    return Q(status=EmployeeStatus.LEFT, leave_date__gte=first, leave_date__lte=last)


def _at_work(day: date) -> Q:
    """On the payroll at the end of a day."""
    return Q(hire_date__lte=day) & (Q(status__in=ACTIVE_STATUSES) | Q(status=EmployeeStatus.LEFT, leave_date__gt=day))


@metric(
    "hrm.contracts_expiring_30",
    title=_("Contracts ending within 30 days"),
    unit=Unit.COUNT,
    counter=_("contracts"),
    formula=_("Signed fixed terms that end within 30 days and that no other contract follows."),
    permission="hrm.view_laborcontract",
    source=LaborContract,
    direction="down",
    is_point_in_time=True,
)
def contracts_expiring_30(context: MetricContext) -> MetricValue:
    """Which contracts have to be decided at once."""
    return _expiring(context, 30)


@metric(
    "hrm.contracts_expiring_90",
    title=_("Contracts ending within 90 days"),
    unit=Unit.COUNT,
    counter=_("contracts"),
    formula=_("Signed fixed terms that end within 90 days and that no other contract follows."),
    permission="hrm.view_laborcontract",
    source=LaborContract,
    direction="down",
    is_point_in_time=True,
)
def contracts_expiring_90(context: MetricContext) -> MetricValue:
    """Which contracts have to be decided soon."""
    return _expiring(context, 90)


def _expiring(context: MetricContext, days: int) -> MetricValue:
    rows = expiring_within(context.rows(LaborContract), days, context.today)
    return MetricValue(Decimal(rows.count()), drill=DrillDown(rows, filters=[("expires_within", days)]))
