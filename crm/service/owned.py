"""How open tickets go to a colleague; those that are over stay with who solved them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from crm.service.choices import AssignmentTrigger
from crm.service.models import Ticket
from crm.service.services import give_tickets, open_tickets_of
from suite.access.models import User
from suite.access.ownership import hands_over


@hands_over(Ticket, held=open_tickets_of)
def give_open_tickets(rows: QuerySet[Ticket], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Open tickets go to a colleague, and their log says why."""
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    return give_tickets(pks=keys, owner=to, trigger=AssignmentTrigger.HANDOVER, actor=actor, at=at)
