"""How rows from a form or the API become the lines of an archive or a scheme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from suite.core.errors import InvalidInput

Row = Mapping[str, Any]


def write_lines(parent: Model, related: str, rows: Sequence[Row], *, key: str) -> list[Any]:
    """
    Give a row exactly these lines; those not named are removed.

    :param related: name of the relation to the lines.
    :param key: column that each line has a value of its own in.
    :raises InvalidInput: when a line belongs to another row, or two have the same key.
    """
    manager: Any = getattr(parent, related)
    old = {line.pk: line for line in manager.all()}
    if {row["id"] for row in rows if row.get("id")} - old.keys():
        raise InvalidInput(_("Some lines do not belong to this document any more. Reload the page."))
    values = [row[key] for row in rows]
    if len(set(values)) != len(values):
        raise InvalidInput(_("Each can be entered only once."))
    lines = []
    for row in rows:
        line = old.get(row.get("id") or 0) or manager.model(**{manager.field.name: parent})
        for name, value in row.items():
            if name != "id" and (value is not None or line._meta.get_field(name).null):
                setattr(line, name, value)
        line.full_clean()
        lines.append(line)
    manager.filter(pk__in=old.keys() - {line.pk for line in lines}).delete()
    for line in lines:
        line.save()
    return lines
