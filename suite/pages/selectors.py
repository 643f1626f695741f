"""What a page asks for beside its content: few statements, since each costs a page more than what it finds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

from suite.activity.selectors import UNREAD_LIMIT

AROUND = """
    (SELECT coalesce(nullif(short_name, ''), name) FROM suite_company WHERE is_default),
    (SELECT count(*) FROM (SELECT FROM suite_notification
                           WHERE recipient_id = %(user)s AND read_at IS NULL LIMIT %(most)s) unread),
    ({approvals})
"""
LIST_CHOICES = """
    WITH counted AS MATERIALIZED ({counted})
    SELECT counted.*, {around}, p.columns, p.page_size, v.id, v.name, v.query, v.user_id, v.is_shared
    FROM (SELECT %(user)s::bigint AS user_id, %(object_type)s::text AS object_type) asked
    CROSS JOIN counted
    LEFT JOIN suite_listpreference p ON p.user_id = asked.user_id AND p.object_type = asked.object_type
    LEFT JOIN suite_savedview v ON v.object_type = asked.object_type AND (v.user_id = asked.user_id OR v.is_shared)
    ORDER BY v.position, v.id
"""
PLACE = re.compile("%%|%s")
# Values that surroundings and choices consist of, from the end of a row.
AROUND_WIDTH, CHOICES_WIDTH = 3, 7


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


@dataclass(frozen=True)
class ListSurroundings:
    """
    What the page of a list asks for beside its rows.

    :ivar counted: the values of the row that was asked for along with it.
    """

    choices: ListChoices
    surroundings: Surroundings
    counted: tuple[Any, ...]


def surroundings(user: Any, approvals: str | None = None) -> Surroundings:
    """
    Return what a page of a user shows around its content.

    :param approvals: SQL of the program that counts the approvals that wait for the user ``%(user)s``.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_around(approvals)}", {"user": getattr(user, "pk", None), "most": UNREAD_LIMIT})
        return _surroundings(cursor.fetchone())


def list_choices(user: Any, model: type[models.Model]) -> ListChoices:
    """Return what a user chose about the list of a model."""
    statement = LIST_CHOICES.format(counted="SELECT", around="NULL, NULL, NULL")
    with connection.cursor() as cursor:
        cursor.execute(statement, {"user": user.pk, "object_type": model._meta.label})
        return _choices(cursor.fetchall())


def list_surroundings(
    user: Any,
    model: type[models.Model],
    approvals: str | None = None,
    counted: str | None = None,
    parameters: Sequence[Any] = (),
) -> ListSurroundings:
    """
    Return both by one statement.

    :param approvals: as for :func:`surroundings`.
    :param counted: SQL of the program that finds one row, to be asked along with it, with its parameters.
    """
    named, values = _named(counted or "SELECT", parameters)
    statement = LIST_CHOICES.format(counted=named, around=_around(approvals))
    with connection.cursor() as cursor:
        cursor.execute(statement, {**values, "user": user.pk, "most": UNREAD_LIMIT, "object_type": model._meta.label})
        rows = cursor.fetchall()
    counts, around = rows[0][: -AROUND_WIDTH - CHOICES_WIDTH], rows[0][-AROUND_WIDTH - CHOICES_WIDTH : -CHOICES_WIDTH]
    return ListSurroundings(_choices(rows), _surroundings(around), counts)


def _named(statement: str, parameters: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """A statement with names instead of places."""
    names = (f"counted_{place}" for place in range(len(parameters)))
    text = PLACE.sub(lambda found: found.group() if found.group() == "%%" else f"%({next(names)})s", statement)
    return text, {f"counted_{place}": value for place, value in enumerate(parameters)}


def _around(approvals: str | None) -> str:
    return AROUND.format(approvals=approvals or "NULL::bigint")


def _surroundings(values: Sequence[Any]) -> Surroundings:
    company, unread, waiting = values
    return Surroundings(company or "", unread, waiting)


def _choices(rows: Sequence[Sequence[Any]]) -> ListChoices:
    found = [row[-CHOICES_WIDTH:] for row in rows]
    columns, size = found[0][:2]
    views = tuple(KeptView(*row[2:]) for row in found if row[2] is not None)
    return ListChoices(tuple(columns or ()), size or 0, views)
