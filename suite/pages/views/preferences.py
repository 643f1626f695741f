"""Saved views and chosen columns of a list."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from suite.pages.models import ListPreference, SavedView
from suite.pages.views.acting import safe_next
from suite.pages.views.base import PageView


class SaveViewView(PageView):
    """Keep the current filters under a name."""

    action = "view"

    def post(self, request: Any) -> HttpResponse:
        name = request.POST.get("name", "").strip()[:60]
        query = request.POST.get("query", "")[:2000]
        if not name:
            messages.error(request, _("Give the view a name."))
            return redirect(safe_next(request, self.pageset.url("list")))
        SavedView.objects.update_or_create(
            user=request.user,
            object_type=self.pageset.model._meta.label,
            name=name,
            defaults={"query": query, "is_shared": bool(request.POST.get("is_shared"))},
        )
        return redirect(f"{self.pageset.url('list')}?{query}")


class DeleteViewView(PageView):
    """Remove one of one's own saved views."""

    action = "view"

    def post(self, request: Any, view_pk: int) -> HttpResponse:
        label = self.pageset.model._meta.label
        get_object_or_404(SavedView, pk=view_pk, user=request.user, object_type=label).delete()
        return redirect(self.pageset.url("list"))


class ColumnsView(PageView):
    """Choose and order the columns, and the size of a page."""

    action = "view"

    def post(self, request: Any) -> HttpResponse:
        known = {c.name for c in self.pageset.every_column()}
        columns = [] if "reset" in request.POST else [n for n in request.POST.getlist("columns") if n in known]
        defaults: dict[str, Any] = {"columns": columns}
        size = request.POST.get("size", "")
        if size.isdecimal() and 0 < int(size) <= 100:
            defaults["page_size"] = int(size)
        ListPreference.objects.update_or_create(
            user=request.user, object_type=self.pageset.model._meta.label, defaults=defaults
        )
        return redirect(safe_next(request, self.pageset.url("list")))
