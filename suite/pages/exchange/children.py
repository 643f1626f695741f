"""
Fields of one row below the imported one, e.g. ``contact_name`` of a customer's ``contacts``.

A service writes them. Whether they say anything new is judged against all rows below: those of one row of the file
belong to one of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models

if TYPE_CHECKING:
    from suite.pages.exchange.fields import ImportField


class ChildField(NamedTuple):
    """
    A field of the rows below.

    :param relation: lookup from the imported row to the rows below, e.g. ``party__contacts``.
    :param link: name of their foreign key, by which they are found.
    :param above: lookup from the imported row to what the foreign key refers to; "": the row itself.
    """

    relation: str
    link: str
    above: str
    field: models.Field[Any, Any]


def child_field(model: type[models.Model], name: str, above: str = "") -> ChildField | None:
    """The field that ``contact_name`` means on a model with ``contacts``, None when it means none."""
    for relation in model._meta.related_objects:
        accessor = relation.get_accessor_name() or ""
        prefix = f"{accessor.removesuffix('s')}_"
        if not relation.one_to_many or not accessor.endswith("s") or not name.startswith(prefix):
            continue
        related: Any = relation.related_model
        own = {each.name: each for each in related._meta.concrete_fields if each.editable}
        found = own.get(name.removeprefix(prefix))
        if found is not None:
            return ChildField("__".join(filter(None, (above, accessor))), relation.field.name, above, found)
    return None


class Children:
    """The rows below many rows, read by one query for each relation."""

    def __init__(self, fields: Sequence[ImportField], rows: Iterable[Any]) -> None:
        self._below: dict[str, dict[Any, list[Any]]] = {}
        self.fields = [each for each in fields if each.child is not None]
        parents = list(rows)
        for each in self.fields:
            child = each.child
            if child is None or child.relation in self._below or not parents:
                continue
            keys = {_key(row, child) for row in parents}
            below: dict[Any, list[Any]] = defaultdict(list)
            for row in child.field.model._default_manager.filter(**{f"{child.link}__in": keys}).select_related(
                *self._relations(child.relation)
            ):
                below[getattr(row, f"{child.link}_id")].append(row)
            self._below[child.relation] = below

    def values(self, row: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """Present values of the given fields: those of the row below that has all of them, else nothing."""
        present: dict[str, Any] = {}
        for relation in self._below:
            asked = [each for each in self.fields if each.name in given and _relation(each) == relation]
            for below in self._below[relation].get(_key(row, asked[0].child), []) if asked else []:
                own = {each.name: getattr(below, each.child.field.name) for each in asked if each.child is not None}
                if all(own[each.name] == given[each.name] for each in asked):
                    present |= own
                    break
            else:
                present |= self._nearest(row, relation, asked, given)
        return present

    def number(self, row: Any) -> int | None:
        """How many rows are below a row; None when the file has no column of such rows."""
        counts = [len(below.get(_key(row, self._child(relation)), [])) for relation, below in self._below.items()]
        return counts[0] if counts else None

    def _nearest(
        self, row: Any, relation: str, asked: Sequence[ImportField], given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Present values of the only row below that leads to the same, e.g. the line of the same item."""
        links = [each for each in asked if each.is_relation and each.child is not None]
        if not links or links[0].child is None:
            return {}
        first, name = links[0], links[0].child.field.name
        rows = self._below[relation].get(_key(row, first.child), [])
        near = [below for below in rows if getattr(below, name) == given[first.name]]
        if len(near) != 1:
            return {}
        return {each.name: getattr(near[0], each.child.field.name) for each in asked if each.child is not None}

    def _child(self, relation: str) -> ChildField | None:
        return next((each.child for each in self.fields if _relation(each) == relation), None)

    def _relations(self, relation: str) -> list[str]:
        """Names of the foreign keys among the fields of one relation, which are read along."""
        children = [each.child for each in self.fields if each.child is not None and _relation(each) == relation]
        return sorted({child.field.name for child in children if child.field.is_relation})


def _relation(each: ImportField) -> str:
    return each.child.relation if each.child is not None else ""


def _key(row: Any, child: ChildField | None) -> Any:
    if child is None or not child.above:
        return row.pk
    for part in child.above.split("__")[:-1]:
        row = getattr(row, part)
    return getattr(row, f"{child.above.split('__')[-1]}_id")
