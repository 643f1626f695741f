"""
The activity of an object: what several tables say happened to it, merged newest first.

Each table is a :class:`StreamSource`: a query set and a function that turns its rows into entries. A page of the
stream reads at most one page from each source, from the place where the page before ended, so it costs the same
number of queries however long the stream is.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from suite.access.models import User
from suite.activity.choices import StreamTab
from suite.activity.targets import Target
from suite.hooks import Gather
from suite.pages.columns import short_date

PAGE = 20
# A page whose rows all turn out to have nothing to show is read on this often.
ROUNDS = 3


@dataclass(frozen=True)
class Change:
    """One field that changed, as a person reads it; empty text: no value."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class StreamEntry:
    """
    One thing that happened.

    :param actor: the user who did it, None: the system.
    :param text: what was done, following the actor's name ("commented").
    :param subject: shown instead of the actor's name, e.g. the number of a document.
    :param body: what a person wrote, shown in a bubble; plain text.
    :param names: full or user names that stand marked in the body after an @.
    :param note: a muted second line.
    :param url: page that the note, or without one the subject, leads to.
    :param icon: empty: the actor's avatar.
    :param tone: ``ok`` for what was approved or finished.
    :param row: the comment or attachment itself.
    """

    at: datetime
    actor: User | None = None
    text: Any = ""
    subject: Any = ""
    body: str = ""
    names: tuple[str, ...] = ()
    note: Any = ""
    url: str = ""
    icon: str = ""
    tone: str = ""
    changes: tuple[Change, ...] = ()
    kind: str = ""
    row: Any = None
    is_own: bool = False
    can_delete: bool = False

    @property
    def when(self) -> str:
        """The time of today, the date of other days."""
        moment = timezone.localtime(self.at)
        return f"{moment:%H:%M}" if moment.date() == timezone.localdate() else short_date(self.at)

    @property
    def parts(self) -> list[tuple[bool, str]]:
        """The body cut into names (True) and the text between them (False)."""
        if not self.names:
            return [(False, self.body)]
        pattern = "|".join(re.escape(f"@{name}") for name in sorted(self.names, key=len, reverse=True))
        pieces = re.split(f"({pattern})", self.body)
        return [(bool(index % 2), piece) for index, piece in enumerate(pieces) if piece]


@dataclass(frozen=True)
class StreamSource:
    """
    A table that says what happened to an object.

    :param code: unique name, decides the order of what happened at the same moment.
    :param rows: the rows of this object that the user may see, in any order.
    :param render: turns rows into entries, one for each in the same order; None: nothing to show.
    :param at: name of the field or annotation that holds the moment.
    :param tab: the tab it is shown under beside "all".
    """

    code: str
    rows: QuerySet[Any]
    render: Callable[[Sequence[Any]], list[StreamEntry | None]]
    at: str = "created_at"
    tab: StreamTab = StreamTab.ALL


@Gather
def stream_entries(obj: models.Model, user: User) -> StreamSource | None:
    """What another slice or system knows about an object; None: nothing."""


@dataclass(frozen=True)
class Stream:
    """A page of the activity of an object; iterates over its entries."""

    target: Target
    entries: list[StreamEntry]
    more: str = ""
    tab: StreamTab = StreamTab.ALL
    comment_count: int = 0

    @property
    def tabs(self) -> list[tuple[str, Any, int]]:
        """The tabs with how much is under each; 0: not counted."""
        counts = {StreamTab.COMMENTS: self.comment_count}
        return [(tab.value, tab.label, counts.get(tab, 0)) for tab in StreamTab]

    def __iter__(self) -> Iterator[StreamEntry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(frozen=True)
class Cursor:
    """The last thing of the page before."""

    at: datetime
    code: str
    pk: int

    def encode(self) -> str:
        raw = json.dumps([self.at.isoformat(), self.code, self.pk])
        return base64.urlsafe_b64encode(raw.encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Cursor | None:
        """Read a cursor from a URL; None when it is damaged."""
        try:
            at, code, pk = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            moment = datetime.fromisoformat(at)
            return cls(moment, str(code), int(pk)) if moment.tzinfo else None
        except (ValueError, TypeError):
            return None


@dataclass(frozen=True)
class _Item:
    """A row in its place among those of all sources: newest first, then by source, then newest key first."""

    at: datetime
    source: StreamSource
    row: Any

    @property
    def place(self) -> tuple[float, str, int]:
        return (-self.at.timestamp(), self.source.code, -self.row.pk)


def read(sources: Sequence[StreamSource], *, cursor: str = "", size: int = PAGE) -> tuple[list[StreamEntry], str]:
    """Return one page of the merged sources and the cursor of the next one, empty at the end."""
    position = Cursor.decode(cursor) if cursor else None
    entries: list[StreamEntry] = []
    for _round in range(ROUNDS):
        items = [item for source in sources for item in _window(source, position, size)]
        items.sort(key=lambda item: item.place)
        shown = items[:size]
        entries = _render(shown)
        if len(items) <= size:
            return entries, ""
        last = shown[-1]
        position = Cursor(last.at, last.source.code, last.row.pk)
        if entries:
            break
    return entries, position.encode() if position else ""


def _window(source: StreamSource, position: Cursor | None, size: int) -> list[_Item]:
    rows = source.rows
    if position is not None:
        rows = rows.filter(_after(source, position))
    found = rows.order_by(f"-{source.at}", "-pk")[: size + 1]
    return [_Item(getattr(row, source.at), source, row) for row in found]


def _after(source: StreamSource, position: Cursor) -> Q:
    older = Q(**{f"{source.at}__lt": position.at})
    same = Q(**{source.at: position.at})
    if source.code > position.code:
        return older | same
    if source.code == position.code:
        return older | (same & Q(pk__lt=position.pk))
    return older


def _render(items: Sequence[_Item]) -> list[StreamEntry]:
    by_source: dict[str, list[_Item]] = {}
    for item in items:
        by_source.setdefault(item.source.code, []).append(item)
    rendered: dict[tuple[str, int], StreamEntry | None] = {}
    for code, same in by_source.items():
        entries = same[0].source.render([item.row for item in same])
        rendered |= {(code, item.row.pk): entry for item, entry in zip(same, entries, strict=True)}
    found = (rendered[item.source.code, item.row.pk] for item in items)
    return [entry for entry in found if entry is not None]
