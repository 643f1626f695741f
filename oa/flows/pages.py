"""Pages of flows, of what they decide about, and of deputies."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oa.flows import publishing
from oa.flows.choices import DefinitionStatus
from oa.flows.forms import BindingForm, DeputyForm, FlowForm
from oa.flows.models import Deputy, FlowBinding, FlowDefinition, FlowRun, FlowVersion
from oa.flows.panels import VersionsPanel
from suite.pages.columns import Column
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register


def subject_name(row: Any) -> str:
    """The object type that a flow or binding is about, in the reader's language."""
    model = row.subject.model_class() if row.subject is not None else None
    return str(model._meta.verbose_name) if model is not None else "—"


def published_badge(flow: Any) -> Any:
    """Which version new requests run by."""
    if flow.published_number is None:
        return format_html('<span class="st st-draft">{}</span>', _t("Not published"))
    return format_html('<span class="st st-done">V{}</span>', flow.published_number)


SUBJECT = Column("subject", render=subject_name)


@register
class FlowDefinitionPages(PageSet):
    """Approval flows."""

    model = FlowDefinition
    slug = "flows"
    icon = "sitemap"
    description = _("How documents and requests are approved: who is asked, in which order, under which conditions.")
    columns = (
        Column("name", phone="p-start"),
        "code",
        Column("subject", render=subject_name, phone="p-full"),
        Column("published_number", _("Published"), render=published_badge, phone="p-end"),
        Column("runs_count", _("Requests"), align="num"),
        "admin",
        "is_active",
    )
    optional_columns = ("description", "updated_at")
    filters = ("is_active", "admin")
    ordering = "code"
    views = (View(_("Active"), "is_active=true"),)
    list_select = ("subject",)
    summary = (SUBJECT, "admin", "is_active")
    panels = (
        VersionsPanel(),
        Attributes("description"),
        Children(
            "bindings",
            Column("subject", _("Object type"), render=subject_name),
            "company",
            "position",
            "is_active",
            title=_("Bindings"),
            link=True,
        ),
    )
    form = FlowForm
    fields = (
        (_("Flow"), ("code", "name", "subject", "description")),
        (_("Responsible"), ("admin", "is_active")),
    )
    create_service = publishing.create_flow
    operations = frozenset({"add", "change"})
    permissions = {"publish": _("Publish a version")}
    is_small = True

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """With the published version and how many requests ran."""
        published = FlowVersion.objects.filter(definition=OuterRef("pk"), status=DefinitionStatus.PUBLISHED)
        runs = FlowRun.objects.filter(definition=OuterRef("pk")).order_by().values("definition")
        annotated: QuerySet[Any] = queryset.annotate(
            published_number=Subquery(published.values("number")[:1]),
            runs_count=Coalesce(Subquery(runs.annotate(count=Count("pk")).values("count")), 0),
        )
        return annotated


@register
class FlowBindingPages(PageSet):
    """Which documents are approved by which flow."""

    model = FlowBinding
    slug = "flow-bindings"
    icon = "link"
    description = _("Which documents are approved by which flow. Of several the first one that fits counts.")
    columns = (
        Column("subject", _("Object type"), render=subject_name, phone="p-start"),
        Column("definition", phone="p-full"),
        "company",
        Column(
            "condition",
            pgettext_lazy("of a flow", "Condition"),
            render=lambda row: _t("With condition") if row.condition else _t("All"),
        ),
        Column("position", align="num"),
        Column("is_active", phone="p-end"),
    )
    filters = ("definition", "company", "is_active")
    ordering = "position"
    list_select = ("subject",)
    panels = (
        Attributes(
            Column("subject", _("Object type"), render=subject_name), "definition", "company", "position", "is_active"
        ),
    )
    form = BindingForm
    fields = (
        (_("Documents"), ("subject", "company", "condition")),
        (_("Flow"), ("definition", "position", "is_active")),
    )
    create_service = publishing.set_binding
    update_service = publishing.set_binding

    def heading(self, obj: Any) -> tuple[Any, Any]:
        """The object type and its flow."""
        return "", f"{subject_name(obj)} → {obj.definition}"


@register
class DeputyPages(PageSet):
    """Who decides for whom while they are away."""

    model = Deputy
    icon = "user-share"
    description = _("Who decides for a colleague who is away. What is waiting already stays where it is.")
    columns = (
        Column("person", phone="p-start"),
        Column("deputy", phone="p-full"),
        Column("first_day", phone="p-end"),
        "last_day",
        "reason",
    )
    filters = ("person", "deputy", "first_day", "last_day")
    ordering = "-first_day"
    summary = ("person", "deputy", "first_day", "last_day")
    panels = (Attributes("reason"), Children("definitions", "code", "name", title=_("Flows"), link=True))
    form = DeputyForm
    fields = (
        (_("Away"), ("person", "first_day", "last_day", "reason")),
        (_("Deputy"), ("deputy", "definitions")),
    )
