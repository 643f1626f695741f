"""
Filling in a form: what is asked for, whether it fits, what is computed, and what conditions see of it.

A pure module; whether chosen people, items and files exist is asked in :mod:`oa.forms.references`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from hrm.payroll.errors import FormulaError
from hrm.payroll.formulas import Formula
from oa.flows.definition import Step
from oa.forms.choices import FieldKind
from oa.forms.schema import AMOUNT, SHOWN, Column, FormField, Schema
from oa.forms.values import LARGEST, Unreadable, is_empty, plain, read

Data = dict[str, Any]
Errors = dict[str, str]
ZERO = Decimal(0)
REFERENCES = (FieldKind.PERSON, FieldKind.DEPARTMENT, FieldKind.ITEM, FieldKind.PARTY)


def validate(schema: Schema, data: Mapping[str, Any], *, is_draft: bool = False) -> tuple[Data, Errors]:
    """
    Judge what was filled in.

    Returns the values in their one spelling, computed ones among them, without fields that are not shown; and what is
    wrong by the path of the field, as ``reason`` or ``lines.0.amount``. What is computed is never taken as given.

    :param is_draft: whether something may be missing yet.
    """
    errors: Errors = {key: _("The form has no such field.") for key in data.keys() - schema.fields.keys()}
    clean: Data = {}
    seen: dict[str, Any] = {}
    for key, field in schema.fields.items():
        if field.kind in SHOWN or not _is_shown(field, seen):
            continue
        if field.kind == FieldKind.FORMULA:
            clean[key] = None
        elif field.kind == FieldKind.TABLE:
            clean[key] = _read_table(schema, field, data.get(key), errors, is_draft)
        else:
            clean[key] = _read_one(field, key, data.get(key), errors, is_draft)
        seen.update(_facts_of(field, clean[key]))
    return _computed(schema, clean, errors), errors


def compute(schema: Schema, data: Mapping[str, Any]) -> Data:
    """Return clean data with everything that is computed computed anew; what cannot be is None."""
    fresh = dict(data)
    for key, formulas in schema.column_formulas.items():
        if fresh.get(key):
            fresh[key] = [_with_formulas(schema.fields[key], formulas, row, "", {}) for row in fresh[key]]
    return _computed(schema, fresh, {})


def visible(schema: Schema, data: Mapping[str, Any]) -> list[str]:
    """Return the keys of the fields that are there for clean data, in order."""
    seen: dict[str, Any] = {}
    found = []
    for key, field in schema.fields.items():
        if _is_shown(field, seen):
            found.append(key)
            seen.update(_facts_of(field, data.get(key)))
    return found


def changeable(schema: Schema, step: Step) -> list[str]:
    """Return the keys of the fields that whoever decides at a step may change, in order; never what is computed."""
    fixed = {*SHOWN, FieldKind.FORMULA}
    return [
        key
        for key, field in schema.fields.items()
        if key in step.editable and key not in step.hidden and field.kind not in fixed
    ]


def missing(schema: Schema, data: Mapping[str, Any], step: Step) -> list[str]:
    """Return the labels of what a step asks for that is there for clean data and is not filled in, in order."""
    return [
        schema.fields[key].label for key in visible(schema, data) if key in step.required and is_empty(data.get(key))
    ]


def as_asked(schema: Schema, step: Step) -> Schema:
    """Return a form whose fields are required that a step asks for."""
    sections = [
        replace(
            section,
            fields=tuple(
                replace(field, required=True) if field.key in step.required else field for field in section.fields
            ),
        )
        for section in schema.sections
    ]
    return replace(schema, sections=tuple(sections))


def facts(schema: Schema, data: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what conditions see of clean data: flat, figures as text, rows of other tables by their keys as text.

    A table gives the number of its rows and the sum of each column of figures, days from and to their number.
    """
    found: dict[str, Any] = {}
    for key in visible(schema, data):
        found.update(_facts_of(schema.fields[key], data.get(key)))
    if schema.amount:
        found[AMOUNT] = data.get(schema.amount)
    return found


def starting_values(schema: Schema, *, today: date, person: int | None, department: int | None) -> Data:
    """Return what a new request begins with."""
    meant = {"today": today.isoformat(), "me": person, "mine": department}
    return {
        key: meant.get(field.default, field.default)
        for key, field in schema.fields.items()
        if field.default and field.kind not in (*SHOWN, FieldKind.TABLE, FieldKind.FORMULA, FieldKind.ATTACHMENT)
    }


