"""The designer of forms."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from oa.flows.conditions import Operator
from oa.forms.choices import FieldKind
from oa.forms.designing import new_draft, publish_form, read_schema, save_draft_schema
from oa.forms.errors import InvalidSchema
from oa.forms.inputs import blocks_of
from oa.forms.models import FormTemplate
from oa.forms.schema import SIMPLE, faults
from oa.forms.selectors import draft_form, published_form
from suite.core.errors import messages_of
from suite.pages.views.base import REFUSALS, PageView

# Kinds as the designer offers them, with their icons.
PALETTE = (
    (
        _("Basics"),
        (
            (FieldKind.TEXT, "forms"),
            (FieldKind.LONG_TEXT, "align-left"),
            (FieldKind.NUMBER, "123"),
            (FieldKind.MONEY, "currency-yuan"),
            (FieldKind.DATE, "calendar"),
            (FieldKind.DATE_RANGE, "calendar-week"),
            (FieldKind.TIME, "clock"),
            (FieldKind.DATETIME, "calendar-clock"),
            (FieldKind.CHOICE, "circle-dot"),
            (FieldKind.CHOICES, "checkbox"),
            (FieldKind.YES_NO, "toggle-left"),
            (FieldKind.ATTACHMENT, "paperclip"),
        ),
    ),
    (
        _("Chosen from the suite"),
        (
            (FieldKind.PERSON, "user"),
            (FieldKind.DEPARTMENT, "sitemap"),
            (FieldKind.ITEM, "box"),
            (FieldKind.PARTY, "building-community"),
        ),
    ),
    (
        _("Layout and figures"),
        (
            (FieldKind.TABLE, "table"),
            (FieldKind.FORMULA, "math-function"),
            (FieldKind.HEADING, "heading"),
            (FieldKind.NOTE, "info-circle"),
        ),
    ),
)


class DesignView(PageView):
    """The designer of a form."""

    action = "change"

    def get(self, request: Any, pk: int) -> HttpResponse:
        template = self.row(pk, "change")
        version = draft_form(template) or published_form(template)
        return self.page(template, version.schema if version else {})

    def post(self, request: Any, pk: int) -> HttpResponse:
        template = self.row(pk, "change")
        expected = request.POST.get("version", "")
        schema: Any = {}
        try:
            schema = _parsed(request.POST.get("schema", ""))
            with transaction.atomic():
                new_draft(template=template, actor=self.user, at=self.now)
                save_draft_schema(
                    template=template,
                    schema=schema,
                    expected_version=int(expected) if expected.isdecimal() else None,
                    actor=self.user,
                    at=self.now,
                )
                if "publish" in request.POST:
                    publish_form(template=template, actor=self.user, at=self.now)
        except REFUSALS as error:
            found = error.faults if isinstance(error, InvalidSchema) else messages_of(error)
            return self.page(template, schema, refusals=found, status=422)
        messages.success(request, _t("The form is published.") if "publish" in request.POST else _t("Saved."))
        return redirect("oa:form-design", pk=template.pk)

    def page(self, template: FormTemplate, schema: Any, *, refusals: Any = (), status: int = 200) -> HttpResponse:
        draft, live = draft_form(template), published_form(template)
        context = {
            "page_title": _t("Design %(name)s") % {"name": template.name},
            "template": template,
            "draft": draft,
            "live": live,
            "version": self.request.POST.get("version", "") or (draft.version if draft else ""),
            "schema": schema,
            "refusals": refusals,
            "palette": PALETTE,
            "column_kinds": [each for _title, kinds in PALETTE for each in kinds if each[0] in SIMPLE],
            "operators": Operator.choices,
            "preview_url": reverse("oa:form-preview"),
            "breadcrumbs": self.crumbs((template.name, template.get_absolute_url()), (_t("Design"), None)),
        }
        return self.render("oa/forms/design.html", context, status=status)


class PreviewView(PageView):
    """A form as it would look, from fields that are not saved yet; 422 with what is wrong."""

    action = "change"
    http_method_names = ["post"]

    def post(self, request: Any) -> HttpResponse:
        try:
            form = read_schema(_parsed(request.POST.get("schema", "")))
        except InvalidSchema as error:
            return self.render("oa/forms/_preview.html", {"refusals": error.faults})
        found = faults(form)
        blocks = [] if found else blocks_of(form, {}, user=self.user)
        return self.render("oa/forms/_preview.html", {"refusals": found, "blocks": blocks})


def _parsed(text: str) -> Any:
    """:raises InvalidSchema: for what is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        raise InvalidSchema([_t("The form could not be read. Reload the page.")]) from None
