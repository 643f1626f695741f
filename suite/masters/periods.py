"""Rows that hold from one day through another, an open end meaning until further notice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db.models import CheckConstraint, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _


class DateRange(Func):
    """The days from one column to another, both included; an empty end is open."""

    function = "daterange"
    output_field = DateRangeField()


def no_overlap(name: str, fields: Iterable[str], message: Any, condition: Q | None = None) -> ExclusionConstraint:
    """Rows with the same fields never overlap from ``valid_from`` through ``valid_to``."""
    return ExclusionConstraint(
        name=name,
        expressions=(
            *((field, RangeOperators.EQUAL) for field in fields),
            (DateRange("valid_from", "valid_to", Value("[]")), RangeOperators.OVERLAPS),
        ),
        condition=condition,
        violation_error_message=message,
    )


def period(name: str) -> CheckConstraint:
    """A period ends no earlier than it begins."""
    return CheckConstraint(
        condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
        name=name,
        violation_error_message=_("The period ends before it begins."),
    )
