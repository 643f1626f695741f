"""
Reports: figures by lines (stages, people, months …), with the rows behind each of them.

A report is one function from a question to a :class:`Table`. Each column of a table that counts rows says which rows,
in which line they fall and what of them is summed up; figure, drill-down, export, API and chart are all made from that
one declaration, so that the rows behind a figure add up to it. A report belongs to the module whose folder its
function stands in; while that module is off it does not exist.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Aggregate, Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext_lazy as _

from suite.access.restrict import restrict
from suite.metrics.choices import Unit
from suite.metrics.registry import MetricContext
from suite.metrics.values import FULL, DrillDown, ratio
from suite.modules import state
from suite.modules.registry import Module
from suite.modules.registry import registry as modules
from suite.pages.columns import Column

NONE = "none"
TOTAL = _("Total")
CHOICES_OFFERED = 300
# Attributes that grouped and listed rows are annotated with.
KEY, VALUE = "report_key", "report_value"

Values = Mapping[str, Decimal | None]


@dataclass(frozen=True)
class Filter:
    """
    One choice above a report, among rows of a model that the user may see.

    :param rows: from the user to the rows to choose from; None: all that the user may see.
    """

    name: str
    label: Any
    model: type[Any]
    rows: Callable[[Any], QuerySet[Any]] | None = None

    def queryset(self, user: Any) -> QuerySet[Any]:
        """What the user may choose."""
        if self.rows is not None:
            return self.rows(user)
        return restrict(self.model._default_manager.all(), user=user)

    def options(self, user: Any) -> list[tuple[str, str]]:
        """Pairs of key and text."""
        return [(str(row.pk), str(row)) for row in self.queryset(user)[:CHOICES_OFFERED]]

    def read(self, user: Any, text: str) -> Any:
        """The chosen row; None for nothing, or for what the user may not choose."""
        return self.queryset(user).filter(pk=int(text)).first() if text.isdecimal() and len(text) < 19 else None


@dataclass(frozen=True)
class Choice:
    """
    One choice above a report among few that are always the same, the first of them unless another is chosen.

    :param choices: pairs of code and text.
    """

    name: str
    label: Any
    choices: Sequence[tuple[str, Any]]

    def options(self, user: Any) -> list[tuple[str, str]]:
        """Pairs of code and text."""
        return [(code, str(text)) for code, text in self.choices]

    def read(self, user: Any, text: str) -> str:
        """The chosen code."""
        return text if text in dict(self.choices) else self.choices[0][0]


@dataclass(frozen=True)
class Asked:
    """
    One question to a report.

    :param chosen: rows and codes chosen in its filters, by name of the filter.
    :param by: what its lines are, one of the codes that the report offers.
    """

    context: MetricContext
    chosen: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""

    @property
    def user(self) -> Any:
        """Who asks."""
        return self.context.user


@dataclass(frozen=True)
class Line:
    """One line of a table; ``key`` is what the rows of its figures have in common."""

    key: Any
    label: Any
    url: str = ""
    depth: int = 0

    @property
    def code(self) -> str:
        """Its key within addresses."""
        return key_text(self.key)


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A column of figures."""

    code: str
    title: Any
    unit: str = Unit.COUNT
    counter: Any = ""


