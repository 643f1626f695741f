"""What office collaboration starts with: usual forms, each with a flow."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hrm.org.models import StandardRole
from oa.flows.choices import DefinitionStatus
from oa.flows.definition import FLOW
from oa.flows.models import FlowDefinition, FlowVersion
from oa.forms.designing import create_template, publish_form, save_draft_schema
from oa.forms.models import FormTemplate
from oa.forms.schema import SCHEMA
from oa.forms.standard import StandardForm, standard_flow, standard_forms
from suite.access.models import User


@transaction.atomic
def install_templates(*, actor: User | None, at: datetime) -> dict[str, int]:
    """
    Add the shipped forms that are not there yet, in the active language; what is there stays as it is.

    Each has a flow of its own, whose administrator is the actor, else the first administrator of the installation;
    while there is none, requests are decided by whoever may.
    """
    admin = actor or User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    boss = StandardRole.objects.filter(code="boss").values_list("role", flat=True).first()
    known = set(FormTemplate.objects.values_list("code", flat=True))
    fresh = [form for form in standard_forms() if form.code not in known]
    for form in fresh:
        flow = _flow(form, admin, boss, at) if admin is not None else None
        template = create_template(
            code=form.code,
            name=form.name,
            description=form.description,
            icon=form.icon,
            category=form.category,
            number_pattern=f"{form.prefix}-{{yyyy}}{{mm}}-{{seq:04}}",
            handled_by=form.handled_by,
            flow=flow,
            actor=actor,
            at=at,
        )
        schema = SCHEMA.dump_python(form.schema, mode="json")
        save_draft_schema(template=template, schema=schema, actor=actor, at=at)
        publish_form(template=template, actor=actor, at=at)
    return {"oa.formtemplate": len(fresh)}


def _flow(form: StandardForm, admin: User, boss: int | None, at: datetime) -> FlowDefinition:
    definition, is_new = FlowDefinition.objects.get_or_create(
        code=f"form-{form.code}", defaults={"name": form.name, "description": form.description, "admin": admin}
    )
    if is_new:
        graph = FLOW.dump_python(standard_flow(form.schema, boss), mode="json")
        version = FlowVersion.objects.create(definition=definition, number=1, graph=graph)
        version.become(
            DefinitionStatus.PUBLISHED, actor=admin, at=at, values={"published_at": at, "published_by_id": admin.pk}
        )
    return definition
