"""Forms of tickets about orders."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.service.models import Ticket
from erp.aftersales.models import TicketOrder
from erp.sales.models import Delivery, SalesOrder
from suite.pages.forms import ActionForm, visible_rows


class LinkForm(ActionForm):
    """Asks which order of the customer a ticket is about."""

    order = forms.ModelChoiceField(
        label=_("Sales order"),
        queryset=SalesOrder.objects.none(),
        required=False,
        help_text=_("Empty: that of the delivery."),
    )
    delivery = forms.ModelChoiceField(label=_("Delivery"), queryset=Delivery.objects.none(), required=False)
    expects_return = forms.BooleanField(
        label=_("Goods are expected back"),
        required=False,
        help_text=_("The ticket closes by itself when they have come."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        ticket: Ticket | None = kwargs.get("row")
        if ticket is not None:
            found = TicketOrder.objects.filter(ticket=ticket).values("order", "delivery", "expects_return").first()
            kwargs["initial"] = {**(found or {}), **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        if ticket is None:
            return
        party = ticket.customer.party_id
        self._offer("order", SalesOrder.objects.filter(party=party).order_by("-pk"))
        self._offer("delivery", Delivery.objects.filter(order__party=party).order_by("-pk"))

    def _offer(self, name: str, rows: Any) -> None:
        field: Any = self.fields[name]
        field.queryset = visible_rows(rows, user=self.user)
        field.widget = forms.Select(choices=field.choices)
