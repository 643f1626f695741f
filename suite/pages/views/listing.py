"""The list of an object type: filters, saved views, columns, sorting, paging, totals."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet, Sum
from django.http import HttpResponse, QueryDict
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from suite.pages import paging
from suite.pages.columns import Column, money, renderer
from suite.pages.filters import STEERING, chips
from suite.pages.forms import style
from suite.pages.models import ListPreference, SavedView
from suite.pages.pageset import PageSet
from suite.pages.registry import pageset_of
from suite.pages.views.base import PageView
from suite.search.filter import search_filter

PAGE_SIZES = (25, 50, 100)
TOTALS_UP_TO = 10_000


class ListQuery:
    """What a list's query string asks for, shared by page, export, bulk operations and API."""

    def __init__(self, pageset: PageSet, user: Any, params: QueryDict, action: str = "view") -> None:
        self.pageset, self.user, self.params, self.action = pageset, user, params, action

    @cached_property
    def filterset(self) -> Any:
        rows = self.pageset.annotate(self.pageset.queryset(self.user, self.action))
        filterset = self.pageset.filterset_class()(self.params, rows, user=self.user)
        style(filterset.form)
        return filterset

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """The filtered rows, unordered."""
        queryset = self.filterset.qs if self.filterset.is_valid() else self.filterset.queryset.none()
        q = self.params.get("q", "").strip()
        return search_filter(queryset, q) if q else queryset

    @cached_property
    def preference(self) -> ListPreference | None:
        return ListPreference.objects.filter(user=self.user, object_type=self.pageset.model._meta.label).first()

    @cached_property
    def columns(self) -> list[Column]:
        return self.pageset.list_columns(self.user, self.preference.columns if self.preference else ())

    @cached_property
    def sort(self) -> str:
        """Sort key; an unknown one falls back to the declared order."""
        wanted = self.params.get("sort", "")
        known = {c.sort for c in self.pageset.list_columns(self.user, [c.name for c in self.pageset.every_column()])}
        return wanted if wanted.lstrip("-") in known - {"", None} else self.pageset.ordering

    @cached_property
    def size(self) -> int:
        asked = self.params.get("size", "")
        if asked.isdigit() and int(asked) in PAGE_SIZES:
            return int(asked)
        return self.preference.page_size if self.preference and self.preference.page_size else PAGE_SIZES[1]

    def with_relations(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        from suite.pages.columns import relations

        paths = sorted({*relations(self.pageset.model, self.columns), *self.pageset.list_select})
        return queryset.select_related(*paths) if paths else queryset

    def page(self) -> paging.Page:
        return paging.page(
            self.with_relations(self.rows),
            key=self.sort,
            size=self.size,
            after=self.params.get("after", ""),
            before=self.params.get("before", ""),
            last="last" in self.params,
        )

    def query(self, **changes: Any) -> str:
        """The query string with changes; None removes a parameter; paging starts anew."""
        kept = [(k, v) for k, vs in self.params.lists() for v in vs if k not in {"after", "before", "last", *changes}]
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
        page = query.page()
        context = {
            "query": query,
            "page": page,
            "count": paging.count(query.rows),
            "table": table(self.pageset, query, page.rows, can_select=self._bulk_offered()),
            "totals": self._totals(query, page),
            "filterset": query.filterset,
            "chips": chips(query.filterset, request.GET),
            "views": self._views(query),
            "page_sizes": PAGE_SIZES,
            "is_filtered": bool(query.filters_only()),
            "breadcrumbs": self.crumbs(),
            "bulk_prints": [(slug, p.title) for slug, p in self.pageset.all_prints().items() if p.bulk],
            "bulk_actions": [a for a in self.pageset.actions_for(request.user) if a.bulk],
            "can_bulk_edit": bool(self.pageset.bulk_fields) and self.pageset.may(request.user, "change"),
            **_create_import_export(self.pageset, request.user),
        }
        partial = request.htmx and request.htmx.target == "list"
        return self.render("generic/_list.html" if partial else "generic/list.html", context)

    def _bulk_offered(self) -> bool:
        user = self.request.user
        return (
            self.pageset.may(user, "export")
            or bool(self.pageset.bulk_fields and self.pageset.may(user, "change"))
            or any(a.bulk for a in self.pageset.actions_for(user))
            or any(p.bulk for p in self.pageset.all_prints().values())
        )

    def _totals(self, query: ListQuery, page: paging.Page) -> dict[str, str]:
        names = [c.name for c in query.columns if c.name in self.pageset.totals]
        if not names or not page.rows:
            return {}
        if page.has_next or page.has_previous:
            if "totals" not in self.request.GET and paging.count(query.rows).number > TOTALS_UP_TO:
                return {"": ""}
        sums = query.rows.order_by().aggregate(**{f"sum_{n}": Sum(n) for n in names})
        return {name: money(sums[f"sum_{name}"]) for name in names}

    def _views(self, query: ListQuery) -> list[dict[str, Any]]:
        label = self.pageset.model._meta.label
        current = query.filters_only()
        saved = SavedView.objects.filter(Q(user=self.request.user) | Q(is_shared=True), object_type=label)
        views: list[dict[str, Any]] = [{"title": _("All"), "query": "", "is_current": not current}]
        for each in self.pageset.views:
            views.append({"title": each.title, "query": each.query, "is_current": current == each.query})
        for kept in saved:
            own = kept.user_id == self.request.user.pk
            views.append(
                {
                    "title": kept.name,
                    "query": kept.query,
                    "is_current": current == kept.query,
                    "pk": kept.pk,
                    "is_own": own,
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


def table(pageset: PageSet, query: ListQuery, rows: list[Any], *, can_select: bool) -> dict[str, Any]:
    """Head and body of the table; the body is one string."""
    renderers = [(c, renderer(c, pageset.model)) for c in query.columns]
    head = [
        {
            "column": c,
            "sorted": "" if query.sort.lstrip("-") != c.sort else ("desc" if query.sort.startswith("-") else "asc"),
            "query": query.query(sort=_next_sort(query.sort, c.sort)) if c.sort else "",
        }
        for c in query.columns
    ]
    link = _linker(pageset)
    body = "".join(_row(pageset, row, renderers, link(row), can_select) for row in rows)
    return {"head": head, "body": SafeString(body), "can_select": can_select}


def _linker(pageset: PageSet) -> Any:
    """Function from row to its address; the URL is resolved once, not for each row."""
    pattern = pageset.url("detail", 0)
    before, _zero, after = pattern.rpartition("0")
    return lambda row: f"{before}{row.pk}{after}"


def _next_sort(current: str, key: str | None) -> str:
    return f"-{key}" if current == key else str(key)


def _row(pageset: PageSet, row: Any, renderers: list[Any], url: str, can_select: bool) -> str:
    cells = []
    if can_select:
        label = escape(_("Select"))
        cells.append(
            '<td class="w-1 p-no"><input class="form-check-input m-0" type="checkbox" name="pk"'
            f' value="{row.pk}" aria-label="{label} {escape(row)}"></td>'
        )
    for index, (column, render) in enumerate(renderers):
        html = render(row)
        if index == 0:
            sub = pageset.subtitle(row)
            small = f'<span class="sub">{sub if isinstance(sub, SafeString) else escape(sub)}</span>' if sub else ""
            cells.append(f'<td class="p-start"><a class="strong" href="{url}">{html}</a>{small}</td>')
            continue
        phone = "p-end" if column.name == "status" and column.phone == "p-no" else column.phone
        css = f"{column.align} {phone}".strip()
        heading = f' data-l="{escape(column.heading)}"' if column.align == "num" else ""
        cells.append(f'<td class="{css}"{heading}>{html}</td>')
    return f'<tr data-href="{url}">{"".join(cells)}</tr>'


def _importer(pageset: PageSet, user: Any) -> PageSet | None:
    """The pages by which rows come out of a file: its own or those of another object type; None if nobody may."""
    found = pageset_of(pageset.imported_as) if pageset.imported_as else pageset
    return found if found is not None and found.is_importable and found.may(user, "import") else None
