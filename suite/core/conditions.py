"""Conditions of check constraints, asked of a row in memory: no statement for what Python can say as well."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Model, Q, Value
from django.db.models.expressions import CombinedExpression

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
COMBINE: dict[str, Callable[[Any, Any], Any]] = {
    CombinedExpression.ADD: operator.add,
    CombinedExpression.SUB: operator.sub,
}


class UnknownConditionError(Exception):
    """Only the database can say whether a condition holds."""


def surely_holds(condition: Q, row: Model) -> bool:
    """
    Whether a condition on the columns of a row holds for its present values.

    False also where only the database can say: where a value is missing, of a kind that Python compares in another
    way, or computed by it.
    """
    try:
        return _holds(condition, row)
    except UnknownConditionError:
        return False


def _holds(condition: Any, row: Model) -> bool:
    if not isinstance(condition, Q):
        raise UnknownConditionError
    parts = (_holds(each, row) if isinstance(each, Q) else _compares(*_pair(each), row) for each in condition.children)
    # Every part is asked: one that nobody knows makes all of it unknown.
    answers = list(parts)
    if condition.connector not in {Q.AND, Q.OR}:
        raise UnknownConditionError
    found = all(answers) if condition.connector == Q.AND else any(answers)
    return found != condition.negated


def _pair(part: Any) -> tuple[str, Any]:
    if not isinstance(part, tuple):
        raise UnknownConditionError
    return part


def _compares(path: str, wanted: Any, row: Model) -> bool:
    name, _separator, lookup = path.partition("__")
    value = _column(name, row)
    if lookup in {"", "exact"}:
        return bool(value == _same_kind(value, _value(wanted, row)))
    if lookup == "in" and isinstance(wanted, (list, tuple, set, frozenset)):
        return value in [_same_kind(value, _value(each, row)) for each in wanted]
    if isinstance(value, str):
        # The database has an order of its own.
        raise UnknownConditionError
    if lookup == "range":
        low, high = (_same_kind(value, _value(each, row)) for each in wanted)
        return bool(low <= value <= high)
    if lookup not in COMPARE:
        raise UnknownConditionError
    return COMPARE[lookup](value, _same_kind(value, _value(wanted, row)))


def _value(wanted: Any, row: Model) -> Any:
    if isinstance(wanted, F):
        return _column(str(wanted.deconstruct()[1][0]), row)
    if isinstance(wanted, Value):
        return wanted.value
    if isinstance(wanted, CombinedExpression) and wanted.connector in COMBINE:
        left, right = (_value(each, row) for each in (wanted.lhs, wanted.rhs))
        return COMBINE[wanted.connector](left, _same_kind(left, right))
    return wanted


def _column(name: str, row: Model) -> Any:
    fields = {field.name: field.attname for field in row._meta.concrete_fields}
    if name not in fields:
        raise UnknownConditionError
    return _same_kind(value := getattr(row, fields[name]), value)


def _same_kind(value: Any, other: Any) -> Any:
    """Return the second value if both are of one kind that Python compares as the database does."""
    for kind in (str, date, (int, Decimal)):
        if isinstance(value, kind) and isinstance(other, kind) and not isinstance(value, datetime):
            return other
    raise UnknownConditionError
