"""
Paging by position of the last row seen, not by counting rows from the start.

The order is one sort key and the primary key; the page after (or before) a row is a range in that order, so
the last of a million rows costs what the first costs. Nulls come last in both directions.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import F, Q, QuerySet
from psycopg import sql

from suite.core.bounded import Bounded

M = TypeVar("M", bound=models.Model)

# Reads the rows of the query set that the function it is given builds.
Read = Callable[[Callable[[], QuerySet[Any]]], Sequence[Any]]

COUNT_EXACTLY_UP_TO = 1000


@dataclass(frozen=True)
class Cursor:
    """The row at the edge of a page: its sort value, its key, and how many rows lie before the page."""

    value: Any
    pk: int
    start: int

    def encode(self) -> str:
        raw = json.dumps([self.value, self.pk, self.start])
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor | None:
        """Read a cursor from a URL; None when it is damaged."""
        try:
            value, pk, start = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            return cls(value, int(pk), max(0, int(start)))
        except (ValueError, TypeError):
            return None


@dataclass(frozen=True)
class Page:
    """The rows of one page and the cursors to its neighbours."""

    rows: Sequence[Any]
    start: int | None
    next_cursor: str
    previous_cursor: str
    has_next: bool
    has_previous: bool

    @property
    def first(self) -> int | None:
        return None if self.start is None else self.start + 1

    @property
    def last(self) -> int | None:
        return None if self.start is None else self.start + len(self.rows)


def order(queryset: QuerySet[M], key: str, *, is_reversed: bool = False) -> QuerySet[M]:
    """Order by a sort key (``-`` first: descending) and the primary key."""
    name, descending = key.lstrip("-"), key.startswith("-") != is_reversed
    if name == "pk":
        return queryset.order_by("-pk" if descending else "pk")
    nullable = _is_nullable(queryset, name)
    expression = F(name).desc() if descending else F(name).asc()
    if nullable:
        at_end = {"nulls_first": True} if is_reversed else {"nulls_last": True}
        expression = F(name).desc(**at_end) if descending else F(name).asc(**at_end)
    return queryset.order_by(expression, "-pk" if descending else "pk")


def read_all(build: Callable[[], QuerySet[M]]) -> list[M]:
    """The rows of a query set that is built when it is read."""
    return list(build())


def page(
    queryset: QuerySet[M],
    *,
    key: str,
    size: int,
    after: str = "",
    before: str = "",
    last: bool = False,
    read: Read = read_all,
) -> Page:
    """
    Return one page of an unordered query set.

    :param key: sort lookup, ``-`` first for descending.
    :param after: cursor of the last row of the page before; ``before`` likewise backwards.
    :param last: the last page.
    :param read: reads the rows.
    """
    cursor = Cursor.decode(after or before) if after or before else None
    backwards = last or bool(before and cursor)

    def wanted() -> QuerySet[M]:
        ordered = order(queryset, key, is_reversed=backwards)
        if cursor is not None:
            ordered = ordered.filter(_beyond(queryset, key, cursor, backwards))
        return ordered[: size + 1]

    found = read(wanted)
    has_more = len(found) > size
    rows = found[:size]
    if backwards:
        rows = rows[::-1]
    start = _start(cursor, rows, backwards, last, size)
    name = key.lstrip("-")

    def edge(row: Any, at: int | None) -> str:
        return Cursor(_sort_value(row, name), row.pk, at or 0).encode()

    has_next = bool(cursor) and not last if backwards else has_more
    has_previous = has_more if backwards else bool(cursor)
    return Page(
        rows=rows,
        start=start,
        next_cursor=edge(rows[-1], (start or 0) + len(rows)) if rows and has_next else "",
        previous_cursor=edge(rows[0], start) if rows and has_previous else "",
        has_next=has_next,
        has_previous=has_previous,
    )


def _start(cursor: Cursor | None, rows: Sequence[Any], backwards: bool, last: bool, size: int) -> int | None:
    if last:
        return None
    if cursor is None:
        return 0
    return max(0, cursor.start - len(rows)) if backwards else cursor.start


def _beyond(queryset: QuerySet[Any], key: str, cursor: Cursor, backwards: bool) -> Q:
    name, descending = key.lstrip("-"), key.startswith("-") != backwards
    pk_beyond = Q(**{f"pk__{'lt' if descending else 'gt'}": cursor.pk})
    if name == "pk":
        return pk_beyond
    nullable = _is_nullable(queryset, name)
    if cursor.value is None:
        same = Q(**{f"{name}__isnull": True}) & pk_beyond
        return same | Q(**{f"{name}__isnull": False}) if backwards else same
    comparison = "lt" if descending else "gt"
    # The closed range in front is what an index can seek to; the rest decides among equals.
    seek = Q(**{f"{name}__{comparison}e": cursor.value})
    beyond = seek & (Q(**{f"{name}__{comparison}": cursor.value}) | (Q(**{name: cursor.value}) & pk_beyond))
    return beyond | Q(**{f"{name}__isnull": True}) if nullable and not backwards else beyond


def _is_nullable(queryset: QuerySet[Any], name: str) -> bool:
    from suite.pages.columns import find_field

    column = find_field(queryset.model, name)
    path_nullable = any(
        (part := find_field(queryset.model, "__".join(name.split("__")[: n + 1]))) is not None and part.null
        for n in range(name.count("__") + 1)
    )
    return column is None or path_nullable


def _sort_value(row: Any, name: str) -> Any:
    if name == "pk":
        return row.pk
    value = row
    for part in name.split("__"):
        value = getattr(value, part) if value is not None else None
    if isinstance(value, models.Model):
        value = value.pk
    # Django's JSON encoder would cut a time to milliseconds, and the row itself would lie beyond its cursor.
    return value.isoformat() if isinstance(value, date) else value if isinstance(value, int | None) else str(value)


@dataclass(frozen=True)
class Count:
    """How many rows there are: exact up to a thousand, then with sums of columns; the planner's estimate beyond."""

    number: int
    is_exact: bool
    sums: dict[str, Any] = field(default_factory=dict)


