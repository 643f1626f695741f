"""Pages on which people ask for something."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from hrm.org.models import Employee
from oa.forms.choices import Category, RequestStatus
from oa.forms.errors import InvalidData
from oa.forms.filling import starting_values, validate
from oa.forms.inputs import answer_to, blocks_of, read_entered
from oa.forms.models import FormRequest, FormVersion
from oa.forms.routing import who_decides
from oa.forms.selectors import page_instead, published_form, usable_templates
from oa.forms.services import create_request, submit_request, update_request
from suite.core.errors import DomainError, VersionConflict, messages_of
from suite.pages.views.base import REFUSALS, PageView


class NewRequestView(PageView):
    """What one can ask for: a card for each form."""

    action = "add"

    def get(self, request: Any) -> HttpResponse:
        forms = usable_templates(self.user)
        cards = [(form, page_instead(form, self.user)) for form in forms]
        groups = [(category.label, [card for card in cards if card[0].category == category]) for category in Category]
        context = {
            "page_title": _("New request"),
            "groups": [(title, found) for title, found in groups if found],
            "breadcrumbs": self.crumbs((_("New"), None)),
        }
        return self.render("oa/forms/new.html", context)


class FillView(PageView):
    """What filling in a new request and changing one share."""

    def page(
        self,
        version: FormVersion,
        data: Any,
        *,
        obj: FormRequest | None = None,
        error: Exception | None = None,
        status: int = 200,
    ) -> HttpResponse:
        errors = error.errors if isinstance(error, InvalidData) else {}
        clean, _errors = validate(version.form, data, is_draft=True)
        template = version.template
        context = {
            "page_title": template.name,
            "template": template,
            "object": obj,
            "version": self.request.POST.get("version") or getattr(obj, "version", ""),
            "blocks": blocks_of(version.form, data, user=self.user, errors=errors, shown=clean),
            "refusals": messages_of(error) if error is not None else [],
            "compute_url": reverse("oa:request-compute", args=(version.pk,)),
            "route_url": reverse("oa:request-route", args=(version.pk,)) + (f"?request={obj.pk}" if obj else ""),
            "cancel_url": obj.get_absolute_url() if obj else reverse("oa:request-new"),
            "came_back": obj is not None and obj.status == RequestStatus.APPROVING,
            "form_token": uuid4().hex,
            "breadcrumbs": self.crumbs((str(obj) if obj else template.name, None)),
        }
        return self.render("oa/forms/fill.html", context, status=status)

    def finish(self, saved: FormRequest) -> str:
        """Hand the request in when that was asked for, and go to its page."""
        if "submit" in self.request.POST:
            submit_request(formrequest=saved, actor=self.user, at=self.now)
        if not self.pageset.queryset(self.user).filter(pk=saved.pk).exists():
            raise PermissionDenied(_("You could not see this any more after saving, so nothing was saved."))
        return str(saved.get_absolute_url())

    def done(self, url: str) -> HttpResponse:
        messages.success(self.request, _("Submitted.") if "submit" in self.request.POST else _("Saved."))
        return redirect(url)


class CreateRequestView(FillView):
    """A new request."""

    action = "add"

    def version(self, code: str) -> FormVersion:
        """:raises Http404: when the form is not meant for the user."""
        template = get_object_or_404(usable_templates(self.user), code=code)
        version = published_form(template)
        if version is None:
            raise Http404
        return version

    def get(self, request: Any, code: str) -> HttpResponse:
        version = self.version(code)
        instead = page_instead(version.template, self.user)
        if instead:
            return redirect(instead)
        person = Employee.objects.filter(user=self.user).first()
        data = starting_values(
            version.form,
            today=timezone.localdate(),
            person=person.pk if person else None,
            department=person.department_id if person else None,
        )
        return self.page(version, data)

    def post(self, request: Any, code: str) -> HttpResponse:
        version = self.version(code)
        entered = read_entered(version.form, request.POST, request.FILES)

        def work() -> str:
            saved = create_request(
                template=version.template, data=entered.data, files=entered.files, actor=self.user, at=self.now
            )
            return self.finish(saved)

        try:
            with transaction.atomic():
                url = self.submit(work)
        except REFUSALS as error:
            return self.page(version, entered.data, error=error, status=422)
        return self.done(url)


class ChangeRequestView(FillView):
    """A request that is a draft, or came back."""

    action = "change"

    def get(self, request: Any, pk: int) -> HttpResponse:
        obj = self.row(pk, "change")
        why = self.pageset.why_not_editable(obj, self.user)
        if why:
            messages.warning(request, why)
            return redirect(obj.get_absolute_url())
        return self.page(obj.form_version, obj.data, obj=obj)

    def post(self, request: Any, pk: int) -> HttpResponse:
        obj = self.row(pk, "change")
        entered = read_entered(obj.form_version.form, request.POST, request.FILES)
        expected = request.POST.get("version", "")
        try:
            with transaction.atomic():
                saved = update_request(
                    formrequest=self.row(pk, "change", lock=True),
                    data=entered.data,
                    files=entered.files,
                    expected_version=int(expected) if expected.isdecimal() else None,
                    actor=self.user,
                    at=self.now,
                )
                url = self.finish(saved)
        except VersionConflict as error:
            return self.page(obj.form_version, entered.data, obj=obj, error=error, status=409)
        except REFUSALS as error:
            return self.page(obj.form_version, entered.data, obj=obj, error=error, status=422)
        return self.done(url)


class EnteredView(PageView):
    """What takes a form as it is entered and saves nothing."""

    action = "add"
    http_method_names = ["post"]

    def version(self, pk: int) -> FormVersion:
        """:raises Http404: when the user neither may fill the form in nor sees requests made with it."""
        version = get_object_or_404(FormVersion.objects.select_related("template"), pk=pk)
        usable = usable_templates(self.user).filter(pk=version.template_id).exists()
        if not usable and not self.pageset.queryset(self.user).filter(form_version=version).exists():
            raise Http404
        return version


class ComputeView(EnteredView):
    """
    Takes a form as it is entered, saves nothing, and answers with what is computed and which fields are there.

    JSON ``{"values": {name of the control: text}, "shown": [key]}``.
    """

    def post(self, request: Any, pk: int) -> HttpResponse:
        form = self.version(pk).form
        entered = read_entered(form, request.POST, request.FILES)
        clean, _errors = validate(form, entered.data, is_draft=True)
        return JsonResponse(answer_to(form, clean, entered))


class RouteView(EnteredView):
    """Takes a form as it is entered, saves nothing, and answers with who will decide, step by step."""

    def post(self, request: Any, pk: int) -> HttpResponse:
        version = self.version(pk)
        asked = request.GET.get("request", "")
        obj = self.row(int(asked), "change") if asked.isdecimal() else None
        entered = read_entered(version.form, request.POST, request.FILES)
        context: dict[str, Any]
        try:
            context = {"steps": who_decides(version=version, data=entered.data, request=obj, user=self.user)}
        except DomainError as error:
            context = {"refusals": messages_of(error)}
        return self.render("oa/forms/_route.html", context)
