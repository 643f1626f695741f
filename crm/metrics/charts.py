"""Charts of sales."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, DateField, Exists, F, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Cast, TruncMonth
from django.utils.translation import gettext as _

from crm.contracts.models import PaymentPlan, Quotation
from crm.contracts.selectors import overdue_plans
from crm.customers.models import Customer, Lead
from crm.metrics.figures import (
    NET,
    OUTSTANDING,
    RECEIVED,
    SIGNED_FILTER,
    WEIGHTED,
    open_opportunities,
    received,
    signed,
)
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity
from suite.metrics.charts import ChartData, Series, day_filters, list_link, month_filters, month_name
from suite.metrics.choices import Unit
from suite.metrics.models import Target
from suite.metrics.periods import Period, add_months
from suite.metrics.registry import MetricContext
from suite.metrics.series import by_month
from suite.metrics.values import DrillDown

AGES = ((30, "1–30"), (60, "31–60"), (90, "61–90"))
TOP = 10
FUNNEL_DAYS = 90


def sales_by_month(context: MetricContext) -> ChartData:
    """Signed contracts of twelve months beside the targets and the year before."""
    months = context.months()
    actual = by_month(context, signed(context), "signed_on", NET)
    earlier = by_month(context, signed(context), "signed_on", NET, [add_months(m, -12) for m in months])
    targets = {
        date(t.year, t.month, 1): t.value
        for t in Target.objects.filter(metric="crm.sales", content_type__isnull=True, year__gte=months[0].year)
    }
    return ChartData(
        kind="combo",
        unit=Unit.MONEY,
        head=_("Month"),
        x=[month_name(m) for m in months],
        series=[
            Series(_("Actual"), actual, type="bar", color="c1"),
            Series(_("Target"), [targets.get(m) for m in months], color="c2", options={"dash": True, "symbols": False}),
            Series(_("Last year"), _from_first(earlier), color="c3", options={"symbols": False}),
        ],
        links=[list_link("crm:contract-list", [*SIGNED_FILTER, *month_filters("signed_on", m)]) for m in months],
        partial=context.unfinished_month(),
    )


def _from_first(values: list[Decimal]) -> list[Decimal | None]:
    """Nothing instead of zero before the first amount: the company kept no books here yet."""
    first = next((n for n, value in enumerate(values) if value), len(values))
    return [value if n >= first else None for n, value in enumerate(values)]


def funnel(context: MetricContext) -> ChartData:
    """
    How leads became opportunities, offers and contracts.

    Those of the period; of a short one those of the 90 days up to its end, since a deal takes longer than a month.
    """
    end = context.today if context.period.is_running(context.today) else context.period.end
    start = min(context.period.start, end - timedelta(days=FUNNEL_DAYS - 1))
    context = context.over(Period("custom", start, end))
    leads = context.during(context.rows(Lead), "created_at")
    chances = context.during(context.rows(Opportunity), "created_at")
    quoted = Exists(Quotation.objects.filter(opportunity=OuterRef("pk")))
    counts = chances.aggregate(
        all=Count("pk", filter=~Q(status=OpportunityStatus.INVALID)),
        quoted=Count("pk", filter=Q(quoted)),
        won=Count("pk", filter=Q(status=OpportunityStatus.WON)),
    )
    created = context.filters("created_at")
    listed = [("as", "list"), *created]
    return ChartData(
        kind="funnel",
        unit=Unit.COUNT,
        note=_("%(days)d days") % {"days": context.period.days},
        head=_("Step"),
        x=[_("Leads"), _("Opportunities"), _("Quoted"), _("Won")],
        series=[Series(_("Number"), [leads.count(), counts["all"], counts["quoted"], counts["won"]])],
        links=[
            list_link("crm:lead-list", created),
            list_link("crm:opportunity-list", listed),
            "",
            list_link("crm:opportunity-list", [*listed, ("status", "WON")]),
        ],
    )


def forecast_by_month(context: MetricContext) -> ChartData:
    """Open opportunities by the month they should close in; overdue ones apart."""
    this_month = context.today.replace(day=1)
    rows = open_opportunities(context)
    bucket = Case(
        When(expected_close_date__isnull=True, then=Value("none")),
        When(expected_close_date__lt=context.today, then=Value("late")),
        default=Cast(Cast(TruncMonth("expected_close_date"), DateField()), CharField()),
        output_field=CharField(),
    )
    sums = rows.order_by().annotate(bucket=bucket).values("bucket").annotate(full=Sum("amount"), weighted=Sum(WEIGHTED))
    found: dict[str, Any] = {row["bucket"]: row for row in sums}
    months = [add_months(this_month, n) for n in range(6)]
    keys = ["late", *[m.isoformat() for m in months], "none"]
    full = [found.get(key, {}).get("full") or Decimal(0) for key in keys]
    weighted = [found.get(key, {}).get("weighted") or Decimal(0) for key in keys]
    base = [("as", "list"), ("status", "OPEN")]
    yesterday = context.today - timedelta(days=1)
    links = [
        list_link("crm:opportunity-list", [*base, ("expected_close_date_before", yesterday.isoformat())]),
        *(
            list_link(
                "crm:opportunity-list",
                [
                    *base,
                    *day_filters("expected_close_date", max(m, context.today), add_months(m, 1) - timedelta(days=1)),
                ],
            )
            for m in months
        ),
        "",
    ]
    return ChartData(
        kind="combo",
        unit=Unit.MONEY,
        head=_("Expected close"),
        x=[_("Overdue"), *[month_name(m) for m in months], _("No date")],
        series=[
            Series(_("Amount"), full, type="bar", color="c3"),
            Series(_("Weighted"), weighted, type="bar", color="c1"),
        ],
        links=links,
    )


def sources(context: MetricContext) -> ChartData:
    """Where the customers of the period came from."""
    rows = context.during(context.rows(Customer), "created_at").order_by()
    groups = list(rows.values("source", name=F("source__name")).annotate(n=Count("pk")).order_by("-n")[:TOP])
    created = context.filters("created_at")
    return ChartData(
        kind="pie",
        unit=Unit.COUNT,
        counter=_("customers"),
        head=_("Source"),
        x=[g["name"] or _("Unknown") for g in groups],
        series=[Series(_("Customers"), [g["n"] for g in groups])],
        links=[
            list_link("crm:customer-list", [*created, ("source", g["source"])]) if g["source"] else "" for g in groups
        ],
        url=list_link("crm:customer-list", created),
    )


def ranking(context: MetricContext) -> ChartData:
    """Signed contracts of the period by the colleague responsible."""
    rows = context.during(signed(context), "signed_on").order_by()
    groups = list(rows.values("owner", name=F("owner__full_name")).annotate(total=Sum(NET)).order_by("-total")[:TOP])
    base = [*SIGNED_FILTER, *context.filters("signed_on")]
    return ChartData(
        kind="ranking",
        unit=Unit.MONEY,
        head=_("Colleague"),
        x=[g["name"] for g in groups],
        series=[Series(_("Sales"), [g["total"] for g in groups])],
        links=[list_link("crm:contract-list", [*base, ("owner", g["owner"])]) for g in groups],
        url=list_link("crm:contract-list", base),
    )


def receipts_by_month(context: MetricContext) -> ChartData:
    """What fell due and what arrived, by month."""
    months = context.months()
    plans = context.rows(PaymentPlan).exclude(contract__status="VOID")
    due_amount = F("amount") * F("contract__exchange_rate")
    due = by_month(context, plans, "due_date", due_amount)
    arrived = by_month(context, received(context), "received_on", RECEIVED)
    return ChartData(
        kind="combo",
        unit=Unit.MONEY,
        head=_("Month"),
        x=[month_name(m) for m in months],
        series=[
            Series(_("Due"), due, color="c2", options={"dash": True, "symbols": False}),
            Series(_("Received"), arrived, type="bar", color="c1"),
        ],
        links=[
            list_link("crm:receipt-list", [("status", "CONFIRMED"), *month_filters("received_on", m)]) for m in months
        ],
    )


def overdue_ageing(context: MetricContext) -> ChartData:
    """What is overdue, by how long."""
    rows = overdue_plans(context.rows(PaymentPlan), on=context.today)
    whens = [When(due_date__gte=context.today - timedelta(days=days), then=Value(label)) for days, label in AGES]
    bucket = Case(*whens, default=Value("> 90"), output_field=CharField())
    sums = rows.order_by().annotate(bucket=bucket).values("bucket").annotate(total=Sum(OUTSTANDING))
    found = {row["bucket"]: row["total"] for row in sums}
    labels = [*[label for _days, label in AGES], "> 90"]
    return ChartData(
        kind="ageing",
        unit=Unit.MONEY,
        head=_("Days overdue"),
        x=[_("%(range)s days") % {"range": label} for label in labels],
        series=[Series(_("Overdue"), [found.get(label, Decimal(0)) for label in labels])],
        url=list_link("crm:paymentplan-list", [("is_overdue", "true")]),
    )


def overdue_parts(context: MetricContext) -> DrillDown:
    """The parts of payment plans that are overdue, oldest first."""
    rows = overdue_plans(context.rows(PaymentPlan), on=context.today)
    rows = rows.select_related("contract__customer__party").order_by("due_date")
    return DrillDown(rows, OUTSTANDING, [("is_overdue", "true")])


def silent_customers(context: MetricContext) -> DrillDown:
    """Customers whose next contact has passed, oldest first."""
    rows = context.rows(Customer).filter(next_contact_at__lt=context.at).select_related("party", "owner")
    day = context.today.isoformat()
    return DrillDown(rows.order_by("next_contact_at"), None, [("next_contact_at_before", day)])
