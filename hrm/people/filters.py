"""Filters of personnel's lists beyond the derived ones."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hrm.people.choices import ContractState, TaskStatus
from hrm.people.models import AssetLoan, LaborContract, StaffTask
from hrm.people.selectors import expiring_within, with_state
from suite.pages.filters import BaseFilterSet, BoolFilter, ChoiceFilter, derive_filter

SPANS = tuple((str(days), str(days)) for days in (30, 60, 90, 180))


class ContractFilterSet(BaseFilterSet):
    """Contracts by person, term, dates, where they stand, and those that end soon with nothing to follow."""

    employee = derive_filter(LaborContract, "employee")
    state = ChoiceFilter(method="filter_state", label=_("status"), choices=ContractState.choices)
    kind = derive_filter(LaborContract, "kind")
    expires_within = ChoiceFilter(method="filter_expiring", label=_("ends within days"), choices=SPANS)
    starts_on = derive_filter(LaborContract, "starts_on")
    ends_on = derive_filter(LaborContract, "ends_on")
    signed_on = derive_filter(LaborContract, "signed_on")
    company = derive_filter(LaborContract, "company")

    class Meta:
        model = LaborContract
        fields: tuple[str, ...] = ()

    def filter_state(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Keep the contracts that stand there today."""
        if not value:
            return queryset
        contracts: QuerySet[Any] = LaborContract.objects.order_by()
        rows = with_state(contracts, timezone.localdate()).filter(state__in=value)
        return queryset.filter(pk__in=rows.values("pk"))

    def filter_expiring(self, queryset: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        """Keep the running contracts that end within so many days and that nothing follows."""
        days = max((int(each) for each in value), default=None)
        return queryset if days is None else expiring_within(queryset, days, timezone.localdate())


class LoanFilterSet(BaseFilterSet):
    """Things by person, dates and whether they are back."""

    employee = derive_filter(AssetLoan, "employee")
    is_out = BoolFilter(field_name="returned_on", lookup_expr="isnull", label=_("not returned"))
    due_on = derive_filter(AssetLoan, "due_on")
    handed_out_on = derive_filter(AssetLoan, "handed_out_on")

    class Meta:
        model = AssetLoan
        fields: tuple[str, ...] = ()


class TaskFilterSet(BaseFilterSet):
    """Tasks by person, doer, state and date, and those that are late."""

    status = derive_filter(StaffTask, "status")
    assignee = derive_filter(StaffTask, "assignee")
    employee = derive_filter(StaffTask, "employee")
    occasion = derive_filter(StaffTask, "occasion")
    doer = derive_filter(StaffTask, "doer")
    due_on = derive_filter(StaffTask, "due_on")
    is_late = BoolFilter(method="filter_late", label=_("overdue"))

    class Meta:
        model = StaffTask
        fields: tuple[str, ...] = ()

    def filter_late(self, queryset: QuerySet[Any], name: str, value: bool) -> QuerySet[Any]:
        """Keep the open tasks whose day has passed, or all others."""
        late = {"status": TaskStatus.OPEN, "due_on__lt": timezone.localdate()}
        return queryset.filter(**late) if value else queryset.exclude(**late)
