"""The search page and what drops down below the search box."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from suite.search.selectors import search_everything

MAX_LENGTH = 100


@login_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """The page of everything found."""
    return _answer(request, "search/search.html")


@login_required
@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """The partial below the search box."""
    return _answer(request, "search/_suggest.html")


def _answer(request: HttpRequest, template: str) -> HttpResponse:
    query = request.GET.get("q", "")[:MAX_LENGTH].strip()
    return render(request, template, {"query": query, "groups": search_everything(user=request.user, q=query)})
