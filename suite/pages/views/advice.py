"""What is suggested for the lines of a document while they are being entered: prices, what can be promised when."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, JsonResponse

from suite.pages.views.base import PageView


class AdviceView(PageView):
    """
    Takes the form of a document as it is entered, saves nothing, and answers with what is suggested for each line.

    JSON ``{"lines": {index of the line: {"values": {field: value}, "note": text, "tone": colour}}}``.
    """

    http_method_names = ["post"]

    def check_permission(self) -> None:
        if not any(self.pageset.may(self.user, action) for action in ("add", "change")):
            raise PermissionDenied

    def post(self, request: Any) -> HttpResponse:
        spec = self.pageset.lines
        if spec is None or spec.advise is None:
            raise Http404
        form = self.pageset.form_class(request.user)(request.POST, user=request.user)
        data = request.POST.copy()
        # Lines that are stored already are looked at as they are entered.
        data[f"{spec.related}-INITIAL_FORMS"] = "0"
        formset = spec.formset(user=request.user, data=data)
        entered = {place: values for place, line in enumerate(formset.forms) if (values := _valid(line, spec.fields))}
        advice = spec.advise(request.user, _valid(form, form.fields), list(entered.values()))
        lines = {
            place: {"values": each.values, "note": str(each.note), "tone": each.tone}
            for place, each in zip(entered, advice, strict=True)
        }
        return JsonResponse({"lines": lines})


def _valid(form: Any, names: Any) -> dict[str, Any]:
    """What is entered in a form and makes sense by itself, whatever is still missing."""
    form.full_clean()
    return {name: value for name in names if (value := form.cleaned_data.get(name)) not in (None, "")}
