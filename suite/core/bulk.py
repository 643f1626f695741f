"""Many rows at once by COPY: ``bulk_create()`` and ``bulk_update()`` without huge statements to compose and parse."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.expressions import DatabaseDefault
from psycopg import sql

M = TypeVar("M", bound=models.Model)
Column = models.Field[Any, Any]
INSERT = """
    INSERT INTO {table} ({columns}) SELECT {columns} FROM unnest({arrays}) WITH ORDINALITY AS new ({columns}, new_place)
    ORDER BY new_place RETURNING {key}
"""
# ANALYZE of the tables to which this transaction added a fifth or more, and enough to matter.
REFRESH_STATISTICS = """
    DO $$
    DECLARE name text;
    BEGIN
        FOR name IN
            SELECT format('%I.%I', filled.schemaname, filled.relname)
            FROM pg_stat_xact_user_tables filled JOIN pg_class known ON known.oid = filled.relid
            WHERE filled.n_tup_ins >= 500 AND filled.n_tup_ins * 5 >= known.reltuples
            ORDER BY 1
        LOOP
            EXECUTE 'ANALYZE (SKIP_LOCKED) ' || name;
        END LOOP;
    END $$
"""
UPDATE = "UPDATE {table} t SET {values} FROM unnest({arrays}) AS fresh ({columns}) WHERE t.{key} = fresh.{key}"


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
    _copy(model._meta.db_table, [model._meta.pk, *fields], zip(keys, new, strict=True), add=True)
    for key, row in zip(keys, new, strict=True):
        row.pk = key
        row._state.adding = False
        row._state.db = connection.alias
    return new


def add_rows(rows: Iterable[M]) -> list[M]:
    """
    Insert some rows of one model by one statement, as :func:`copy_rows` does for many; its text is kept.

    :raises IntegrityError: when the database refuses a row; nothing is inserted.
    :raises ValueError: when some of the rows only leave a column to the database, or the model has a column of arrays.
    """
    new = list(rows)
    if not new:
        return new
    model = type(new[0])
    for row in new:
        _take_related_keys(row)
    fields = [each for each in model._meta.concrete_fields if not each.primary_key and not _is_left_out(each, new)]
    database = connections[DEFAULT_DB_ALIAS]
    values = [[each.get_db_prep_save(each.pre_save(row, True), database) for row in new] for each in fields]
    with connection.cursor() as cursor:
        cursor.execute(_insertion(model, tuple(fields)), values)
        keys = cursor.fetchall()
    for (key,), row in zip(keys, new, strict=True):
        row.pk = key
        row._state.adding = False
        row._state.db = connection.alias
    return new


@lru_cache(maxsize=1000)
def _insertion(model: type[models.Model], fields: tuple[Any, ...]) -> str:
    """Return the statement that inserts rows given by columns, and tells their keys in the same order."""
    if any(isinstance(field, ArrayField) for field in fields):
        raise ValueError(f"{model._meta.label} has a column of arrays")
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    arrays = ", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in fields)
    return INSERT.format(
        table=quote(model._meta.db_table), key=quote(model._meta.pk.column or ""), columns=columns, arrays=arrays
    )


def refresh_statistics() -> None:
    """
    Tell the planner of the tables that this transaction filled, by one statement.

    By itself it learns of them a minute or more after the commit. Until then it takes them for as small as they were,
    and reads one from end to end for each row of another.
    """
    with connection.cursor() as cursor:
        cursor.execute(REFRESH_STATISTICS)


def update_rows(rows: Iterable[models.Model], names: Iterable[str]) -> int:
    """
    Write columns of rows of one model by a fixed number of statements; return how many rows there are.

    What follows from other columns (search text, names for comparison) is computed anew where it is named.
    """
    changed = list(rows)
    if not changed:
        return 0
    meta: Any = changed[0]._meta
    fields = [meta.get_field(name) for name in sorted(set(names))]
    columns = [sql.Identifier(each.column) for each in fields]
    parts: dict[str, Any] = {
        "table": sql.Identifier(meta.db_table),
        "fresh": sql.Identifier(f"fresh_{meta.db_table}"[:63]),
        "key": sql.Identifier(meta.pk.column),
        "columns": sql.SQL(", ").join(columns),
        "values": sql.SQL(", ").join(sql.SQL("{0} = fresh.{0}").format(each) for each in columns),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL("CREATE TEMPORARY TABLE {fresh} AS SELECT {key}, {columns} FROM {table} WITH NO DATA")
            .format(**parts)
            .as_string(cursor.connection)
        )
        pairs = ((row.pk, row) for row in changed)
        _copy(f"fresh_{meta.db_table}"[:63], [meta.pk, *fields], pairs, add=False)
        cursor.execute(
            sql.SQL("UPDATE {table} SET {values} FROM {fresh} fresh WHERE {table}.{key} = fresh.{key}")
            .format(**parts)
            .as_string(cursor.connection)
        )
        cursor.execute(sql.SQL("DROP TABLE {fresh}").format(**parts).as_string(cursor.connection))
    return len(changed)


def set_columns(rows: Iterable[models.Model], names: Sequence[str]) -> int:
    """
    Write columns of some rows of one model by one statement; for thousands of rows take :func:`update_rows`.

    Like ``bulk_update()`` it leaves version and time of change alone, but composes no condition for each row.
    """
    changed = list(rows)
    if not changed:
        return 0
    meta: Any = changed[0]._meta
    fields = (meta.pk, *(meta.get_field(name) for name in names))
    values = [[field.get_db_prep_save(getattr(row, field.attname), connection) for row in changed] for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_setting(type(changed[0]), fields), values)
    return len(changed)


@lru_cache(maxsize=1000)
def _setting(model: type[models.Model], fields: tuple[Any, ...]) -> str:
    """Return the statement that writes columns of rows given by columns; the first one is the key."""
    quote = connection.ops.quote_name
    key, *others = (quote(field.column) for field in fields)
    return UPDATE.format(
        table=quote(model._meta.db_table),
        key=key,
        columns=", ".join([key, *others]),
        arrays=", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in fields),
        values=", ".join(f"{column} = fresh.{column}" for column in others),
    )


def _copy(table: str, fields: Sequence[Any], rows: Iterable[tuple[int, models.Model]], *, add: bool) -> None:
    """Copy rows into a table; the first field is the key."""
    own = fields[1:]
    # The connection itself: its stand-in would look it up again for each value.
    database = connections[DEFAULT_DB_ALIAS]
    # Complete before COPY begins: while it runs the connection can answer nothing else.
    values = [(key, *(each.get_db_prep_save(each.pre_save(row, add), database) for each in own)) for key, row in rows]
    statement = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(table), columns=sql.SQL(", ").join(sql.Identifier(each.column) for each in fields)
    )
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for line in values:
            copy.write_row(line)


def _take_related_keys(row: models.Model) -> None:
    """Let foreign keys follow related rows that were saved after they were set."""
    columns: Any = row._meta.concrete_fields
    for field in columns:
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
