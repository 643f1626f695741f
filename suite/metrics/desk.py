"""
The desk: what waits for somebody whose role has no board, and the ways to what everybody does themselves.

Systems give their cards and ways by ``@desk_card.provide`` and ``@desk_ways.provide``; those of a system that is off
are not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from suite.access.choices import UserKind
from suite.access.models import User
from suite.activity.selectors import reminders_of
from suite.hooks import Gather
from suite.pages.columns import short_date

# How many rows of each card are shown.
ROWS = 5


@dataclass(frozen=True)
class DeskRow:
    """
    One thing that waits.

    :param end: short text at its end, such as a day.
    :param tone: colour of that text: ``late``, or none.
    """

    title: str
    url: str
    note: str = ""
    end: str = ""
    tone: str = ""


@dataclass(frozen=True)
class DeskCard:
    """
    Some rows of one kind.

    :param url: the page of all of them.
    :param empty: said when there are none; a card without rows and without that is not shown.
    :param order: the card of the smallest order comes first.
    """

    title: str
    rows: Sequence[DeskRow]
    url: str = ""
    empty: str = ""
    order: int = 100


@dataclass(frozen=True)
class DeskWay:
    """A button that leads to what people do themselves."""

    title: str
    url: str
    icon: str


@Gather
def desk_card(user: User, *, at: datetime) -> DeskCard | None:
    """What of one kind waits for a user; None: nothing that concerns them."""


@Gather
def desk_ways(user: User) -> Sequence[DeskWay] | None:
    """Where a user can go from the desk; None: nowhere."""


@desk_card.provide
def own_reminders(user: User, *, at: datetime) -> DeskCard:
    """What the user wants to be reminded of."""
    rows = [
        DeskRow(
            item.reminder.note or str(item.obj or ""),
            item.url,
            end=short_date(timezone.localtime(item.reminder.due_at)),
            tone="late" if item.is_overdue else "",
        )
        for item in reminders_of(user, at=at, size=ROWS)
    ]
    return DeskCard(_("Reminders"), rows, order=90)


def desk_of(user: Any, *, at: datetime) -> tuple[list[DeskCard], list[DeskWay]]:
    """Return the cards and ways of a member of staff, in order; nothing for anybody else."""
    if user.kind != UserKind.STAFF:
        return [], []
    cards = [card for card in desk_card(user, at=at) if card is not None and (card.rows or card.empty)]
    return sorted(cards, key=lambda card: card.order), [way for ways in desk_ways(user) for way in ways or ()]
