"""A file into rows."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse

from suite.pages.views.base import PageView


class ImportView(PageView):
    """Upload, look at what would happen, import."""

    action = "import"

    def get(self, request: Any) -> HttpResponse:
        return self.render("generic/import.html", {"breadcrumbs": self.crumbs()})


class ImportTemplateView(PageView):
    """The empty file to fill in."""

    action = "import"

    def get(self, request: Any) -> HttpResponse:
        return HttpResponse(status=204)
