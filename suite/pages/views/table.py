"""
The table of a list: its head, and the lines of its rows.

A line follows from what was fetched of its row, the columns, the language and the year. Where the page set's own code
has no part in it, it is kept under just that: the same order is drawn once for the lists of twenty people, and never
shown as it was before a change. A line that had to ask the database for more is drawn each time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.urls import get_script_prefix
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from suite.core.bounded import Bounded
from suite.pages.columns import Column, renderer
from suite.pages.pageset import PageSet
from suite.pages.rows import Rows, Values

if TYPE_CHECKING:
    from suite.pages.views.listing import ListQuery

Draw = Callable[[Any], str]
Key = tuple[Hashable, Values]
# A line takes about 1 kB, and what it was drawn from 3 kB.
LINES_KEPT = 5_000

_lines = Bounded[Key, str](LINES_KEPT)


class Table:
    """
    Head, body and foot of the table; body and foot are one string each.

    :param totals: the sums of columns, as they are shown.
    """

    def __init__(
        self, pageset: PageSet, query: ListQuery, rows: Sequence[Any], totals: dict[str, str], *, can_select: bool
    ) -> None:
        self.pageset, self.query, self.rows = pageset, query, rows
        self.totals, self.can_select = totals, can_select

    @property
    def head(self) -> list[dict[str, Any]]:
        """Each column with how it is sorted and the query that sorts by it."""
        query = self.query
        key, order = query.sort.lstrip("-"), "desc" if query.sort.startswith("-") else "asc"
        return [
            {
                "column": c,
                "sorted": order if key == c.sort else "",
                "query": query.query(sort=_next_sort(query.sort, c.sort)) if c.sort else "",
            }
            for c in query.columns
        ]

    @property
    def body(self) -> SafeString:
        """All rows."""
        if not self.query.has_code and isinstance(self.rows, Rows):
            same_for_all = self._same_for_all
            keys: list[Key] = [(same_for_all, values) for values in self.rows.found]
            try:
                lines = [_lines.get(key) for key in keys]
            except TypeError:
                # A JSON value is shown, by which nothing can be found again.
                return self._drawn()
            if None in lines:
                self._draw_missing(lines, keys)
            return SafeString("".join(lines))  # type: ignore[arg-type]
        return self._drawn()

    def _drawn(self) -> SafeString:
        return SafeString("".join(map(self._draw(), self.rows)))

    def _draw(self) -> Draw:
        return row_renderer(self.pageset, self.query.columns, can_select=self.can_select)

    def _draw_missing(self, lines: list[str | None], keys: Sequence[Key]) -> None:
        """Draw the lines that are None, and keep those that needed no more than their row."""
        draw, asked = self._draw(), Asked()
        with connection.execute_wrapper(asked):
            for place, (line, key) in enumerate(zip(lines, keys, strict=True)):
                if line is None:
                    before = asked.count
                    lines[place] = drawn = draw(self.rows[place])
                    if asked.count == before:
                        _lines.put(key, drawn)

    @property
    def sums(self) -> SafeString:
        """The cells of the foot behind the first."""
        texts = [(column.align, self.totals.get(column.name, "")) for column in self.query.columns[1:]]
        return SafeString("".join([f'<td class="{align}">{text}</td>' for align, text in texts]))

    @property
    def _same_for_all(self) -> Hashable:
        """All that lines follow from, beside what was fetched of their rows."""
        return (
            type(self.pageset),
            tuple([column.name for column in self.query.columns]),
            self.query.sort.lstrip("-"),
            self.can_select,
            get_script_prefix(),
            get_language(),
            timezone.get_current_timezone_name(),
            timezone.localdate().year,
        )


class Asked:
    """Counts the statements that go through it."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        """Pass a statement on."""
        self.count += 1
        return execute(*arguments)


def _around_key(pageset: PageSet) -> tuple[str, str]:
    """The address of a row before and behind its key: resolved once, not for each row."""
    before, _zero, after = pageset.url("detail", 0).rpartition("0")
    return before, after


def _next_sort(current: str, key: str | None) -> str:
    return f"-{key}" if current == key else str(key)


def row_renderer(pageset: PageSet, columns: list[Column], *, can_select: bool) -> Draw:
    """
    The function that turns a row into its line of the table.

    All that is the same in every line is made once; what is left for a row is the text of its cells.
    """
    before, after = _around_key(pageset)
    first, *others = [renderer(column, pageset.model) for column in columns]
    cells = list(zip(map(_cell_start, columns[1:]), others, strict=True))
    subtitle = pageset.subtitle
    label = escape(_("Select"))

    def draw(row: Any) -> str:
        key = row.pk
        url = f"{before}{key}{after}"
        tick = (
            '<td class="w-1 p-no"><input class="form-check-input m-0" type="checkbox" name="pk"'
            f' value="{key}" aria-label="{label} {escape(row)}"></td>'
            if can_select
            else ""
        )
        sub = subtitle(row)
        small = f'<span class="sub">{sub if isinstance(sub, SafeString) else escape(sub)}</span>' if sub else ""
        rest = "".join([f"{start}{render(row)}</td>" for start, render in cells])
        name = f'<td class="p-start"><a class="strong" href="{url}">{first(row)}</a>{small}</td>'
        return f'<tr data-href="{url}">{tick}{name}{rest}</tr>'

    return draw


def _cell_start(column: Column) -> str:
    phone = "p-end" if column.name == "status" and column.phone == "p-no" else column.phone
    css = f"{column.align} {phone}".strip()
    heading = f' data-l="{escape(column.heading)}"' if column.align == "num" else ""
    return f'<td class="{css}"{heading}>'
