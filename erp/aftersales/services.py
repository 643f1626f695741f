"""Operations on tickets about orders."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from crm.service.choices import OPEN
from crm.service.models import Ticket
from crm.service.services import assign_ticket, close_ticket, lock_ticket, solve_ticket
from erp.aftersales.models import TicketOrder
from erp.sales.models import CustomerReturn, Delivery, SalesOrder
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState
from suite.documents.services import link_documents


@transaction.atomic
def link_ticket(
    *,
    ticket: Ticket,
    order: SalesOrder | None,
    actor: User,
    at: datetime,
    delivery: Delivery | None = None,
    expects_return: bool = False,
) -> Ticket:
    """
    Say which order, and which delivery of it, a ticket is about.

    :param order: None: that of the delivery.
    :param expects_return: the ticket closes when the goods have come back.
    :raises InvalidInput: without either, or when they are of another customer or do not belong together.
    :raises WrongState: when the ticket is solved, or its return has come.
    """
    order = order or (delivery.order if delivery is not None else None)
    if order is None:
        raise InvalidInput(_("Choose an order or a delivery."), field="order")
    # The order first, as returns lock it.
    order = SalesOrder.objects.lock(order.pk)
    ticket = Ticket.objects.lock(ticket)
    if ticket.status not in OPEN:
        raise WrongState(_("This ticket is solved. Take it up again first."))
    if order.party_id != ticket.customer.party_id:
        raise InvalidInput(_("This belongs to another customer."), field="order")
    if delivery is not None and delivery.order_id != order.pk:
        raise InvalidInput(_("This delivery is of another order."), field="delivery")
    found = TicketOrder.objects.filter(ticket=ticket).first() or TicketOrder(ticket=ticket)
    if found.customer_return_id is not None:
        raise WrongState(_("The goods of this ticket have come back already."))
    found.order, found.delivery, found.expects_return = order, delivery, expects_return
    found.save()
    return ticket


@transaction.atomic
def close_for_return(*, customer_return: CustomerReturn, actor: User, at: datetime) -> Ticket | None:
    """
    Close the ticket that waited for goods that have come back: one that names the delivery, else the order; the oldest.

    :returns: the ticket, None when nobody waited.
    """
    delivery = customer_return.delivery
    waits = TicketOrder.objects.filter(
        Q(delivery=delivery) | Q(delivery__isnull=True),
        order=delivery.order_id,
        expects_return=True,
        customer_return__isnull=True,
        ticket__status__in=OPEN,
    )
    found = waits.select_related("ticket").order_by(F("delivery").asc(nulls_last=True), "ticket").first()
    if found is None:
        return None
    ticket = lock_ticket(found.ticket)
    if ticket.status not in OPEN:
        return None
    found.customer_return = customer_return
    found.save(update_fields=["customer_return"])
    link_documents(ticket, customer_return)
    if ticket.owner_id is None:
        # Whoever takes the goods in does not answer for the customer.
        ticket = assign_ticket(ticket=ticket, owner=ticket.customer.owner or actor, actor=actor, at=at)
    solution = _("The goods came back: %(number)s.") % {"number": customer_return.number}
    ticket = solve_ticket(ticket=ticket, solution=solution, actor=actor, at=at)
    return close_ticket(ticket=ticket, actor=actor, at=at)
