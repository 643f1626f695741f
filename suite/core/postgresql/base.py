"""
Django's backend for PostgreSQL, with parameters that the server binds, so that it prepares what is asked again.

Planning costs more than most statements take. Two things that Django and its extensions count on are kept: a statement
may have more parameters than the protocol carries, and a cursor can write parameters into a statement.
"""

from __future__ import annotations

import select
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from time import monotonic
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import BaseTzLoader
from psycopg.adapt import AdaptersMap

# The protocol counts parameters in 16 bits.
MOST_PARAMETERS = 65_535
# For so many seconds an answer of the server vouches for the next request, unless the server hangs up.
VOUCHES_SECONDS = 10
Parameters = Sequence[Any] | Mapping[str, Any]


class Cursor(base.CursorMixin, psycopg.Cursor[Any]):
    """Lets the server bind parameters, unless they are too many."""

    def execute(self, query: Any, params: Parameters | None = None, **options: Any) -> Any:
        """Execute a statement."""
        if params is not None and len(params) > MOST_PARAMETERS:
            return super().execute(self.mogrify(query, params), None, **options)
        return super().execute(query, params, **options)

    def mogrify(self, query: Any, params: Parameters | None = None) -> str:
        """Return the statement with the parameters in it."""
        return psycopg.ClientCursor(self.connection).mogrify(query, params)


class TimeLoader(BaseTzLoader):
    """Times in UTC, as the server writes them unless told otherwise, read in a tenth of the usual time."""

    timezone = UTC

    def load(self, data: Any) -> datetime:
        """
        Read a time.

        :raises psycopg.DataError: when it lies outside the years that Python knows.
        """
        text = bytes(data).decode()
        if text.endswith("+00"):
            # A year of five digits, or one before Christ, is refused below.
            with suppress(ValueError):
                return datetime.fromisoformat(text)
        read: datetime = super().load(data)
        return read


@cache
def _adapters(basis: AdaptersMap) -> AdaptersMap:
    adapters = AdaptersMap(basis)
    adapters.register_loader("timestamptz", TimeLoader)
    return adapters


class DatabaseWrapper(base.DatabaseWrapper):
    """Connection whose statements are prepared when they come again."""

    # What answered a question for its health, and when.
    _vouched: tuple[psycopg.Connection[Any] | None, float] = (None, 0.0)

    def get_connection_params(self) -> dict[str, Any]:
        """Add how statements are bound and prepared."""
        self.settings_dict["OPTIONS"] = {"prepare_threshold": 3, **self.settings_dict["OPTIONS"]}
        self.settings_dict["OPTIONS"]["server_side_binding"] = True
        known = super().get_connection_params()
        context = _adapters(known["context"]) if self.timezone == UTC else known["context"]
        return {**known, "cursor_factory": Cursor, "context": context}

    def create_cursor(self, name: str | None = None) -> Any:
        """Return a cursor; that the connection reads times in UTC needs no looking up again."""
        if name is None and self.timezone == UTC and self.connection is not None:
            return self.connection.cursor()
        return super().create_cursor(name)

    def is_usable(self) -> bool:
        """Whether the server still answers: it is not asked where it answered just now and has said nothing since."""
        vouched_for, at = self._vouched
        is_recent = vouched_for is self.connection and monotonic() - at < VOUCHES_SECONDS
        if is_recent and vouched_for is not None and _is_silent(vouched_for):
            return True
        is_there = bool(super().is_usable())
        self._vouched = (self.connection if is_there else None, monotonic())
        return is_there


def _is_silent(connection: psycopg.Connection[Any]) -> bool:
    """Whether nothing waits to be read, above all no farewell."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return not waiting.poll(0)
