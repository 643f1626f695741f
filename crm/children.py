"""Settings with rows below them, saved together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from suite.core.errors import InvalidInput

M = TypeVar("M", bound=models.Model)


def save_with_children(row: M, values: Mapping[str, Any], *, relation: str, rows: Sequence[Mapping[str, Any]]) -> M:
    """
    Save a row with its columns, its relations to many, and exactly the given rows below it.

    :param relation: name of the relation to the rows below.
    :param rows: their values, with ``id`` where one is changed; those that are not named are deleted.
    :raises ValidationError: if a value is wrong.
    :raises InvalidInput: when a row below belongs to something else.
    """
    many = {field.name for field in row._meta.many_to_many}
    for name, value in values.items():
        if name not in many:
            setattr(row, name, value)
    row.full_clean()
    row.save()
    for name in many & values.keys():
        getattr(row, name).set(values[name])
    children: Any = getattr(row, relation)
    known = {child.pk: child for child in children.select_for_update().order_by("pk")}
    kept = {each["id"] for each in rows if each.get("id")}
    if kept - known.keys():
        raise InvalidInput(_("Some lines do not belong to this any more. Reload the page."))
    children.filter(pk__in=known.keys() - kept).delete()
    for each in rows:
        child = known[each["id"]] if each.get("id") else children.model(**{children.field.name: row})
        for name, value in each.items():
            if name != "id":
                setattr(child, name, value)
        child.full_clean()
        child.save()
    return row
