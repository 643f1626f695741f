"""
What an import would do, row by row, before anything is written.

Everything is looked up for all rows together: one query for existing rows, one for each relation column and one for
each unique constraint, however many rows the file has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from suite.core.reading import with_related
from suite.core.text import listed
from suite.pages.columns import quantity
from suite.pages.exchange.children import Children
from suite.pages.exchange.choices import RowAction
from suite.pages.exchange.cleaning import Cleaner, comparable
from suite.pages.exchange.fields import ImportField, Matching, import_fields, key_names, match_columns
from suite.pages.exchange.reading import Sheet
from suite.pages.exchange.relations import natural_keys
from suite.pages.exchange.unique import check_unique

if TYPE_CHECKING:
    from suite.pages.pageset import PageSet

Progress = Callable[..., Any]
PROGRESS_EVERY = 500


@dataclass(frozen=True)
class Change:
    """One field of an existing row that would change, as a person reads it."""

    label: str
    old: str
    new: str


@dataclass
class RowPlan:
    """
    What would happen to one row of the file.

    :param number: its row in the file, counted as a spreadsheet program does.
    :param values: cleaned values by field name; an empty cell leaves its field alone and is not among them.
    :param existing: the row of the database that it changes.
    :param instance: what is written, unless a service writes.
    :param above: self relations to rows that this very file creates.
    :param errors: pairs of field label (or "") and message.
    :param warnings: what its importer should know, though it can be imported.
    """

    number: int
    cells: Sequence[Any]
    action: RowAction = RowAction.CREATE
    values: dict[str, Any] = field(default_factory=dict)
    existing: Any = None
    instance: Any = None
    above: dict[str, RowPlan] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.errors

    @property
    def is_written(self) -> bool:
        """Whether it would be written at all."""
        return self.is_good and self.action != RowAction.UNCHANGED

    def refuse(self, message: Any, label: str = "") -> None:
        """Note why the row cannot be imported."""
        if (label, str(message)) not in self.errors:
            self.errors.append((label, str(message)))

    def final(self, own: models.Field[Any, Any]) -> Any:
        """The value of a field after the import."""
        if own.name in self.values:
            return comparable(self.values[own.name])
        if self.existing is not None:
            return getattr(self.existing, own.attname)
        default = own.get_default()
        # A code that is not given is the next number, not the empty text.
        return None if default == "" and not own.blank else default


@dataclass
class ImportPlan:
    """
    What an import would do.

    :param rows: the rows that hold anything, in the order of the file.
    :param message: why the file as a whole cannot be imported.
    :param papers: rows that are the lines of one paper, by its key.
    """

    pageset: PageSet
    user: Any
    fields: list[ImportField]
    matching: Matching
    rows: list[RowPlan]
    message: str = ""
    papers: dict[tuple[Any, ...], list[RowPlan]] = field(default_factory=dict)

    @cached_property
    def labels(self) -> dict[str, str]:
        """Labels of the fields by name."""
        return {each.name: each.label for each in self.fields}

    @property
    def missing(self) -> list[ImportField]:
        return self.matching.missing(self.fields)

    @property
    def bad_rows(self) -> list[RowPlan]:
        return [row for row in self.rows if not row.is_good]

    @property
    def written_rows(self) -> list[RowPlan]:
        return [row for row in self.rows if row.is_written]

    def counts(self) -> dict[str, int]:
        """Numbers of rows by what happens to them."""
        counts = dict.fromkeys(("create", "update", "unchanged", "error"), 0)
        for row in self.rows:
            counts[row.action.lower() if row.is_good else "error"] += 1
        return counts

    def refuse(self, errors: Mapping[int, Iterable[Any]]) -> None:
        """Note refusals by row number; a message may be a pair of field name and text."""
        by_number = {row.number: row for row in self.rows}
        for number, messages in errors.items():
            for each in messages:
                name, text = each if isinstance(each, tuple) else ("", each)
                by_number[number].refuse(text, self.labels.get(name, ""))
        self.refuse_whole_papers()

    def refuse_whole_papers(self) -> None:
        """Refuse the other rows of a paper too when one is refused: no half of a paper is ever written."""
        for rows in self.papers.values():
            bad = next((row for row in rows if not row.is_good), None)
            for row in rows if bad is not None else ():
                if row.is_good and bad is not None:
                    row.refuse(_("Row %(row)d of the same paper cannot be imported.") % {"row": bad.number})

    @property
    def given_rows(self) -> list[RowPlan]:
        """The rows that a service gets: those to write, and all others of a paper of which something is written."""
        given = {row.number for row in self.rows if row.is_written}
        for rows in self.papers.values():
            numbers = {row.number for row in rows if row.is_good}
            given |= numbers if numbers & given else set()
        return [row for row in self.rows if row.number in given]


def plan_import(
    pageset: PageSet,
    sheet: Sheet,
    *,
    user: Any,
    mapping: Mapping[str, str] | None = None,
    lock: bool = False,
    progress: Progress | None = None,
) -> ImportPlan:
    """
    Say for each row of a file whether it would create, change or leave a row, or why it cannot be imported.

    :param mapping: columns as a person assigned them, see :func:`match_columns`.
    :param lock: lock the existing rows until the end of the transaction.
    """
    fields = import_fields(pageset, user)
    matching = match_columns(sheet, fields, mapping)
    rows = [
        RowPlan(number, matching.cells(cells))
        for number, cells in enumerate(sheet.rows[matching.head + 1 :], start=matching.head + 2)
        if matching.is_filled(cells)
    ]
    plan = ImportPlan(pageset, user, fields, matching, rows)
    if plan.missing:
        names = listed(each.label for each in plan.missing)
        plan.message = _("The file has no column for: %(names)s. Say which column it is.") % {"names": names}
    elif not rows:
        plan.message = _("The file holds no rows below its heading.")
    else:
        _Planner(plan, lock=lock, progress=progress).run()
    return plan


class _Planner:
    """Fills in a plan."""

    def __init__(self, plan: ImportPlan, *, lock: bool, progress: Progress | None) -> None:
        self.plan, self.pageset, self.user, self.lock, self.progress = plan, plan.pageset, plan.user, lock, progress
        self.model: Any = plan.pageset.model
        self.columns = plan.matching.columns
        self.key = key_names(plan.pageset)
        self.saves_by_service = plan.pageset.import_service is not None
        # Rows with the same key are the lines of one paper.
        self.repeats_are_lines = self.saves_by_service and plan.pageset.lines is not None

    def run(self) -> None:
        self.cleaners = {
            index: Cleaner(each, [row.cells[index] for row in self.plan.rows if index < len(row.cells)])
            for index, each in self.columns.items()
        }
        for done, row in enumerate(self.plan.rows):
            if self.progress is not None and done % PROGRESS_EVERY == 0:
                self.progress(done, len(self.plan.rows) * 2, _("Reading the rows"))
            self._clean(row)
        self._match_existing()
        self._resolve_above()
        for row in self.plan.rows:
            self._decide(row)
        self._compare_line_counts()
        check_unique(self.plan)
        self.plan.refuse_whole_papers()
        if not self.saves_by_service:
            for row in self.plan.written_rows:
                self._build(row)

    def _clean(self, row: RowPlan) -> None:
        for index, cleaner in self.cleaners.items():
            cell = row.cells[index] if index < len(row.cells) else ""
            if cleaner.is_empty(cell) or cleaner.leads_here(self.model, cell):
                continue
            value, messages = cleaner.clean(cell)
            for message in messages:
                row.refuse(message, cleaner.field.label)
            if not messages:
                row.values[cleaner.field.name] = value

    # -- existing rows -------------------------------------------------------------------------

    def _key_of(self, row: RowPlan) -> tuple[Any, ...] | None:
        key = []
        for each in self.key_fields:
            value = row.values.get(each.name, each.key_default)
            if value is None or (value == "" and each.key_default is None):
                return None
            key.append(comparable(value))
        return tuple(key) if key and len(key) == len(self.key) else None

    def _match_existing(self) -> None:
        first: dict[tuple[Any, ...], int] = {}
        by_key = self._existing()
        for row in self.plan.rows:
            key = self._key_of(row)
            if key is None:
                continue
            if key in first and not self.repeats_are_lines:
                row.refuse(_("Row %(row)d has the same value.") % {"row": first[key]}, self._key_label())
            first.setdefault(key, row.number)
            if self.repeats_are_lines:
                self.plan.papers.setdefault(key, []).append(row)
            found = by_key.get(key, [])
            if len(found) > 1:
                row.refuse(_("Several entries have this value; it is not clear which one is meant."), self._key_label())
            elif found:
                row.existing, row.action = found[0], RowAction.UPDATE

    def _key_label(self) -> str:
        return listed(self.plan.labels.get(name, name) for name in self.key)

    def _existing(self) -> dict[tuple[Any, ...], list[Any]]:
        keys = {key for row in self.plan.rows if (key := self._key_of(row)) is not None}
        if not keys:
            return {}
        queryset = self.pageset.queryset(self.user, "change")
        for position, path in enumerate(each.path for each in self.key_fields):
            queryset = queryset.filter(**{f"{path}__in": {key[position] for key in keys}})
        queryset = with_related(queryset, self._paths())
        if self.lock:
            queryset = self.pageset.locked(queryset).order_by("pk")
        found: dict[tuple[Any, ...], list[Any]] = {}
        for obj in queryset:
            found.setdefault(tuple(comparable(self._old_value(obj, each)) for each in self.key_fields), []).append(obj)
        return found

    @cached_property
    def key_fields(self) -> list[ImportField]:
        by_name = {each.name: each for each in self.plan.fields}
        return [by_name[name] for name in self.key if name in by_name]

    def _paths(self) -> list[str]:
        """What is read along with the existing rows: relations of the columns, and the rows that they extend."""
        paths = {each.path.rpartition("__")[0] for each in self.columns.values()}
        paths |= {each.path for each in self.columns.values() if each.is_relation and not each.is_multiple}
        return sorted(paths - {""})

    def _compare_line_counts(self) -> None:
        """Note it with its first row when a paper has more or fewer lines than the file says."""
        for rows in self.plan.papers.values():
            first = rows[0]
            present = self._children.number(first.existing) if first.existing is not None else None
            if present is not None and present != len(rows) and not first.errors and self._may_change(first):
                first.changes.append(Change(_("Lines"), str(present), str(len(rows))))
                first.action = RowAction.UPDATE

    # -- rows of the same file above others ----------------------------------------------------

    def _resolve_above(self) -> None:
        for index, cleaner in self.cleaners.items():
            if not cleaner.is_self_relation(self.model):
                continue
            in_file = self._named_in_file()
            for row in self.plan.rows:
                cell = row.cells[index] if index < len(row.cells) else ""
                if cleaner.is_empty(cell):
                    continue
                value, messages = cleaner.clean(cell)
                other = None if self.saves_by_service else in_file.get(cleaner.text(cell))
                if messages and other is not None and other is not row:
                    row.above[cleaner.field.name] = other
                elif messages:
                    row.refuse(messages[0], cleaner.field.label)
                else:
                    row.values[cleaner.field.name] = value

    def _named_in_file(self) -> dict[str, RowPlan]:
        named: dict[str, RowPlan] = {}
        for name in natural_keys(self.model):
            for row in self.plan.rows:
                value = row.values.get(name)
                if row.existing is None and value:
                    named.setdefault(str(value), row)
        return named

    # -- what happens --------------------------------------------------------------------------

    def _decide(self, row: RowPlan) -> None:
        if row.existing is None:
            self._check_new(row)
            return
        row.changes = self._changes(row)
        if not row.changes:
            row.action = RowAction.UNCHANGED
            return
        self._may_change(row)

    def _may_change(self, row: RowPlan) -> bool:
        """Refuse a row whose entry cannot be changed now; return whether it can."""
        why = self.pageset.why_not_editable(row.existing, self.user)
        if why:
            row.refuse(why)
        return not why

    def _check_new(self, row: RowPlan) -> None:
        if not self._may_create:
            row.refuse(_("You may not create entries of this kind."))
        refused = {label for label, _message in row.errors}
        for each in self.plan.fields:
            is_given = each.name in row.values or each.name in row.above or each.label in refused
            if each.is_required and not is_given:
                row.refuse(_("This is needed."), each.label)

    @cached_property
    def _may_create(self) -> bool:
        if "add" in self.pageset.operations:
            return self.pageset.may(self.user, "add")
        return self.saves_by_service

    def _changes(self, row: RowPlan) -> list[Change]:
        changes = []
        below = self._children.values(row.existing, row.values)
        for each in self.columns.values():
            old = below.get(each.name) if each.child is not None else self._old_value(row.existing, each)
            if each.name in row.above:
                new = _("row %(row)d") % {"row": row.above[each.name].number}
                changes.append(Change(each.label, shown(each, old), new))
            elif each.name in row.values and not each.is_option:
                new = row.values[each.name]
                if comparable(old) != comparable(new):
                    changes.append(Change(each.label, shown(each, old), shown(each, new)))
        return changes

    @cached_property
    def _children(self) -> Children:
        existing = [row.existing for row in self.plan.rows if row.existing is not None]
        return Children(list(self.columns.values()), existing)

    @staticmethod
    def _old_value(existing: Any, each: ImportField) -> Any:
        """The present value of a field; one that only the form knows is taken to change."""
        value = existing if each.path else None
        for part in each.path.split("__"):
            value = getattr(value, part, None) if part else None
        return value

    def _build(self, row: RowPlan) -> None:
        """Put the values into the row to write and let the model judge them together."""
        own = {name: value for name, value in row.values.items() if _is_forward(self.model, name)}
        if row.existing is None:
            row.instance = self.model(**own)
            for name in ("owner", "created_by"):
                if name not in own and _is_forward(self.model, name) and getattr(row.instance, f"{name}_id") is None:
                    setattr(row.instance, name, self.user)
        else:
            row.instance = row.existing
            for name, value in own.items():
                setattr(row.instance, name, value)
        if self.model.clean is models.Model.clean:
            return
        try:
            row.instance.clean()
        except ValidationError as error:
            for name, messages in getattr(error, "message_dict", {"": error.messages}).items():
                for message in messages:
                    row.refuse(message, self.plan.labels.get(name, ""))


def _is_forward(model: type[models.Model], name: str) -> bool:
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return bool(getattr(found, "concrete", False)) and not found.many_to_many


def shown(each: ImportField, value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return quantity(value)
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, models.Manager | models.QuerySet):
        return "、".join(map(str, value.all()))
    if isinstance(value, list | tuple):
        return "、".join(map(str, value))
    own = each.model_field
    if own is not None and own.choices:
        return str(dict(own.flatchoices).get(value, value))
    return str(value)
