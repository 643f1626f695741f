"""Questions about tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from crm.service.choices import ENDED, OPEN, RUNNING
from crm.service.models import Ticket

ANSWERED = Q(first_response_at__isnull=False)


def is_late(at: datetime) -> Q:
    """Condition for tickets whose first response or solution is overdue; while the customer has to answer none is."""
    no_response = Q(first_response_at__isnull=True, response_due_at__lte=at)
    return Q(status__in=RUNNING) & (no_response | Q(resolution_due_at__lte=at))


def open_tickets(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Tickets that somebody has to do something about."""
    return rows.filter(status__in=OPEN)


def late_tickets(rows: QuerySet[Ticket], *, at: datetime) -> QuerySet[Ticket]:
    """Open tickets that are late."""
    return rows.filter(is_late(at))


def answered_in_time(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Tickets whose first response came by its due time."""
    return rows.filter(ANSWERED, first_response_at__lte=F("response_due_at"))


def response_decided(rows: QuerySet[Ticket], *, at: datetime) -> QuerySet[Ticket]:
    """Tickets of which it is known whether the first response came in time."""
    return rows.filter(ANSWERED | Q(response_due_at__lte=at), response_due_at__isnull=False)


def ended(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """Tickets that are solved or closed."""
    return rows.filter(status__in=ENDED)


def state_of(ticket: Any, *, at: datetime) -> tuple[str, datetime | None]:
    """
    Return how the clock of a ticket stands, and the time it is about.

    The state is ``NONE`` without a service level, ``UNKNOWN`` without the calendar's days, ``STOPPED``, ``RUNNING``,
    ``LATE``, and of a solved ticket ``KEPT`` or ``BROKEN``.
    """
    if ticket.status in ENDED:
        due = ticket.resolution_due_at
        if due is None:
            return "NONE", None
        return ("KEPT" if ticket.solved_at <= due else "BROKEN"), due
    if ticket.unknown_year is not None:
        return "UNKNOWN", None
    if ticket.status not in RUNNING:
        return "STOPPED", ticket.resolution_due_at
    dues = [ticket.resolution_due_at, None if ticket.first_response_at else ticket.response_due_at]
    due = min((each for each in dues if each is not None), default=None)
    if due is None:
        return "NONE", None
    return ("LATE" if due <= at else "RUNNING"), due
