"""Uniqueness of many rows at once: among themselves, then against the table by one query for each constraint."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from suite.core.text import listed

if TYPE_CHECKING:
    from suite.pages.exchange.plan import ImportPlan, RowPlan

Value = Callable[["models.Field[Any, Any]"], Any]


@dataclass(frozen=True)
class _Rule:
    """Fields whose values no two rows may share, where the condition holds."""

    fields: tuple[models.Field[Any, Any], ...]
    message: str
    condition: Q | None = None
    nulls_distinct: bool = True

    def key(self, value: Value) -> tuple[Any, ...] | None:
        """The values of a row, None where the rule does not judge it or only the database can."""
        values = tuple(value(each) for each in self.fields)
        if self.nulls_distinct and None in values:
            return None
        if self.condition is not None and not holds(self.condition, self.fields[0].model, value):
            return None
        return values


def check_unique(plan: ImportPlan) -> None:
    """Refuse the rows that would share unique values with an earlier row of the file or with another entry."""
    imported = {each.name for each in plan.matching.columns.values()}
    for rule in _rules(plan.pageset.model):
        names = {each.name for each in rule.fields}
        if names & imported:
            _check(plan, rule, listed(plan.labels.get(n, n) for n in plan.labels if n in names))


def _check(plan: ImportPlan, rule: _Rule, label: str) -> None:
    good = [row for row in plan.rows if row.is_good]
    first: dict[tuple[Any, ...], RowPlan] = {}
    # Rows that exist have their values already, wherever they stand in the file.
    for row in sorted(good, key=lambda each: (each.is_written, each.existing is None)):
        key = rule.key(row.final)
        if key is None:
            continue
        same = first.get(key)
        if same is not None and row.existing is not None and row.existing == same.existing:
            # Two lines of one paper, which has these values once.
            continue
        if key in first:
            row.refuse(_("Row %(row)d has the same value.") % {"row": first[key].number}, label)
        first.setdefault(key, row)
    keys = {key: row for key, row in first.items() if row.is_written and _is_new(row, rule)}
    if not keys:
        return
    others = plan.pageset.model._base_manager.exclude(pk__in=[row.existing.pk for row in good if row.existing])
    for position, each in enumerate(rule.fields):
        others = others.filter(**{f"{each.attname}__in": {key[position] for key in keys if key[position] is not None}})
    if rule.condition is not None:
        others = others.filter(rule.condition)
    for taken in others.values_list(*(each.attname for each in rule.fields)):
        if taken in keys:
            keys[taken].refuse(rule.message, label)


def _is_new(row: RowPlan, rule: _Rule) -> bool:
    """Whether the row did not have these values before."""
    return row.existing is None or any(getattr(row.existing, f.attname) != row.final(f) for f in rule.fields)


def _rules(model: type[models.Model]) -> Iterator[_Rule]:
    for each in model._meta.concrete_fields:
        if each.unique and not each.primary_key:
            yield _Rule((each,), _default_message(model, (each.name,)))
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
            fields = tuple(model._meta.get_field(name) for name in constraint.fields)
            yield _Rule(
                fields,  # type: ignore[arg-type]
                violation_message(model, constraint) or _default_message(model, constraint.fields),
                constraint.condition,
                constraint.nulls_distinct is not False,
            )


def _default_message(model: type[models.Model], names: Sequence[str]) -> str:
    return " ".join(map(str, model().unique_error_message(model, names).messages))


def violation_message(model: type[models.Model], constraint: models.BaseConstraint) -> str:
    """The text that a constraint was given, "" when it only has the general one."""
    text = constraint.violation_error_message
    is_own = text and text != models.BaseConstraint.default_violation_error_message
    return str(constraint.get_violation_error_message()) if is_own else ""


def holds(condition: Q, model: type[models.Model], value: Value) -> bool:
    """Whether a condition on plain fields holds; one that only the database can judge counts as not holding."""
    judged = _judge(condition, model, value)
    return judged is True


def _judge(condition: Any, model: type[models.Model], value: Value) -> bool | None:
    if not isinstance(condition, Q):
        return _judge_lookup(condition, model, value)
    parts = [_judge(child, model, value) for child in condition.children]
    if condition.connector == Q.AND:
        result = False if False in parts else None if None in parts else True
    elif condition.connector == Q.OR:
        result = True if True in parts else None if None in parts else False
    else:
        result = None
    return not result if condition.negated and result is not None else result


def _judge_lookup(child: Any, model: type[models.Model], value: Value) -> bool | None:
    if not isinstance(child, tuple):
        return None
    path, wanted = child
    name, _dot, lookup = path.partition("__")
    names = {f.name: f for f in model._meta.concrete_fields}
    if name not in names or hasattr(wanted, "resolve_expression"):
        return None
    found = value(names[name])
    if lookup in ("", "exact"):
        return bool(found == getattr(wanted, "pk", wanted))
    if lookup == "isnull":
        return bool((found is None) == wanted)
    if lookup == "in":
        return found in wanted
    return None
