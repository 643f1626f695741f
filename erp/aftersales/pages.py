"""Any ticket answers where the order is, and why it is late."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.service.choices import OPEN as OPEN_TICKETS
from crm.service.models import Ticket
from erp.aftersales.forms import LinkForm
from erp.aftersales.models import TicketOrder
from erp.aftersales.services import link_ticket
from erp.sales.choices import OPEN
from erp.sales.models import SalesOrder
from erp.tracking.selectors import FOUND, track_orders
from suite.access.restrict import restrict
from suite.pages.actions import Action
from suite.pages.registry import add_action, tab

SEE_ORDERS = "erp.view_salesorder"

add_action(
    Ticket,
    Action(
        link_ticket,
        _("About an order"),
        "change",
        icon="package",
        form=LinkForm,
        name="order",
        states=OPEN_TICKETS,
    ),
)


def orders_of(ticket: Ticket, user: Any) -> list[SalesOrder]:
    """Return the order that a ticket is about; while nobody said which, that of its contract, else the open ones."""
    rows = restrict(SalesOrder.objects.select_related("party", "contract"), user=user)
    sold = TicketOrder.objects.filter(ticket=ticket).first()
    if sold is not None:
        return list(rows.filter(pk=sold.order_id))
    if ticket.contract_id is not None:
        return list(rows.filter(contract=ticket.contract_id).order_by("-pk")[:FOUND])
    open_ones = rows.filter(party=ticket.customer.party_id, status__in=OPEN)
    return list(open_ones.order_by("-document_date", "-pk")[:FOUND])


@tab(Ticket, title=_("Order and delivery"), permission=SEE_ORDERS, code="order")
def order_of_ticket(request: HttpRequest, ticket: Ticket) -> tuple[str, dict[str, Any]]:
    """Where the order is that a ticket is about, and what came back of it."""
    user: Any = request.user
    sold = TicketOrder.objects.filter(ticket=ticket).select_related("delivery", "customer_return").first()
    found = track_orders(orders_of(ticket, user), user=user, today=timezone.localdate())
    context = {"orders": found, "is_tab": True, "shows_orders": True, "sold": sold}
    return "erp/aftersales/_order.html", context
