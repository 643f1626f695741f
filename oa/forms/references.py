"""What is chosen in a form from other tables: whether it may be, what it is called, and how flows know it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from hrm.org.models import Department, Employee
from oa.forms.choices import FieldKind
from oa.forms.filling import Data, Errors, facts, references
from oa.forms.schema import Schema
from suite.activity.models import Attachment
from suite.activity.targets import key_of
from suite.masters.models import Item, Party
from suite.pages.registry import pageset_of

MODELS: Mapping[FieldKind, type[models.Model]] = {
    FieldKind.PERSON: Employee,
    FieldKind.DEPARTMENT: Department,
    FieldKind.ITEM: Item,
    FieldKind.PARTY: Party,
}
Labels = dict[tuple[FieldKind, int], Any]


def flow_values(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of clean data as flows know them: people by their users, departments with those above them."""
    found = facts(schema, data)
    chosen = {
        kind: {
            key: int(found[key])
            for key, field in schema.fields.items()
            if field.kind == kind and found.get(key) is not None
        }
        for kind in (FieldKind.PERSON, FieldKind.DEPARTMENT)
    }
    people, places = chosen[FieldKind.PERSON], chosen[FieldKind.DEPARTMENT]
    users = dict(Employee.objects.filter(pk__in=people.values()).values_list("pk", "user")) if people else {}
    paths = dict(Department.objects.filter(pk__in=places.values()).values_list("pk", "path")) if places else {}
    found.update({key: str(users.get(pk) or "") for key, pk in people.items()})
    found.update({key: [str(each) for each in paths.get(pk, ())] for key, pk in places.items()})
    return found


def missing(
    schema: Schema, data: Mapping[str, Any], *, user: Any, request: models.Model | None, kept: Data | None = None
) -> Errors:
    """
    Say by path which chosen rows the user cannot choose, and which files do not belong to the request.

    :param kept: earlier data; what stands there may stay, whoever looks at it now.
    """
    known = {(kind, pk) for _path, kind, pk in references(schema, kept or {})}
    asked = [each for each in references(schema, data) if each[1:] not in known]
    by_kind: dict[FieldKind, set[int]] = defaultdict(set)
    for _path, kind, pk in asked:
        by_kind[kind].add(pk)
    there = {kind: _reachable(kind, keys, user, request) for kind, keys in by_kind.items()}
    return {path: _("Choose one of what is offered.") for path, kind, pk in asked if pk not in there[kind]}


def _reachable(kind: FieldKind, keys: Iterable[int], user: Any, request: models.Model | None) -> set[int]:
    if kind == FieldKind.ATTACHMENT:
        if request is None:
            return set()
        files = Attachment.objects.filter(pk__in=keys, removed_at=None, **key_of(request))
        return set(files.values_list("pk", flat=True))
    model = MODELS[kind]
    rows, pageset = model._default_manager.filter(pk__in=keys), pageset_of(model)
    rows = rows if pageset is None else pageset.choices(rows, user)
    return set(rows.values_list("pk", flat=True))


def labels_of(schema: Schema, data: Mapping[str, Any]) -> Labels:
    """Return the rows that are chosen in clean data by kind and key, with one query for each kind."""
    by_kind: dict[FieldKind, set[int]] = defaultdict(set)
    for _path, kind, pk in references(schema, data):
        by_kind[kind].add(pk)
    found: Labels = {}
    for kind, keys in by_kind.items():
        model: Any = Attachment if kind == FieldKind.ATTACHMENT else MODELS[kind]
        found.update({(kind, row.pk): row for row in model._default_manager.filter(pk__in=keys)})
    return found
