"""Authentication: who signs in, as allauth knows them; permissions come from roles only."""

from __future__ import annotations

from functools import cache
from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db import connection
from psycopg import sql

from suite.access.grants import grants_of
from suite.access.models import User
from suite.access.reading import take, user_columns, user_of


class RoleBackend(AuthenticationBackend):
    """Answers ``has_perm`` from the grants read with each request; row checks are ``restrict()``'s."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return isinstance(user_obj, User) and user_obj.has_perm(perm)

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session, None when there is none or none who may work: asked with every request."""
        user = take(user_id) or self._read(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def _read(self, user_id: int) -> User | None:
        with connection.cursor() as cursor:
            cursor.execute(_user_statement(), [user_id])
            found = cursor.fetchone()
        return None if found is None else user_of(found)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return set(grants_of(user_obj).names)


@cache
def _user_statement() -> str:
    return sql.SQL("SELECT {} FROM suite_user u WHERE u.id = %s").format(user_columns()).as_string(None)
