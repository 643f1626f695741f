"""Who looks after customers: transfer, with all that goes along, and sharing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from crm.customers.choices import OwnerChangeTrigger
from crm.customers.models import Customer, OwnerChange
from crm.events import CustomersTransferred
from crm.pipeline.services import follow_customers
from crm.pool.models import Pool
from crm.pool.reminders import move_reminders
from crm.service.services import follow_customers as take_tickets_along
from suite import events
from suite.access.models import User
from suite.access.services import share_row
from suite.core.errors import InvalidInput


@transaction.atomic
def transfer_customers(
    *,
    customers: Iterable[Customer],
    owner: User,
    actor: User | None,
    at: datetime,
    reason: str = "",
    trigger: str = OwnerChangeTrigger.TRANSFER,
) -> int:
    """
    Give customers and their open opportunities to a colleague, with history; a fixed number of statements.

    Contacts follow the customer by themselves, since they have no owner of their own.

    :raises InvalidInput: when the new owner is not an active colleague.
    """
    if not owner.is_active or owner.is_portal:
        raise InvalidInput(_("Choose an active colleague."), field="owner")
    rows = Customer.objects.lock_many([customer.pk for customer in customers])
    moved = [row for row in rows if row.owner_id != owner.pk]
    set_owner(customers=moved, owner=owner, pool=None, actor=actor, at=at, reason=reason, trigger=trigger)
    return len(moved)


@transaction.atomic
def transfer_customer(*, customer: Customer, owner: User, actor: User, at: datetime, reason: str = "") -> Customer:
    """Give one customer to a colleague; see :func:`transfer_customers`."""
    transfer_customers(customers=[customer], owner=owner, actor=actor, at=at, reason=reason)
    return Customer.objects.get(pk=customer.pk)


def set_owner(
    *,
    customers: list[Customer],
    owner: User | None,
    pool: Pool | None,
    actor: User | None,
    at: datetime,
    reason: str,
    trigger: str,
) -> None:
    """
    Give locked customers to an owner or, with None, to a pool; a fixed number of statements.

    With them go their open opportunities and tickets and what their owners wanted to be reminded of; contacts hang on
    the customer. In a pool tickets stay with who works on them.
    """
    if not customers:
        return
    pks = [row.pk for row in customers]
    if owner is not None:
        take_tickets_along(customer_pks=pks, owner=owner, actor=actor, at=at)
    OwnerChange.objects.bulk_create(
        OwnerChange(
            customer=row, from_owner_id=row.owner_id, to_owner=owner, trigger=trigger, reason=reason, actor=actor, at=at
        )
        for row in customers
    )
    move_reminders(customer_pks=pks, owner=owner, at=at)
    Customer.objects.filter(pk__in=pks).update(
        owner=owner,
        pool=pool,
        owner_since=at if owner else None,
        entered_pool_at=at if pool else None,
        version=F("version") + 1,
        updated_at=at,
    )
    follow_customers(customer_pks=pks, owner=owner, at=at)
    to_owner = owner.pk if owner else None
    events.publish(CustomersTransferred(customer_pks=tuple(pks), to_owner_pk=to_owner, trigger=trigger))


@transaction.atomic
def share_customer(*, customer: Customer, user: User, can_change: bool, actor: User, at: datetime) -> Customer:
    """Let a colleague see, and perhaps change, a customer."""
    actions = ("view", "change") if can_change else ("view",)
    share_row(row=customer, user=user, actions=actions, actor=actor, at=at)
    return customer