def references(schema: Schema, data: Mapping[str, Any]) -> Iterator[tuple[str, FieldKind, int]]:
    """Yield the path, the kind and the key of everything chosen in clean data that stands in another table."""
    for key, field in schema.fields.items():
        value = data.get(key)
        if field.kind == FieldKind.TABLE:
            chosen = [column for column in field.columns if column.kind in REFERENCES]
            for index, row in enumerate(value or ()):
                yield from (
                    (f"{key}.{index}.{column.key}", column.kind, row[column.key])
                    for column in chosen
                    if row.get(column.key)
                )
        elif field.kind in REFERENCES and value:
            yield key, field.kind, value
        elif field.kind == FieldKind.ATTACHMENT:
            yield from ((key, field.kind, each) for each in value or ())


def _is_shown(field: FormField, seen: Mapping[str, Any]) -> bool:
    return field.visible_when is None or field.visible_when.fits(seen)


def _read_one(column: Column, path: str, raw: Any, errors: Errors, is_draft: bool) -> Any:
    try:
        value = read(column, raw)
    except Unreadable as unreadable:
        errors[path] = str(unreadable)
        return False if column.kind == FieldKind.YES_NO else None
    if column.required and not is_draft and is_empty(value):
        errors[path] = _("This field is required.")
    return value


def _read_table(schema: Schema, table: FormField, raw: Any, errors: Errors, is_draft: bool) -> list[Data]:
    given = [] if raw is None or raw == "" else raw
    if not isinstance(given, list) or not all(isinstance(row, Mapping) for row in given):
        errors[table.key] = _("Enter rows.")
        return []
    rows = []
    formulas = schema.column_formulas[table.key]
    for index, row in enumerate(given[: table.most_rows + 1]):
        if all(is_empty(value) for value in row.values()):
            continue
        path = f"{table.key}.{index}."
        unknown = row.keys() - {column.key for column in table.columns}
        errors.update({f"{path}{key}": _("The table has no such column.") for key in unknown})
        read_row = {
            column.key: _read_one(column, f"{path}{column.key}", row.get(column.key), errors, is_draft)
            for column in table.columns
            if column.kind != FieldKind.FORMULA
        }
        # What was sent for columns that do not exist leaves nothing.
        if not all(is_empty(value) for value in read_row.values()):
            rows.append(_with_formulas(table, formulas, read_row, path, errors))
    if len(given) > table.most_rows:
        errors[table.key] = _("At most %(most)s rows.") % {"most": table.most_rows}
    elif not is_draft and len(rows) < table.least_rows:
        errors[table.key] = _("At least %(least)s rows.") % {"least": table.least_rows}
    return rows


def _with_formulas(table: FormField, formulas: Mapping[str, Formula], row: Data, path: str, errors: Errors) -> Data:
    columns = {column.key: column for column in table.columns}
    full = {column.key: row.get(column.key) for column in table.columns}
    for key, formula in formulas.items():
        figures = {name: _figure(full.get(name)) for name in formula.names}
        full[key] = _result(formula, figures, columns[key], f"{path}{key}", errors)
    return full


def _computed(schema: Schema, data: Data, errors: Errors) -> Data:
    """Fill in the formulas; figures of fields that are not there count as nothing."""
    full = dict(data)
    figures: dict[str, Any] = {}
    for key, field in schema.fields.items():
        figures.update(_facts_of(field, full.get(key)))
    for key, formula in schema.formulas.items():
        if key in full:
            known = {name: _figure(figures.get(name)) for name in formula.names}
            full[key] = figures[key] = _result(formula, known, schema.fields[key], key, errors)
    return full


def _result(formula: Formula, figures: Mapping[str, Decimal], column: Column, path: str, errors: Errors) -> str | None:
    try:
        found = formula.evaluate(figures).quantize(Decimal(1).scaleb(-column.places), ROUND_HALF_UP)
    except FormulaError as error:
        errors[path] = str(error)
        return None
    if abs(found) >= LARGEST:
        errors[path] = _("The number is too large.")
        return None
    return plain(found, column.places)


def _figure(value: Any) -> Decimal:
    """What a value counts in a formula: nothing where nothing is, and one for yes."""
    return Decimal(int(value)) if isinstance(value, bool) else Decimal(value or 0)


def _facts_of(field: FormField, value: Any) -> dict[str, Any]:
    key = field.key
    if field.kind in SHOWN:
        return {}
    if field.kind == FieldKind.DATE_RANGE:
        first, last = (value["from"], value["to"]) if value else (None, None)
        days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1 if first and last else 0
        return {f"{key}_from": first, f"{key}_to": last, f"{key}_days": str(days)}
    if field.kind == FieldKind.ATTACHMENT:
        return {f"{key}_count": str(len(value or ()))}
    if field.kind == FieldKind.TABLE:
        rows = value or []
        sums = {
            f"{key}_{column.key}": plain(sum((_figure(row.get(column.key)) for row in rows), ZERO), column.places)
            for column in field.columns
            if column.is_figure
        }
        return {f"{key}_count": str(len(rows)), **sums}
    if field.kind in REFERENCES:
        return {key: str(value) if value else None}
    return {key: value}
