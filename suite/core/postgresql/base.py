"""
Django's backend for PostgreSQL, with parameters that the server binds, so that it prepares what is asked again.

Planning costs more than most statements take. Two things that Django and its extensions count on are kept: a statement
may have more parameters than the protocol carries, and a cursor can write parameters into a statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from django.db.backends.postgresql import base

# The protocol counts parameters in 16 bits.
MOST_PARAMETERS = 65_535
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


class DatabaseWrapper(base.DatabaseWrapper):
    """Connection whose statements are prepared when they come again."""

    def get_connection_params(self) -> dict[str, Any]:
        """Add how statements are bound and prepared."""
        self.settings_dict["OPTIONS"] = {"prepare_threshold": 3, **self.settings_dict["OPTIONS"]}
        self.settings_dict["OPTIONS"]["server_side_binding"] = True
        return {**super().get_connection_params(), "cursor_factory": Cursor}
