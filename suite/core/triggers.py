"""
What the triggers of the database are told: who changes something, and which of them leave rows alone.

Settings of the session say it, each in one statement of its own, so that the statements of the suite stay as they are
and can be kept prepared.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import pgtrigger
from django.db import connection
from django.db.transaction import TransactionManagementError
from psycopg.pq import TransactionStatus

AUTHOR = """
    SELECT set_config('pghistory.context_id', %s, false), set_config('pghistory.context_metadata', %s, false)
"""
IGNORE = "SELECT set_config('pgtrigger.ignore', %s, true)"

Execute = Callable[..., Any]
# What of whoever acts was told: key of the context and its data; empty when nobody is known.
Author = tuple[str, str]
NOBODY: Author = ("", "")


class _Telling:
    """Tells the author to a connection that took the place of another one."""

    def __init__(self, author: Author) -> None:
        self.author = author
        self._told_to: Any = None

    def tell(self) -> None:
        connection.ensure_connection()
        self._told_to = connection.connection
        # Not by way of Django, which would ask the wrappers, among them this one.
        connection.connection.execute(AUTHOR, self.author)

    def __call__(self, execute: Execute, sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if connection.connection is not self._told_to:
            self.tell()
        return execute(sql, params, many, context)


@contextmanager
def authored(*, at: datetime, user: int | None = None) -> Iterator[None]:
    """
    Name a user and a time in every history row that is written meanwhile.

    :param user: key of the user, None when nobody in particular acts.
    """
    metadata = {"at": at.isoformat(), **({"user": user} if user is not None else {})}
    around = [each for each in connection.execute_wrappers if isinstance(each, _Telling)]
    telling = _Telling((str(uuid4()), json.dumps(metadata)))
    telling.tell()
    try:
        with connection.execute_wrapper(telling):
            yield
    finally:
        # A transaction that failed takes the setting back by itself, and a connection that is gone has none.
        if connection.connection is not None and not _has_failed():
            (around[-1] if around else _Telling(NOBODY)).tell()


def _has_failed() -> bool:
    status = connection.connection.info.transaction_status
    return connection.needs_rollback or status in (TransactionStatus.INERROR, TransactionStatus.UNKNOWN)


@contextmanager
def ignoring_triggers(*names: str) -> Iterator[None]:
    """
    Let triggers leave alone what is written meanwhile.

    :param names: only triggers of these names, all of them when none is given.
    :raises TransactionManagementError: outside a transaction.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("ignoring_triggers() needs a transaction")
    found = [each.get_pgid(model) for model, each in pgtrigger.registered() if not names or each.name in names]
    with connection.cursor() as cursor:
        cursor.execute(IGNORE, [f"{{{','.join(found)}}}"])
    try:
        yield
    finally:
        if not _has_failed():
            with connection.cursor() as cursor:
                cursor.execute(IGNORE, ["{}"])
