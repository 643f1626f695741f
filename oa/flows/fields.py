"""What a flow can ask for, and what of a form its steps may change: the facts of its documents and of its forms."""

from __future__ import annotations

from dataclasses import dataclass

from oa.flows.facts import FactField, fact_fields
from oa.flows.models import FlowDefinition
from suite.hooks import Hook


@dataclass(frozen=True)
class FormKey:
    """
    One field of a form, as steps name it.

    :ivar may_change: whether people fill it in; what is computed or only stands there cannot be changed.
    :ivar changes: the facts that become others with it, as sums and the amount.
    """

    name: str
    label: str
    may_change: bool = True
    changes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FormFields:
    """What the forms of a flow have beside the facts of every request."""

    facts: tuple[FactField, ...] = ()
    keys: tuple[FormKey, ...] = ()


@Hook
def fields_of_forms(definition: FlowDefinition) -> FormFields:
    """What can be asked and changed of requests made with the forms that a flow decides about."""
    return FormFields()


def fields_for(definition: FlowDefinition, forms: FormFields | None = None) -> list[FactField]:
    """Return what conditions of a flow can ask for: of its documents, and of its forms."""
    model = definition.subject.model_class() if definition.subject else None
    found = {each.name: each for each in fact_fields(model)}
    for each in (forms or fields_of_forms(definition)).facts:
        found.setdefault(each.name, each)
    return list(found.values())
