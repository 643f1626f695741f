"""What forms tell the designer of flows about their fields."""

from __future__ import annotations

from collections.abc import Iterator

from oa.flows.choices import DefinitionStatus
from oa.flows.fields import FormFields, FormKey, fields_of_forms
from oa.flows.models import FlowDefinition
from oa.forms.choices import FieldKind
from oa.forms.models import FormVersion
from oa.forms.schema import AMOUNT, SHOWN, Schema
from oa.forms.selectors import fact_fields


@fields_of_forms.provide
def fields_of_its_forms(definition: FlowDefinition) -> FormFields:
    """Of every form in use that names the flow; a field that several have is told once."""
    versions = FormVersion.objects.filter(
        template__flow=definition, template__is_active=True, status=DefinitionStatus.PUBLISHED
    )
    forms = [version.form for version in versions.order_by("template", "pk")]
    facts = {each.name: each for form in forms for each in fact_fields(form)}
    keys: dict[str, FormKey] = {}
    for key in (each for form in forms for each in _keys(form)):
        known = keys.get(key.name)
        both = key.changes | known.changes if known else key.changes
        keys[key.name] = FormKey(key.name, known.label if known else key.label, key.may_change, both)
    return FormFields(tuple(facts.values()), tuple(keys.values()))


def _keys(form: Schema) -> Iterator[FormKey]:
    for key, field in form.fields.items():
        if field.kind not in SHOWN:
            may_change = field.kind != FieldKind.FORMULA
            yield FormKey(key, field.label, may_change, changed_with(form, key) if may_change else frozenset())


def changed_with(form: Schema, key: str) -> frozenset[str]:
    """Return the facts that change with a field: its own, formulas over them, and the amount when it is among them."""
    changed = set(form.fields[key].names())
    for name, formula in form.formulas.items():
        if changed & set(formula.names):
            changed.add(name)
    if form.amount in changed:
        changed.add(AMOUNT)
    return frozenset(changed)
