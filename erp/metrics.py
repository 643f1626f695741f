"""The boards of the warehouse, of purchasing and of planning, and what the boards of sales show of them."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from erp.counting.metrics import count_accuracy, count_differences
from erp.inventory.metrics import below, stock_value
from erp.planning.choices import AlertKind
from erp.planning.metrics import ALERT_COUNTS, ALERT_VALUES, open_suggestions, worst_shortages
from erp.purchasing import metrics as purchasing
from erp.sales import metrics as sales
from erp.transfers.metrics import consigned_value, transit_value
from suite.metrics.boards import AlertList, Card, Chart, Item, ListCard, board, extend_board
from suite.pages.columns import Column, person

# Two lists of work beside each other, above the charts.
WORK: dict[str, int] = {"width": 6, "order": 40}


def late_orders(**place: int) -> ListCard:
    """The late orders somewhere on a board."""
    return ListCard(
        sales.longest_late,
        _("Late orders"),
        sales.SEE_ORDERS,
        columns=(
            "number",
            Column("party__name", label=_("Customer")),
            Column("owner", render=lambda order: person(order.owner)),
            "requested_on",
        ),
        empty=_("No order is late."),
        **place,
    )


TO_SHIP = ListCard(
    sales.next_to_ship,
    _("Can be shipped"),
    sales.SEE_ORDERS,
    columns=("number", Column("party__name", label=_("Customer")), "warehouse", "requested_on"),
    empty=_("Nothing waits to be shipped."),
    **WORK,
)
TO_RECEIVE = ListCard(
    purchasing.next_to_come,
    _("To be received"),
    purchasing.SEE_ORDERS,
    columns=("number", Column("supplier__name", label=_("Supplier")), "warehouse", "expected_on"),
    empty=_("Nothing is on order."),
    **WORK,
)
LATE_PURCHASES = ListCard(
    purchasing.longest_late,
    _("Late purchases"),
    purchasing.SEE_ORDERS,
    columns=(
        "number",
        Column("supplier__name", label=_("Supplier")),
        Column("owner", render=lambda order: person(order.owner)),
        "expected_on",
    ),
    empty=_("Every supplier is in time."),
    **WORK,
)
TO_ORDER = ListCard(
    purchasing.next_to_order,
    _("Requisitions to be ordered"),
    purchasing.SEE_REQUESTS,
    columns=("number", "origin", "reason", "needed_on"),
    empty=_("Nothing waits to be ordered."),
    **WORK,
)
SHORTAGES = ListCard(
    worst_shortages,
    _("Items that orders wait for"),
    "erp.view_stockalert",
    columns=(Column("item__code", label=_("Item")), Column("item__name", label=_("Name")), "warehouse", "quantity"),
    empty=_("No order waits for goods."),
    **WORK,
)


def lines_in_time(width: int) -> Chart:
    """Lines in time and late ones, by month."""
    return Chart(sales.lines_in_time, _("Lines delivered in time"), "erp.view_salesorderline", width=width)


@board(
    "warehouse",
    title=_("Warehouse"),
    permission="erp.deliver_salesorder",
    order=42,
    icon="building-warehouse",
    pinned=("erp.orders_to_ship", "erp.purchases_open", "erp.orders_late"),
)
def warehouse() -> Sequence[Item]:
    """What the warehouse keeper looks at."""
    return (
        Card(sales.to_ship),
        Card(purchasing.purchases_open),
        Card(sales.orders_late),
        Card(sales.deliveries),
        Card(below),
        Card(ALERT_COUNTS[AlertKind.EXPIRY]),
        Card(ALERT_COUNTS[AlertKind.SLOW]),
        Card(sales.on_time_delivery),
        Card(count_accuracy),
        TO_SHIP,
        TO_RECEIVE,
        lines_in_time(12),
        AlertList(),
    )


@board(
    "purchasing",
    title=_("Purchasing"),
    permission="erp.order_purchaserequest",
    order=44,
    icon="shopping-cart",
    pinned=("erp.requests_to_order", "erp.purchases_late", "erp.supplier_on_time"),
)
def purchasing_board() -> Sequence[Item]:
    """What the purchaser looks at."""
    return (
        Card(purchasing.requests_to_order),
        Card(purchasing.purchases_late),
        Card(purchasing.supplier_on_time),
        Card(purchasing.purchases),
        Card(ALERT_COUNTS[AlertKind.SHORTAGE]),
        Card(open_suggestions),
        Card(purchasing.purchases_open),
        Card(below),
        TO_ORDER,
        LATE_PURCHASES,
        Chart(purchasing.purchases_by_month, _("Purchases by month"), purchasing.SEE_ORDERS),
        Chart(purchasing.purchases_by_supplier, _("Purchases by supplier"), purchasing.SEE_ORDERS, width=4),
        AlertList(),
    )


@board(
    "planning",
    title=_("Planning"),
    permission="erp.refresh_planningrule",
    order=46,
    icon="calendar-stats",
    pinned=("erp.orders_late", "erp.stock_alerts_shortage", "erp.open_suggestions"),
)
def planning() -> Sequence[Item]:
    """What the planner looks at."""
    return (
        Card(sales.orders_late),
        Card(ALERT_COUNTS[AlertKind.SHORTAGE]),
        Card(open_suggestions),
        Card(sales.on_time_delivery),
        Card(purchasing.purchases_late),
        Card(below),
        Card(ALERT_COUNTS[AlertKind.OVERSTOCK]),
        Card(ALERT_COUNTS[AlertKind.SLOW]),
        SHORTAGES,
        late_orders(**WORK),
        lines_in_time(12),
        AlertList(),
    )


@extend_board("money")
def for_the_accountant() -> Sequence[Item]:
    """What the accountant sees of it: what lies where, and what it is worth."""
    return (Card(stock_value), Card(transit_value), Card(consigned_value), Card(count_differences))


@extend_board("boss")
def for_the_boss() -> Sequence[Item]:
    """What the boss sees of it."""
    return (
        Card(sales.orders_late),
        Card(sales.on_time_delivery),
        Card(stock_value),
        Card(ALERT_VALUES[AlertKind.SHORTAGE]),
        Card(purchasing.purchases),
        Card(purchasing.purchases_late),
        lines_in_time(8),
        late_orders(),
    )


@extend_board("sales")
def for_the_sales_manager() -> Sequence[Item]:
    """What the sales manager sees of it: of the orders of the team."""
    return (Card(sales.orders_late), Card(sales.on_time_delivery), late_orders())


@extend_board("seller")
def for_the_salesperson() -> Sequence[Item]:
    """What a salesperson sees of it: of their own orders."""
    return (Card(sales.orders_late), late_orders())
