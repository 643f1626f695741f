"""Pages of forms and requests."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oa.flows.choices import DefinitionStatus
from oa.forms import designing, services
from oa.forms.choices import RequestStatus
from oa.forms.forms import RequestForm
from oa.forms.models import FormRequest, FormTemplate
from oa.forms.presenting import FilledIn
from oa.forms.selectors import came_back, usable_templates
from suite.access.restrict import restrict
from suite.pages.actions import Action
from suite.pages.columns import Column
from suite.pages.forms import ReasonForm
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children, Panel
from suite.pages.registry import register

DRAFT, APPROVING, REJECTED = RequestStatus.DRAFT, RequestStatus.APPROVING, RequestStatus.REJECTED


def has_no_draft(template: FormTemplate, user: Any) -> str:
    """Why a form cannot be published now, empty when it can."""
    if template.versions.filter(status=DefinitionStatus.DRAFT).exists():
        return ""
    return _t("Nothing was changed since the form was published.")


class DesignLink(Panel):
    """The way to the designer of a form."""

    template = "oa/forms/_design_link.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        if not pageset.may(user, "change"):
            return None
        return {"title": _t("Fields"), "url": reverse("oa:form-design", args=(obj.pk,))}


@register
class FormTemplatePages(PageSet):
    """Forms."""

    model = FormTemplate
    slug = "forms"
    icon = "forms"
    description = _("What people can ask for, and with which fields: made here without any programming.")
    columns = ("name", "code", "category", "flow", "audience", "is_active")
    optional_columns = ("description", "number_pattern")
    filters = ("category", "audience", "is_active", "flow")
    ordering = "name"
    panels = (
        DesignLink(),
        Attributes("category", "description", "icon", "number_pattern"),
        Attributes("flow", "audience", "is_active", title=_("Use")),
        Children("versions", "number", "status", "published_at", "published_by", title=_("Versions")),
    )
    fields = (
        (_("Form"), ("code", "name", "category", "icon", "description", "number_pattern")),
        (_("Use"), ("flow", "audience", "roles", "departments", "is_active")),
    )
    create_service = designing.create_template
    operations = frozenset({"add", "change"})
    actions = (
        Action(
            designing.publish_form, _("Publish"), "change", icon="rocket", refusal=has_no_draft, row_name="template"
        ),
    )
    is_small = True

    def choices(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        """Who asks for something chooses among the forms that are meant for them."""
        if user is None:
            return queryset
        seen = restrict(FormTemplate.objects.all(), user=user).order_by().values("pk")
        return queryset.filter(pk__in=seen) | queryset.filter(pk__in=usable_templates(user).order_by().values("pk"))


@register
class FormRequestPages(PageSet):
    """Requests."""

    model = FormRequest
    slug = "requests"
    icon = "file-text"
    description = _("What people asked for with a form, and how it was decided.")
    columns = (
        "number",
        Column("title", phone="p-full"),
        "template",
        "status",
        Column("amount", phone="p-end"),
        "initiator",
        "submitted_at",
    )
    optional_columns = ("department", "company", "created_at")
    filters = ("status", "template", "initiator", "department", "amount", "submitted_at")
    views = (
        View(pgettext_lazy("request", "Mine"), "initiator=me"),
        View(_("Being approved"), "status=APPROVING", is_hot=True),
    )
    totals = ("amount",)
    summary = ("template", "initiator", "department", "amount", "submitted_at")
    panels = (FilledIn(),)
    form = RequestForm
    fields = ("template", "title", "data")
    create_service = services.create_request
    update_service = services.update_request
    operations = frozenset({"add", "change"})
    actions = (
        Action(services.submit_request, _("Submit"), "change", icon="send", states={DRAFT}, primary_in={DRAFT}),
        Action(
            services.approve_request, _("Approve"), "approve", icon="check", states={APPROVING}, primary_in={APPROVING}
        ),
        Action(services.reject_request, _("Reject"), "approve", icon="x", states={APPROVING}, form=ReasonForm),
        Action(services.reopen_request, _("Change again"), "change", icon="arrow-back-up", states={REJECTED}),
        Action(services.copy_request, _("Copy"), "add", icon="copy", opens_result=True),
        Action(
            services.cancel_request,
            _("Cancel"),
            "change",
            icon="ban",
            states={DRAFT, APPROVING, REJECTED},
            confirm=_("Give this request up?"),
            is_danger=True,
        ),
    )

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.number, obj.title

    def why_not_editable(self, obj: Any, user: Any) -> str:
        if obj.status == DRAFT or (obj.status == APPROVING and came_back(obj, user)):
            return ""
        return _t("It was handed in already. Take it back to change it.")

    def detail_queryset(self, user: Any) -> QuerySet[Any]:
        return super().detail_queryset(user).select_related("form_version", "template")

    def create(self, form: Any, *, lines: Any, actor: Any, at: datetime) -> Any:
        """Create by the service; an empty ``data`` is an empty form."""
        form.cleaned_data["data"] = form.cleaned_data["data"] or {}
        return super().create(form, lines=lines, actor=actor, at=at)
