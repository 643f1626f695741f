"""
Watching the clocks: owners are told before a ticket is late, they and their manager when it is.

Set-based: what has become due is marked by one statement for each kind of mark and batch, and told together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from crm.service.choices import OPEN, RUNNING
from crm.service.clock import WorkingDays
from crm.service.levels import set_times
from crm.service.models import SlaPolicy, Ticket, TicketPause
from hrm.org.models import Employee
from hrm.org.selectors import staff_in_roles
from suite.access.models import User
from suite.access.restrict import restrict
from suite.activity.choices import NotificationKind
from suite.activity.services import Draft, notify_each

BATCH = 500
RESPONSE, RESOLUTION = "response", "resolution"
WARNED = {
    RESPONSE: gettext_noop("Ticket %(number)s is to be answered soon: %(subject)s"),
    RESOLUTION: gettext_noop("Ticket %(number)s is to be solved soon: %(subject)s"),
}
BROKEN = {
    RESPONSE: gettext_noop("Ticket %(number)s was not answered in time: %(subject)s"),
    RESOLUTION: gettext_noop("Ticket %(number)s was not solved in time: %(subject)s"),
}
LEADS = "sales_manager"


def watch_tickets(*, at: datetime) -> int:
    """Mark tickets that are due soon or late, each once, and tell who has to know; return how many."""
    total = 0
    for leg in (RESPONSE, RESOLUTION):
        waits = Q(status__in=RUNNING)
        if leg == RESPONSE:
            waits &= Q(first_response_at__isnull=True)
        late = waits & Q(**{f"{leg}_due_at__lte": at, f"{leg}_breached_at__isnull": True})
        soon = waits & Q(**{f"{leg}_warn_at__lte": at, f"{leg}_due_at__gt": at, f"{leg}_warned_at__isnull": True})
        total += _mark(late, f"{leg}_breached_at", partial(_tell_late, title=BROKEN[leg], at=at), at)
        total += _mark(soon, f"{leg}_warned_at", partial(_tell_owners, title=WARNED[leg], at=at), at)
    return total


def time_unknown(*, at: datetime) -> int:
    """Compute the due times of open tickets that the calendar did not have the days for; return how many have them."""
    with transaction.atomic():
        rows = list(
            Ticket.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(status__in=OPEN, unknown_year__isnull=False)
            .select_related("customer")
            .order_by("pk")
        )
        pauses: dict[int, list[tuple[datetime, datetime]]] = defaultdict(list)
        ended = TicketPause.objects.filter(ticket__in=rows, ended_at__isnull=False)
        for ticket, start, end in ended.values_list("ticket", "started_at", "ended_at"):
            if end is not None:
                pauses[ticket].append((start, end))
        days, policies = WorkingDays(), list(SlaPolicy.objects.filter(is_active=True))
        for row in rows:
            set_times(row, pauses=pauses[row.pk], at=at, days=days, policies=policies)
        names = [f"{leg}_{what}_at" for leg in (RESPONSE, RESOLUTION) for what in ("due", "warn")]
        Ticket.objects.bulk_update(rows, ["policy", "unknown_year", *names])
    return sum(row.unknown_year is None for row in rows)


def _mark(due: Q, column: str, tell: Callable[[list[Ticket]], None], at: datetime) -> int:
    """Mark what is due in batches; a second worker skips the locked rows and finds them marked afterwards."""
    total = 0
    while True:
        with transaction.atomic():
            rows: QuerySet[Ticket] = Ticket.objects.filter(due).select_for_update(of=("self",), skip_locked=True)
            found = list(rows.select_related("owner").order_by("pk")[:BATCH])
            # The version stays: a mark is no reason to refuse what somebody is just entering.
            Ticket.objects.filter(pk__in=[row.pk for row in found]).update(**{column: at})
            tell(found)
        total += len(found)
        if len(found) < BATCH:
            return total


def _tell_owners(rows: list[Ticket], title: str, at: datetime) -> None:
    notify_each(drafts=[_draft(row.owner, row, title) for row in rows if row.owner is not None], at=at)


def _tell_late(rows: list[Ticket], title: str, at: datetime) -> None:
    """Tell the owner, and the manager; of a ticket that nobody has, or whose owner has none, those who lead sales."""
    managers = _managers({row.owner_id for row in rows if row.owner_id is not None})
    leads = list(staff_in_roles(LEADS)) if any(row.owner_id not in managers for row in rows) else []
    wanted: dict[User, list[Ticket]] = defaultdict(list)
    for row in rows:
        for person in [managers[row.owner_id]] if row.owner_id in managers else leads:
            wanted[person].append(row)
    drafts = [_draft(row.owner, row, title) for row in rows if row.owner is not None]
    for person, theirs in wanted.items():
        drafts += [_draft(person, row, title) for row in _seen(theirs, person) if row.owner_id != person.pk]
    notify_each(drafts=drafts, at=at)


def _managers(owners: Iterable[Any]) -> dict[int, User]:
    """The managers by key of the owner: who they report to, else the head of their department; by two queries."""
    people = Employee.objects.filter(user__in=set(owners)).order_by()
    above = {
        user: next((each for each in (manager, head) if each is not None and each != user), None)
        for user, manager, head in people.values_list("user", "manager__user", "department__head__user")
        if user is not None
    }
    users = User.objects.in_bulk({each for each in above.values() if each is not None})
    return {owner: users[each] for owner, each in above.items() if each is not None}


def _seen(rows: list[Ticket], person: User) -> list[Ticket]:
    """Those of tickets that a person may see."""
    visible = restrict(Ticket.objects.filter(pk__in=[row.pk for row in rows]), user=person)
    keys = set(visible.values_list("pk", flat=True))
    return [row for row in rows if row.pk in keys]


def _draft(person: User, ticket: Ticket, title: str) -> Draft:
    params = {"number": ticket.number, "subject": ticket.subject}
    return Draft(recipient=person, kind=NotificationKind.ALERT, title=title, params=params, obj=ticket)
