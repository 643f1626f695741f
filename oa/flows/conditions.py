"""
Conditions of flows: comparisons of fields of a request with fixed values, joined by *all* and *any*.

A pure module. Fields are read from the facts of a request, a flat mapping of names to what JSON can hold; amounts stand
there as text. A field without a value fits only :attr:`Operator.EMPTY`, *not equal* and *none of*.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import pairwise, product
from typing import Annotated, Any, Literal

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from pydantic import Field
from pydantic.dataclasses import dataclass

Facts = Mapping[str, Any]
# More combinations of values than this are not looked through.
SAMPLES = 20_000
OTHER = "\u0000other"


class Operator(TextChoices):
    """How a field is compared."""

    EQ = "EQ", _("is")
    NE = "NE", _("is not")
    LT = "LT", _("is less than")
    LE = "LE", _("is at most")
    GT = "GT", _("is more than")
    GE = "GE", _("is at least")
    IN = "IN", _("is one of")
    NOT_IN = "NOT_IN", _("is none of")
    EMPTY = "EMPTY", _("is empty")
    FILLED = "FILLED", _("is filled in")


ORDERED = frozenset({Operator.LT, Operator.LE, Operator.GT, Operator.GE})
Value = str | bool | list[str] | None


@dataclass(frozen=True, kw_only=True)
class Compare:
    """One comparison; ``value`` is a list for *one of* and *none of* and means nothing for *empty* and *filled in*."""

    kind: Literal["compare"] = "compare"
    field: str
    operator: Operator
    value: Value = None

    def fits(self, facts: Facts) -> bool:
        """Whether the facts meet it."""
        return _compare(self.operator, facts.get(self.field), self.value)


@dataclass(frozen=True, kw_only=True)
class All:
    """Every part holds; without parts it always does."""

    kind: Literal["all"] = "all"
    parts: tuple[Condition, ...] = ()

    def fits(self, facts: Facts) -> bool:
        """Whether the facts meet it."""
        return all(part.fits(facts) for part in self.parts)


@dataclass(frozen=True, kw_only=True)
class AnyOf:
    """One part holds at least; without parts it never does."""

    kind: Literal["any"] = "any"
    parts: tuple[Condition, ...] = ()

    def fits(self, facts: Facts) -> bool:
        """Whether the facts meet it."""
        return any(part.fits(facts) for part in self.parts)


Condition = Annotated[Compare | All | AnyOf, Field(discriminator="kind")]


def number(value: Any) -> Decimal | None:
    """Return the number that a value is, None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _same(left: Any, right: Any) -> bool:
    """Whether two values are the same: numbers as numbers, anything else as text."""
    if isinstance(left, bool) or isinstance(right, bool):
        return str(left).lower() == str(right).lower()
    first, second = number(left), number(right)
    if first is not None and second is not None:
        return first == second
    return str(left) == str(right)


def _compare(operator: Operator, found: Any, value: Value) -> bool:
    if operator in (Operator.EMPTY, Operator.FILLED):
        return _is_empty(found) == (operator == Operator.EMPTY)
    if operator in (Operator.NE, Operator.NOT_IN):
        return not _compare(Operator.EQ if operator == Operator.NE else Operator.IN, found, value)
    if _is_empty(found):
        return False
    if operator in (Operator.EQ, Operator.IN):
        wanted = value if isinstance(value, list) else [value]
        # What has several values, as the departments above a department, is one of them when any is.
        several = found if isinstance(found, list) else [found]
        return any(_same(one, each) for one in several for each in wanted)
    return _in_order(operator, found, value)


def _in_order(operator: Operator, found: Any, value: Value) -> bool:
    first, second = number(found), number(value)
    left, right = (first, second) if first is not None and second is not None else (str(found), str(value))
    # Numbers are compared with numbers and text with text only: dates are text in the order of the calendar.
    if (first is None) != (second is None):
        return False
    if operator == Operator.LT:
        return left < right  # type: ignore[operator]
    if operator == Operator.LE:
        return left <= right  # type: ignore[operator]
    if operator == Operator.GT:
        return left > right  # type: ignore[operator]
    return left >= right  # type: ignore[operator]


def comparisons(condition: Condition) -> Iterator[Compare]:
    """Yield every comparison of a condition."""
    if isinstance(condition, Compare):
        yield condition
    else:
        for part in condition.parts:
            yield from comparisons(part)


def samples(conditions: list[Condition], choices: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    """
    Yield facts that stand for all facts as far as the conditions can tell them apart.

    Every field takes the values that it is compared with, what lies between, below and above them, another value, and
    none at all.

    :param choices: all values that a field can have, for fields that have no others; they are never empty.
    """
    found: dict[str, list[Any]] = {}
    for compare in (each for condition in conditions for each in comparisons(condition)):
        values = compare.value if isinstance(compare.value, list) else [compare.value]
        found.setdefault(compare.field, []).extend(value for value in values if value is not None)
    names = sorted(found)
    spread = [list(choices[name]) if name in choices else _around(found[name]) for name in names]
    count = 0
    for combination in product(*spread):
        count += 1
        if count > SAMPLES:
            return
        yield dict(zip(names, combination, strict=True))


def _around(values: list[Any]) -> list[Any]:
    """The values, what lies around them, another one, and none."""
    numbers = sorted({each for each in map(number, values) if each is not None})
    texts = sorted({str(value) for value in values if number(value) is None})
    between = [(low + high) / 2 for low, high in pairwise(numbers)]
    edges = [numbers[0] - 1, numbers[-1] + 1] if numbers else []
    spread: list[Any] = [str(each) for each in sorted({*numbers, *between, *edges})]
    if texts:
        # Text is compared in its order too: what comes before, and what comes after each.
        spread += ["\u0001", *(text for each in texts for text in (each, f"{each}{OTHER}"))]
    return [*spread, None]
