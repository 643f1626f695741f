"""Tables of another system through the ordinary importer: only its columns are translated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from suite.access.models import User
from suite.core.errors import InvalidInput
from suite.pages.exchange.apply import Outcome, apply_import
from suite.pages.exchange.plan import plan_import
from suite.pages.exchange.reading import Sheet, read_sheet
from suite.pages.registry import pageset_of

Progress = Callable[..., Any]
Record = dict[str, str]


@dataclass(frozen=True)
class Table:
    """
    Rows for one object type.

    :param columns: names of the fields that the object type's import knows.
    """

    model: Any
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class TableImport:
    """
    What became of a table.

    :param refused: line of the file → why it was left out.
    """

    title: str
    outcome: Outcome
    refused: dict[int, list[str]] = field(default_factory=dict)


def read_records(folder: Path, name: str) -> list[Record]:
    """
    Read a table file of a folder as records by heading.

    :raises InvalidInput: when the folder has no such file.
    :raises Unreadable: when it is no table.
    """
    path = folder / name
    if not path.is_file():
        raise InvalidInput(_("There is no file %(name)s in %(folder)s.") % {"name": name, "folder": folder})
    with path.open("rb") as file:
        sheet = read_sheet(file, name)
    head, *rows = sheet.rows
    return [dict(zip(map(str, head), map(str, row), strict=True)) for row in rows]


@transaction.atomic
def import_table(table: Table, *, actor: User, at: datetime, progress: Progress | None = None) -> TableImport:
    """
    Import a table as its object type's import page does, leaving out the rows that are refused.

    :raises DomainError: when the table as a whole is refused.
    """
    pageset = pageset_of(table.model)
    if pageset is None:
        raise LookupError(f"{table.model._meta.label} has no pages")
    sheet = Sheet([list(table.columns), *(list(row) for row in table.rows)])
    plan = plan_import(pageset, sheet, user=actor, lock=True)
    outcome = apply_import(plan, at=at, progress=progress, leave_out_bad=True)
    refused = {row.number: [": ".join(filter(None, error)) for error in row.errors] for row in plan.bad_rows}
    return TableImport(str(pageset.title_plural), outcome, refused)
