"""Rebuilding search texts, set by set."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Model, Q, QuerySet
from psycopg import sql

from suite.core.reading import with_related
from suite.search.models import Searchable, dependants, foreign_paths, search_text_of

BATCH = 2_000


def reindex_rows(*, queryset: QuerySet[Searchable]) -> int:
    """
    Compute the search text of rows anew and write those that differ, one statement for a batch.

    Versions and times of change stay: the row says what it said.

    :return: the number of rows that were out of date.
    """
    changed, last = 0, 0
    while True:
        with transaction.atomic():
            rows = list(_batch(queryset, last))
            fresh = {row.pk: text for row in rows if (text := search_text_of(row)) != row.search_text}
            if fresh:
                _write(queryset.model, fresh)
        changed += len(fresh)
        if len(rows) < BATCH:
            return changed
        last = rows[-1].pk


def reindex_rows_showing(*, model: type[Model], pk: int) -> int:
    """Bring the search texts of all rows up to date that show columns of the given row."""
    conditions: dict[type[Searchable], Q] = {}
    for other, path in dependants(model):
        conditions[other] = conditions.get(other, Q()) | Q(**{path: pk})
    return sum(
        reindex_rows(queryset=other._default_manager.filter(condition)) for other, condition in conditions.items()
    )


def _batch(queryset: QuerySet[Searchable], after: int) -> QuerySet[Searchable]:
    rows = queryset.filter(pk__gt=after).order_by("pk").select_for_update(of=("self",))
    return with_related(rows, foreign_paths(queryset.model))[:BATCH]


def _write(model: type[Searchable], texts: dict[int, str]) -> None:
    statement = sql.SQL(
        "UPDATE {table} SET search_text = fresh.text"
        " FROM unnest(%s::bigint[], %s::text[]) AS fresh(pk, text) WHERE {table}.{key} = fresh.pk"
    ).format(table=sql.Identifier(model._meta.db_table), key=sql.Identifier(str(model._meta.pk.column)))
    with connection.cursor() as cursor:
        # As text: what names the author in the history reads the statement.
        cursor.execute(statement.as_string(cursor.connection), [list(texts), list(texts.values())])
