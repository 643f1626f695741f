"""Rows of a file on their way into the database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from crm.duplicates.choices import MatchEffect, MatchField, RecordKind
from crm.duplicates.lookalikes import Lookalike, lookalikes
from crm.duplicates.rules import Rule
from crm.duplicates.selectors import current_rules
from suite.access.models import User
from suite.masters.models import Company
from suite.masters.normalize import core_name, is_personal, normalize_phone
from suite.pages.exchange.errors import RowErrors

T = TypeVar("T")
Rows = Sequence[Mapping[str, Any]]
Progress = Callable[..., Any]

BATCH = 1000


@dataclass(frozen=True)
class Run:
    """
    One import.

    :param company: of rows that name none.
    :param rules: what a duplicate is, by field.
    """

    actor: User
    at: datetime
    company: Company
    rules: Mapping[MatchField, Rule] = field(default_factory=current_rules)

    def effect(self, field: MatchField, kind: RecordKind) -> str | None:
        """What follows from a field in common with rows of a kind; None: nothing."""
        rule = self.rules.get(field)
        return rule.effect if rule is not None and kind in rule.kinds else None


@dataclass
class Entry:
    """
    One row of a file.

    :param values: what the row says; blank cells say nothing.
    :param existing: the row of the database that it changes.
    :param errors: pairs of field name and message.
    :param warnings: what to look at, although the row is imported.
    """

    number: int
    values: dict[str, Any]
    existing: Any = None
    errors: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Entry:
        """Take over a cleaned row; ``_row`` is its number in the file, ``_existing`` what it was matched with."""
        values = {name: value for name, value in row.items() if not name.startswith("_") and not _is_blank(value)}
        return cls(int(row["_row"]), values, row.get("_existing"))

    def refuse(self, name: str, message: str) -> None:
        """Note why the row cannot be imported."""
        if (name, message) not in self.errors:
            self.errors.append((name, message))

    def note(self, effect: str | None, name: str, message: str) -> None:
        """Refuse the row for a duplicate, or warn of it, as the rule says; None: the field has no rule."""
        if effect == MatchEffect.BLOCK:
            self.refuse(name, message)
        elif effect == MatchEffect.WARN and message not in self.warnings:
            self.warnings.append(message)

    def check_owner(self) -> None:
        """Refuse an owner who is no active colleague."""
        owner = self.values.get("owner")
        if owner is not None and (not owner.is_active or owner.is_portal):
            self.refuse("owner", _("Choose an active colleague."))

    def check_fields(self, row: models.Model, *, prefix: str = "") -> None:
        """Refuse values that the columns of a row cannot hold; relations were looked up, a code may follow later."""
        left_out = {each.name for each in row._meta.concrete_fields if each.is_relation}
        if not getattr(row, "code", None):
            left_out.add("code")
        try:
            row.clean_fields(exclude=left_out)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                for message in messages:
                    self.refuse(f"{prefix}{name}", message)


def _is_blank(value: Any) -> bool:
    return value is None or value in ("", [])


def refuse_repeated(entries: Iterable[Entry], name: str, key: Callable[[Entry], Hashable]) -> None:
    """Refuse every row that has the key of an earlier one; no key, nothing to repeat."""
    first: dict[Hashable, int] = {}
    for entry in entries:
        value = key(entry)
        if value in first:
            entry.refuse(name, _("Row %(row)d has the same value.") % {"row": first[value]})
        elif value:
            first[value] = entry.number


def raise_errors(entries: Iterable[Entry]) -> None:
    """
    Stop when rows were refused.

    :raises RowErrors: naming all of them.
    """
    refused = {entry.number: entry.errors for entry in entries if entry.errors}
    if refused:
        raise RowErrors(refused)


def warn_of_lookalikes(
    entries: Iterable[Entry], run: Run, name: str, kind: RecordKind, model: type[models.Model], where: str
) -> None:
    """
    Warn of new rows, or refuse them, whose company name resembles one that is known, or that of an earlier row.

    :param name: column of the file that holds it.
    """
    rule = run.rules.get(MatchField.NAME)
    if rule is None or kind not in rule.kinds:
        return
    new = {each.number: core_name(each.values.get(name, "")) for each in entries if each.existing is None}
    best: dict[str, Lookalike] = {}
    for found in lookalikes(model, new.values(), threshold=rule.threshold, where=where):
        best.setdefault(found.name, found)
    in_file = Counter(new.values())
    for each in entries:
        core = new.get(each.number, "")
        if core in best and best[core].similarity < 100:
            text = _("Another customer or lead has a similar name (%(percent)d %%).") % {
                "percent": best[core].similarity
            }
            each.note(rule.effect, name, text)
        elif core and (core in best or in_file[core] > 1):
            each.note(rule.effect, name, _("Another customer has the same name."))


def warnings_of(entries: Iterable[Entry]) -> dict[int, list[str]]:
    """Return the warnings of each row that has any."""
    return {each.number: each.warnings for each in entries if each.warnings}


def batches(rows: Sequence[T]) -> Iterator[tuple[int, Sequence[T]]]:
    """Yield the rows in batches, each with the number of rows up to its end."""
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        yield start + len(batch), batch


def report(progress: Progress | None, done: int, total: int) -> None:
    """Tell whoever wants to know how far the import is."""
    if progress is not None:
        progress(done, total)


def personal_number(number: str) -> str:
    """Return a telephone number for comparison, empty when it is not one person's."""
    normalized = normalize_phone(number)
    return normalized if is_personal(normalized) else ""


def apply(row: models.Model, values: Mapping[str, Any]) -> set[str]:
    """Set values on a row and return the names of those that changed."""
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    return changed


def mark_changed(row: Any, at: datetime) -> None:
    """Raise the version of a row that is written without ``save()``."""
    row.version += 1
    row.updated_at = at
