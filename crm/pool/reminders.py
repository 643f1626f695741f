"""What people wanted to be reminded of goes with the customer: to the new owner, or aside while nobody has it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from crm.customers.models import Contact, Customer
from crm.pipeline.choices import OpportunityStatus
from crm.pipeline.models import Opportunity
from crm.pool.models import ParkedReminder
from suite.access.models import User
from suite.activity.models import Reminder
from suite.activity.targets import content_type_of


def move_reminders(*, customer_pks: Sequence[int], owner: User | None, at: datetime) -> int:
    """
    Give open reminders of the owners of customers to a new owner; return how many.

    To be called before the owner changes. Those about the customers, their contacts and their open opportunities go;
    what a colleague who does not own the customer noted stays with the colleague. Without a new owner they are parked,
    and whoever takes the customer next gets them, so nothing is forgotten in a pool.
    """
    found = _of_owners(customer_pks) | _parked(customer_pks)
    keys = list(found.order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
    rows = Reminder.objects.filter(pk__in=keys)
    if owner is None:
        ParkedReminder.objects.bulk_create((ParkedReminder(reminder_id=pk) for pk in keys), ignore_conflicts=True)
        return rows.filter(done_at__isnull=True).update(done_at=at, version=F("version") + 1, updated_at=at)
    ParkedReminder.objects.filter(reminder__in=keys).delete()
    same = Reminder.objects.filter(
        Q(owner=owner, done_at__isnull=True) & ~Q(pk__in=keys) | Q(pk__in=keys, pk__lt=OuterRef("pk")),
        content_type=OuterRef("content_type"),
        object_id=OuterRef("object_id"),
        due_at=OuterRef("due_at"),
    )
    # The new owner is reminded once of the same thing at the same moment.
    twice = list(rows.filter(Exists(same)).values_list("pk", flat=True))
    Reminder.objects.filter(pk__in=twice).update(done_at=at, version=F("version") + 1, updated_at=at)
    moved = rows.exclude(pk__in=twice)
    return moved.update(owner=owner, done_at=None, version=F("version") + 1, updated_at=at)


def _subjects(customer_pks: Sequence[int]) -> list[tuple[type[Customer | Contact | Opportunity], str, Q]]:
    return [
        (Customer, "", Q(pk__in=customer_pks)),
        (Contact, "customer__", Q(customer__in=customer_pks)),
        (Opportunity, "customer__", Q(customer__in=customer_pks, status=OpportunityStatus.OPEN)),
    ]


def _of_owners(customer_pks: Sequence[int]) -> QuerySet[Reminder]:
    """Open reminders of those who look after the customers or their open opportunities."""
    about = Q()
    for model, path, condition in _subjects(customer_pks):
        theirs = Q(**{f"{path}owner": OuterRef("owner")})
        if model is Opportunity:
            theirs |= Q(owner=OuterRef("owner"))
        rows = model._default_manager.filter(condition & theirs, pk=OuterRef("object_id"))
        about |= Q(content_type=content_type_of(model)) & Q(Exists(rows))
    return Reminder.objects.filter(about, done_at__isnull=True)


def _parked(customer_pks: Sequence[int]) -> QuerySet[Reminder]:
    """Reminders that wait for the next owner of the customers."""
    about = Q()
    for model, _path, condition in _subjects(customer_pks):
        rows = model._default_manager.filter(condition).order_by().values("pk")
        about |= Q(content_type=content_type_of(model), object_id__in=rows)
    waiting = ParkedReminder.objects.filter(reminder=OuterRef("pk"))
    return Reminder.objects.filter(about & Q(Exists(waiting)))
