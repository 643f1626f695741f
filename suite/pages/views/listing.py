"""The list of an object type: filters, saved views, columns, sorting, paging, totals."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from functools import cached_property, partial
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet, Sum
from django.http import HttpResponse, QueryDict
from django.urls import get_script_prefix
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from suite.access.grants import grants_of
from suite.access.restrict import stand_in
from suite.core.reading import put_in, with_related
from suite.modules import state
from suite.pages import paging
from suite.pages.columns import Column, money, quantity, relations
from suite.pages.filters import STEERING, Chip, chips, offered_filters, shows_no_rows
from suite.pages.forms import style
from suite.pages.pageset import PageSet
from suite.pages.registry import pageset_of
from suite.pages.rows import read_rows
from suite.pages.selectors import ListChoices, list_choices, list_surroundings
from suite.pages.shell import approvals_statement
from suite.pages.views.base import PageView
from suite.pages.views.table import Table
from suite.search.filter import search_filter

PAGE_SIZES = (25, 50, 100)
TOTALS_UP_TO = 10_000
# Query parameters that say which page is shown; every other change starts again from the first.
PAGING = frozenset({"after", "before", "last"})
# What may be asked for where the frame of a list is kept.
FRAMED = frozenset({"sort", "size", "as"})
SHAPES = (None, ["list"], ["board"], ["tree"])


class ListQuery:
    """What a list's query string asks for, shared by page, export, bulk operations and API."""

    def __init__(self, pageset: PageSet, user: Any, params: QueryDict, action: str = "view") -> None:
        self.pageset, self.user, self.params, self.action = pageset, user, params, action
        self.shape = "list"

    @cached_property
    def filterset(self) -> Any:
        rows = self.pageset.annotate(self.pageset.queryset(self.user, self.action))
        filterset = self.pageset.filterset_class()(self.params, rows, user=self.user)
        style(filterset.form)
        return filterset

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """The filtered rows, unordered."""
        if not self.has_filters:
            queryset = self.pageset.annotate(self.pageset.queryset(self.user, self.action))
        else:
            queryset = self.filterset.qs if self.filterset.is_valid() else self.filterset.queryset.none()
        q = self.params.get("q", "").strip()
        return search_filter(queryset, q) if q else queryset

    @cached_property
    def kept_for(self) -> Hashable | None:
        """
        What the statement of the rows follows from, beside the key of the user, if it follows from that alone.

        None with filters and search, where code of the page set has a part in which rows there are, and for those who
        act for a party.
        """
        user = self.user
        if self.has_filters or self.params.get("q", "").strip() or not self.pageset.is_plain:
            return None
        if not user.is_active or user.is_portal:
            return None
        held = None if user.is_superuser else grants_of(user)
        return (type(self.pageset), self.action, held, state.enabled_codes())

    def for_all(self) -> QuerySet[Any]:
        """The rows as :func:`suite.access.restrict.stand_in` asks for them."""
        return self.pageset.queryset(stand_in(self.user), self.action)

    @cached_property
    def has_filters(self) -> bool:
        """Whether something beside search and steering is asked for: a filter that is given nothing does nothing."""
        return not self.params.keys() <= STEERING

    @cached_property
    def chips(self) -> list[Chip]:
        return chips(self.filterset, self.params)

    @cached_property
    def frame_key(self) -> tuple[Any, ...] | None:
        """
        All that the head and the filters of the list follow from, beside what the page itself is given.

        None with filters and where rows are offered in the form: names of rows must be read each time.
        """
        kind = self.pageset.filterset_class()
        asked = {key: values for key, values in self.params.lists() if key not in PAGING}
        if self.has_filters or not asked.keys() <= FRAMED or not shows_no_rows(kind):
            return None
        understood = {"sort": [self.sort], "size": [str(self.size)]}
        if any(values != understood.get(key, values) for key, values in asked.items()) or asked.get("as") not in SHAPES:
            # Any text can be asked for; only what means something is kept.
            return None
        return (
            self.pageset.model._meta.label,
            self.shape,
            get_script_prefix(),
            tuple((key, *values) for key, values in asked.items()),
            self.size,
            tuple(column.name for column in self.columns),
            tuple(column.name for column, _is_shown in self.column_choices),
            offered_filters(kind, self.user),
        )

    def key(self, *more: Any) -> tuple[Any, ...] | None:
        """The key of a part of the page that shows more than the frame; None where the frame has none."""
        return None if self.frame_key is None else (*self.frame_key, *more)

    @cached_property
    def chosen(self) -> ListChoices:
        """What the user chose about this list."""
        return list_choices(self.user, self.pageset.model)

    @cached_property
    def columns(self) -> list[Column]:
        return self.pageset.list_columns(self.user, self.chosen.columns)

    @cached_property
    def sort(self) -> str:
        """Sort key; an unknown one falls back to the declared order."""
        wanted = self.params.get("sort", "")
        if not wanted:
            return self.pageset.ordering
        known = {c.sort for c in self.pageset.list_columns(self.user, [c.name for c in self.pageset.every_column()])}
        return wanted if wanted.lstrip("-") in known - {"", None} else self.pageset.ordering

    @cached_property
    def size(self) -> int:
        asked = self.params.get("size", "")
        if asked.isdecimal() and int(asked) in PAGE_SIZES:
            return int(asked)
        return self.chosen.page_size or PAGE_SIZES[1]

    def with_relations(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return with_related(queryset, self.relations)

    @property
    def relations(self) -> list[str]:
        """Paths to the rows that the listed ones show."""
        return sorted({*relations(self.pageset.model, self.columns), *self.pageset.list_select})

    @cached_property
    def has_code(self) -> bool:
        """Whether code of the page set has a part in the lines of the table."""
        return type(self.pageset).subtitle is not PageSet.subtitle or any(
            column.render is not None or column.value is not None or column.field is None for column in self.columns
        )

    @property
    def looked_at(self) -> frozenset[str]:
        """Paths to the rows that the page set's own code looks at, ``""`` for the listed ones."""
        if not self.has_code:
            return frozenset()
        paths = (path.split("__") for path in self.pageset.list_select)
        chains = {"__".join(parts[:length]) for parts in paths for length in range(1, len(parts) + 1)}
        return frozenset({*chains, ""})

    def page(self, read: paging.Read | None = None) -> paging.Page:
        """
        The page that is asked for.

        :param read: reads its rows; without it they are read for showing them in the list's columns.
        """
        params = self.params
        is_kept = read is None and self.kept_for is not None and all(params.get(name) is None for name in PAGING)
        return paging.page(
            SimpleLazyObject(self.for_all) if is_kept else self.rows,  # type: ignore[arg-type]
            key=self.sort,
            size=self.size,
            after=params.get("after", ""),
            before=params.get("before", ""),
            last="last" in params,
            read=read or self._reader(is_kept=is_kept),
        )

    def _reader(self, *, is_kept: bool) -> paging.Read:
        paths, whole = self.relations, self.looked_at
        shown = frozenset({self.sort.lstrip("-"), *self.pageset.totals, *(column.name for column in self.columns)})
        known = partial(read_rows, paths=paths, shown=shown, whole=whole)
        if not is_kept:
            return known
        kept_as = (self.kept_for, tuple(paths), shown, whole, self.sort, self.size)
        return partial(known, kept_as=kept_as, number=self.user.pk)

    def query(self, **changes: Any) -> str:
        """The query string with changes; None removes a parameter; paging starts anew."""
        kept = [(k, v) for k, vs in self.params.lists() for v in vs if k not in {*PAGING, *changes}]
        return urlencode([*kept, *((k, v) for k, v in changes.items() if v is not None)])

    @property
    def column_choices(self) -> list[tuple[Column, bool]]:
        """Shown columns in order, then the others; the first always stays."""
        shown = [c.name for c in self.columns]
        every = self.pageset.list_columns(self.user, [c.name for c in self.pageset.every_column()])
        return [(c, True) for c in self.columns[1:]] + [(c, False) for c in every if c.name not in shown]

    @property
    def filter_params(self) -> list[tuple[str, str]]:
        """Current filters, kept when the search box is used."""
        skip = {"q", "after", "before", "last", "columns"}
        return [(k, v) for k, vs in self.params.lists() for v in vs if k not in skip]

    @property
    def kept_params(self) -> list[tuple[str, str]]:
        """What the filter form keeps: search, sort and shape of the list."""
        return [(k, v) for k, vs in self.params.lists() for v in vs if k in {"q", "sort", "as", "size"}]

    def filters_only(self) -> str:
        """The query string of the filters alone, as a saved view keeps it."""
        return urlencode(
            [(k, v) for k, vs in self.params.lists() for v in vs if k not in STEERING or k in {"q", "sort"}]
        )


class ListView(PageView):
    """The list page; htmx gets the card alone."""

    action = "view"

    def get(self, request: Any) -> HttpResponse:
        if self.pageset.kanban and request.GET.get("as", self.pageset.starts_as) == "board":
            from suite.pages.views.board import board_response

            return board_response(self)
        if self.pageset.tree and request.GET.get("as", self.pageset.starts_as) == "tree":
            from suite.pages.views.board import tree_response

            return tree_response(self)
        query = ListQuery(self.pageset, request.user, request.GET)
        is_part = request.htmx and request.htmx.target == "list"
        counted = () if is_part else self._ask_along(query)
        page = query.page()
        summed = [c.name for c in query.columns if c.name in self.pageset.totals]
        count = self._count(query, page, counted, summed)
        totals = self._totals(query, page, count, summed)
        table = Table(self.pageset, query, page.rows, totals, can_select=self._bulk_offered())
        context = {
            "frame": None if request.viewing_as else query.frame_key,
            "query": query,
            "page": page,
            "count": count,
            "number": quantity(Decimal(count.number)),
            "table": table,
            "totals": totals,
            "views": self._views(query),
            "page_sizes": PAGE_SIZES,
            "is_filtered": bool(query.filters_only()),
            "breadcrumbs": self.crumbs(),
            "bulk_prints": [(slug, p.title) for slug, p in self.pageset.all_prints().items() if p.bulk],
            "bulk_actions": [a for a in self.pageset.actions_for(request.user) if a.bulk],
            "top": self.pageset.list_top(request.user),
            "can_bulk_edit": bool(self.pageset.bulk_fields) and self.pageset.may(request.user, "change"),
            **_create_import_export(self.pageset, request.user),
        }
        template = "generic/_list.html" if is_part else "generic/list.html"
        return self.render(template, {**context, **_keys(query, page, context)})

    def _ask_along(self, query: ListQuery) -> tuple[Any, ...]:
        """Ask at once for the user's choices, what stands around the page and, if its statement is kept, the count."""
        counted: tuple[Any, ...] = ()
        if query.kept_for is not None:
            counting = paging.count_statement(query.for_all, tuple(self.pageset.totals), query.kept_for)
            counted = (counting.statement, put_in(counting.parameters, self.user.pk))
        found = list_surroundings(self.user, self.pageset.model, approvals_statement(), *counted)
        query.chosen, self.request.surroundings = found.choices, found.surroundings  # type: ignore[attr-defined]
        return found.counted

    def _count(self, query: ListQuery, page: paging.Page, counted: tuple[Any, ...], summed: list[str]) -> paging.Count:
        """How many rows there are: as the page itself shows, as was asked along, or else asked for now."""
        shown = paging.count_shown(page, summed)
        if shown is not None:
            return shown
        if counted:
            return paging.count_of(counted, lambda: query.rows, tuple(self.pageset.totals))
        return paging.count(query.rows, summed)

    def _bulk_offered(self) -> bool:
        user = self.request.user
        return (
            self.pageset.may(user, "export")
            or bool(self.pageset.bulk_fields and self.pageset.may(user, "change"))
            or any(a.bulk for a in self.pageset.actions_for(user))
            or any(p.bulk for p in self.pageset.all_prints().values())
        )

    def _totals(self, query: ListQuery, page: paging.Page, count: paging.Count, names: list[str]) -> dict[str, str]:
        if not names or not page.rows:
            return {}
        if count.is_exact:
            return {name: money(count.sums[name]) for name in names}
        if "totals" not in self.request.GET and count.number > TOTALS_UP_TO:
            return {"": ""}
        sums = query.rows.order_by().aggregate(**{f"sum_{n}": Sum(n) for n in names})
        return {name: money(sums[f"sum_{name}"]) for name in names}

    def _views(self, query: ListQuery) -> list[dict[str, Any]]:
        current = query.filters_only()
        views: list[dict[str, Any]] = [{"title": _("All"), "query": "", "is_current": not current}]
        for each in self.pageset.views:
            views.append({"title": str(each.title), "query": each.query, "is_current": current == each.query})
        for kept in query.chosen.views:
            views.append(
                {
                    "title": kept.name,
                    "query": kept.query,
                    "is_current": current == kept.query,
                    "pk": kept.pk,
                    "is_own": kept.user_pk == self.request.user.pk,
                    "is_shared": kept.is_shared,
                }
            )
        return views


def _create_import_export(pageset: PageSet, user: Any) -> dict[str, Any]:
    return {
        "can_create": pageset.may(user, "add") and bool(pageset.fields or pageset.create_service),
        "importer": _importer(pageset, user),
        "can_export": pageset.may(user, "export"),
    }


def _keys(query: ListQuery, page: paging.Page, context: dict[str, Any]) -> dict[str, Any]:
    """What the parts of the page follow from, beside the frame."""
    importer = context["importer"]
    return {
        "header_key": query.key(
            importer.name if importer else "", context["can_export"], context["can_create"], context["count"].is_exact
        ),
        "top_key": query.key(
            tuple(tuple(view.items()) for view in context["views"]),
            context["table"].can_select,
            page.has_next or page.has_previous,
            tuple(action.slug for action in context["bulk_actions"]),
            context["can_bulk_edit"],
            context["can_export"],
        ),
        "head_key": query.key(context["table"].can_select),
        "foot_key": query.key(page.first is None, page.has_next, page.has_previous),
    }


def _importer(pageset: PageSet, user: Any) -> PageSet | None:
    """The pages by which rows come out of a file: its own or those of another object type; None if nobody may."""
    found = pageset_of(pageset.imported_as) if pageset.imported_as else pageset
    return found if found is not None and found.is_importable and found.may(user, "import") else None
