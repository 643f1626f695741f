"""Operations on tickets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from crm.customers.models import Contact, Customer, OwnerChange
from crm.service.choices import (
    ENDED,
    OPEN,
    AssignmentTrigger,
    Channel,
    Direction,
    Priority,
    TicketStatus,
)
from crm.service.dispatch import Decision, decide
from crm.service.levels import set_times
from crm.service.models import Ticket, TicketAssignment, TicketPause, TicketReply
from hrm.org.models import Employee
from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify
from suite.core.errors import InvalidInput, WrongState
from suite.documents.numbering import next_number, register_kind
from suite.documents.status import become_all

NUMBERS = register_kind("crm.ticket", pattern="GD{yyyy}{mm}{seq:04}", reset="MONTH", title=gettext_lazy("ticket"))
ASSIGNED_TO_YOU = gettext_noop("Ticket %(number)s for you: %(subject)s")


@transaction.atomic
def create_ticket(
    *,
    customer: Customer,
    subject: str,
    actor: User,
    at: datetime,
    owner: User | None = None,
    contact: Contact | None = None,
    **details: Any,
) -> Ticket:
    """
    Record what a customer wants; the dispatch rules say who works on it unless somebody is named.

    :param details: further columns of :class:`Ticket`.
    :raises InvalidInput: when contact or contract belong to another customer, or the owner is no active colleague.
    :raises ValidationError: if a value is wrong.
    """
    # Locked, so that a transfer at the same moment either takes the ticket along or is seen here.
    customer = Customer.objects.lock(customer)
    ticket = Ticket(
        number=next_number(None, NUMBERS, timezone.localdate(at)),
        customer=customer,
        contact=contact,
        subject=subject.strip(),
        company_id=customer.company_id,
        created_by=actor,
        created_at=at,
        **details,
    )
    _check_belongs(ticket)
    ticket.full_clean(exclude=["status"])
    set_times(ticket, pauses=[], at=at)
    ticket.save()
    if owner is not None:
        _check_colleague(owner)
        decision = Decision(owner, AssignmentTrigger.CHOSEN)
    else:
        decision = decide(ticket=ticket, at=at)
    return _give(ticket, decision, actor=actor, at=at)


@transaction.atomic
def update_ticket(
    *, ticket: Ticket, actor: User, at: datetime, expected_version: int | None = None, **changes: Any
) -> Ticket:
    """
    Change an open ticket; its due times are computed again from the beginning. Customer and owner stay.

    :raises WrongState: when it is solved.
    :raises VersionConflict: when it changed since the caller read it.
    :raises InvalidInput: when contact or contract belong to another customer.
    """
    ticket = _open(ticket).check_version(expected_version)
    for name, value in changes.items():
        if name not in {"customer", "owner"}:
            setattr(ticket, name, value)
    _check_belongs(ticket)
    ticket.full_clean(exclude=["status"])
    refresh_times(ticket, at=at)
    ticket.save()
    return ticket


@transaction.atomic
def prioritise_ticket(*, ticket: Ticket, priority: Priority, actor: User, at: datetime) -> Ticket:
    """
    Make a ticket more or less urgent; its due times are computed again from the beginning.

    :raises WrongState: when it is solved.
    """
    return update_ticket(ticket=ticket, priority=priority, actor=actor, at=at)


@transaction.atomic
def assign_ticket(*, ticket: Ticket, owner: User, actor: User, at: datetime) -> Ticket:
    """
    Let a colleague work on a ticket.

    :raises WrongState: when it is solved.
    :raises InvalidInput: when the colleague is not active.
    """
    ticket = _open(ticket)
    _check_colleague(owner)
    return _give(ticket, Decision(owner, AssignmentTrigger.CHOSEN), actor=actor, at=at)


@transaction.atomic
def take_ticket(*, ticket: Ticket, actor: User, at: datetime) -> Ticket:
    """
    Take a ticket that nobody works on; of two who click at once one gets it.

    :raises WrongState: when somebody has it.
    """
    ticket = _open(ticket)
    if ticket.owner_id is not None:
        raise WrongState(_("%(person)s works on it already.") % {"person": ticket.owner})
    return _give(ticket, Decision(actor, AssignmentTrigger.TAKEN), actor=actor, at=at)


@transaction.atomic
def dispatch_ticket(*, ticket: Ticket, actor: User, at: datetime) -> Ticket:
    """
    Let the dispatch rules decide again who works on a ticket.

    :raises WrongState: when it is solved, or nobody is on duty.
    """
    ticket = _open(ticket)
    decision = decide(ticket=ticket, at=at)
    if decision.owner is None:
        raise WrongState(_("No rule has anybody on duty, and nobody looks after the customer. Choose a colleague."))
    return _give(ticket, decision, actor=actor, at=at)


@transaction.atomic
def start_ticket(*, ticket: Ticket, actor: User, at: datetime) -> Ticket:
    """
    Begin to work on a ticket.

    :raises WrongState: unless it is assigned.
    """
    ticket = _open(ticket)
    ticket.become(TicketStatus.IN_PROGRESS, actor=actor, at=at)
    return ticket


@transaction.atomic
def reply_ticket(*, ticket: Ticket, body: str, actor: User, at: datetime, channel: str = Channel.PHONE) -> Ticket:
    """
    Record what the customer was told; the first time is the first response.

    :raises WrongState: when it is solved.
    """
    ticket = _owned(ticket, actor=actor, at=at)
    _say(ticket, body, Direction.OUT, channel, actor, at)
    if ticket.first_response_at is None:
        ticket.first_response_at = at
        ticket.save()
    if ticket.status == TicketStatus.ASSIGNED:
        ticket.become(TicketStatus.IN_PROGRESS, actor=actor, at=at)
    return ticket


@transaction.atomic
def ask_customer(*, ticket: Ticket, body: str, actor: User, at: datetime, channel: str = Channel.PHONE) -> Ticket:
    """
    Record what the customer was asked: the clock stands still until they answer.

    :raises WrongState: when it is solved, or waits already.
    """
    ticket = reply_ticket(ticket=ticket, body=body, channel=channel, actor=actor, at=at)
    ticket.become(TicketStatus.WAITING, actor=actor, at=at)
    TicketPause.objects.create(ticket=ticket, started_at=at)
    return ticket


@transaction.atomic
def hear_ticket(*, ticket: Ticket, body: str, actor: User, at: datetime, channel: str = Channel.PHONE) -> Ticket:
    """
    Record what the customer said; a ticket that waited for it goes on, due later by the time it waited.

    :raises WrongState: when it is solved.
    """
    ticket = _open(ticket)
    _say(ticket, body, Direction.IN, channel, actor, at)
    if ticket.status == TicketStatus.WAITING:
        _go_on(ticket, at)
        ticket.become(TicketStatus.IN_PROGRESS, actor=actor, at=at)
    return ticket


@transaction.atomic
def resume_ticket(*, ticket: Ticket, actor: User, at: datetime) -> Ticket:
    """
    Wait no longer for the customer; the ticket is due later by the time it waited.

    :raises WrongState: unless it waits.
    """
    ticket = _open(ticket)
    ticket.become(TicketStatus.IN_PROGRESS, actor=actor, at=at)
    _go_on(ticket, at)
    return ticket


@transaction.atomic
def solve_ticket(*, ticket: Ticket, solution: str, actor: User, at: datetime) -> Ticket:
    """
    Say how a ticket was solved; the customer may rate it from now on.

    :raises WrongState: when it is solved already.
    """
    ticket = _owned(ticket, actor=actor, at=at)
    if ticket.status == TicketStatus.WAITING:
        _go_on(ticket, at)
    ticket.solution = solution.strip()
    ticket.solved_at = at
    ticket.first_response_at = ticket.first_response_at or at
    ticket.save()
    ticket.become(TicketStatus.SOLVED, actor=actor, at=at)
    return ticket


@transaction.atomic
def close_ticket(*, ticket: Ticket, actor: User | None, at: datetime) -> Ticket:
    """
    Close a solved ticket.

    :raises WrongState: unless it is solved.
    """
    ticket = lock_ticket(ticket)
    ticket.become(TicketStatus.CLOSED, actor=actor, at=at, values={"closed_at": at})
    return ticket


@transaction.atomic
def reopen_ticket(*, ticket: Ticket, reason: str, actor: User, at: datetime) -> Ticket:
    """
    Take a solved ticket up again; the time since it was solved does not count.

    :raises WrongState: unless it is solved or closed.
    """
    ticket = lock_ticket(ticket)
    if ticket.status not in ENDED or ticket.solved_at is None:
        raise WrongState(_("This ticket is open."))
    TicketPause.objects.create(ticket=ticket, started_at=ticket.solved_at, ended_at=at)
    ticket.become(TicketStatus.IN_PROGRESS, actor=actor, at=at, reason=reason)
    ticket.solved_at = ticket.closed_at = None
    ticket.reopened += 1
    refresh_times(ticket, at=at)
    ticket.save()
    return ticket


@transaction.atomic
def move_ticket(*, ticket: Ticket, lane: str, actor: User, at: datetime) -> Ticket:
    """
    Move a ticket on the board; what needs words is asked before.

    :raises WrongState: when the ticket cannot go there.
    """
    if lane == TicketStatus.IN_PROGRESS and ticket.status == TicketStatus.WAITING:
        return resume_ticket(ticket=ticket, actor=actor, at=at)
    if lane == TicketStatus.ASSIGNED and ticket.owner_id is None:
        return take_ticket(ticket=ticket, actor=actor, at=at)
    if lane == TicketStatus.CLOSED:
        return close_ticket(ticket=ticket, actor=actor, at=at)
    ticket = lock_ticket(ticket)
    if lane != TicketStatus.IN_PROGRESS or ticket.status not in {TicketStatus.NEW, TicketStatus.ASSIGNED}:
        raise WrongState(_("A ticket cannot be moved there; use its buttons."))
    ticket = _owned(ticket, actor=actor, at=at)
    return start_ticket(ticket=ticket, actor=actor, at=at)


def close_solved(*, before: datetime, at: datetime) -> int:
    """Close tickets that were solved before a moment and that nobody took up again; return how many."""
    with transaction.atomic():
        rows = list(
            Ticket.objects.select_for_update(of=("self",), skip_locked=True)
            .filter(status=TicketStatus.SOLVED, solved_at__lt=before)
            .order_by("pk")
        )
        become_all(rows, TicketStatus.CLOSED, actor=None, at=at, values={"closed_at": at})
    return len(rows)


def follow_customers(*, customer_pks: Collection[int], owner: User, actor: User | None, at: datetime) -> int:
    """
    Give open tickets that the former owner of customers works on to their new owner; those of others stay.

    To be called before the customers change. Of a customer that comes out of a pool the former owner is whoever had it
    last.
    """
    last = OwnerChange.objects.filter(customer=OuterRef("customer"), to_owner__isnull=True).order_by("-at", "-pk")
    former = Coalesce(F("customer__owner"), Subquery(last.values("from_owner")[:1]))
    rows = Ticket.objects.filter(customer__in=customer_pks, status__in=OPEN, owner__isnull=False)
    keys = list(
        rows.annotate(former=former).filter(owner=F("former")).exclude(owner=owner).values_list("pk", flat=True)
    )
    return give_tickets(pks=keys, owner=owner, trigger=AssignmentTrigger.TRANSFER, actor=actor, at=at)


def give_tickets(
    *, pks: Collection[int], owner: User, trigger: AssignmentTrigger, actor: User | None, at: datetime
) -> int:
    """Give tickets that somebody works on to a colleague: a fixed number of statements, logged for each."""
    rows = Ticket.objects.lock_many(list(pks))
    TicketAssignment.objects.bulk_create(
        TicketAssignment(ticket=row, from_owner_id=row.owner_id, to_owner=owner, trigger=trigger, actor=actor, at=at)
        for row in rows
    )
    changes = {"owner": owner, "department_id": _department_of(owner), "version": F("version") + 1, "updated_at": at}
    return Ticket.objects.filter(pk__in=[row.pk for row in rows]).update(**changes)


def refresh_times(ticket: Ticket, *, at: datetime) -> None:
    """Compute the due times of a locked ticket again, from its beginning and with all its pauses."""
    pauses = TicketPause.objects.filter(ticket=ticket, ended_at__isnull=False).values_list("started_at", "ended_at")
    set_times(ticket, pauses=[(start, end) for start, end in pauses if end is not None], at=at)


def _give(ticket: Ticket, decision: Decision, *, actor: User, at: datetime) -> Ticket:
    """Give a locked, open ticket to whom a decision says, log it, and tell them."""
    before, owner = ticket.owner_id, decision.owner
    TicketAssignment.objects.create(
        ticket=ticket,
        from_owner_id=before,
        to_owner=owner,
        trigger=decision.trigger,
        rule=decision.rule,
        rule_name=decision.rule.name if decision.rule else "",
        considered=[[pk, load] for pk, load in decision.considered.items()],
        actor=actor,
        at=at,
    )
    if owner is None:
        return ticket
    ticket.owner = owner
    ticket.department_id = _department_of(owner)
    ticket.save()
    if ticket.status == TicketStatus.NEW:
        ticket.become(TicketStatus.ASSIGNED, actor=actor, at=at)
    if before != owner.pk:
        params: Mapping[str, Any] = {"number": ticket.number, "subject": ticket.subject}
        notify(
            recipients=[owner],
            kind=NotificationKind.ASSIGNMENT,
            title=ASSIGNED_TO_YOU,
            params=params,
            actor=actor,
            obj=ticket,
            at=at,
        )
    return ticket


def _department_of(owner: User) -> int | None:
    return Employee.objects.filter(user=owner).values_list("department", flat=True).first()


def lock_ticket(ticket: Ticket) -> Ticket:
    """
    Lock a ticket, and its customer before it, as transfers do.

    A row that is written twice in a transaction has its foreign keys checked on commit, which waits for the customer.
    """
    Customer.objects.lock(ticket.customer_id)
    return Ticket.objects.lock(ticket)


def _open(ticket: Ticket) -> Ticket:
    locked = lock_ticket(ticket)
    if locked.status not in OPEN:
        raise WrongState(_("This ticket is solved. Take it up again first."))
    return locked


def _owned(ticket: Ticket, *, actor: User, at: datetime) -> Ticket:
    """Lock an open ticket; whoever does something about one that nobody has takes it."""
    locked = _open(ticket)
    if locked.owner_id is None:
        return _give(locked, Decision(actor, AssignmentTrigger.TAKEN), actor=actor, at=at)
    return locked


def _say(ticket: Ticket, body: str, direction: str, channel: str, actor: User, at: datetime) -> None:
    text = body.strip()
    if not text:
        raise InvalidInput(_("Write what was said."), field="body")
    TicketReply.objects.create(
        ticket=ticket, direction=direction, channel=channel, body=text, author=actor, at=at, created_at=at
    )


def _go_on(ticket: Ticket, at: datetime) -> None:
    """End the pause of a locked ticket that waited for the customer."""
    TicketPause.objects.filter(ticket=ticket, ended_at__isnull=True).update(ended_at=at)
    refresh_times(ticket, at=at)
    ticket.save()


def _check_belongs(ticket: Ticket) -> None:
    for name in ("contact", "contract"):
        other = getattr(ticket, name)
        if other is not None and other.customer_id != ticket.customer_id:
            raise InvalidInput(_("This belongs to another customer."), field=name)


def _check_colleague(owner: User) -> None:
    if not owner.is_active or owner.is_portal:
        raise InvalidInput(_("Choose an active colleague."), field="owner")


def open_tickets_of(user: User) -> Any:
    """Tickets that somebody has to do something about."""
    return Ticket.objects.filter(Q(owner=user), status__in=OPEN)
