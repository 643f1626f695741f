"""Users as every request reads them: one row by a statement without the ORM, with what they may do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from psycopg import sql

from suite.access.grants import HELD_BY_OTHERS, bring
from suite.access.models import User

_at_hand: ContextVar[User | None] = ContextVar("user_at_hand", default=None)


def user_columns() -> sql.Composed:
    """
    What is read of the user ``u``, as :func:`user_of` takes it: the columns, and what the roles hold.

    :raises TypeError: when a column is stored otherwise than it is used.
    """
    fields = User._meta.concrete_fields
    if any(hasattr(field, "from_db_value") for field in fields):
        raise TypeError("users are read as they are stored")
    columns = [sql.Identifier("u", field.column or "") for field in fields]
    return sql.SQL(", ").join([*columns, sql.SQL(HELD_BY_OTHERS)])


def user_of(values: Sequence[Any]) -> User | None:
    """Return the user who was read, None where there was none."""
    *columns, permissions, scopes = values
    names = [field.attname for field in User._meta.concrete_fields]
    if columns[names.index("id")] is None:
        return None
    user = User.from_db(DEFAULT_DB_ALIAS, names, columns)
    bring(user, (permissions, scopes))
    return user


@contextmanager
def at_hand(user: User | None) -> Iterator[None]:
    """Have :func:`take` find a user who was just read, until the end of the block."""
    token = _at_hand.set(user)
    try:
        yield
    finally:
        _at_hand.reset(token)


def take(key: int) -> User | None:
    """Return the user at hand if it is that one, None if it must be read."""
    user = _at_hand.get()
    return user if user is not None and user.pk == key else None
