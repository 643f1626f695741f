"""Which flow decides about a document."""

from __future__ import annotations

from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db.models import Prefetch
from pydantic import TypeAdapter

from oa.flows.choices import DefinitionStatus
from oa.flows.conditions import Condition
from oa.flows.facts import facts_of
from oa.flows.models import FlowBinding, FlowDefinition, FlowVersion
from oa.flows.running import published_version
from suite.access.models import User
from suite.documents.approvables import approvable

CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)


def flow_for(document: Any, initiator: User) -> FlowVersion | None:
    """
    Return the published version of the first flow whose binding fits the document, None when none does.

    A document with a ``flow_definition`` has chosen already.

    :raises NotPossible: when what it chose is not in use.
    """
    if approvable(type(document)) is None:
        return None
    chosen: FlowDefinition | None = getattr(document, "flow_definition", None)
    if chosen is not None:
        return published_version(chosen.code)
    published = FlowVersion.objects.filter(status=DefinitionStatus.PUBLISHED)
    bindings = (
        FlowBinding.objects.filter(
            subject=ContentType.objects.get_for_model(type(document)), is_active=True, definition__is_active=True
        )
        .select_related("definition")
        .prefetch_related(Prefetch("definition__versions", published, to_attr="published"))
        .order_by("position", "pk")
    )
    facts: dict[str, Any] | None = None
    for binding in bindings:
        versions: list[FlowVersion] = binding.definition.published  # type: ignore[attr-defined]
        if not versions or (binding.company_id and binding.company_id != getattr(document, "company_id", None)):
            continue
        facts = facts_of(document, initiator) if facts is None else facts
        if not binding.condition or CONDITION.validate_python(binding.condition).fits(facts):
            versions[0].definition = binding.definition
            return versions[0]
    return None
