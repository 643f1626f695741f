"""Many new rows at once by COPY: what ``bulk_create()`` does, without one huge statement to compose and parse."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.expressions import DatabaseDefault
from psycopg import sql

M = TypeVar("M", bound=models.Model)
Column = models.Field[Any, Any]


def copy_rows(rows: Iterable[M]) -> list[M]:
    """
    Insert rows of one model by two statements and give them their keys.

    Derived columns and search texts are computed as by ``save()``; database triggers run. A column that the database
    fills is left to it by all rows or by none.

    :raises IntegrityError: when the database refuses a row; nothing is inserted.
    :raises ValueError: when some of the rows only leave a column to the database.
    """
    new = list(rows)
    if not new:
        return new
    model = type(new[0])
    for row in new:
        _take_related_keys(row)
    fields = [each for each in model._meta.concrete_fields if not each.primary_key and not _is_left_out(each, new)]
    keys = _keys(model, len(new))
    names = [sql.Identifier(each.column) for each in (model._meta.pk, *fields)]
    statement = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(model._meta.db_table), columns=sql.SQL(", ").join(names)
    )
    # Complete before COPY begins: while it runs the connection can answer nothing else.
    values = [
        (key, *(each.get_db_prep_save(each.pre_save(row, True), connection) for each in fields))
        for key, row in zip(keys, new, strict=True)
    ]
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for line in values:
            copy.write_row(line)
    for key, row in zip(keys, new, strict=True):
        row.pk = key
        row._state.adding = False
        row._state.db = connection.alias
    return new


def _take_related_keys(row: models.Model) -> None:
    """Let foreign keys follow related rows that were saved after they were set."""
    for field in row._meta.concrete_fields:
        if field.is_relation and field.is_cached(row):
            related = field.get_cached_value(row)
            if related is not None and related.pk != getattr(row, field.attname):
                # By name: setting the column would forget the related row.
                setattr(row, field.name, related)


def _is_left_out(field: Column, rows: list[Any]) -> bool:
    if not field.has_db_default():
        return False
    left = sum(isinstance(getattr(row, field.attname), DatabaseDefault) for row in rows)
    if left not in {0, len(rows)}:
        raise ValueError(f"{field}: some rows leave it to the database and others do not")
    return left > 0


def _keys(model: type[models.Model], count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, model._meta.pk.column, count],
        )
        return [key for (key,) in cursor.fetchall()]
