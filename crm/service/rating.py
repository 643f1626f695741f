"""
How content customers are: recorded by a colleague, or by the customer through a signed link without signing in.

A link is for one solution of one ticket; it works for some days after the solution, and once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _

from crm.service.choices import ENDED, RatingSource
from crm.service.models import HIGHEST, LOWEST, Ticket, TicketRating
from suite.access.models import User
from suite.core.errors import InvalidInput, WrongState

SIGNER = signing.Signer(salt="crm.service.rating")
LINK_DAYS = 14


def rating_token(ticket: Ticket) -> str:
    """Return the signed name of the present solution of a ticket."""
    return SIGNER.sign(f"{ticket.pk}-{ticket.reopened}")


def ticket_of_token(token: str) -> tuple[int, int] | None:
    """Return the key of the ticket and the number of the solution that a token names, None for a wrong one."""
    try:
        pk, number = SIGNER.unsign(token).split("-")
    except (signing.BadSignature, ValueError):
        return None
    return int(pk), int(number)


def link_is_open(ticket: Ticket, *, round_number: int, at: datetime) -> bool:
    """Whether a link still works: the solution stands, is not rated, and is not older than some days."""
    return (
        ticket.status in ENDED
        and ticket.reopened == round_number
        and ticket.solved_at is not None
        and at <= ticket.solved_at + timedelta(days=LINK_DAYS)
        and rating_of(ticket) is None
    )


def rating_of(ticket: Ticket) -> TicketRating | None:
    """The rating of the present solution of a ticket, None without one."""
    return TicketRating.objects.filter(ticket=ticket, round=ticket.reopened).first()


@transaction.atomic
def rate_ticket(*, ticket: Ticket, score: int, actor: User, at: datetime, comment: str = "") -> Ticket:
    """
    Record how content the customer is with the solution.

    :raises WrongState: unless it is solved, and when it was rated already.
    :raises InvalidInput: for a score that is not from 1 to 5.
    """
    return _rate(Ticket.objects.lock(ticket), score, comment, RatingSource.STAFF, actor, at)


@transaction.atomic
def rate_by_link(*, token: str, score: int, at: datetime, comment: str = "") -> Ticket:
    """
    Take the rating that a customer entered by a link.

    :raises InvalidInput: for a wrong link, or a score that is not from 1 to 5.
    :raises WrongState: when the link does not work any more.
    """
    named = ticket_of_token(token)
    ticket = Ticket.objects.select_for_update(of=("self",)).filter(pk=named[0]).first() if named else None
    if named is None or ticket is None:
        raise InvalidInput(_("This link is wrong."))
    if not link_is_open(ticket, round_number=named[1], at=at):
        raise WrongState(_("This link does not work any more: the rating was given, or too much time has passed."))
    return _rate(ticket, score, comment, RatingSource.CUSTOMER, None, at)


def _rate(ticket: Ticket, score: int, comment: str, source: RatingSource, actor: User | None, at: datetime) -> Ticket:
    if ticket.status not in ENDED:
        raise WrongState(_("A ticket is rated when it is solved."))
    if rating_of(ticket) is not None:
        raise WrongState(_("This solution was rated already."))
    if not LOWEST <= score <= HIGHEST:
        raise InvalidInput(_("Choose a score from 1 to 5."), field="score")
    TicketRating.objects.create(
        ticket=ticket,
        round=ticket.reopened,
        score=score,
        comment=comment.strip()[:500],
        source=source,
        recorded_by=actor,
        person_id=ticket.owner_id,
        at=at,
    )
    return ticket
