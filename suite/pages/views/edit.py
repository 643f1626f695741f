"""Creating, editing and deleting a row."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from suite.core.errors import VersionConflict, messages_of
from suite.masters.models import Company
from suite.pages.forms import style
from suite.pages.views.base import REFUSALS, PageView, integrity_message, report


class FormView(PageView):
    """What creating and editing share."""

    def page(self, form: Any, lines: Any, obj: Any = None, token: str = "", status: int = 200) -> HttpResponse:
        style(form)
        for line in lines.forms if lines is not None else ():
            style(line)
        if lines is not None:
            style(lines.empty_form)
        title = _("Edit %(name)s") if obj else _("New %(name)s")
        context = {
            "form": form,
            "object": obj,
            "lines": lines,
            "line_spec": self.pageset.lines,
            "fieldsets": _fieldsets(self.pageset, form),
            "form_token": token or uuid4().hex,
            "page_title": title % {"name": self.pageset.title},
            "version": self.request.POST.get("version") or getattr(obj, "version", ""),
            "cancel_url": obj.get_absolute_url() if obj else self.pageset.url("list"),
            "breadcrumbs": self._crumbs_to(obj),
            "data": self.request.POST if self.request.method == "POST" else {},
        }
        return self.render("generic/form.html", context, status=status)

    def _crumbs_to(self, obj: Any) -> list[tuple[Any, str | None]]:
        if obj is None:
            return self.crumbs((_("New"), None))
        return self.crumbs((str(obj), obj.get_absolute_url()), (_("Edit"), None))

    def recheck(self, obj: Any) -> None:
        """
        The saved row must still be the user's to see.

        :raises PermissionDenied: which rolls the transaction back.
        """
        if not self.pageset.queryset(self.request.user).filter(pk=obj.pk).exists():
            raise PermissionDenied(_("You could not see this any more after saving, so nothing was saved."))


class CreateView(FormView):
    """A new row."""

    action = "add"

    def get(self, request: Any) -> HttpResponse:
        initial = {**self.pageset.initial(request), **{k: v for k, v in request.GET.items() if k != "lines"}}
        form = self.pageset.form_class(request.user)(user=request.user, initial=initial)
        _choose_company(form)
        lines = None
        if self.pageset.lines:
            lines = self.pageset.lines.formset(user=request.user, initial=self.pageset.line_initial(request))
        return self.page(form, lines)

    def post(self, request: Any) -> HttpResponse:
        form = self.pageset.form_class(request.user)(request.POST, request.FILES, user=request.user)
        spec = self.pageset.lines
        lines = spec.formset(user=request.user, data=request.POST) if spec else None
        token = request.POST.get("form_token", "")
        if not all([form.is_valid(), lines is None or lines.is_valid()]):
            return self.page(form, lines, token=token, status=422)
        try:
            url = self.submit(lambda: self._create(form, spec.cleaned(lines) if spec else None))
        except REFUSALS as error:
            report(form, error)
            return self.page(form, lines, token=uuid4().hex, status=422)
        messages.success(request, _("Saved."))
        if "another" in request.POST:
            url = self.pageset.url("create")
        return redirect(url)

    def _create(self, form: Any, lines: Any) -> str:
        obj = self.pageset.create(form, lines=lines, actor=self.request.user, at=self.now)
        self.recheck(obj)
        return str(obj.get_absolute_url())


def _choose_company(form: Any) -> None:
    """Begin with the default company where one must be named: most have no other."""
    field = form.fields.get("company")
    if field is not None and field.required and not form.get_initial_for_field(field, "company"):
        form.initial["company"] = Company.objects.filter(is_default=True).values_list("pk", flat=True).first()


class EditView(FormView):
    """A changed row."""

    action = "change"

    def get(self, request: Any, pk: int) -> HttpResponse:
        obj = self.row(pk, "change")
        why = self.pageset.why_not_editable(obj, request.user)
        if why:
            messages.warning(request, why)
            return redirect(obj.get_absolute_url())
        form = self.pageset.form_class(request.user)(instance=obj, user=request.user)
        return self.page(form, self._lines(obj), obj)

    def post(self, request: Any, pk: int) -> HttpResponse:
        try:
            url, form, lines, obj = self._save(pk)
        except VersionConflict as error:
            obj = self.row(pk, "change")
            form = self.pageset.form_class(request.user)(request.POST, instance=obj, user=request.user)
            form.is_valid()
            report(form, error)
            return self.page(form, self._lines(obj, request.POST), obj, status=409)
        if not url:
            return self.page(form, lines, obj, status=422)
        messages.success(request, _("Saved."))
        return redirect(url)

    def _save(self, pk: int) -> tuple[str, Any, Any, Any]:
        request = self.request
        form = lines = obj = None
        try:
            with transaction.atomic():
                obj = self.row(pk, "change", lock=True)
                why = self.pageset.why_not_editable(obj, request.user)
                if why:
                    raise PermissionDenied(why)
                expected = request.POST.get("version", "")
                obj.check_version(int(expected) if expected.isdecimal() else None)
                form = self.pageset.form_class(request.user)(
                    request.POST, request.FILES, instance=obj, user=request.user
                )
                lines = self._lines(obj, request.POST)
                if not all([form.is_valid(), lines is None or lines.is_valid()]):
                    return "", form, lines, obj
                rows = self.pageset.lines.cleaned(lines) if self.pageset.lines else None
                saved = self.pageset.update(obj, form, lines=rows, actor=request.user, at=self.now)
                self.recheck(saved)
                return str(saved.get_absolute_url()), form, lines, saved
        except VersionConflict:
            raise
        except REFUSALS as error:
            report(form, error)
            return "", form, lines, self.row(pk, "change")

    def _lines(self, obj: Any, data: Any = None) -> Any:
        spec = self.pageset.lines
        return spec.formset(user=self.request.user, data=data, rows=getattr(obj, spec.related).all()) if spec else None


class DeleteView(PageView):
    """Removes a row."""

    action = "delete"

    def post(self, request: Any, pk: int) -> HttpResponse:
        try:
            with transaction.atomic():
                obj = self.row(pk, "delete", lock=True)
                url = obj.get_absolute_url()
                self.pageset.delete(obj, actor=request.user, at=self.now)
        except REFUSALS as error:
            text = integrity_message(error) if isinstance(error, IntegrityError) else " ".join(messages_of(error))
            messages.error(request, text)
            return redirect(url)
        messages.success(request, _("Deleted."))
        return redirect(self.pageset.url("list"))


def _fieldsets(pageset: Any, form: Any) -> list[Any]:
    seen: set[str] = set()
    groups = []
    for title, names in pageset.fieldsets():
        shown = [form[n] for n in names if n in form.fields and not form[n].is_hidden]
        seen.update(names)
        if shown:
            groups.append((title, shown))
    rest = [form[n] for n in form.fields if n not in seen and not form[n].is_hidden]
    if rest:
        groups.append(("", rest))
    return groups
