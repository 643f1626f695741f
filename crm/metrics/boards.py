"""The boards of the boss, the accountant, the sales manager and the salesperson."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from crm.customers.pages import NEXT_CONTACT
from crm.metrics import charts, figures
from suite.metrics.boards import AlertList, Card, Chart, Item, ListCard, board
from suite.pages.columns import Column, person

CONTRACTS = "crm.view_contract"
OPPORTUNITIES = "crm.view_opportunity"
PLANS = "crm.view_paymentplan"

OVERDUE = ListCard(
    charts.overdue_parts,
    _("Overdue payments"),
    PLANS,
    columns=(
        Column("contract__number", label=_("Contract")),
        Column("contract__customer__party__name", label=_("Customer")),
        "due_date",
        Column("amount"),
    ),
    empty=_("Nothing is overdue."),
)
TO_CONTACT = ListCard(
    charts.silent_customers,
    _("To be contacted"),
    "crm.view_customer",
    columns=(
        Column("party__name", label=_("Customer")),
        Column("owner", render=lambda customer: person(customer.owner) if customer.owner else ""),
        NEXT_CONTACT,
    ),
    empty=_("Nobody waits to be contacted."),
)
FUNNEL = Chart(charts.funnel, _("Sales funnel"), OPPORTUNITIES, width=4)
FORECAST = Chart(charts.forecast_by_month, _("Forecast by month"), OPPORTUNITIES, width=8)
RANKING = Chart(charts.ranking, _("Ranking"), CONTRACTS, width=4)
AGEING = Chart(charts.overdue_ageing, _("Overdue by age"), PLANS, width=4, height="xs")


@board(
    "boss",
    title=_("Business"),
    permission="crm.oversee_contract",
    order=10,
    pinned=("crm.sales", "crm.receipts", "crm.overdue"),
)
def boss() -> Sequence[Item]:
    """What the boss looks at."""
    return (
        Card(figures.sales),
        Card(figures.receipts),
        Card(figures.overdue),
        Card(figures.receipts_rate),
        Card(figures.forecast),
        Card(figures.win_rate),
        Card(figures.cycle),
        Card(figures.new_customers),
        Chart(charts.sales_by_month, _("Sales and target"), CONTRACTS, width=8),
        FUNNEL,
        FORECAST,
        Chart(charts.sources, _("Where customers come from"), "crm.view_customer", width=4),
        Chart(charts.receipts_by_month, _("Receipts and plan"), PLANS, width=8),
        AGEING,
        OVERDUE,
        RANKING,
        AlertList(),
    )


@board(
    "money",
    title=_("Money in and out"),
    permission="crm.confirm_receipt",
    order=50,
    icon="coin",
    pinned=("crm.receipts", "crm.overdue", "crm.receipts_rate"),
)
def money() -> Sequence[Item]:
    """What the accountant looks at."""
    return (
        Card(figures.receipts),
        Card(figures.overdue),
        Card(figures.receipts_rate),
        Card(figures.sales),
        Chart(charts.receipts_by_month, _("Receipts and plan"), PLANS, width=8),
        AGEING,
        OVERDUE,
        AlertList(),
    )


@board(
    "sales",
    title=_("Sales team"),
    permission="crm.approve_contract",
    order=20,
    icon="users",
    pinned=("crm.sales", "crm.forecast", "crm.overdue"),
)
def sales_team() -> Sequence[Item]:
    """What the sales manager looks at."""
    return (
        Card(figures.sales),
        Card(figures.forecast),
        Card(figures.win_rate),
        Card(figures.overdue),
        Card(figures.new_leads),
        Card(figures.new_customers),
        Card(figures.follow_ups),
        Card(figures.cycle),
        Chart(charts.sales_by_month, _("Sales and target"), CONTRACTS, width=8),
        RANKING,
        FORECAST,
        FUNNEL,
        TO_CONTACT,
        AGEING,
        OVERDUE,
    )


@board(
    "seller",
    title=_("My sales"),
    permission=OPPORTUNITIES,
    order=30,
    icon="target-arrow",
    pinned=("crm.sales", "crm.forecast", "crm.overdue"),
)
def my_sales() -> Sequence[Item]:
    """What a salesperson looks at."""
    return (
        Card(figures.sales, is_own=True),
        Card(figures.forecast),
        Card(figures.receipts),
        Card(figures.overdue),
        Card(figures.follow_ups),
        Card(figures.win_rate),
        TO_CONTACT,
        FUNNEL,
        FORECAST,
        AGEING,
        OVERDUE,
    )
