"""Making forms: templates, drafts of their fields, and publishing them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from hrm.org.models import Department
from oa.flows.choices import DefinitionStatus
from oa.forms.errors import InvalidSchema
from oa.forms.models import FormTemplate, FormVersion
from oa.forms.schema import SCHEMA, Schema, faults
from oa.forms.selectors import draft_form, published_form
from suite.access.models import Role, User
from suite.core.errors import WrongState


@transaction.atomic
def create_template(
    *,
    code: str,
    name: str,
    number_pattern: str,
    actor: User | None,
    at: datetime,
    roles: Iterable[Role] = (),
    departments: Iterable[Department] = (),
    **details: Any,
) -> FormTemplate:
    """
    Begin a form, with an empty draft of its fields.

    :param details: icon, description, category, flow, audience, handled_by, is_active.
    :raises ValidationError: when the code, or the pattern of numbers, is taken or cannot be used.
    """
    template = FormTemplate(code=code, name=name, number_pattern=number_pattern, **details)
    template.full_clean()
    template.save()
    template.roles.set(roles)
    template.departments.set(departments)
    FormVersion.objects.create(template=template, number=1, schema=SCHEMA.dump_python(Schema(), mode="json"))
    return template


@transaction.atomic
def new_draft(*, template: FormTemplate, actor: User | None, at: datetime) -> FormVersion:
    """Return the draft of a form; without one a copy of what is published becomes it."""
    FormTemplate.objects.lock(template)
    found = draft_form(template)
    if found is not None:
        return found
    latest = FormVersion.objects.filter(template=template).order_by("-number")[0]
    source = published_form(template) or latest
    return FormVersion.objects.create(template=template, number=latest.number + 1, schema=source.schema)


@transaction.atomic
def save_draft_schema(
    *,
    template: FormTemplate,
    schema: dict[str, Any],
    actor: User | None,
    at: datetime,
    expected_version: int | None = None,
) -> FormVersion:
    """
    Keep the fields as they are designed so far; they need not be sound yet.

    :raises InvalidSchema: for what is no form at all.
    :raises VersionConflict: when somebody else changed the draft in the meantime.
    """
    draft = FormVersion.objects.lock(new_draft(template=template, actor=actor, at=at))
    draft.check_version(expected_version)
    draft.schema = SCHEMA.dump_python(read_schema(schema), mode="json")
    draft.save(update_fields=["schema"])
    return FormVersion.objects.get(pk=draft.pk)


@transaction.atomic
def publish_form(*, template: FormTemplate, actor: User | None, at: datetime) -> FormVersion:
    """
    Let people fill in the draft from now on; requests that were begun keep the version they have.

    :raises WrongState: when there is no draft.
    :raises InvalidSchema: when something in it does not go together.
    """
    FormTemplate.objects.lock(template)
    draft = draft_form(template)
    if draft is None:
        raise WrongState(_("Nothing was changed since the form was published."))
    found = faults(draft.form)
    if found:
        raise InvalidSchema(found)
    before = published_form(template)
    if before is not None:
        before.become(DefinitionStatus.RETIRED, actor=actor, at=at)
    by = actor.pk if actor is not None else None
    return draft.become(
        DefinitionStatus.PUBLISHED, actor=actor, at=at, values={"published_at": at, "published_by_id": by}
    )


def read_schema(schema: Any) -> Schema:
    """
    Return a form that came as JSON.

    :raises InvalidSchema: for what is none.
    """
    try:
        return SCHEMA.validate_python(schema)
    except ValidationError as error:
        raise InvalidSchema([_place(schema, each["loc"]) for each in error.errors()]) from None


def _place(schema: Any, path: tuple[int | str, ...]) -> str:
    """Say in words at which field something is wrong."""
    label, at = "", schema
    for part in path:
        try:
            at = at[part]
        except (KeyError, IndexError, TypeError):
            break
        label = at.get("label", label) if isinstance(at, dict) else label
    what = str(path[-1]) if path else ""
    return _("“%(label)s”: %(what)s is missing or wrong.") % {"label": label or "?", "what": what}
