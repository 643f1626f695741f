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
                                  WHERE recipient_id = %s AND read_at IS NULL LIMIT %s) unread)
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


def surroundings(user: Any) -> tuple[str, int]:
    """Return what the default company calls itself (empty: there is none), and how many notifications are unread."""
    with connection.cursor() as cursor:
        cursor.execute(SURROUNDINGS, [getattr(user, "pk", None), UNREAD_LIMIT])
        name, unread = cursor.fetchone()
    return name or "", unread
