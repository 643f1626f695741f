"""What a page asks of its surroundings, each in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from suite.activity.selectors import UNREAD_LIMIT

LIST_CHOICES = """
    SELECT p.columns, p.page_size, v.id, v.name, v.query, v.user_id, v.is_shared
    FROM (SELECT %s::bigint AS user_id, %s::text AS object_type) asked
    LEFT JOIN suite_listpreference p ON p.user_id = asked.user_id AND p.object_type = asked.object_type
    LEFT JOIN suite_savedview v ON v.object_type = asked.object_type AND (v.user_id = asked.user_id OR v.is_shared)
    ORDER BY v.position, v.id
"""
SURROUNDINGS = """
    SELECT (SELECT coalesce(nullif(short_name, ''), name) FROM suite_company WHERE is_default),
           (SELECT count(*) FROM (SELECT FROM suite_notification
                                  WHERE recipient_id = %(user)s AND read_at IS NULL LIMIT %(most)s) unread),
           ({approvals})
"""


@dataclass(frozen=True)
class KeptView:
    """A saved view of a list that the user may open."""

    pk: int
    name: str
    query: str
    user_pk: int
    is_shared: bool


@dataclass(frozen=True)
class ListChoices:
    """What a user chose about one list: columns and size of a page (empty: as declared), and the saved views."""

    columns: tuple[str, ...]
    page_size: int
    views: tuple[KeptView, ...]


def list_choices(user: Any, model: type[models.Model]) -> ListChoices:
    """Return what a user chose about the list of a model."""
    with connection.cursor() as cursor:
        cursor.execute(LIST_CHOICES, [user.pk, model._meta.label])
        rows = cursor.fetchall()
    columns, size = rows[0][:2]
    return ListChoices(tuple(columns or ()), size or 0, tuple(KeptView(*row[2:]) for row in rows if row[2] is not None))


@dataclass(frozen=True)
class Surroundings:
    """
    What every page shows around its content.

    :ivar company: what the default company calls itself, empty without one.
    :ivar unread: how many notifications are unread.
    :ivar approvals: how many approvals wait, None while nobody manages approvals.
    """

    company: str
    unread: int
    approvals: int | None


def surroundings(user: Any, approvals: str | None = None) -> Surroundings:
    """
    Return what a page of a user shows around its content.

    :param approvals: SQL of the program that counts the approvals that wait for the user ``%(user)s``.
    """
    statement = SURROUNDINGS.format(approvals=approvals or "NULL::bigint")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"user": getattr(user, "pk", None), "most": UNREAD_LIMIT})
        company, unread, waiting = cursor.fetchone()
    return Surroundings(company or "", unread, waiting)
