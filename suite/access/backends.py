"""Authentication backend: permissions come from roles only."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.db import connection
from psycopg import sql

from suite.access.grants import grants_of
from suite.access.models import User


class RoleBackend(ModelBackend):
    """Answers ``has_perm`` from the grants read once for each request; row checks are ``restrict()``'s."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return False
        return user_obj.is_superuser or grants_of(user_obj).allows(perm)

    def get_user(self, user_id: int) -> User | None:
        """Return the user of a session, None when there is none or none who may work: asked with every request."""
        fields = User._meta.concrete_fields
        with connection.cursor() as cursor:
            cursor.execute(_user_statement(), [user_id])
            found = cursor.fetchone()
        if found is None:
            return None
        user = User.from_db(connection.alias, [field.attname for field in fields], found)
        return user if self.user_can_authenticate(user) else None

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        if not isinstance(user_obj, User) or not user_obj.is_active:
            return set()
        return set(grants_of(user_obj).reaches)


@cache
def _user_statement() -> str:
    """
    The statement that reads one user as they are stored.

    :raises TypeError: when a column of users is stored otherwise than it is used.
    """
    fields = User._meta.concrete_fields
    if any(hasattr(field, "from_db_value") for field in fields):
        raise TypeError("get_user() reads columns as they are stored")
    columns = sql.SQL(", ").join(sql.Identifier(field.column or "") for field in fields)
    statement = sql.SQL("SELECT {} FROM {} WHERE id = {}")
    return statement.format(columns, sql.Identifier(User._meta.db_table), sql.Placeholder()).as_string(None)
