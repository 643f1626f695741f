"""How rows from a form or the API become the lines of a paper without amounts; used by the services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Model, prefetch_related_objects
from django.utils.translation import gettext as _

from suite.core.errors import InvalidInput
from suite.documents.errors import LineErrors
from suite.masters.models import Item

Row = Mapping[str, Any]
Faults = dict[str, str]
NOT_WRITTEN = frozenset({"id", "version", "created_at", "updated_at"})


def write_rows(paper: Model, link: str, rows: Sequence[Row], check: Callable[[Row], Faults]) -> list[Any]:
    """
    Give a paper these ``lines``, by a fixed number of statements; lines not named are removed.

    :param link: name of the foreign key from the line to its paper.
    :param rows: values of the lines with ``id`` of those that exist; lines of items each need one.
    :param check: what is wrong with a row, by column; it is asked once items have their base unit at hand.
    :returns: the lines in their order.
    :raises LineErrors: with what is wrong, for each line.
    :raises InvalidInput: without lines, or when one belongs to another paper.
    """
    manager: Any = paper.lines  # type: ignore[attr-defined]
    old = {line.pk: line for line in manager.all()}
    if {row["id"] for row in rows if row.get("id")} - old.keys():
        raise InvalidInput(_("Some lines do not belong to this document any more. Reload the page."))
    if not rows:
        raise InvalidInput(_("Enter at least one line."))
    prefetch_related_objects([row["item"] for row in rows if row.get("item")], "base_unit")
    model = manager.model
    has_items = any(field.name == "item" for field in model._meta.concrete_fields)

    def faults_of(row: Row) -> Faults:
        return (_item_fault(row) if has_items else {}) or check(row)

    refuse_rows({place: faults for place, row in enumerate(rows) if (faults := faults_of(row))})
    names = [field.name for field in model._meta.concrete_fields if field.name not in {*NOT_WRITTEN, link}]
    lines = [_line(old[row["id"]] if row.get("id") else model(**{link: paper}), row, names) for row in rows]
    if "position" in names:
        for position, line in enumerate(lines, start=1):
            line.position = position
    manager.filter(pk__in=old.keys() - {line.pk for line in lines}).delete()
    model._default_manager.bulk_update([line for line in lines if line.pk], names)
    model._default_manager.bulk_create([line for line in lines if not line.pk])
    return lines


def refuse_rows(faults: Mapping[int, Faults]) -> None:
    """
    Refuse rows with what is wrong, by place and column.

    :raises LineErrors: when there is something.
    """
    if faults:
        numbers = ", ".join(str(place + 1) for place in sorted(faults))
        raise LineErrors(_("Check the lines %(lines)s.") % {"lines": numbers}, faults)


def _item_fault(row: Row) -> Faults:
    item: Item | None = row.get("item")
    return {} if item is not None else {"item": _("Choose an item.")}


def _line(line: Any, row: Row, names: Sequence[str]) -> Any:
    for name, value in row.items():
        if name in names:
            setattr(line, name, value)
    if getattr(line, "unit_id", True) is None:
        line.unit = line.item.base_unit
    return line
