"""
The rows of one page of a list, read for showing only.

Where only columns and names are shown, only what these are made of is fetched, of the rows and of those they refer to;
never the search text, nor times and long texts that nobody looks at. A row that many rows refer to is made once. What
is asked of a row beyond that is fetched when it is asked for. The rows are made without ``__init__`` and ``from_db``:
they are to be shown, not to be changed and saved.

The first page of a list is asked for by the same statement every time by all who have the same permissions, but for the
key of who asks. Its text is kept; what it finds never is.
A row whose line is known from what was fetched (see :mod:`suite.pages.views.table`) is not made at all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from operator import itemgetter
from typing import Any, overload

from django.core.exceptions import EmptyResultSet
from django.db import connections, models
from django.db.models.base import ModelState
from django.db.models.query import QuerySet

from suite.core.bounded import Bounded
from suite.core.reading import put_in, with_related
from suite.pages.columns import find_field

# Kinds of columns that are long or slow to read and that hardly any list shows.
HEAVY = (models.DateTimeField, models.TextField, models.JSONField, models.BinaryField)
# Of the base of every table, what says nothing to a reader.
UNSHOWN = frozenset({"version", "updated_at", "search_text"})
# What the name of a row may be made with, beside columns.
WORDS = frozenset({"str", "_"})

Values = Sequence[Any]
Make = Callable[[Values], Any]
Put = Callable[[Any, Any], None]


class Rows(Sequence[Any]):
    """
    Rows in order, each made when it is first asked for.

    :ivar found: what was fetched, a hashable sequence of values for each row (unless a value itself is not).
    """

    def __init__(self, found: Sequence[Values], maker: Callable[[], Make], made: dict[int, Any] | None = None) -> None:
        self.found, self._maker = found, maker
        self._made: dict[int, Any] = {} if made is None else made

    @cached_property
    def _make(self) -> Make:
        return self._maker()

    def __len__(self) -> int:
        return len(self.found)

    @overload
    def __getitem__(self, place: int) -> Any: ...

    @overload
    def __getitem__(self, place: slice) -> Rows: ...

    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            chosen = range(len(self))[place]
            made = {new: self._made[old] for new, old in enumerate(chosen) if old in self._made}
            return Rows(self.found[place], lambda: self._make, made)
        at = range(len(self))[place]
        if at not in self._made:
            self._made[at] = self._make(self.found[at])
        return self._made[at]


@dataclass(frozen=True)
class Plan:
    """A statement and how rows are made of what it finds; without statement nothing can be found."""

    using: str
    statement: str
    parameters: tuple[Any, ...]
    info: dict[str, Any]
    select: list[Any]
    annotations: tuple[tuple[str, int], ...]
    converters: dict[int, Any]

    def rows(self, number: int | None = None) -> Rows:
        """Read the rows; a number is put in where one was left open."""
        if not self.statement:
            return Rows([], self._row_maker)
        connection = connections[self.using]
        with connection.cursor() as cursor:
            cursor.execute(self.statement, self.parameters if number is None else put_in(self.parameters, number))
            found: list[Values] = cursor.fetchall()
        if self.converters:
            found = [self._converted(row, connection) for row in found]
        return Rows(found, self._row_maker)

    @cached_property
    def _kind(self) -> Kind:
        return Kind(self.info, self.select, self.using)

    def _row_maker(self) -> Make:
        make, related, annotations = self._kind.make, self._kind.related(), self.annotations

        def make_whole(row: Values) -> Any:
            made = make(row)
            for relation in related:
                relation.attach(row, made)
            for name, place in annotations:
                setattr(made, name, row[place])
            return made

        return make_whole

    def _converted(self, row: Values, connection: Any) -> Values:
        values = list(row)
        for place, (functions, expression) in self.converters.items():
            for function in functions:
                values[place] = function(values[place], expression, connection)
        return tuple(values)


_plans = Bounded[Hashable, Plan](limit=1000)


def read_rows(
    build: Callable[[], QuerySet[Any]],
    *,
    paths: Collection[str],
    shown: Collection[str],
    whole: Collection[str] = (),
    kept_as: Hashable | None = None,
    number: int | None = None,
) -> Rows:
    """
    Read rows with those they refer to.

    :param build: gives the query set of the rows.
    :param paths: relations that the page shows.
    :param shown: lookups of the columns that the page shows or is ordered by; they are always fetched.
    :param whole: relations whose rows the page set's own code looks at, ``""`` for the rows themselves: they are
        fetched with their times and texts.
    :param kept_as: all that the statement follows from, if it follows from that alone.
    :param number: what :data:`suite.core.reading.STAND_IN` stands for in it.
    """
    plan = None if kept_as is None else _plans.get(kept_as)
    if plan is not None:
        return plan.rows(number)
    queryset = _for_showing(build(), paths, shown, whole)
    plan = _plan(queryset)
    lookups = queryset._prefetch_related_lookups  # type: ignore[attr-defined]
    if kept_as is not None and not lookups:
        _plans.put(kept_as, plan)
    rows = plan.rows(number)
    if lookups:
        models.prefetch_related_objects(list(rows), *lookups)
    return rows


def _for_showing(
    queryset: QuerySet[Any], paths: Collection[str], shown: Collection[str], whole: Collection[str]
) -> QuerySet[Any]:
    found: list[tuple[str, Any]] = [("", queryset.model)]
    for path in paths:
        related: Any = find_field(queryset.model, path)
        if related is not None:
            found.append((path, related.related_model))
    needed = {*shown, *paths}
    has_code = "" in whole
    left = [
        name for path, model in found for name in _left_out(path, model, path in whole, has_code) if name not in needed
    ]
    return with_related(queryset, paths).defer(*left)


def _left_out(path: str, model: Any, is_whole: bool, has_code: bool) -> Iterator[str]:
    named_by = None if is_whole or has_code else _named_by(model)
    for field in model._meta.concrete_fields:
        if field.primary_key:
            continue
        is_unneeded = isinstance(field, HEAVY) and not is_whole if named_by is None else field.name not in named_by
        if is_unneeded or field.name in UNSHOWN:
            yield f"{path}__{field.name}" if path else field.name


@cache
def _named_by(model: type[models.Model]) -> frozenset[str] | None:
    """
    The columns that the name of a row is made of, None unless it is made of plain columns alone.

    Should the name need another column after all, that is fetched when it is asked for.
    """
    names = frozenset(model.__str__.__code__.co_names) - WORDS
    plain = {field.name for field in model._meta.concrete_fields if not field.is_relation}
    return names if names and names <= plain else None


def _plan(queryset: QuerySet[Any]) -> Plan:
    compiler = queryset.query.get_compiler(using=queryset.db)
    try:
        statement, parameters = compiler.as_sql()
    except EmptyResultSet:
        return Plan(queryset.db, "", (), {}, [], (), {})
    select = compiler.select[: compiler.col_count]
    return Plan(
        using=queryset.db,
        statement=statement,
        parameters=tuple(parameters),
        info=compiler.klass_info,
        select=select,
        annotations=tuple((compiler.annotation_col_map or {}).items()),
        converters=compiler.get_converters([expression for expression, _sql, _alias in select]),
    )


class Kind:
    """
    How the rows of one model are made of what was fetched, with those they refer to.

    :param info: what Django's compiler says about the columns of the model and its relations.
    """

    def __init__(self, info: dict[str, Any], select: list[Any], using: str) -> None:
        names = _names(info, select)
        self.make = _maker(info["model"], names, info["select_fields"], using)
        self.key = itemgetter(info["select_fields"][names.index(info["model"]._meta.pk.attname)])
        # The rows themselves are put nowhere.
        self.put: Put = info.get("local_setter", _put_nowhere)
        self.put_back: Put = info.get("remote_setter", _put_nowhere)
        self._below = [Kind(each, select, using) for each in info.get("related_klass_infos", ())]

    def related(self) -> list[Related]:
        """The relations for one reading."""
        return [Related(each) for each in self._below]


class Related:
    """One relation of the rows that are read: makes each row it leads to once."""

    def __init__(self, kind: Kind) -> None:
        self._kind, self._below = kind, kind.related()
        self._known: dict[Any, Any] = {None: None}

    def attach(self, row: Values, source: Any) -> None:
        """Give a row the one it refers to, or None."""
        kind = self._kind
        key = kind.key(row)
        if key in self._known:
            made = self._known[key]
        else:
            made = self._known[key] = kind.make(row)
            for each in self._below:
                each.attach(row, made)
        kind.put(source, made)
        if made is not None:
            kind.put_back(made, source)


def _put_nowhere(_made: Any, _source: Any) -> None:
    pass


def _refuse_to_save(*_arguments: Any, **_options: Any) -> None:
    raise TypeError("a row that was read for showing cannot be saved")


def _names(info: dict[str, Any], select: list[Any]) -> list[str]:
    return [select[place][0].target.attname for place in info["select_fields"]]


def _maker(model: Any, names: list[str], places: list[int], using: str) -> Make:
    """The function that makes an instance of a row as it was fetched; columns left out are fetched when asked for."""

    def make(row: Values) -> Any:
        made = model.__new__(model)
        made.__dict__.update(zip(names, [row[place] for place in places], strict=True), save=_refuse_to_save)
        made._state = state = ModelState()
        state.adding, state.db = False, using
        return made

    return make
