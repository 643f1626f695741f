"""Questions about contracts and places, each answered by one query."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from django.db.models import Case, CharField, Q, QuerySet, Value, When

from hrm.org.models import Employee
from hrm.people.choices import ContractKind, ContractState
from hrm.people.contract_rules import COUNTED_SINCE
from hrm.people.models import LaborContract, MinimumWage

T = TypeVar("T", bound=QuerySet[Any])


def with_state(contracts: T, day: date) -> T:
    """Add ``state`` to contracts: where they stand on a day, a :class:`~hrm.people.choices.ContractState`."""
    state = Case(
        When(signed_on__isnull=True, then=Value(ContractState.DRAFT.value)),
        When(Q(ended_on__lt=day) | Q(ended_on__isnull=False, starts_on__gt=day), then=Value(ContractState.ENDED.value)),
        When(starts_on__gt=day, then=Value(ContractState.UPCOMING.value)),
        When(ends_on__lt=day, then=Value(ContractState.EXPIRED.value)),
        default=Value(ContractState.ACTIVE.value),
        output_field=CharField(),
    )
    annotated: T = contracts.annotate(state=state)
    return annotated


def running_on(day: date) -> QuerySet[LaborContract]:
    """Return the signed contracts that count on a day."""
    return LaborContract.objects.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gte=day),
        Q(ends_on__isnull=True) | Q(ends_on__gte=day),
        signed_on__isnull=False,
        starts_on__lte=day,
    )


def expiring_within(contracts: QuerySet[LaborContract], days: int, day: date) -> QuerySet[LaborContract]:
    """Keep the running contracts whose last day is at most so many days away and that nothing follows."""
    running = running_on(day).filter(ends_on__lte=day + timedelta(days=days), ended_on__isnull=True)
    return contracts.filter(pk__in=running.filter(renewal__isnull=True).order_by().values("pk"))


def minimum_wage(company_pk: int, day: date) -> Decimal | None:
    """The local minimum wage of a month on a day, None where nobody recorded one."""
    valid = MinimumWage.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), company=company_pk)
    return valid.filter(valid_from__lte=day).values_list("monthly", flat=True).first()


def fixed_terms_before(employee: Employee, company_pk: int, day: date) -> int:
    """How many signed fixed terms with a company begin before a day, since the law counts them."""
    return LaborContract.objects.filter(
        employee=employee,
        company=company_pk,
        kind=ContractKind.FIXED,
        signed_on__isnull=False,
        starts_on__gte=COUNTED_SINCE,
        starts_on__lt=day,
    ).count()
