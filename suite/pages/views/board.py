"""Board and tree: other shapes of a list."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Count, Sum
from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from suite.core.errors import DomainError, InvalidInput
from suite.pages.views.base import PageView
from suite.pages.views.listing import ListQuery, ListView, _create_import_export


def board_response(view: ListView) -> HttpResponse:
    """The board page; htmx gets the lanes alone."""
    pageset, request = view.pageset, view.request
    spec = pageset.kanban
    assert spec is not None  # noqa: S101 the caller checked
    query = ListQuery(pageset, request.user, request.GET)
    query.shape = "board"
    lanes = [_lane(view, query, lane) for lane in spec.lanes(request.user)]
    context = {
        "query": query,
        "lanes": lanes,
        "card": spec.card,
        "move_url": pageset.url("move"),
        "summary": spec.summary(request.user, query.rows) if spec.summary else {},
        "can_move": pageset.may(request.user, spec.permission)
        or request.user.has_perm(pageset.permission(spec.permission)),
        "breadcrumbs": view.crumbs(),
        **_create_import_export(pageset, request.user),
    }
    partial = request.htmx and request.htmx.target == "board"  # type: ignore[attr-defined]
    return view.render("generic/_board.html" if partial else "generic/board.html", context)


def _lane(view: ListView, query: ListQuery, lane: Any) -> dict[str, Any]:
    spec = view.pageset.kanban
    assert spec is not None  # noqa: S101
    key, title, tone, percent = lane
    rows = query.rows.filter(**{spec.lane_of: key}).order_by()
    sums = rows.aggregate(n=Count("pk"), **({"amount": Sum(spec.amount)} if spec.amount else {}))
    amount = sums.get("amount")
    shown = query.with_relations(rows).order_by(view.pageset.ordering, "pk")[: spec.limit]
    return {
        "key": key,
        "title": title,
        "tone": tone,
        "percent": percent,
        "count": sums["n"],
        "amount": amount,
        "weighted": amount * percent / 100 if amount is not None and percent is not None else None,
        "rows": list(shown) if sums["n"] else [],
        "more": max(0, sums["n"] - spec.limit),
    }


class MoveView(PageView):
    """A card dropped on a lane."""

    action = "view"

    def post(self, request: Any) -> HttpResponse:
        spec = self.pageset.kanban
        if spec is None or not request.user.has_perm(self.pageset.permission(spec.permission)):
            raise PermissionDenied
        pk, lane, version = (request.POST.get(n, "") for n in ("pk", "lane", "version"))
        try:
            with transaction.atomic():
                if not pk.isdecimal():
                    raise InvalidInput(_("Nothing is selected."))
                row = self.row(int(pk), spec.permission, lock=True)
                row.check_version(int(version) if version.isdecimal() else None)
                asks = spec.needs(row, lane) if spec.needs else ""
                if asks:
                    return JsonResponse({"needs": self.pageset.url("action", row.pk, asks)})
                moved = spec.move(**{self.pageset.name: row}, lane=lane, actor=request.user, at=self.now)
        except DomainError as error:
            problem = {"title": str(error), "detail": str(error), "status": error.status, "code": error.code}
            return JsonResponse(problem, status=error.status, content_type="application/problem+json")
        return JsonResponse({"pk": moved.pk, "version": moved.version, "lane": lane})


def tree_response(view: ListView) -> HttpResponse:
    """All rows as a tree; rows whose parent is hidden stand at the top."""
    pageset, request = view.pageset, view.request
    spec = pageset.tree
    assert spec is not None  # noqa: S101
    query = ListQuery(pageset, request.user, request.GET)
    query.shape = "tree"
    rows = list(query.with_relations(query.rows).order_by(pageset.ordering.lstrip("-"), "pk")[:5000])
    present = {row.pk for row in rows}
    children: dict[int | None, list[Any]] = defaultdict(list)
    for row in rows:
        parent = getattr(row, f"{spec.parent}_id")
        children[parent if parent in present else None].append(row)

    def nodes(parent: int | None) -> list[dict[str, Any]]:
        return [
            {"row": row, "label": spec.label(row) if spec.label else str(row), "children": nodes(row.pk)}
            for row in children.get(parent, [])
        ]

    context = {
        "query": query,
        "nodes": nodes(None),
        "count": len(rows),
        "breadcrumbs": view.crumbs(),
        **_create_import_export(pageset, request.user),
    }
    return view.render("generic/tree.html", context)
