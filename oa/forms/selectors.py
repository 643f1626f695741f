"""Which forms somebody may use, and what can be asked of their requests."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import pgettext_lazy

from hrm.org.models import Employee
from oa.flows.choices import DefinitionStatus, InstanceStatus, TaskKind, TaskStatus
from oa.flows.definition import START, Step
from oa.flows.facts import FactField
from oa.flows.models import FlowTask
from oa.forms.choices import Audience, FieldKind
from oa.forms.filling import changeable
from oa.forms.models import FormRequest, FormTemplate, FormVersion
from oa.forms.schema import FormField, Schema
from suite.access.models import User
from suite.pages.registry import pageset_of

FACT_KINDS = {
    FieldKind.NUMBER: "number",
    FieldKind.MONEY: "number",
    FieldKind.FORMULA: "number",
    FieldKind.DATE: "date",
    FieldKind.DATETIME: "date",
    FieldKind.CHOICE: "choice",
    FieldKind.CHOICES: "choice",
    FieldKind.YES_NO: "yes",
    FieldKind.PERSON: "person",
    FieldKind.DEPARTMENT: "department",
    FieldKind.ITEM: "object",
    FieldKind.PARTY: "object",
}
PART_LABELS = {
    "from": pgettext_lazy("form", "from"),
    "to": pgettext_lazy("form", "to"),
    "days": pgettext_lazy("form", "days"),
    "count": pgettext_lazy("form", "number"),
}


def usable_templates(user: User) -> QuerySet[FormTemplate]:
    """Return the forms in use that are meant for a user, by category and name."""
    published = FormVersion.objects.filter(template=OuterRef("pk"), status=DefinitionStatus.PUBLISHED)
    path = Employee.objects.filter(user=user).values_list("department__path", flat=True).first() or []
    above = FormTemplate.departments.through.objects.filter(formtemplate=OuterRef("pk"), department__in=path)
    roles = FormTemplate.roles.through.objects.filter(
        formtemplate=OuterRef("pk"), role__in=user.groups.order_by().values("pk")
    )
    meant = Q(audience=Audience.EVERYONE) | Q(Exists(above)) | Q(Exists(roles))
    return FormTemplate.objects.filter(meant, Exists(published), is_active=True)


def published_form(template: FormTemplate) -> FormVersion | None:
    """Return the version that people fill in."""
    return FormVersion.objects.filter(template=template, status=DefinitionStatus.PUBLISHED).first()


def draft_form(template: FormTemplate) -> FormVersion | None:
    """Return the version that is being designed."""
    return FormVersion.objects.filter(template=template, status=DefinitionStatus.DRAFT).first()


def page_instead(template: FormTemplate, user: Any) -> str:
    """Return where another system that is on has documents of its own for that, empty when none has."""
    pageset = pageset_of(template.handled_by) if template.handled_by else None
    if pageset is None or not pageset.is_available(user):
        return ""
    return pageset.url("create" if pageset.may(user, "add") else "list")


def pending_tasks(request: FormRequest, *, node: str, user: User) -> QuerySet[FlowTask]:
    """Return what a user has to decide, or to change, about a request at a node of its flow."""
    return FlowTask.objects.filter(
        run__subject_type=ContentType.objects.get_for_model(FormRequest),
        run__subject_id=request.pk,
        node=node,
        person=user,
        status=TaskStatus.PENDING,
    )


def came_back(request: FormRequest, user: User) -> bool:
    """Whether the flow has given a request back to a user to be changed."""
    return pending_tasks(request, node=START, user=user).exists()


def changing_task(request: FormRequest, user: User, node: str = "") -> tuple[FlowTask, Step] | None:
    """Return the task by which a user may change fields of a request that they decide about, and its step."""
    tasks = FlowTask.objects.filter(
        run__subject_type=ContentType.objects.get_for_model(FormRequest),
        run__subject_id=request.pk,
        run__status=InstanceStatus.RUNNING,
        person=user,
        status=TaskStatus.PENDING,
        kind__in=(TaskKind.NORMAL, TaskKind.ADDED, TaskKind.DELEGATED),
        **({"node": node} if node else {}),
    )
    for task in tasks.select_related("run__flow_version", "run__parent").order_by("run", "key"):
        step = task.run.flow_version.flow.places[task.node].node
        if isinstance(step, Step) and changeable(request.form_version.form, step):
            return task, step
    return None


def fact_fields(schema: Schema) -> list[FactField]:
    """Return what conditions of flows can ask of requests made with a form."""
    return [each for field in schema.fields.values() for each in _facts_of(field)]


def _facts_of(field: FormField) -> list[FactField]:
    kind = FACT_KINDS.get(field.kind, "text")
    if field.kind == FieldKind.DATE_RANGE:
        kinds = {"days": "number"}
        return [FactField(name, _label(field, name), kinds.get(name[-4:], "date")) for name in field.names()]
    if field.kind in (FieldKind.TABLE, FieldKind.ATTACHMENT):
        return [FactField(name, _label(field, name), "number") for name in field.names()]
    return [FactField(name, field.label, kind, tuple((each, each) for each in field.choices)) for name in field.names()]


def _label(field: FormField, name: str) -> str:
    part = name.removeprefix(f"{field.key}_")
    labels = {column.key: column.label for column in field.columns}
    return f"{field.label}: {labels.get(part) or PART_LABELS[part]}"
