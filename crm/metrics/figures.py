"""Figures of sales: one definition each, for boards, API, export and alerts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, DecimalField, DurationField, ExpressionWrapper, F, QuerySet
from django.utils.translation import gettext_lazy as _

from crm.contracts.choices import ContractStatus, ReceiptStatus
from crm.contracts.models import Contract, PaymentPlan, Receipt
from crm.contracts.selectors import overdue_plans, with_paid
from crm.customers.models import Customer, FollowUp, Lead
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity
from suite.metrics.choices import Direction, Unit
from suite.metrics.registry import MetricContext, metric
from suite.metrics.series import by_month
from suite.metrics.values import DrillDown, Fact, MetricValue, later, percent, total

MONEY = DecimalField(max_digits=18, decimal_places=2)
SIGNED = (ContractStatus.EXECUTING, ContractStatus.CLOSED)
SIGNED_FILTER = [("status", status.value) for status in SIGNED]
# In the company's base currency.
NET = ExpressionWrapper(F("net_total") * F("exchange_rate"), output_field=MONEY)
RECEIVED = ExpressionWrapper(F("amount") * F("contract__exchange_rate"), output_field=MONEY)
OUTSTANDING = ExpressionWrapper((F("amount") - F("paid")) * F("contract__exchange_rate"), output_field=MONEY)
WEIGHTED = ExpressionWrapper(F("amount") * F("stage__win_percent") / Decimal(100), output_field=MONEY)


@dataclass(frozen=True)
class Basis:
    """
    The rows that a figure sums up: what the figure itself, rankings and targets count alike.

    :param rows: from the question to the restricted rows of all days.
    :param day: lookup of the day or moment that counts.
    :param owner: lookup of the colleague to whom a row is credited.
    :param amount: what is summed up; None: the rows are counted.
    """

    rows: Callable[[MetricContext], QuerySet[Any]]
    day: str
    owner: str
    amount: Any = None

    def during(self, context: MetricContext) -> QuerySet[Any]:
        """The rows of the period."""
        return context.during(self.rows(context), self.day)


class Median(Aggregate):
    """The middle value of a group."""

    function = "PERCENTILE_CONT"
    name = "median"
    template = "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


def signed(context: MetricContext) -> QuerySet[Contract]:
    """Contracts that were signed and not voided."""
    return context.rows(Contract).filter(status__in=SIGNED)


def received(context: MetricContext) -> QuerySet[Receipt]:
    """Money that arrived."""
    return context.rows(Receipt).filter(status=ReceiptStatus.CONFIRMED)


BASES = {
    "crm.receipts": Basis(received, "received_on", "contract__owner", RECEIVED),
    "crm.sales": Basis(signed, "signed_on", "owner", NET),
    "crm.new_customers": Basis(lambda context: context.rows(Customer), "created_at", "owner"),
    "crm.follow_ups": Basis(lambda context: context.rows(FollowUp), "happened_at", "owner"),
}


def open_opportunities(context: MetricContext) -> QuerySet[Opportunity]:
    """Opportunities that have not ended."""
    return context.rows(Opportunity).filter(status=OpportunityStatus.OPEN)


@metric(
    "crm.sales",
    title=_("Sales"),
    unit=Unit.MONEY,
    formula=_("Contracts signed in the period and not voided, without tax, in the company's currency."),
    permission="crm.view_contract",
    source=Contract,
    direction=Direction.UP,
    owner=_("Sales manager"),
    compare=("previous", "last_year"),
)
def sales(context: MetricContext) -> MetricValue:
    """Contracts signed in the period."""
    rows = BASES["crm.sales"].during(context)
    drill = DrillDown(rows, NET, [*SIGNED_FILTER, *context.filters("signed_on")])
    return MetricValue(
        drill.total(),
        drill=drill,
        facts=later(lambda: [Fact(_("Contracts"), Decimal(rows.count()), Unit.COUNT)]),
        series=later(lambda: by_month(context, signed(context), "signed_on", NET)),
    )


@metric(
    "crm.receipts",
    title=_("Money received"),
    unit=Unit.MONEY,
    formula=_("Confirmed receipts by the day the money arrived, with tax, in the company's currency."),
    permission="crm.view_receipt",
    source=Receipt,
    direction=Direction.UP,
    owner=_("Accountant"),
    compare=("previous", "last_year"),
)
def receipts(context: MetricContext) -> MetricValue:
    """Money that arrived in the period."""
    rows = BASES["crm.receipts"].during(context)
    drill = DrillDown(rows, RECEIVED, [("status", ReceiptStatus.CONFIRMED.value), *context.filters("received_on")])
    return MetricValue(
        drill.total(),
        drill=drill,
        facts=later(lambda: [_overdue_fact(context)]),
        series=later(lambda: by_month(context, received(context), "received_on", RECEIVED)),
    )


def _overdue_fact(context: MetricContext) -> Fact:
    late = total(overdue_plans(context.rows(PaymentPlan), on=context.today), OUTSTANDING)
    return Fact(_("Overdue"), late, Unit.MONEY, "late" if late else "")


@metric(
    "crm.receipts_rate",
    title=_("Receipts rate"),
    unit=Unit.PERCENT,
    formula=_("What was received on the parts of payment plans that fell due in the period ÷ what fell due."),
    permission="crm.view_paymentplan",
    source=(PaymentPlan, Receipt),
    direction=Direction.UP,
    owner=_("Accountant"),
)
def receipts_rate(context: MetricContext) -> MetricValue:
    """How much of what fell due was paid."""
    due = context.rows(PaymentPlan).exclude(contract__status=ContractStatus.VOID).filter(due_date__lte=context.today)
    rows = with_paid(context.during(due, "due_date"))
    owed = total(rows, "amount")
    paid = total(rows, "paid")
    drill = DrillDown(rows, "amount", [*context.filters("due_date"), ("is_live", "true")], of="denominator")
    return percent(paid, owed, drill=drill)


@metric(
    "crm.overdue",
    title=_("Overdue"),
    unit=Unit.MONEY,
    formula=_("What is outstanding on parts of payment plans whose day has passed, in the company's currency."),
    permission="crm.view_paymentplan",
    source=PaymentPlan,
    direction=Direction.DOWN,
    owner=_("Sales manager"),
    is_point_in_time=True,
)
def overdue(context: MetricContext) -> MetricValue:
    """Money that should have arrived."""
    rows = overdue_plans(context.rows(PaymentPlan), on=context.today)
    drill = DrillDown(rows, OUTSTANDING, [("is_overdue", "true")])
    return MetricValue(drill.total(), drill=drill, facts=[Fact(_("Parts"), Decimal(rows.count()), Unit.COUNT)])


@metric(
    "crm.forecast",
    title=_("Weighted forecast"),
    unit=Unit.MONEY,
    formula=_("Amounts of the open opportunities × win rate of their stage."),
    permission="crm.view_opportunity",
    source=Opportunity,
    direction=Direction.UP,
    owner=_("Sales manager"),
    is_point_in_time=True,
)
def forecast(context: MetricContext) -> MetricValue:
    """What the open opportunities are worth."""
    rows = open_opportunities(context)
    drill = DrillDown(rows, WEIGHTED, [("as", "list"), ("status", OpportunityStatus.OPEN.value)])
    return MetricValue(
        drill.total(),
        drill=drill,
        facts=[
            Fact(_("Unweighted"), total(rows, "amount"), Unit.MONEY),
            Fact(_("Open"), Decimal(rows.count()), Unit.COUNT),
        ],
    )


@metric(
    "crm.win_rate",
    title=_("Win rate"),
    unit=Unit.PERCENT,
    formula=_("Won ÷ (won + lost), of the opportunities that ended in the period."),
    permission="crm.view_opportunity",
    source=Opportunity,
    direction=Direction.UP,
    owner=_("Sales manager"),
)
def win_rate(context: MetricContext) -> MetricValue:
    """How many of the decided opportunities were won."""
    decided = context.during(
        context.rows(Opportunity).filter(status__in=(OpportunityStatus.WON, OpportunityStatus.LOST)), "ended_at"
    )
    won = decided.filter(status=OpportunityStatus.WON).count()
    filters = [("as", "list"), ("status", "WON"), ("status", "LOST"), *context.filters("ended_at")]
    return percent(won, decided.count(), drill=DrillDown(decided, None, filters, of="denominator"))


@metric(
    "crm.cycle",
    title=_("Sales cycle"),
    unit=Unit.DAYS,
    formula=_("Median of the days from recording to winning, of the opportunities won in the period."),
    permission="crm.view_opportunity",
    source=Opportunity,
    direction=Direction.DOWN,
    owner=_("Sales manager"),
)
def cycle(context: MetricContext) -> MetricValue:
    """How long winning takes."""
    rows = context.during(context.rows(Opportunity).filter(status=OpportunityStatus.WON), "ended_at")
    lasted = ExpressionWrapper(F("ended_at") - F("created_at"), output_field=DurationField())
    found = rows.aggregate(median=Median(lasted))["median"]
    days = None if found is None else Decimal(found.total_seconds() / 86_400).quantize(Decimal("0.1"))
    filters = [("as", "list"), ("status", "WON"), *context.filters("ended_at")]
    return MetricValue(days, drill=DrillDown(rows, None, filters, of="denominator"), denominator=Decimal(rows.count()))


def _new(context: MetricContext, model: Any) -> MetricValue:
    rows = context.during(context.rows(model), "created_at")
    drill = DrillDown(rows, None, context.filters("created_at"))
    return MetricValue(drill.total(), drill=drill)


@metric(
    "crm.new_leads",
    title=_("New leads"),
    unit=Unit.COUNT,
    formula=_("Leads recorded in the period."),
    permission="crm.view_lead",
    source=Lead,
    direction=Direction.UP,
    owner=_("Sales manager"),
)
def new_leads(context: MetricContext) -> MetricValue:
    """Leads recorded in the period."""
    return _new(context, Lead)


@metric(
    "crm.new_customers",
    title=_("New customers"),
    unit=Unit.COUNT,
    formula=_("Customers recorded in the period."),
    permission="crm.view_customer",
    source=Customer,
    direction=Direction.UP,
    owner=_("Sales manager"),
)
def new_customers(context: MetricContext) -> MetricValue:
    """Customers recorded in the period."""
    return _new(context, Customer)


@metric(
    "crm.follow_ups",
    title=_("Follow-ups"),
    unit=Unit.COUNT,
    formula=_("Contacts with leads and customers in the period."),
    permission="crm.view_followup",
    source=FollowUp,
    direction=Direction.UP,
    owner=_("Sales manager"),
)
def follow_ups(context: MetricContext) -> MetricValue:
    """Contacts in the period."""
    rows = BASES["crm.follow_ups"].during(context)
    drill = DrillDown(rows, None, context.filters("happened_at"))
    return MetricValue(drill.total(), drill=drill)
