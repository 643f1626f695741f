"""How customers go to a colleague, and what stays with whoever wrote it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from crm.customers.choices import OwnerChangeTrigger
from crm.customers.models import Customer, FollowUp
from crm.customers.ownership import transfer_customers
from suite.access.models import User
from suite.access.ownership import hands_over, stays_with_author

# Who reads the customer, lead or opportunity reads them there.
stays_with_author(FollowUp)


@hands_over(Customer)
def give_customers(rows: QuerySet[Customer], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Customers go with their open opportunities, and their history says to whom and why."""
    return transfer_customers(customers=rows, owner=to, actor=actor, at=at, trigger=OwnerChangeTrigger.HANDOVER)
