"""The page of one row."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from suite.documents.approvables import decision_about
from suite.documents.selectors import document_chain, status_steps
from suite.pages.columns import badge, derive, renderer
from suite.pages.links import link_of
from suite.pages.registry import tabs_of
from suite.pages.views.base import PageView


class DetailView(PageView):
    """Facts, lines and tabs on the left, activity on the right."""

    action = "view"

    def get(self, request: Any, pk: int) -> HttpResponse:
        user = request.user
        obj = self.pageset.detail_queryset(user).filter(pk=pk).first()
        if obj is None:
            raise Http404
        tabs = tabs_of(self.pageset.model, user)
        wanted = request.GET.get("tab", "")
        tab = next((each for each in tabs if each.code == wanted), None)
        if wanted and tab is None:
            raise Http404
        if tab is not None and request.htmx:
            return self._varying(self.render(*self._tab(obj, tab)))
        small, title = self.pageset.heading(obj)
        decision = decision_about(obj, user)
        primary, others = self._actions(obj, is_turn=decision is not None and decision.is_turn)
        context = {
            "object": obj,
            "small": small,
            "page_title": title,
            "amount": self.pageset.amount(obj),
            "badges": [*self._status(obj), *self.pageset.badges(obj)],
            "stepper": status_steps(obj) if getattr(obj, "stepper", ()) else [],
            "summary": self._facts(obj, self.pageset.summary),
            "panels": self._panels(obj),
            "tabs": [(t, t.count(obj, user) if t.count else None) for t in tabs],
            "current": tab,
            "tab_content": render_to_string(*self._tab(obj, tab), request=request) if tab is not None else "",
            "primary": primary,
            "menu": [each for each in others if not each["why"]],
            "refused": [each for each in others if each["why"]],
            "decision": decision,
            "chain": self._chain(obj),
            "breadcrumbs": self.crumbs((small or title, None)),
            **self._edit(obj),
            **self._aside(obj),
        }
        return self._varying(self.render("generic/detail.html", context))

    def _status(self, obj: Any) -> list[Any]:
        if not hasattr(obj, "get_status_display"):
            return []
        return [badge(obj.get_status_display(), getattr(obj, "status_tone", {}).get(obj.status, ""))]

    def _facts(self, obj: Any, names: Any) -> list[Any]:
        hidden = self.pageset.hidden_fields(self.request.user)
        columns = [derive(type(obj), n) for n in names]
        return [
            (c.heading, renderer(c, type(obj))(obj), link_of(c.get(obj), self.request.user) if c.render is None else "")
            for c in columns
            if c.name.split("__")[0] not in hidden
        ]

    def _panels(self, obj: Any) -> list[Any]:
        shown = []
        for panel in self.pageset.panels:
            context = panel.context(obj, user=self.request.user, pageset=self.pageset)
            if context is not None:
                shown.append((panel.template, context))
        return shown

    def _actions(self, obj: Any, *, is_turn: bool) -> tuple[Any, list[Any]]:
        """The next step and everything else; for whom a decision waits that is the next step."""
        user = self.request.user
        offered: list[dict[str, Any]] = [
            {"action": a, "why": a.why_not(obj, user), "url": self.pageset.url("action", obj.pk, a.slug)}
            for a in self.pageset.actions_for(user)
        ]
        status = getattr(obj, "status", None)
        possible = [o for o in offered if not o["why"] and not is_turn]
        primary = next((o for o in possible if status in o["action"].primary_in or o["action"].is_primary), None)
        return primary, [o for o in offered if o is not primary]

    def _edit(self, obj: Any) -> dict[str, Any]:
        user = self.request.user
        can_change = bool(self.pageset.fields) and self.pageset.may(user, "change")
        can_delete = self.pageset.may(user, "delete")
        return {
            "edit_url": self.pageset.url("edit", obj.pk) if can_change else "",
            "why_not_editable": self.pageset.why_not_editable(obj, user) if can_change else "",
            "delete_url": self.pageset.url("delete", obj.pk) if can_delete else "",
            "prints": self._prints(obj),
            "history_url": self.pageset.url("history", obj.pk),
        }

    def _prints(self, obj: Any) -> list[tuple[Any, str]]:
        url = self.pageset.url
        return [
            (each.title, url("print", obj.pk, *([slug] if slug else [])))
            for slug, each in self.pageset.all_prints().items()
        ]

    def _chain(self, obj: Any) -> list[Any]:
        return document_chain(obj, self.user) if hasattr(obj, "number") else []

    def _aside(self, obj: Any) -> dict[str, Any]:
        if not self.pageset.has_activity:
            return {"has_activity": False}
        from suite.activity.selectors import attachments_of, stream

        user = self.request.user
        return {
            "has_activity": True,
            "stream": stream(obj, user=user),
            "attachments": attachments_of(obj, user=user),
            "can_comment": True,
        }

    def _tab(self, obj: Any, tab: Any) -> tuple[str, dict[str, Any]]:
        """The template of a tab and its context."""
        template, context = tab.render(self.request, obj)
        return template, {"object": obj, "pageset": self.pageset, **context}

    def _varying(self, response: HttpResponse) -> HttpResponse:
        """Let caches tell a page from the tab alone, which the same address gives to a click."""
        patch_vary_headers(response, ["HX-Request"])
        return response


class HistoryView(PageView):
    """Every change of every field of one row."""

    action = "view"

    def get(self, request: Any, pk: int) -> HttpResponse:
        from suite.activity.selectors import field_history

        obj = self.row(pk)
        context = {
            "object": obj,
            "history": field_history(obj, user=request.user),
            "breadcrumbs": self.crumbs((str(obj), obj.get_absolute_url()), (_("History"), None)),
        }
        return self.render("generic/history.html", context)
