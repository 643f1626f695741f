"""The page on which whoever decides at a step of a flow changes what may be changed there, and agrees."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from oa.flows.definition import Step
from oa.flows.models import FlowTask
from oa.forms.deciding import approve_with_changes
from oa.forms.errors import InvalidData
from oa.forms.filling import as_asked, changeable, validate
from oa.forms.inputs import Entered, answer_to, blocks_of, read_entered
from oa.forms.models import FormRequest
from oa.forms.selectors import changing_task
from suite.core.errors import VersionConflict, messages_of
from suite.pages.views.base import REFUSALS, PageView


class AtStepView(PageView):
    """What the pages of a step share: whoever has the task may, whatever else they may do with requests."""

    action = "view"
    obj: FormRequest
    task: FlowTask
    step: Step
    keys: list[str]

    def check_permission(self) -> None:
        """:raises Http404: unless the user has to decide about the request and may change something of it."""
        requests = FormRequest.objects.select_related("form_version", "template")
        obj = requests.filter(pk=self.kwargs["pk"]).first()
        found = changing_task(obj, self.user, self.request.GET.get("node", "")) if obj is not None else None
        if obj is None or found is None:
            raise Http404
        self.obj, (self.task, self.step) = obj, found
        self.keys = changeable(obj.form_version.form, self.step)

    def entered(self) -> Entered:
        """What was entered in the fields of the step."""
        return read_entered(self.obj.form_version.form, self.request.POST, self.request.FILES, only=self.keys)


class StepView(AtStepView):
    """The fields that may be changed, a comment, and agreeing."""

    def get(self, request: Any, pk: int) -> HttpResponse:
        return self.page(self.obj.data)

    def post(self, request: Any, pk: int) -> HttpResponse:
        entered = self.entered()
        expected = request.POST.get("version", "")
        try:
            approve_with_changes(
                formrequest=self.obj,
                task=self.task,
                step=self.step,
                changes=entered.data,
                files=entered.files,
                comment=request.POST.get("comment", ""),
                expected_version=int(expected) if expected.isdecimal() else None,
                actor=self.user,
                at=self.now,
            )
        except VersionConflict as error:
            return self.page({**self.obj.data, **entered.data}, error=error, status=409)
        except REFUSALS as error:
            return self.page({**self.obj.data, **entered.data}, error=error, status=422)
        messages.success(request, _("Agreed: %(title)s") % {"title": self.task.run.title})
        return redirect("oa:run", pk=self.task.run_id)

    def page(self, data: dict[str, Any], *, error: Exception | None = None, status: int = 200) -> HttpResponse:
        form, obj, run = self.obj.form_version.form, self.obj, self.task.run
        clean, _errors = validate(form, data, is_draft=True)
        errors = error.errors if isinstance(error, InvalidData) else {}
        run_url = reverse("oa:run", args=(run.pk,))
        compute_url = reverse("oa:request-step-compute", args=(obj.pk,))
        context = {
            "page_title": obj.title,
            "object": obj,
            "step": self.step,
            "version": self.request.POST.get("version") or obj.version,
            "comment": self.request.POST.get("comment", ""),
            "blocks": blocks_of(
                as_asked(form, self.step), data, user=self.user, errors=errors, shown=clean, only=self.keys
            ),
            "refusals": messages_of(error) if error is not None else [],
            "compute_url": f"{compute_url}?{urlencode({'node': self.step.key})}",
            "cancel_url": run_url,
            "breadcrumbs": [(_("My approvals"), reverse("oa:approvals")), (run.title, run_url), (_("Change"), None)],
        }
        return self.render("oa/forms/step.html", context, status=status)


class StepComputeView(AtStepView):
    """Takes the fields of a step as they are entered, saves nothing, and answers as :class:`~.views.ComputeView`."""

    http_method_names = ["post"]

    def post(self, request: Any, pk: int) -> HttpResponse:
        form, entered = self.obj.form_version.form, self.entered()
        clean, _errors = validate(form, {**self.obj.data, **entered.data}, is_draft=True)
        return JsonResponse(answer_to(form, clean, entered, only=self.keys))
