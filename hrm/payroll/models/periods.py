"""What dated rows of pay share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db.models import CheckConstraint, F, Q, Value
from django.utils.translation import gettext_lazy as _

from suite.access.scopes import ScopePaths
from suite.masters.models.money import DateRange

TRACKED: dict[str, Any] = {"exclude": ["version", "updated_at"]}
OF_PERSON = ScopePaths(owner="employee__user", department="employee__department", company="employee__company")
# The pay of somebody is not theirs to see before it is settled: own rows come by the payslip.
OF_EMPLOYER = ScopePaths(department="employee__department", company="employee__company")


def no_overlap(name: str, fields: Iterable[str], message: Any, condition: Q | None = None) -> ExclusionConstraint:
    """Rows with the same fields never overlap in time."""
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
