"""
What a form is: sections with fields, in order.

A pure module; :data:`SCHEMA` reads and writes a form as JSON and refuses what is none, :func:`faults` says what does
not go together. What is filled in is judged in :mod:`oa.forms.filling`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Annotated

from django.utils.translation import gettext as _
from pydantic import ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass

from hrm.payroll.errors import FormulaError
from hrm.payroll.formulas import Formula, check_name, evaluation_order
from oa.flows.conditions import Condition, comparisons
from oa.forms.choices import FieldKind

STRICT = ConfigDict(extra="forbid")
MOST_FIELDS = 200
MOST_ROWS = 500
# What one figure can be read from.
NUMERIC = frozenset({FieldKind.NUMBER, FieldKind.MONEY, FieldKind.FORMULA})
# What a column of a table can hold.
SIMPLE = NUMERIC | {
    FieldKind.TEXT,
    FieldKind.DATE,
    FieldKind.CHOICE,
    FieldKind.YES_NO,
    FieldKind.PERSON,
    FieldKind.DEPARTMENT,
    FieldKind.ITEM,
    FieldKind.PARTY,
}
# What only stands there.
SHOWN = frozenset({FieldKind.HEADING, FieldKind.NOTE})
# Facts that every request has beside those of its form.
RESERVED = ("initiator", "initiator_department", "initiator_position", "initiator_roles", "initiator_company")
AMOUNT = "amount"

Key = Annotated[str, Field(pattern=r"^[a-z](?:_?[a-z0-9])*$", max_length=40)]
Label = Annotated[str, Field(min_length=1, max_length=100)]


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Column:
    """
    One thing that is asked for; what does not belong to its kind means nothing.

    :ivar default: as text; ``today`` for days, ``me`` for people, ``mine`` for departments.
    :ivar decimals: of numbers and formulas; money has two.
    :ivar minimum: least number, or least number of rows of a table; ``maximum`` likewise.
    :ivar choices: what can be chosen; the words are the values.
    :ivar formula: over keys of other fields, and sums of columns as ``<table>_<column>``.
    """

    kind: FieldKind
    key: Key
    label: Label
    help: str = Field(default="", max_length=500)
    required: bool = False
    default: str = Field(default="", max_length=200)
    decimals: int = Field(default=2, ge=0, le=6)
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    choices: tuple[Label, ...] = Field(default=(), max_length=100)
    formula: str = Field(default="", max_length=1000)

    @property
    def is_figure(self) -> bool:
        """Whether it holds one number."""
        return self.kind in NUMERIC

    @property
    def places(self) -> int:
        """Decimals of its numbers."""
        return 2 if self.kind == FieldKind.MONEY else self.decimals


@dataclass(frozen=True, kw_only=True, config=STRICT)
class FormField(Column):
    """
    One field of a form.

    :ivar visible_when: condition over fields before it; without one it always is there.
    :ivar columns: of a table.
    """

    visible_when: Condition | None = None
    columns: tuple[Column, ...] = Field(default=(), max_length=20)

    @property
    def most_rows(self) -> int:
        """How many rows a table may have."""
        return MOST_ROWS if self.maximum is None else min(int(self.maximum), MOST_ROWS)

    @property
    def least_rows(self) -> int:
        """How many rows a table must have."""
        return max(int(self.minimum or 0), 1 if self.required else 0)

    def names(self) -> list[str]:
        """The facts that it gives."""
        if self.kind in SHOWN:
            return []
        if self.kind == FieldKind.DATE_RANGE:
            return [f"{self.key}_{part}" for part in ("from", "to", "days")]
        if self.kind == FieldKind.ATTACHMENT:
            return [f"{self.key}_count"]
        if self.kind == FieldKind.TABLE:
            return [f"{self.key}_count", *(f"{self.key}_{column.key}" for column in self.columns if column.is_figure)]
        return [self.key]

    def figures(self) -> list[str]:
        """Those of its facts that formulas can read."""
        if self.kind == FieldKind.DATE_RANGE:
            return [f"{self.key}_days"]
        if self.kind in (FieldKind.TABLE, FieldKind.ATTACHMENT):
            return self.names()
        return [self.key] if self.is_figure or self.kind == FieldKind.YES_NO else []


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Section:
    """Fields under a heading."""

    title: str = Field(default="", max_length=100)
    fields: tuple[FormField, ...] = ()


@dataclass(frozen=True, kw_only=True, config=STRICT)
class Schema:
    """
    A form.

    :ivar amount: key of the field that says what the request is about in money, ``""`` without.
    """

    sections: tuple[Section, ...] = ()
    amount: str = ""

    @cached_property
    def fields(self) -> dict[str, FormField]:
        """Every field by its key, in order."""
        return {field.key: field for section in self.sections for field in section.fields}

    @cached_property
    def formulas(self) -> dict[str, Formula]:
        """
        The formulas of the form by their keys, in the order of computing.

        :raises FormulaError: when one is wrong, or they need each other.
        """
        return _ordered({key: Formula(field.formula, self.figures) for key, field in self.computed()})

    @cached_property
    def column_formulas(self) -> dict[str, dict[str, Formula]]:
        """
        The formulas of each table's columns, in the order of computing.

        :raises FormulaError: when one is wrong, or they need each other.
        """
        return {key: row_formulas(field) for key, field in self.fields.items() if field.kind == FieldKind.TABLE}

    @property
    def figures(self) -> list[str]:
        """Every name that formulas can read."""
        return [name for field in self.fields.values() for name in field.figures()]

    def computed(self) -> Iterator[tuple[str, FormField]]:
        """Yield every field with a formula."""
        return ((key, field) for key, field in self.fields.items() if field.kind == FieldKind.FORMULA)


SCHEMA: TypeAdapter[Schema] = TypeAdapter(Schema)


def row_formulas(table: FormField) -> dict[str, Formula]:
    """
    Return the formulas of a table's columns, in the order of computing.

    :raises FormulaError: when one is wrong, or they need each other.
    """
    figures = [each.key for each in table.columns if each.is_figure or each.kind == FieldKind.YES_NO]
    return _ordered(
        {each.key: Formula(each.formula, figures) for each in table.columns if each.kind == FieldKind.FORMULA}
    )


def _ordered(formulas: dict[str, Formula]) -> dict[str, Formula]:
    return {key: formulas[key] for key in evaluation_order(formulas)}


def faults(schema: Schema) -> list[str]:
    """Return what does not go together in a form, in words; a form with faults cannot be published."""
    fields = [field for section in schema.sections for field in section.fields]
    found = []
    if not any(field.kind not in SHOWN for field in fields):
        found.append(_("The form asks for nothing yet."))
    if len(fields) > MOST_FIELDS:
        found.append(_("The form has more than %(most)s fields.") % {"most": MOST_FIELDS})
    found += _name_faults(fields, schema.amount)
    known: set[str] = set()
    for field in fields:
        found += [f"{field.label}: {fault}" for fault in (*_own_faults(field), *_condition_faults(field, known))]
        known |= set(field.names()) if field.kind != FieldKind.FORMULA else set()
    if not found:
        found += _formula_faults(schema)
    if schema.amount and not (schema.amount in schema.fields and schema.fields[schema.amount].is_figure):
        found.append(_("The amount of the request has to be a number, money or a formula of this form."))
    return found


def _name_faults(fields: list[FormField], amount: str) -> Iterator[str]:
    keys = Counter(field.key for field in fields)
    names = Counter(name for field in fields for name in field.names())
    for name, number in (keys | names).items():
        if number > 1:
            yield _("The name %(name)s is there twice.") % {"name": name}
        if name in RESERVED or (name == AMOUNT and amount != AMOUNT):
            yield _("The name %(name)s means something else already: take another.") % {"name": name}


def _own_faults(field: FormField) -> Iterator[str]:
    yield from _column_faults(field)
    if (field.kind == FieldKind.TABLE) != bool(field.columns):
        yield _("A table needs columns, and nothing else has any.")
    for key, number in Counter(column.key for column in field.columns).items():
        if number > 1:
            yield _("The name %(name)s is there twice.") % {"name": key}
    for column in field.columns:
        if column.key == "id":
            yield _("The name %(name)s means something else already: take another.") % {"name": column.key}
        if column.kind not in SIMPLE:
            yield _("%(label)s: a table cannot hold that.") % {"label": column.label}
        yield from (f"{column.label}: {fault}" for fault in _column_faults(column))
    if field.kind == FieldKind.TABLE:
        yield from _row_formula_faults(field)


def _column_faults(column: Column) -> Iterator[str]:
    try:
        check_name(column.key)
    except FormulaError as error:
        yield str(error)
    is_choice = column.kind in (FieldKind.CHOICE, FieldKind.CHOICES)
    if is_choice != bool(column.choices):
        yield _("Enter what can be chosen; nothing else has choices.")
    if len(set(column.choices)) < len(column.choices):
        yield _("A choice is there twice.")
    if column.minimum is not None and column.maximum is not None and column.minimum > column.maximum:
        yield _("The least is more than the most.")
    if (column.kind == FieldKind.FORMULA) != bool(column.formula.strip()):
        yield _("Enter how it is computed; nothing else has a formula.")


def _condition_faults(field: FormField, known: set[str]) -> Iterator[str]:
    if field.visible_when is not None:
        for compare in comparisons(field.visible_when):
            if compare.field not in known:
                yield _("Whether it is shown can depend on fields before it only, not on %(name)s.") % {
                    "name": compare.field
                }


def _row_formula_faults(table: FormField) -> Iterator[str]:
    try:
        row_formulas(table)
    except FormulaError as error:
        yield str(error)


def _formula_faults(schema: Schema) -> Iterator[str]:
    figures = schema.figures
    for field in schema.fields.values():
        if field.kind == FieldKind.FORMULA:
            try:
                Formula(field.formula, figures)
            except FormulaError as error:
                yield f"{field.label}: {error}"
                return
    try:
        _ordered({key: Formula(field.formula, figures) for key, field in schema.computed()})
    except FormulaError as error:
        yield str(error)
