"""How a row says to whom it belongs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import Q

    from suite.access.models import User


@dataclass(frozen=True)
class ScopePaths:
    """
    Lookups from a row to what data scopes compare.

    A path left None cannot be compared: a scope that needs it reaches nothing. Conditions follow from the key and the
    permissions of the user and from the action alone, neither from the time nor from anything they read: they are
    composed once for all users with the same permissions.

    :param owner: lookup to the User who owns the row.
    :param department: lookup to its department.
    :param company: lookup to its company (legal entity).
    :param party: lookup to the party whose portal users may see the row.
    :param addressed: from a user and an action to the rows that are meant for that user, however narrow the scope is:
        notices to their readers, meetings to who is invited. None as an answer: none for this action.
    :param withheld: from a user and an action to the rows that are kept from that user, however wide the scope is and
        whatever was shared. None as an answer: none.
    """

    owner: str | None = None
    department: str | None = None
    company: str | None = None
    party: str | None = None
    addressed: Callable[[User, str], Q | None] | None = None
    withheld: Callable[[User, str], Q | None] | None = None
