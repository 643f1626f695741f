"""
Sessions in the database, where they can be ended.

Every request reads one, by one statement that brings what is asked next along: the user whom the session belonged to
when it was last read, with what the roles allow, and the number under which the modules that are on are known.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.utils import timezone
from psycopg import sql

from suite.access.reading import user_columns, user_of
from suite.core.bounded import Bounded
from suite.modules.state import GENERATION

if TYPE_CHECKING:
    from suite.access.models import User

SESSIONS_KEPT = 1000

# Whom sessions belonged to: a guess that decides nothing.
_owners = Bounded[str, Any](SESSIONS_KEPT)


class SessionStore(DatabaseStore):
    """
    Django's store of sessions in the database.

    :ivar owner: the user whom the session belonged to before, None when that is not known. Who it belongs to now stands
        in the session.
    :ivar generation: the number of the modules, see :mod:`suite.modules.state`; None before the session is read.
    """

    owner: User | None = None
    generation: int | None = None

    def load(self) -> dict[str, Any]:
        """Return what the session holds, nothing when it has ended or never was."""
        key = self.session_key or ""
        with connection.cursor() as cursor:
            cursor.execute(_statement(), [_owners.get(key), key, timezone.now()])
            found = cursor.fetchone()
        if found is None:
            # A key that the server did not give is not taken over.
            self._session_key = None
            return {}
        text, self.generation, *user = found
        held = _decoded(text)
        self.owner = user_of(user)
        if SESSION_KEY in held and (self.owner is None or str(self.owner.pk) != held[SESSION_KEY]):
            _owners.put(key, held[SESSION_KEY])
        return deepcopy(held)


@cache
def _statement() -> str:
    parts = "SELECT s.session_data, {}, {} FROM django_session s LEFT JOIN suite_user u ON u.id = %s::bigint"
    return (
        sql.SQL(parts + " WHERE s.session_key = %s AND s.expire_date > %s")
        .format(sql.SQL(GENERATION), user_columns())
        .as_string(None)
    )


@lru_cache(maxsize=SESSIONS_KEPT)
def _decoded(text: str) -> dict[str, Any]:
    """What a stored session holds: its signature is checked and it is unpacked once, as long as it is not changed."""
    return dict(SessionStore().decode(text))