def count(queryset: QuerySet[Any], sums: Sequence[str] = ()) -> Count:
    """
    Count without reading more than a thousand rows, and sum up columns on the way.

    :param sums: columns whose sums come along, where counting reads every row.
    """
    counting = count_statement(lambda: queryset, sums)
    with connection.cursor() as cursor:
        cursor.execute(counting.statement, counting.parameters)
        return count_of(cursor.fetchone() or (), lambda: queryset, sums)


def count_of(found: Sequence[Any], rows: Callable[[], QuerySet[Any]], sums: Sequence[str]) -> Count:
    """
    Return the count that was found, with the sums of columns behind it.

    :param rows: the rows, of which an estimate is asked where the count is not exact.
    """
    number, *values = found
    if number <= COUNT_EXACTLY_UP_TO:
        return Count(number, True, dict(zip(sums, values, strict=True)))
    return Count(max(estimate(rows()), number), False)


@dataclass(frozen=True)
class CountStatement:
    """The statement that counts rows and sums up columns on the way: one row, see :func:`count_of`."""

    statement: str
    parameters: Sequence[Any]


_statements = Bounded[Hashable, CountStatement](limit=1000)


def count_statement(
    build: Callable[[], QuerySet[Any]], sums: Sequence[str], kept_as: Hashable | None = None
) -> CountStatement:
    """
    Return the statement that counts the rows of a query set.

    :param kept_as: all that it follows from beside the sums, if it follows from that alone.
    """
    key = (kept_as, tuple(sums))
    known = None if kept_as is None else _statements.get(key)
    if known is None:
        known = _count_statement(build(), sums)
        if kept_as is not None:
            _statements.put(key, known)
    return known


def _count_statement(queryset: QuerySet[Any], sums: Sequence[str]) -> CountStatement:
    try:
        first, parameters = queryset.order_by().values("pk", *sums)[: COUNT_EXACTLY_UP_TO + 1].query.sql_with_params()
    except EmptyResultSet:
        return CountStatement(", ".join(["SELECT 0", *("NULL::numeric" for _name in sums)]), ())
    names = [sql.Identifier(f"column_{place}") for place in range(1 + len(sums))]
    statement = sql.SQL("SELECT {} FROM ({}) first({})").format(
        sql.SQL(", ").join([sql.SQL("count(*)"), *(sql.SQL("sum({})").format(name) for name in names[1:])]),
        sql.SQL(first),
        sql.SQL(", ").join(names),
    )
    return CountStatement(statement.as_string(None), parameters)


def count_shown(page: Page, sums: Sequence[str] = ()) -> Count | None:
    """The same for a page that holds every row, without asking again; None for one that does not."""
    if page.has_next or page.has_previous or page.start is None:
        return None
    values = {name: [v for row in page.rows if (v := getattr(row, name)) is not None] for name in sums}
    return Count(len(page.rows), True, {name: sum(found) if found else None for name, found in values.items()})


def estimate(queryset: QuerySet[Any]) -> int:
    """The planner's estimate of the number of rows, from statistics alone."""
    statement, parameters = queryset.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        plan = cursor.fetchone()[0]
    return int((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"])
