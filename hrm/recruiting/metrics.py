"""Figures about recruiting, and the board of personnel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Cast, TruncMonth
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from hrm import metrics as personnel
from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from hrm.people import metrics as people
from hrm.people.choices import AlertLevel
from hrm.people.contract_rules import add_months
from hrm.people.models import StaffAlert
from hrm.recruiting.choices import CandidateStatus, OfferStatus, RequisitionStatus
from hrm.recruiting.models import Candidate, Offer, Requisition
from hrm.recruiting.selectors import with_filled
from suite.masters.fields import QuantityField
from suite.metrics.boards import Card, Chart, Item, board
from suite.metrics.charts import ChartData, Series
from suite.metrics.choices import Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import FULL, DrillDown, Fact, MetricValue

ONE_DAY = timedelta(days=1)


@metric(
    "hrm.open_places",
    title=_("Places to fill"),
    unit=Unit.COUNT,
    counter=_("places"),
    formula=_("People wanted by approved requests, less those hired for them."),
    permission="hrm.view_requisition",
    source=(Requisition, Candidate),
    direction="down",
    is_point_in_time=True,
)
def open_places(context: MetricContext) -> MetricValue:
    """How many places are to be filled, and how many of them are late."""
    rows = with_filled(context.rows(Requisition).filter(status=RequisitionStatus.APPROVED))
    left = Cast(F("wanted") - F("filled"), QuantityField())
    drill = DrillDown(rows, left, [("status", RequisitionStatus.APPROVED.value)])
    late = rows.filter(due_on__lt=context.today).count()
    facts = [Fact(_("Requests overdue"), Decimal(late), Unit.COUNT, tone="late")] if late else []
    return MetricValue(drill.total(), drill=drill, facts=facts)


@metric(
    "hrm.offer_acceptance",
    title=_("Accepted offers"),
    unit=Unit.PERCENT,
    formula=_("Accepted offers of those made in the period that were accepted or declined."),
    permission="hrm.view_offer",
    source=Offer,
)
def offer_acceptance(context: MetricContext) -> MetricValue:
    """What part of the answered offers was accepted."""
    answered = (OfferStatus.ACCEPTED, OfferStatus.DECLINED)
    rows = context.during(context.rows(Offer).filter(status__in=answered), "created_at")
    counts = rows.aggregate(all=Count("pk"), accepted=Count("pk", filter=Q(status=OfferStatus.ACCEPTED)))
    number, total = Decimal(counts["accepted"]), Decimal(counts["all"])
    filters = [*context.filters("created_at"), *(("status", status.value) for status in answered)]
    return MetricValue(
        FULL * number / total if total else None,
        numerator=number,
        denominator=total,
        drill=DrillDown(rows, filters=filters, of="denominator"),
    )


def funnel(context: MetricContext) -> ChartData:
    """How many of the candidates of the period came how far; whoever is at a later stage passed the ones before."""
    rows = context.during(context.rows(Candidate), "created_at")
    talked_to = Q(interviews__isnull=False)
    offered = Q(offers__isnull=False)
    counts = rows.aggregate(
        all=Count("pk", distinct=True),
        screened=Count("pk", distinct=True, filter=~Q(status__in=("NEW", "REJECTED")) | talked_to | offered),
        interviewed=Count("pk", distinct=True, filter=Q(status__in=("INTERVIEW", "OFFER", "HIRED")) | talked_to),
        offered=Count("pk", distinct=True, filter=Q(status__in=("OFFER", "HIRED")) | offered),
        hired=Count("pk", distinct=True, filter=Q(status=CandidateStatus.HIRED)),
    )
    listed = [("as", "list"), *context.filters("created_at")]
    url = reverse("hrm:candidate-list")
    return ChartData(
        kind="funnel",
        unit=Unit.COUNT,
        head=_("Stage"),
        x=[_("Candidates"), _("Screened"), _("Interviewed"), _("Offered"), _("Hired")],
        series=[Series(_("Number"), [counts[name] for name in ("all", "screened", "interviewed", "offered", "hired")])],
        links=[
            f"{url}?{urlencode(listed)}",
            "",
            "",
            "",
            f"{url}?{urlencode([*listed, ('status', 'HIRED')])}",
        ],
    )


def coming_and_going(context: MetricContext) -> ChartData:
    """Who joined and who left, by month."""
    months = context.months()
    rows = context.rows(Employee)
    end = add_months(months[-1], 1) - ONE_DAY
    began = rows.exclude(status=EmployeeStatus.PENDING).filter(hire_date__range=(months[0], end))
    left = rows.filter(status=EmployeeStatus.LEFT, leave_date__range=(months[0], end))
    joined_by, left_by = _by_month(began, "hire_date"), _by_month(left, "leave_date")
    return ChartData(
        kind="combo",
        unit=Unit.COUNT,
        head=_("Month"),
        x=[date_format(month, "Y-m") for month in months],
        series=[
            Series(_("Joined"), [joined_by.get(month, 0) for month in months], type="bar", color="c1"),
            Series(_("Left"), [left_by.get(month, 0) for month in months], type="bar", color="c3"),
        ],
    )


def _by_month(rows: QuerySet[Employee], name: str) -> dict[date, int]:
    counted = rows.order_by().annotate(month=TruncMonth(name)).values("month").annotate(number=Count("pk"))
    return {row["month"]: row["number"] for row in counted}


@metric(
    "hrm.overdue_alerts",
    title=_("Overdue in personnel"),
    unit=Unit.COUNT,
    formula=_("Contracts, probations, certificates, things and tasks whose day has passed, as found last night."),
    permission="hrm.view_staffalert",
    source=StaffAlert,
    direction="down",
    is_point_in_time=True,
)
def overdue_alerts(context: MetricContext) -> MetricValue:
    """What personnel should have seen to already."""
    rows = context.rows(StaffAlert).filter(level=AlertLevel.LATE)
    drill = DrillDown(rows, filters=[("level", AlertLevel.LATE.value)])
    return MetricValue(Decimal(rows.count()), drill=drill)


@board("people", title=_("Personnel"), permission="hrm.view_staffalert", order=60, icon="id-badge-2")
def people_board() -> Sequence[Item]:
    """What HR looks at."""
    return (
        Card(personnel.headcount),
        Card(people.on_probation),
        Card(people.turnover),
        Card(overdue_alerts),
        Card(people.contracts_expiring_30),
        Card(people.contracts_expiring_90),
        Card(open_places),
        Card(offer_acceptance),
        Chart(coming_and_going, _("Joined and left"), "hrm.view_employee", width=8),
        Chart(funnel, _("Recruiting funnel"), "hrm.view_candidate", width=4),
    )
