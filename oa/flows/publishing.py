"""What administrators do to flows: drafts, publishing, and which documents a flow decides about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import pgettext_lazy
from pydantic import ValidationError

from oa.flows.binding import CONDITION
from oa.flows.choices import DefinitionStatus
from oa.flows.definition import FLOW, Flow
from oa.flows.errors import FaultyFlow
from oa.flows.facts import AMOUNT, FactField, fact_fields, is_about_money
from oa.flows.fields import fields_for, fields_of_forms
from oa.flows.lint import Fault, Severity, check_condition, lint
from oa.flows.models import FlowBinding, FlowDefinition, FlowVersion
from suite.access.models import User
from suite.core.errors import InvalidInput, VersionConflict, WrongState
from suite.masters.models import Company

# What cannot be read has many faults that follow from one; the first ones say enough.
TOLD = 5
# How the settings of nodes are called where they are entered.
SETTINGS: dict[str, Any] = {
    "title": _l("Name"),
    "resolvers": _l("Who is asked"),
    "level": _l("Level"),
    "values": _l("Who is asked"),
    "mode": _l("How they decide"),
    "ratio": _l("Share"),
    "hours": _l("Working hours"),
    "times": pgettext_lazy("of a flow", "Reminders"),
    "timeout": _l("When it is overdue"),
    "flow": _l("Flow that runs here"),
    "condition": pgettext_lazy("of a flow", "Condition"),
    "operator": pgettext_lazy("of a flow", "Condition"),
    "field": pgettext_lazy("of a flow", "Condition"),
    "value": pgettext_lazy("of a flow", "Condition"),
    "own_limit": _l("Own decision up to"),
}


@transaction.atomic
def create_flow(
    *,
    code: str,
    name: str,
    subject: ContentType | None = None,
    description: str = "",
    admin: User,
    is_active: bool = True,
    actor: User,
    at: datetime,
) -> FlowDefinition:
    """Create a flow with an empty first draft."""
    flow = FlowDefinition(
        code=code, name=name, subject=subject, description=description, admin=admin, is_active=is_active
    )
    flow.full_clean()
    flow.save()
    _draft(flow, Flow())
    return flow


@transaction.atomic
def save_draft(
    *, flow_version: FlowVersion, graph: Any, expected_version: int, actor: User, at: datetime
) -> FlowVersion:
    """
    Save the nodes of a draft; what is unfinished may be saved, what is no flow may not.

    :param expected_version: the version of the row that the change started from.
    :raises WrongState: when it is no draft any more.
    :raises VersionConflict: when somebody changed it in the meantime.
    :raises FaultyFlow: when the nodes are no flow; the message names the first node that is wrong.
    """
    draft = _lock_draft(flow_version)
    if draft.version != expected_version:
        raise VersionConflict
    draft.graph = FLOW.dump_python(read_flow(graph), mode="json")
    draft.save(update_fields=["graph"])
    return draft


@transaction.atomic
def publish_version(*, flow_version: FlowVersion, actor: User, at: datetime) -> FlowVersion:
    """
    Let new requests run by a draft; those that run end with the version they began with.

    :raises WrongState: when it is no draft any more.
    :raises FaultyFlow: when there is an error in it.
    """
    definition = FlowDefinition.objects.lock(flow_version.definition_id)
    draft = _lock_draft(flow_version)
    errors = [fault for fault in faults_of(definition, draft.flow) if fault.severity == Severity.ERROR]
    if errors:
        raise FaultyFlow(
            _("This flow cannot be published yet: %(fault)s") % {"fault": errors[0].message},
            faults=[{"node": fault.node, "message": fault.message} for fault in errors],
        )
    former = definition.versions.select_for_update().filter(status=DefinitionStatus.PUBLISHED).first()
    if former is not None:
        former.become(DefinitionStatus.RETIRED, actor=actor, at=at)
    draft.published_at, draft.published_by = at, actor
    draft.save(update_fields=["published_at", "published_by"])
    draft.become(DefinitionStatus.PUBLISHED, actor=actor, at=at)
    return draft


@transaction.atomic
def new_draft(*, flowdefinition: FlowDefinition, actor: User, at: datetime) -> FlowVersion:
    """
    Begin a new version as a copy of the one that is published, empty when none is.

    :raises WrongState: when there is a draft already.
    """
    definition = FlowDefinition.objects.lock(flowdefinition)
    if definition.versions.filter(status=DefinitionStatus.DRAFT).exists():
        raise WrongState(_("There is a draft already; change that one."))
    published = definition.versions.filter(status=DefinitionStatus.PUBLISHED).first()
    return _draft(definition, published.flow if published is not None else Flow())


@transaction.atomic
def delete_draft(*, flow_version: FlowVersion, actor: User, at: datetime) -> None:
    """
    Throw a draft away.

    :raises WrongState: when it is no draft any more.
    """
    _lock_draft(flow_version).delete()


@transaction.atomic
def set_binding(
    *,
    subject: ContentType,
    definition: FlowDefinition,
    company: Company | None = None,
    condition: Any = None,
    position: int = 1,
    is_active: bool = True,
    flowbinding: FlowBinding | None = None,
    actor: User,
    at: datetime,
) -> FlowBinding:
    """
    Say that documents of an object type are approved by a flow, or change what was said.

    :raises InvalidInput: when the flow decides about something else, or the condition makes no sense.
    """
    if definition.subject_id not in (None, subject.pk):
        raise InvalidInput(_("This flow decides about other documents; choose another one."), field="definition")
    binding = FlowBinding.objects.lock(flowbinding) if flowbinding is not None else FlowBinding()
    binding.subject, binding.definition, binding.company = subject, definition, company
    binding.condition = read_condition(condition, fact_fields(subject.model_class()))
    binding.position, binding.is_active = position, is_active
    binding.full_clean()
    binding.save()
    return binding


def read_flow(graph: Any) -> Flow:
    """
    Return the flow that JSON describes.

    :raises FaultyFlow: when it is none; the faults name the nodes.
    """
    try:
        return FLOW.validate_python(graph)
    except ValidationError as error:
        faults = [_fault(graph, list(each["loc"])) for each in error.errors(include_url=False)][:TOLD]
        raise FaultyFlow(faults[0]["message"], faults=faults) from error


def read_condition(condition: Any, fields: Sequence[FactField]) -> dict[str, Any]:
    """
    Return a condition as it is kept, nothing where there is none.

    :raises InvalidInput: when it is none or does not fit the fields.
    """
    if not condition:
        return {}
    try:
        read = CONDITION.validate_python(condition)
    except ValidationError as error:
        raise InvalidInput(_("The condition cannot be read; enter it again."), field="condition") from error
    found = check_condition(read, fields)
    if found:
        raise InvalidInput(found[0].message, field="condition")
    kept: dict[str, Any] = CONDITION.dump_python(read, mode="json")
    return kept


def faults_of(definition: FlowDefinition, flow: Flow) -> list[Fault]:
    """Return what is wrong with the nodes of a flow."""
    published = FlowVersion.objects.filter(status=DefinitionStatus.PUBLISHED, definition__is_active=True)
    others = {version.definition.code: version.flow for version in published.select_related("definition")}
    model = definition.subject.model_class() if definition.subject else None
    forms = fields_of_forms(definition)
    fields = fields_for(definition, forms)
    is_money = is_about_money(model) or any(AMOUNT in each.changes for each in forms.keys)
    return lint(flow, fields, others=others, code=definition.code, is_money=is_money, keys=forms.keys)


def _lock_draft(flow_version: FlowVersion) -> FlowVersion:
    draft: FlowVersion = FlowVersion.objects.lock(flow_version)
    if draft.status != DefinitionStatus.DRAFT:
        raise WrongState(_("This version is published already; begin a new draft to change the flow."))
    return draft


def _draft(definition: FlowDefinition, flow: Flow) -> FlowVersion:
    last = definition.versions.order_by("-number").values_list("number", flat=True).first() or 0
    graph = FLOW.dump_python(flow, mode="json")
    return FlowVersion.objects.create(definition=definition, number=last + 1, graph=graph)


def _fault(graph: Any, path: list[Any]) -> dict[str, str]:
    """What pydantic found, told of the node it was found at."""
    node, title, place = "", "", graph
    for part in path:
        # Beside names and positions a path names the kinds of unions.
        if isinstance(place, dict):
            place = place.get(part, place)
        elif isinstance(place, list) and isinstance(part, int) and part < len(place):
            place = place[part]
        if isinstance(place, dict) and place.get("key"):
            node, title = str(place["key"]), str(place.get("title") or title)
    names = [str(part) for part in path if isinstance(part, str)]
    values = {"title": title or node, "setting": str(SETTINGS.get(names[-1] if names else "", ""))}
    if not node:
        message = _("This is no flow. Reload the page and enter your change again.")
    elif values["setting"]:
        message = _("“%(title)s”: look at “%(setting)s”, it is missing or cannot be like this.") % values
    else:
        message = _("“%(title)s” has settings that cannot be like this; delete it and add it again.") % values
    return {"node": node, "message": message}
