"""What tickets tell the activity streams: their own, and the 360° timeline of the customer."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Model
from django.utils.translation import gettext as _

from crm.customers.models import Customer
from crm.service.choices import Direction
from crm.service.models import Ticket, TicketAssignment, TicketRating, TicketReply
from suite.access.models import User
from suite.access.restrict import restrict
from suite.activity.stream import StreamEntry, StreamSource, stream_entries

# A score from here on is praise.
GOOD = 4
ICONS = {
    "PHONE": "phone",
    "WECHAT": "brand-wechat",
    "EMAIL": "mail",
    "WEB": "world",
    "VISIT": "walk",
    "OTHER": "message",
}


@stream_entries.provide
def replies(obj: Model, user: User) -> StreamSource | None:
    """What was said on a ticket, also at the customer: whoever sees the customer may read what was said to it."""
    rows = TicketReply.objects.select_related("author", "ticket")
    if isinstance(obj, Ticket):
        return StreamSource("ticket_reply", rows.filter(ticket=obj), _replies, at="at")
    if isinstance(obj, Customer) and user.has_perm("crm.view_ticket"):
        return StreamSource("ticket_reply", rows.filter(ticket__customer=obj), _customer_replies, at="at")
    return None


def _replies(rows: Sequence[TicketReply]) -> list[StreamEntry | None]:
    return [_reply(row) for row in rows]


def _customer_replies(rows: Sequence[TicketReply]) -> list[StreamEntry | None]:
    return [_reply(row, note=f"{row.ticket.number} · {row.ticket.subject}") for row in rows]


def _reply(row: TicketReply, note: str = "") -> StreamEntry:
    told = _("told the customer") if row.direction == Direction.OUT else _("heard from the customer")
    return StreamEntry(
        at=row.at, actor=row.author, text=told, body=row.body, note=note, icon=ICONS[row.channel], row=row
    )


@stream_entries.provide
def assignments(obj: Model, user: User) -> StreamSource | None:
    """Who got a ticket, and why."""
    if not isinstance(obj, Ticket):
        return None
    rows = TicketAssignment.objects.filter(ticket=obj).select_related("actor", "to_owner")
    return StreamSource("ticket_assignment", rows, _assignments, at="at")


def _assignments(rows: Sequence[TicketAssignment]) -> list[StreamEntry | None]:
    keys = {pk for row in rows for pk, _load in row.considered}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=keys)} if keys else {}
    return [_assignment(row, names) for row in rows]


def _assignment(row: TicketAssignment, names: dict[int, str]) -> StreamEntry:
    loads = _(", ").join(
        _("%(person)s: %(number)d open") % {"person": names.get(pk, "—"), "number": load} for pk, load in row.considered
    )
    why = row.rule_name or row.get_trigger_display()
    note = f"{why}（{loads}）" if loads else why
    text = _("gave it to %(person)s") % {"person": row.to_owner} if row.to_owner else _("found nobody for it")
    # What the rules decided nobody did.
    is_rule = row.trigger in {"RULE", "CUSTOMER_OWNER", "NOBODY"}
    return StreamEntry(at=row.at, actor=None if is_rule else row.actor, text=text, note=note, icon="user-share")


@stream_entries.provide
def ratings(obj: Model, user: User) -> StreamSource | None:
    """How content the customer was."""
    if isinstance(obj, Ticket):
        rows = TicketRating.objects.filter(ticket=obj).select_related("recorded_by")
        return StreamSource("ticket_rating", rows, _ratings, at="at")
    return None


def _ratings(rows: Sequence[TicketRating]) -> list[StreamEntry | None]:
    return [
        StreamEntry(
            at=row.at,
            actor=row.recorded_by,
            subject="" if row.recorded_by else _("The customer"),
            text=_("rated the solution with %(score)d of 5") % {"score": row.score},
            body=row.comment,
            icon="star",
            tone="ok" if row.score >= GOOD else "",
        )
        for row in rows
    ]


@stream_entries.provide
def tickets(obj: Model, user: User) -> StreamSource | None:
    """Tickets of a customer."""
    if not isinstance(obj, Customer):
        return None
    rows = restrict(Ticket.objects.filter(customer=obj), user=user).select_related("created_by")
    return StreamSource("ticket", rows, _tickets)


def _tickets(rows: Sequence[Ticket]) -> list[StreamEntry | None]:
    return [
        StreamEntry(
            at=row.created_at,
            actor=row.created_by,
            text=_("created: %(kind)s") % {"kind": row.get_kind_display()},
            note=f"{row.number} · {row.subject}",
            url=row.get_absolute_url(),
            icon="headset",
        )
        for row in rows
    ]
