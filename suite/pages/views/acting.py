"""Actions on one row and operations on many."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, models, transaction
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from suite.core.errors import InvalidInput, WrongState, messages_of
from suite.pages.actions import Action
from suite.pages.forms import model_form, style
from suite.pages.pageset import PageSet
from suite.pages.views.base import REFUSALS, PageView, integrity_message, report
from suite.pages.views.listing import ListQuery

BULK_LIMIT = 1000


def refusal_text(error: Exception) -> str:
    """The refusal as one sentence for a message."""
    return integrity_message(error) if isinstance(error, IntegrityError) else " ".join(messages_of(error))


def safe_next(request: Any, default: str) -> str:
    """Where to go next: the posted address when it is on this site."""
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return str(target)
    return default


class ActionView(PageView):
    """One action on one row; asks first when the action has a form."""

    action = "view"
    chosen: Action

    def check_permission(self) -> None:
        found = self.pageset.action_named(self.kwargs["slug"])
        if found is None:
            raise Http404
        if not found.is_offered(self.pageset.model, self.request.user):
            raise PermissionDenied
        self.chosen = found

    def get(self, request: Any, pk: int, slug: str) -> HttpResponse:
        row = self.row(pk, self.chosen.permission)
        if self.chosen.form is None:
            return redirect(row.get_absolute_url())
        # The address may fill fields in, as that of a create form does.
        given = {name: value for name, value in request.GET.items() if name in self.chosen.form.base_fields}
        initial = {"initial": given} if given else {}
        return self._ask(row, self.chosen.form(row=row, user=request.user, **initial))

    def post(self, request: Any, pk: int, slug: str) -> HttpResponse:
        row = self.row(pk, self.chosen.permission)
        form = self.chosen.form(request.POST, request.FILES, row=row, user=request.user) if self.chosen.form else None
        if form is not None and not form.is_valid():
            return self._ask(row, form, status=422)
        arguments = form.cleaned_data if form is not None else {}
        try:
            url = self.submit(lambda: self._run(row, arguments))
        except REFUSALS as error:
            if form is not None:
                report(form, error)
                return self._ask(row, form, status=422)
            messages.error(request, refusal_text(error))
            url = row.get_absolute_url()
        else:
            messages.success(request, _("Done: %(action)s.") % {"action": self.chosen.label})
            url = safe_next(request, url)
        if request.htmx:
            response = HttpResponse(status=204)
            response["HX-Redirect"] = url
            return response
        return redirect(url)

    def _run(self, row: Any, arguments: dict[str, Any]) -> str:
        # Read again inside the transaction: it must still be the user's to act on.
        current = self.row(row.pk, self.chosen.permission, lock=True)
        why = self.chosen.why_not(current, self.request.user)
        if why:
            raise WrongState(why)
        result = self.chosen.run(current, actor=self.request.user, at=self.now, **arguments)
        if self.chosen.opens_result and isinstance(result, models.Model):
            return str(result.get_absolute_url())  # type: ignore[attr-defined]
        still_there = self.pageset.queryset(self.request.user).filter(pk=row.pk).exists()
        return str(row.get_absolute_url() if still_there else self.pageset.url("list"))

    def _ask(self, row: Any, form: forms.Form, status: int = 200) -> HttpResponse:
        style(form)
        context = {
            "object": row,
            "action": self.chosen,
            "form": form,
            "form_token": uuid4().hex,
            "post_url": self.pageset.url("action", row.pk, self.chosen.slug),
            "cancel_url": row.get_absolute_url(),
            "next": self.request.POST.get("next") or self.request.GET.get("next", ""),
            "breadcrumbs": self.crumbs((str(row), row.get_absolute_url()), (self.chosen.label, None)),
        }
        template = "generic/_action_form.html" if getattr(self.request, "htmx", False) else "generic/action_form.html"
        return self.render(template, context, status=200 if getattr(self.request, "htmx", False) else status)


def selected_keys(pageset: PageSet, user: Any, data: QueryDict, permission: str) -> list[int]:
    """
    Return the keys of the rows that were selected in a list, in their order.

    :raises InvalidInput: when nothing is selected, or too much.
    """
    if data.get("all"):
        query = ListQuery(pageset, user, QueryDict(data.get("query", "")), permission)
        pks = list(query.rows.order_by("pk").values_list("pk", flat=True)[: BULK_LIMIT + 1])
    else:
        pks = sorted({int(pk) for pk in data.getlist("pk") if pk.isdecimal()})
    if not pks:
        raise InvalidInput(_("Nothing is selected."))
    if len(pks) > BULK_LIMIT:
        raise InvalidInput(_("At most %(limit)d at once; narrow the filter.") % {"limit": BULK_LIMIT})
    return pks


class BulkView(PageView):
    """An action or a change of fields on the selected rows: all of them or none."""

    action = "view"

    def post(self, request: Any) -> HttpResponse:
        slug = request.POST.get("bulk", "")
        if slug == "edit":
            return self._edit()
        found = self.pageset.action_named(slug)
        if found is None or not found.bulk:
            raise Http404
        if not found.is_offered(self.pageset.model, request.user):
            raise PermissionDenied
        return self._act(found)

    def _selected(self, permission: str) -> models.QuerySet[Any]:
        """
        The selected rows on which the user may do it, locked in pk order.

        :raises Http404: when one of them is not the user's.
        """
        pks = selected_keys(self.pageset, self.request.user, self.request.POST, permission)
        rows = self.pageset.queryset(self.request.user, permission).filter(pk__in=pks).order_by("pk")
        if rows.count() != len(pks):
            raise Http404
        return self.pageset.locked(rows)

    def _act(self, action: Action) -> HttpResponse:
        request = self.request
        form = None
        if action.form is not None:
            asked = request.POST if "confirmed" in request.POST else None
            form = action.form(asked, row=None, user=request.user)
            if asked is None or not form.is_valid():
                return self._ask(action.label, action.slug, form)
        arguments = form.cleaned_data if form is not None else {}

        def work() -> str:
            rows = list(self._selected(action.permission))
            for row in rows:
                why = action.why_not(row, request.user)
                if why:
                    raise WrongState(f"{row}: {why}")
                if action.batch is not None:
                    continue
                try:
                    action.run(row, actor=request.user, at=self.now, **arguments)
                except REFUSALS as error:
                    raise WrongState(f"{row}: {refusal_text(error)}") from error
            if action.batch is not None:
                action.run_batch(rows, actor=request.user, at=self.now, **arguments)
            return str(len(rows))

        return self._finish(work, form, action.label, action.slug)

    def _edit(self) -> HttpResponse:
        request = self.request
        if not self.pageset.bulk_fields or not self.pageset.may(request.user, "change"):
            raise PermissionDenied
        chosen = [n for n in request.POST.getlist("fields") if n in self.pageset.bulk_fields]
        base: Any = model_form(self.pageset.model, self.pageset.bulk_fields, user=request.user)
        confirmed = "confirmed" in request.POST
        form = base(request.POST if confirmed else None, user=request.user)
        form.fields = {n: f for n, f in form.fields.items() if not confirmed or n in chosen}
        if not confirmed or not chosen or not form.is_valid():
            return self._ask(_("Edit selected"), "edit", form)
        values = {name: form.cleaned_data[name] for name in chosen}

        def work() -> str:
            rows = list(self._selected("change"))
            for row in rows:
                why = self.pageset.why_not_editable(row, request.user)
                if why:
                    raise WrongState(f"{row}: {why}")
                for name, value in values.items():
                    setattr(row, name, value)
                row.full_clean(exclude=[f.name for f in row._meta.fields if f.name not in values])
                row.save()
            return str(len(rows))

        return self._finish(work, form, _("Edit selected"), "edit")

    def _finish(self, work: Any, form: Any, label: Any, slug: str) -> HttpResponse:
        try:
            with transaction.atomic():
                number = int(self.submit(work))
        except REFUSALS as error:
            if form is not None:
                report(form, error)
                return self._ask(label, slug, form)
            messages.error(self.request, refusal_text(error))
        else:
            text = ngettext("Done for %(number)d entry.", "Done for %(number)d entries.", number)
            messages.success(self.request, text % {"number": number})
        return redirect(safe_next(self.request, self.pageset.url("list")))

    def _ask(self, label: Any, slug: str, form: forms.BaseForm) -> HttpResponse:
        style(form)
        data = self.request.POST
        context = {
            "label": label,
            "bulk": slug,
            "form": form,
            "form_token": uuid4().hex,
            "pks": data.getlist("pk"),
            "all": data.get("all", ""),
            "query": data.get("query", ""),
            "next": data.get("next", ""),
            "is_edit": slug == "edit",
            "chosen": data.getlist("fields"),
            "breadcrumbs": self.crumbs((label, None)),
        }
        return self.render("generic/bulk.html", context, status=422 if form.is_bound else 200)
