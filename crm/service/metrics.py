"""Figures of customer service, and its board."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Avg, Count, DecimalField, F
from django.db.models.functions import Cast
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from crm.service.choices import TicketKind
from crm.service.models import Ticket, TicketRating
from crm.service.pages import OWNER, REMAINING
from crm.service.selectors import answered_in_time, late_tickets, open_tickets, response_decided
from suite.metrics.boards import Card, Chart, Item, ListCard, board, extend_board
from suite.metrics.charts import ChartData, Series, list_link
from suite.metrics.choices import Direction, Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.values import DrillDown, Fact, MetricValue, percent
from suite.pages.columns import Column

TICKETS, RATINGS = "crm.view_ticket", "crm.view_ticketrating"
MANAGER = _("Sales manager")
TOP = 10
SCORE = DecimalField(max_digits=4, decimal_places=2)
CENT = Decimal("0.01")


@metric(
    "crm.tickets_open",
    title=_("Open tickets"),
    unit=Unit.COUNT,
    formula=_("Tickets that are not solved now."),
    permission=TICKETS,
    source=Ticket,
    direction=Direction.DOWN,
    owner=MANAGER,
    is_point_in_time=True,
)
def tickets_open(context: MetricContext) -> MetricValue:
    """What is to be done."""
    rows = open_tickets(context.rows(Ticket))
    nobody = rows.filter(owner__isnull=True).count()
    facts = [Fact(_("Nobody works on it"), Decimal(nobody), Unit.COUNT, "late" if nobody else "")]
    drill = DrillDown(rows, None, [("is_open", "true")])
    return MetricValue(drill.total(), drill=drill, facts=facts)


@metric(
    "crm.tickets_late",
    title=_("Late tickets"),
    unit=Unit.COUNT,
    formula=_("Open tickets whose first response or solution is overdue, unless the customer has to answer."),
    permission=TICKETS,
    source=Ticket,
    direction=Direction.DOWN,
    owner=MANAGER,
    is_point_in_time=True,
)
def tickets_late(context: MetricContext) -> MetricValue:
    """What should have been done."""
    drill = DrillDown(late_tickets(context.rows(Ticket), at=context.at), None, [("is_late", "true")])
    return MetricValue(drill.total(), drill=drill)


@metric(
    "crm.first_response_rate",
    title=_("Answered in time"),
    unit=Unit.PERCENT,
    formula=_("Tickets of the period with a first response by its due time ÷ those answered or overdue."),
    permission=TICKETS,
    source=Ticket,
    direction=Direction.UP,
    owner=MANAGER,
)
def first_response_rate(context: MetricContext) -> MetricValue:
    """How often customers heard from us in time."""
    decided = response_decided(context.during(context.rows(Ticket), "created_at"), at=context.at)
    filters = [("is_answer_due", "true"), *context.filters("created_at")]
    drill = DrillDown(decided, None, filters, of="denominator")
    return percent(answered_in_time(decided).count(), decided.count(), drill=drill)


@metric(
    "crm.satisfaction",
    title=_("Satisfaction"),
    unit=Unit.COUNT,
    counter=_("of 5"),
    formula=_("Average of the ratings of the period, from 1 to 5."),
    permission=RATINGS,
    source=TicketRating,
    direction=Direction.UP,
    owner=MANAGER,
)
def satisfaction(context: MetricContext) -> MetricValue:
    """How content customers are."""
    rows = context.during(context.rows(TicketRating), "at")
    found = rows.aggregate(mean=Avg(Cast("score", SCORE)), number=Count("pk"))
    mean = None if found["mean"] is None else Decimal(found["mean"]).quantize(CENT)
    drill = DrillDown(rows, None, context.filters("at"), of="denominator")
    facts = [Fact(_("Ratings"), Decimal(found["number"]), Unit.COUNT)]
    return MetricValue(mean, denominator=Decimal(found["number"]), drill=drill, facts=facts)


@metric(
    "crm.rated_share",
    title=_("Share rated"),
    unit=Unit.PERCENT,
    formula=_("Tickets solved in the period whose present solution was rated ÷ tickets solved in the period."),
    permission=TICKETS,
    source=(Ticket, TicketRating),
    direction=Direction.UP,
    owner=MANAGER,
)
def rated_share(context: MetricContext) -> MetricValue:
    """How many of the customers said something."""
    rows = context.during(context.rows(Ticket), "solved_at")
    rated = rows.filter(ratings__round=F("reopened")).count()
    return percent(rated, rows.count(), drill=DrillDown(rows, None, context.filters("solved_at"), of="denominator"))


def tickets_by_kind(context: MetricContext) -> ChartData:
    """What customers of the period wanted."""
    rows = context.during(context.rows(Ticket), "created_at").order_by()
    groups = list(rows.values("kind").annotate(n=Count("pk")).order_by("-n", "kind"))
    labels = dict(TicketKind.choices)
    created = context.filters("created_at")
    return ChartData(
        kind="ranking",
        unit=Unit.COUNT,
        counter=_t("tickets"),
        head=_t("Kind"),
        x=[str(labels[g["kind"]]) for g in groups],
        series=[Series(_t("Tickets"), [g["n"] for g in groups])],
        links=[list_link("crm:ticket-list", [("as", "list"), ("kind", g["kind"]), *created]) for g in groups],
        url=list_link("crm:ticket-list", [("as", "list"), *created]),
    )


def complaints_by_type(context: MetricContext) -> ChartData:
    """What the complaints of the period were about."""
    rows = context.during(context.rows(Ticket), "created_at").filter(complaint_type__isnull=False).order_by()
    groups = list(rows.values("complaint_type", name=F("complaint_type__name")).annotate(n=Count("pk")).order_by("-n"))
    created = [("as", "list"), *context.filters("created_at")]
    return ChartData(
        kind="pie",
        unit=Unit.COUNT,
        counter=_t("tickets"),
        head=_t("Complaint type"),
        x=[g["name"] for g in groups[:TOP]],
        series=[Series(_t("Tickets"), [g["n"] for g in groups[:TOP]])],
        links=[list_link("crm:ticket-list", [*created, ("complaint_type", g["complaint_type"])]) for g in groups[:TOP]],
        url=list_link("crm:ticket-list", created),
    )


def satisfaction_by_person(context: MetricContext) -> ChartData:
    """How content customers were with whom."""
    rows = context.during(context.rows(TicketRating), "at").filter(person__isnull=False).order_by()
    groups = list(
        rows.values("person", name=F("person__full_name"))
        .annotate(mean=Avg(Cast("score", SCORE)), n=Count("pk"))
        .order_by("-mean", "name")[:TOP]
    )
    given = context.filters("at")
    return ChartData(
        kind="ranking",
        unit=Unit.COUNT,
        counter=_t("of 5"),
        head=_t("Colleague"),
        x=[f"{g['name']} ({g['n']})" for g in groups],
        series=[Series(_t("Satisfaction"), [Decimal(g["mean"]).quantize(CENT) for g in groups])],
        links=[list_link("crm:ticketrating-list", [("person", g["person"]), *given]) for g in groups],
        url=list_link("crm:ticketrating-list", given),
    )


def waiting_tickets(context: MetricContext) -> DrillDown:
    """Open tickets, those due first on top."""
    rows = open_tickets(context.rows(Ticket)).select_related("customer__party", "owner")
    return DrillDown(rows.order_by(F("resolution_due_at").asc(nulls_last=True), "pk"), None, [("is_open", "true")])


@board(
    "service",
    title=_("Customer service"),
    permission=TICKETS,
    order=40,
    icon="headset",
    pinned=("crm.tickets_open", "crm.tickets_late", "crm.satisfaction"),
)
def service() -> Sequence[Item]:
    """What customer service looks at."""
    return (
        Card(tickets_open),
        Card(tickets_late),
        Card(first_response_rate),
        Card(satisfaction),
        Card(rated_share),
        Chart(tickets_by_kind, _("What customers want"), TICKETS, width=5),
        Chart(complaints_by_type, _("What complaints are about"), TICKETS, width=4),
        Chart(satisfaction_by_person, _("Satisfaction by colleague"), RATINGS, width=4, order=60),
        ListCard(
            waiting_tickets,
            _("Due first"),
            TICKETS,
            columns=("subject", Column("customer__party__name", label=_("Customer")), OWNER, REMAINING),
            empty=_("No customer waits for an answer."),
        ),
    )


@extend_board("sales")
def service_of_sales() -> Sequence[Item]:
    """What the sales manager sees of it."""
    return (Card(tickets_late), Card(satisfaction))
