"""Filters of the organisation's lists beyond the derived ones."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from hrm.org.models import Department, Employee
from hrm.org.selectors import misplaced_employees
from suite.pages.filters import AmongFilter, BaseFilterSet, BoolFilter, derive_filter


class DepartmentFilterSet(BaseFilterSet):
    """Departments by company, kind, whether they are open, and whether they have a head."""

    company = derive_filter(Department, "company")
    kind = derive_filter(Department, "kind")
    is_active = derive_filter(Department, "is_active")
    has_head = BoolFilter(field_name="head", lookup_expr="isnull", exclude=True, label=_("has a head"))

    class Meta:
        model = Department
        fields: tuple[str, ...] = ()


class EmployeeFilterSet(BaseFilterSet):
    """Employees by place, status and dates, and those whose place is not complete."""

    status = derive_filter(Employee, "status")
    department = derive_filter(Employee, "department")
    position = derive_filter(Employee, "position")
    company = derive_filter(Employee, "company")
    manager = derive_filter(Employee, "manager")
    hire_date = derive_filter(Employee, "hire_date")
    leave_date = derive_filter(Employee, "leave_date")
    has_account = BoolFilter(field_name="user", lookup_expr="isnull", exclude=True, label=_("has an account"))
    is_misplaced = AmongFilter(misplaced_employees, label=_("without department, position or manager"))

    class Meta:
        model = Employee
        fields: tuple[str, ...] = ()
