"""Rows of files on their way into ERP; used by the import services of the slices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suite.masters.models import Company
from suite.pages.exchange.errors import RowErrors

Rows = Sequence[Mapping[str, Any]]
Progress = Callable[..., Any]
Warnings = dict[int, list[str]]


@dataclass
class Entry:
    """
    One row of a file.

    :param values: what the row says; blank cells say nothing.
    :param existing: the row of the database that it changes.
    :param errors: pairs of field name and message.
    """

    number: int
    values: dict[str, Any]
    existing: Any = None
    errors: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Entry:
        """Take over a cleaned row; ``_row`` is its number in the file, ``_existing`` what it was matched with."""
        values = {name: value for name, value in row.items() if not name.startswith("_") and value not in (None, "")}
        return cls(int(row["_row"]), values, row.get("_existing"))

    def refuse(self, name: str, message: str) -> None:
        """Note why the row cannot be imported."""
        if (name, message) not in self.errors:
            self.errors.append((name, message))


def raise_errors(entries: Iterable[Entry]) -> None:
    """
    Stop when rows were refused.

    :raises RowErrors: naming all of them.
    """
    refused = {entry.number: entry.errors for entry in entries if entry.errors}
    if refused:
        raise RowErrors(refused)


def one_import_at_a_time(companies: Collection[int]) -> None:
    """
    Let one transaction at a time import what was open into companies; others wait.

    Who waited sees what the first one imported. Papers of the company can be written meanwhile.
    """
    list(Company.objects.select_for_update(no_key=True).filter(pk__in=companies).order_by("pk"))


def report(progress: Progress | None, done: int, total: int) -> None:
    """Tell whoever wants to know how far the import is."""
    if progress is not None:
        progress(done, total)
