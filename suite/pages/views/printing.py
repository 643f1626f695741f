"""The papers and labels of rows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from suite.core.errors import InvalidInput
from suite.pages.prints import LabelForm, Print, drawn_labels
from suite.pages.views.acting import safe_next, selected_keys
from suite.pages.views.base import PageView


class PrintBase(PageView):
    """What pages to be printed share: they read only, in a language of choice."""

    action = "view"

    def found(self, slug: str) -> Print:
        """:raises Http404: when the object type has no such paper."""
        known = self.pageset.all_prints().get(slug)
        if known is None:
            raise Http404
        return known

    def paper(self, template: str, context: dict[str, Any], asked: Any) -> HttpResponse:
        """The page in the language that was asked for, else in the reader's."""
        languages = {code: translation.get_language_info(code)["name_local"] for code, _name in settings.LANGUAGES}
        chosen = asked.get("language", "")
        with translation.override(chosen if chosen in languages else translation.get_language()):
            return self.render(template, {"languages": languages.items(), **context})


class PrintView(PrintBase):
    """One paper, or the labels, of one row."""

    def get(self, request: Any, pk: int, slug: str = "") -> HttpResponse:
        chosen = self.found(slug)
        obj = self.pageset.detail_queryset(request.user).filter(pk=pk).first()
        if obj is None:
            raise Http404
        context = {"object": obj, "print_title": chosen.title}
        if chosen.labels is not None:
            labels = chosen.labels([obj])
            context |= drawn_labels(labels, LabelForm(request.GET, len(labels)))
        if chosen.context is not None:
            context |= chosen.context(obj)
        return self.paper(chosen.template, context, request.GET)


class PrintSelectedView(PrintBase):
    """The labels of the rows selected in the list; posted, since there may be many."""

    def post(self, request: Any, slug: str) -> HttpResponse:
        chosen = self.found(slug)
        if chosen.labels is None or not chosen.bulk:
            raise Http404
        back = safe_next(request, self.pageset.url("list"))
        try:
            pks = selected_keys(self.pageset, request.user, request.POST, self.action)
        except InvalidInput as error:
            messages.error(request, str(error))
            return redirect(back)
        rows = list(self.pageset.detail_queryset(request.user).filter(pk__in=pks).order_by("pk"))
        if len(rows) != len(pks):
            raise Http404
        labels = chosen.labels(rows)
        context = {"pks": pks, "print_title": chosen.title, "back_url": back, "is_selected": True}
        return self.paper(
            chosen.template, context | drawn_labels(labels, LabelForm(request.POST, len(labels))), request.POST
        )
