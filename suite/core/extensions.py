"""What PostgreSQL must have before the tables are made."""

from __future__ import annotations

from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections

# Trigram search; edit distance; exclusion constraints over ranges; GIN indexes over plain columns.
EXTENSIONS = ("pg_trgm", "fuzzystrmatch", "btree_gist", "btree_gin")


def create_extensions(sender: Any, **kwargs: Any) -> None:
    """
    Create the extensions that are missing: receiver of ``pre_migrate``.

    They are needed where tables are made from the models as well as where migrations run. All are *trusted*: the
    owner of the database may create them.
    """
    connection = connections[kwargs.get("using", DEFAULT_DB_ALIAS)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        missing = set(EXTENSIONS) - {name for (name,) in cursor.fetchall()}
        for name in sorted(missing):
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")
