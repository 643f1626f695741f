"""The one door of all pages and API routes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from suite.modules import state
from suite.modules.registry import Module, registry


def module_of_view(view: Callable[..., Any]) -> Module | None:
    """Return the module a view function belongs to, None for views of libraries."""
    dotted = getattr(view, "module_path", None)
    if dotted is None:
        inner = getattr(view, "view_class", None) or getattr(view, "cls", None) or view
        dotted = inner.__module__
    try:
        return registry.owner(dotted)
    except LookupError:
        return None


class ModuleMiddleware:
    """Close every URL of a module that is off."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Read with the session, where there is one.
        state.start_request(getattr(request.session, "generation", None))
        try:
            return self.get_response(request)
        finally:
            state.end_request()

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        module = module_of_view(view)
        if module is None or state.is_enabled(module):
            return None
        if request.path.startswith("/api/"):
            problem = {
                "type": "about:blank",
                "title": _("This system is off."),
                "status": 403,
                "code": "module-disabled",
                "detail": _("%(module)s is not turned on.") % {"module": module.title},
                "module": module.code,
            }
            return JsonResponse(problem, status=403, content_type="application/problem+json")
        return render(request, "404.html", {"module_off": module}, status=404)
