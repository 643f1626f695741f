"""Choices of async selects: rows of an object type by code, name or pinyin initials."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import FieldError, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.html import strip_tags

from suite.modules import state
from suite.pages.registry import pagesets
from suite.search.filter import search_filter

LIMIT = 20


@login_required
def lookup(request: HttpRequest, label: str) -> HttpResponse:
    """
    JSON ``{"results": [{"id", "text", "sub", "data"}], "more": bool}``.

    Further parameters narrow the choice by the row's own fields, e.g. ``customer=5``. Paths through relations are not
    followed: they would let values be guessed that the user may not see. With ``value=party`` the id is that of the
    row's own relation ``party``.
    """
    app_label, _dot, name = label.partition(".")
    pageset = next((p for p in pagesets(enabled_only=False) if (p.app_label, p.name) == (app_label, name)), None)
    if pageset is None or not state.is_enabled(pageset.module):
        raise Http404
    if not pageset.may(request.user, "view"):
        raise PermissionDenied
    queryset = pageset.choices(pageset.model._default_manager.all(), request.user)
    narrowing = {k: v for k, v in request.GET.items() if k not in {"q", "exact", "value"} and v and "password" not in k}
    try:
        queryset = queryset.filter(**{k: v for k, v in narrowing.items() if k in _fields(pageset)})
    except (FieldError, ValueError, ValidationError):
        queryset = queryset.none()
    q = request.GET.get("q", "").strip()
    if "exact" in request.GET and "code" in _fields(pageset):
        queryset = queryset.filter(code__iexact=q)
    elif q:
        queryset = search_filter(queryset, q)
    rows = list(queryset[: LIMIT + 1])
    key = _key(pageset, request.GET.get("value", ""))
    results = [_result(pageset, row, key) for row in rows[:LIMIT]]
    return JsonResponse({"results": results, "more": len(rows) > LIMIT})


def _fields(pageset: Any) -> set[str]:
    return {f.name for f in pageset.model._meta.get_fields()} - set(getattr(pageset.model, "sensitive_fields", ()))


def _key(pageset: Any, relation: str) -> str:
    """Column that names the rows: their own key, or that of one of their relations."""
    if not relation:
        return "pk"
    known = {field.name: field.attname for field in pageset.model._meta.concrete_fields if field.is_relation}
    if relation not in known or relation not in _fields(pageset):
        raise Http404
    return str(known[relation])


def _result(pageset: Any, row: Any, key: str) -> dict[str, Any]:
    title, sub, _badge = pageset.hit(row)
    return {
        "id": getattr(row, key),
        "text": strip_tags(str(title)),
        "sub": strip_tags(str(sub)),
        "data": pageset.lookup_data(row),
    }
