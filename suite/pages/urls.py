"""URLs of all PageSets, composed from their small views."""

from __future__ import annotations

from collections import defaultdict
from importlib import import_module
from typing import Any

from django.apps import apps
from django.urls import URLResolver, include, path

from suite.pages.pageset import PageSet
from suite.pages.registry import pagesets
from suite.pages.views.acting import ActionView, BulkView
from suite.pages.views.advice import AdviceView
from suite.pages.views.board import MoveView
from suite.pages.views.detail import DetailView, HistoryView
from suite.pages.views.edit import CreateView, DeleteView, EditView
from suite.pages.views.exporting import ExportView
from suite.pages.views.importing import ImportTemplateView, ImportView
from suite.pages.views.listing import ListView
from suite.pages.views.preferences import ColumnsView, DeleteViewView, SaveViewView
from suite.pages.views.printing import PrintSelectedView, PrintView

# Where the pages of the kernel's own object types stand.
PREFIXES = {"suite": "masters"}


def pageset_urls(pageset: PageSet) -> URLResolver:
    """The pages of one object type, below its own segment: the others are passed over in one step."""
    name = pageset.name
    views: list[tuple[str, str, Any]] = [
        ("list", "", ListView),
        ("create", "new/", CreateView),
        ("bulk", "bulk/", BulkView),
        ("advice", "advice/", AdviceView),
        ("export", "export/", ExportView),
        ("import", "import/", ImportView),
        ("import-template", "import/template/", ImportTemplateView),
        ("columns", "columns/", ColumnsView),
        ("save-view", "views/", SaveViewView),
        ("delete-view", "views/<int:view_pk>/delete/", DeleteViewView),
        ("move", "move/", MoveView),
        ("detail", "<int:pk>/", DetailView),
        ("edit", "<int:pk>/edit/", EditView),
        ("delete", "<int:pk>/delete/", DeleteView),
        ("history", "<int:pk>/history/", HistoryView),
        ("print", "<int:pk>/print/", PrintView),
        ("print", "<int:pk>/print/<slug:slug>/", PrintView),
        ("print-selected", "print/<slug:slug>/", PrintSelectedView),
        ("action", "<int:pk>/actions/<slug:slug>/", ActionView),
    ]
    patterns = [path(tail, view.bind(pageset), name=f"{name}-{what}") for what, tail, view in views]
    return path(f"{pageset.path}/", include(patterns))


def app_urls() -> list[URLResolver]:
    """For each app one name space with its own pages first, then those of its PageSets."""
    patterns: dict[str, list[Any]] = defaultdict(list)
    for config in apps.get_app_configs():
        if any(p.app_label == config.label for p in pagesets(enabled_only=False)) and config.label != "suite":
            patterns[config.label] = list(_bespoke(config.name))
    for pageset in pagesets(enabled_only=False):
        patterns[pageset.app_label].append(pageset_urls(pageset))
    return [path(f"{PREFIXES.get(label, label)}/", include((found, label))) for label, found in patterns.items()]


def _bespoke(package: str) -> list[Any]:
    from importlib.util import find_spec

    if find_spec(f"{package}.urls") is None:
        return []
    return list(import_module(f"{package}.urls").urlpatterns)
