"""
Whole rows of one table by a statement whose text is kept, and subqueries likewise.

Composing a query costs several times what the database takes to answer it. What every document reads again and again
(the row to be locked, its lines, the stock of its items) is asked for in SQL instead, and becomes the same rows; what
every list asks about who may see it is composed once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.models.expressions import RawSQL

M = TypeVar("M", bound=models.Model)
Convert = Callable[[Any], Any]
SELECT = "SELECT {columns} FROM {table} t {rest}"
# Stands in composed statements for the key of who asks; no key, no quantity.
STAND_IN = -7_919_001


def read_where(model: type[M], rest: str, parameters: Sequence[Any]) -> list[M]:
    """
    Read whole rows of a model.

    :param rest: SQL of the program that follows ``FROM table t``: joins, conditions, order, lock.
    :param parameters: one for each ``%s`` in it.
    """
    names, converters = _columns(model)
    with connection.cursor() as cursor:
        cursor.execute(_statement(model, rest), parameters)
        found = cursor.fetchall()
    if converters:
        found = [_converted(row, converters) for row in found]
    return [model.from_db(DEFAULT_DB_ALIAS, names, row) for row in found]


def put_in(parameters: Sequence[Any], number: int) -> list[Any]:
    """Return parameters with a number where :data:`STAND_IN` stood."""
    return [number if each == STAND_IN else each for each in parameters]


class Composed:
    """
    A subquery of keys that differs by one number alone, such as the key of who asks: composed once.

    :param build: the query set for a number. It must put the number into the statement and follow from nothing else,
        neither from the time nor from what it reads.
    """

    def __init__(self, build: Callable[[int], models.QuerySet[Any]]) -> None:
        try:
            self._statement, self._parameters = build(STAND_IN).query.sql_with_params()
        except EmptyResultSet:
            self._statement, self._parameters = "SELECT NULL::bigint WHERE false", ()

    def __call__(self, number: int) -> RawSQL:
        """Return the subquery for a number, as lookups take it."""
        return RawSQL(self._statement, put_in(self._parameters, number))  # noqa: S611 the statement is the ORM's own


def with_related(queryset: models.QuerySet[M], paths: Iterable[str]) -> models.QuerySet[M]:
    """
    Fetch the rows that paths lead to along with those of a query set.

    ``select_related()`` without a path would fetch everything that the rows refer to, by dozens of joins.
    """
    wanted = sorted(set(paths))
    return queryset.select_related(*wanted) if wanted else queryset


def asks_for_whole_table(queryset: models.QuerySet[Any]) -> bool:
    """Whether a query set asks for all rows of its table and nothing else: its statement says nothing of who asks."""
    query = queryset.query
    return not (
        query.where
        or query.annotations
        or query.extra
        or query.is_sliced
        or query.combinator
        or query.distinct
        or query.select_related
        or query.select_for_update
        or query.deferred_loading[0]
        or len(query.alias_map) > 1
        or queryset._prefetch_related_lookups  # type: ignore[attr-defined]
        or queryset.model._meta.parents
    )


@lru_cache(maxsize=1000)
def _statement(model: type[models.Model], rest: str) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(f"t.{quote(field.column or '')}" for field in model._meta.concrete_fields)
    return SELECT.format(columns=columns, table=quote(model._meta.db_table), rest=rest)


@lru_cache(maxsize=1000)
def _columns(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Convert]]]:
    """Names of the columns of a model, and what makes values of what the database answers, by place."""
    fields = list(model._meta.concrete_fields)
    return [field.attname for field in fields], [
        (place, convert) for place, field in enumerate(fields) for convert in _converters(field)
    ]


def _converters(field: Any) -> list[Convert]:
    database = connections[DEFAULT_DB_ALIAS]
    expression = field.cached_col
    functions = [*database.ops.get_db_converters(expression), *field.get_db_converters(database)]
    return [partial(_convert, each, expression, database) for each in functions]


def _convert(convert: Callable[..., Any], expression: Any, database: Any, value: Any) -> Any:
    return convert(value, expression, database)


def _converted(row: Sequence[Any], converters: Sequence[tuple[int, Convert]]) -> list[Any]:
    values = list(row)
    for place, convert in converters:
        values[place] = convert(values[place])
    return values
