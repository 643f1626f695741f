"""What tickets are about, of what was sold."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.service.models import Ticket
from erp.sales.models import CustomerReturn, Delivery, SalesOrder
from suite.access.scopes import ScopePaths
from suite.core.models import Model


class TicketOrder(Model):
    """
    The order, and perhaps the delivery, that a ticket is about; extends the ticket one-to-one.

    While goods are expected back the ticket stays open; the return that brings them closes it.
    """

    scope = ScopePaths(owner="ticket__owner", department="ticket__department", company="ticket__company")

    ticket = models.OneToOneField(Ticket, models.CASCADE, related_name="sold", verbose_name=_("ticket"))
    order = models.ForeignKey(SalesOrder, models.PROTECT, related_name="tickets", verbose_name=_("sales order"))
    delivery = models.ForeignKey(
        Delivery, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("delivery")
    )
    expects_return = models.BooleanField(_("goods are expected back"), default=False)
    customer_return = models.ForeignKey(
        CustomerReturn, models.PROTECT, null=True, blank=True, related_name="tickets", verbose_name=_("customer return")
    )

    class Meta:
        verbose_name = _("order of a ticket")
        verbose_name_plural = _("orders of tickets")
        ordering = ("pk",)
        indexes = (
            models.Index(
                fields=("order", "delivery"),
                condition=Q(expects_return=True, customer_return__isnull=True),
                name="ticketorder_expected",
            ),
        )

    def __str__(self) -> str:
        return f"{self.ticket} ← {self.order}"
