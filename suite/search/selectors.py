"""The one search box over everything a user may see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.html import strip_tags

from suite.core.gs1 import searched
from suite.core.reading import with_related
from suite.pages.pageset import PageSet
from suite.pages.registry import pagesets
from suite.search.filter import code_columns, search_filter
from suite.search.text import query_tokens

HITS = 5
# Rows of one object type looked at for the best ones.
CANDIDATES = 20


@dataclass(frozen=True)
class Hit:
    """One row found."""

    title: Any
    sub: Any
    url: str
    badge: Any = ""
    is_exact: bool = False


@dataclass(frozen=True)
class Group:
    """
    What was found of one object type.

    :param url: the list of all rows found.
    """

    title: str
    icon: str
    url: str
    has_more: bool = False
    hits: list[Hit] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Whether the query names a row of it by number or code."""
        return any(hit.is_exact for hit in self.hits)


def search_everything(*, user: Any, q: str) -> list[Group]:
    """
    Return the best rows of each object type that the user may see, one bounded query for each type.

    A row whose number or code is the query comes first, and so does its group. What a scanner read off a label is
    searched by the number in it.
    """
    q = searched(q)
    if not query_tokens(q):
        return []
    found = [_search(each, user, q.strip()) for each in pagesets() if each.is_searchable and each.is_available(user)]
    return sorted((group for group in found if group.hits), key=lambda group: not group.is_exact)


def _search(pageset: PageSet, user: Any, q: str) -> Group:
    rows = list(_candidates(pageset, user, q))
    unique = list({row.pk: row for row in rows}.values())
    exact = {row.pk for row in unique if _is_exact(row, q)}
    hits = []
    for row in unique:
        title, sub, badge = pageset.hit(row)
        hits.append((row.pk, Hit(title, sub, pageset.url("detail", row.pk), badge, row.pk in exact)))
    hits.sort(key=lambda each: _rank(each[0], each[1], q))
    url = f"{pageset.url('list')}?{urlencode({'q': q})}"
    return Group(pageset.title_plural, pageset.icon, url, len(hits) > HITS, [hit for _pk, hit in hits[:HITS]])


def _candidates(pageset: PageSet, user: Any, q: str) -> QuerySet[Any]:
    """The rows named exactly, then some that match: one statement, and no sorting of all matches."""
    rows = with_related(pageset.queryset(user), pageset.list_select).order_by()
    matching = search_filter(rows, q)[:CANDIDATES]
    columns = code_columns(pageset.model)
    if not columns:
        return matching
    named = Q()
    for name in columns:
        named |= Q(**{f"{name}__in": _spellings(q)})
    return rows.filter(named)[:HITS].union(matching, all=True)


def _spellings(q: str) -> list[str]:
    return list(dict.fromkeys((q, q.upper(), q.lower())))


def _is_exact(row: Any, q: str) -> bool:
    return any(str(getattr(row, name)).casefold() == q.casefold() for name in code_columns(type(row)))


def _rank(pk: int, hit: Hit, q: str) -> tuple[bool, bool, int]:
    return not hit.is_exact, not strip_tags(str(hit.title)).casefold().startswith(q.casefold()), -pk