@dataclass(frozen=True, kw_only=True)
class Measure(Figure):
    """
    A column that counts or sums up rows.

    :param rows: restricted rows.
    :param key: column or expression that says in which line a row falls.
    :param amount: column or expression to aggregate; None: the rows are counted.
    :param aggregate: how; only sums add up to a total, any other is asked for again over all rows.
    :param inside: from the key of a line to the rows in it, where lines hold others (departments those below them).
    :param above: from a key to those of all lines that its rows count in, itself included; with ``inside``.
    :param shown: columns of the list behind a figure; empty: those of the object type.
    :param link: relation whose page a listed row leads to; empty: the row's own.
    """

    rows: QuerySet[Any]
    key: Any = None
    amount: Any = None
    aggregate: Callable[[Any], Aggregate] = Sum
    inside: Callable[[Any], Q] | None = None
    above: Callable[[Any], Collection[Any]] | None = None
    shown: Sequence[str | Column] = ()
    link: str = ""

    @property
    def is_sum(self) -> bool:
        """Whether the figures of parts add up to that of the whole."""
        return self.amount is None or self.aggregate is Sum

    def expression(self) -> Aggregate:
        """What is computed over the rows."""
        if self.amount is None:
            return Count("pk", distinct=True)
        return self.aggregate(F(self.amount) if isinstance(self.amount, str) else self.amount)

    def values(self) -> tuple[dict[Any, Decimal | None], Decimal | None]:
        """The figure of each key and of all rows: one query, two for what does not add up."""
        key = F(self.key) if isinstance(self.key, str) else self.key
        if key is None:
            return {}, self._total()
        groups = self.rows.order_by().annotate(**{KEY: key}).values(KEY).annotate(**{VALUE: self.expression()})
        found = {row[KEY]: _decimal(row[VALUE]) for row in groups.order_by()}
        whole = sum((each or Decimal(0) for each in found.values()), Decimal(0)) if self.is_sum else self._total()
        if self.above is None:
            return found, whole
        rolled: dict[Any, Decimal | None] = {}
        for at, value in found.items():
            for line in self.above(at):
                rolled[line] = (rolled.get(line) or Decimal(0)) + (value or Decimal(0))
        return rolled, whole

    def drill(self, line: Line | None) -> DrillDown:
        """The rows behind the figure of a line; of None those behind the total."""
        rows = self.rows
        if line is not None and self.inside is not None:
            rows = rows.filter(self.inside(line.key))
        elif line is not None and self.key is not None:
            key = F(self.key) if isinstance(self.key, str) else self.key
            rows = rows.annotate(**{KEY: key})
            rows = rows.filter(**({f"{KEY}__isnull": True} if line.key is None else {KEY: line.key}))
        return DrillDown(rows, self.amount)

    def figure_of(self, drill: DrillDown) -> Decimal | None:
        """What the rows of a drill-down come to."""
        found = _decimal(drill.queryset.order_by().aggregate(found=self.expression())["found"])
        return Decimal(0) if found is None and self.is_sum else found

    def _total(self) -> Decimal | None:
        return self.figure_of(DrillDown(self.rows, self.amount))


@dataclass(frozen=True, kw_only=True)
class Given(Figure):
    """A column of figures that are known otherwise, e.g. targets; without rows behind them."""

    values: Values
    total: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Derived(Figure):
    """A column computed from the other figures of its line; of the total line from the totals."""

    compute: Callable[[Values], Decimal | None]


def share(code: str, title: Any, of: str, to: str) -> Derived:
    """Return a column with one figure in per cent of another one."""

    def compute(values: Values) -> Decimal | None:
        found = ratio(values.get(of), values.get(to))
        return None if found is None else found * FULL

    return Derived(code=code, title=title, unit=Unit.PERCENT, compute=compute)


@dataclass(frozen=True)
class Drawing:
    """
    The chart of a report.

    :param codes: columns that are drawn, of one unit.
    :param limit: lines that are drawn, the first ones.
    """

    kind: str
    codes: Sequence[str]
    is_stacked: bool = False
    limit: int = 31
    dashed: Collection[str] = ()


@dataclass(frozen=True)
class Table:
    """
    What a report answers.

    :param head: heading of the lines.
    :param lines: the lines in order, or a function of the keys that were found.
    :param sort: column by which the lines stand, largest first; empty: as they are given.
    :param total: name of the line below; empty: none, as the figures do not add up.
    """

    head: Any
    lines: Sequence[Line] | Callable[[Collection[Any]], Sequence[Line]]
    columns: Sequence[Figure]
    drawing: Drawing
    sort: str = ""
    total: Any = TOTAL
    note: Any = ""


@dataclass(frozen=True)
class Answer:
    """A table with its figures; missing ones are None."""

    table: Table
    lines: Sequence[Line]
    values: Mapping[str, Values]
    totals: Values

    def column(self, code: str) -> Figure | None:
        """The column with a code."""
        return next((each for each in self.table.columns if each.code == code), None)

    def line(self, code: str) -> Line | None:
        """The line with a key, as it stands in addresses."""
        return next((each for each in self.lines if each.code == code), None)

    def value(self, line: Line, code: str) -> Decimal | None:
        """One figure."""
        return self.values[line.code].get(code)


