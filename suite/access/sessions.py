"""Sessions in the database, where they can be ended; every request reads one, by one plain statement."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connection
from django.utils import timezone

SESSION = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseStore):
    """Django's store of sessions in the database."""

    def load(self) -> dict[str, Any]:
        """Return what the session holds, nothing when it has ended or never was."""
        with connection.cursor() as cursor:
            cursor.execute(SESSION, [self.session_key, timezone.now()])
            found = cursor.fetchone()
        if found is None:
            # A key that the server did not give is not taken over.
            self._session_key = None
            return {}
        return deepcopy(_decoded(found[0]))


@lru_cache(maxsize=1000)
def _decoded(text: str) -> dict[str, Any]:
    """What a stored session holds: its signature is checked and it is unpacked once, as long as it is not changed."""
    return dict(SessionStore().decode(text))