@dataclass(frozen=True)
class Report:
    """
    One report.

    :param code: ``<system>.<name>``.
    :param permission: full permission without which it does not exist for a user.
    :param filters: choices beside period and company.
    :param by: what the lines can be: pairs of code and title; the first one unless another is asked for.
    :param has_period: False: it tells how things stand today.
    """

    do_not_call_in_templates: ClassVar[bool] = True

    code: str
    title: Any
    description: Any
    permission: str
    build: Callable[[Asked], Table]
    icon: str = "report-analytics"
    filters: Sequence[Filter | Choice] = ()
    by: Sequence[tuple[str, Any]] = ()
    period: str = "month"
    has_period: bool = True

    @property
    def module(self) -> Module:
        """The module that it belongs to."""
        return modules.owner(self.build.__module__)

    def exists(self) -> bool:
        """Whether its module is on."""
        return state.is_enabled(self.module)

    def is_available(self, user: Any) -> bool:
        """Whether it exists for the user now."""
        return self.exists() and user.has_perm(self.permission)

    def answer(self, asked: Asked) -> Answer:
        """Compute all figures: a query for each column, however many lines there are."""
        return answer(self.build(asked))


_reports: dict[str, Report] = {}


def report(
    code: str, *, title: Any, description: Any, permission: str, **more: Any
) -> Callable[[Callable[[Asked], Table]], Report]:
    """
    Make the decorated function a report (see :class:`Report`); it must read through ``context.rows()``.

    :raises ValueError: for a code that is taken or a permission that is not a full one.
    """
    if code in _reports:
        raise ValueError(f"There are two reports {code}")
    if "." not in permission:
        raise ValueError(f"{code} names no full permission")

    def define(build: Callable[[Asked], Table]) -> Report:
        found = Report(code, title, description, permission, build, **more)
        _reports[code] = found
        return found

    return define


def all_reports() -> list[Report]:
    """Return every report, whether its module is on or off."""
    return list(_reports.values())


def reports_for(user: Any) -> list[Report]:
    """Return the reports that exist for a user now."""
    return [each for each in _reports.values() if each.is_available(user)]


def report_of(code: str) -> Report | None:
    """Return a report, whether its module is on or off; None when there is none."""
    return _reports.get(code)


def answer(table: Table) -> Answer:
    """Compute the figures of a table."""
    found: dict[str, dict[Any, Decimal | None]] = {}
    totals: dict[str, Decimal | None] = {}
    for column in table.columns:
        if isinstance(column, Measure):
            found[column.code], totals[column.code] = column.values()
        elif isinstance(column, Given):
            found[column.code], totals[column.code] = dict(column.values), column.total
    keys = list(dict.fromkeys(key for values in found.values() for key in values))
    lines = list(table.lines(keys) if callable(table.lines) else table.lines)
    values = {line.code: _figures(table, {code: each.get(line.key) for code, each in found.items()}) for line in lines}
    if table.sort:
        lines.sort(key=lambda line: -(values[line.code].get(table.sort) or Decimal(0)))
    return Answer(table, lines, values, _figures(table, totals))


def _figures(table: Table, known: dict[str, Decimal | None]) -> dict[str, Decimal | None]:
    """Nothing to sum up is 0; then the columns that are computed from others, in order."""
    for column in table.columns:
        if isinstance(column, Measure) and column.is_sum and known.get(column.code) is None:
            known[column.code] = Decimal(0)
        elif isinstance(column, Derived):
            known[column.code] = column.compute(known)
    return known


def key_text(key: Any) -> str:
    """Return the key of a line as it stands in addresses."""
    if key is None:
        return NONE
    return key.isoformat() if isinstance(key, date | datetime) else str(key)


def _decimal(value: Any) -> Decimal | None:
    return value if value is None or isinstance(value, Decimal) else Decimal(str(value))
