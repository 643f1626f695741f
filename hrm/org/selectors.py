"""Questions about the organisation, each answered by one query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from hrm.org.choices import ACTIVE_STATUSES
from hrm.org.models import Department, Employee, Position
from suite.access.choices import UserKind
from suite.access.models import User


@dataclass(frozen=True)
class Headcount:
    """People on the payroll: of the department itself, and with everything below it."""

    own: int = 0
    total: int = 0


@dataclass
class DepartmentNode:
    """One department in its tree with its headcount and the departments right below it, in order."""

    department: Department
    headcount: Headcount
    children: list[DepartmentNode] = field(default_factory=list)


def departments_of(user: User) -> QuerySet[Department]:
    """Return the departments a user belongs to: the one they work in and those they head."""
    people = Employee.objects.filter(user=user.pk).order_by()
    return Department.objects.filter(Q(pk__in=people.values("department")) | Q(head__in=people.values("pk"))).order_by()


def subtree(departments: QuerySet[Department] | Iterable[int]) -> QuerySet[Department]:
    """Return the given departments (query set or primary keys) and every department below them."""
    keys = ArraySubquery(departments.values("pk")) if isinstance(departments, QuerySet) else list(departments)
    return Department.objects.filter(path__overlap=keys).order_by()


def active_employees() -> QuerySet[Employee]:
    """Return everybody on the payroll."""
    return Employee.objects.filter(status__in=ACTIVE_STATUSES)


def headcounts() -> dict[int, Headcount]:
    """Return the headcount of each department that has anybody in or below it, by its primary key."""
    own: dict[int, int] = defaultdict(int)
    total: dict[int, int] = defaultdict(int)
    rows = active_employees().filter(department__isnull=False).order_by()
    for pk, path, people in rows.values_list("department", "department__path").annotate(people=Count("pk")):
        own[pk] += people
        for node in path:
            total[node] += people
    return {pk: Headcount(own[pk], people) for pk, people in total.items()}


def department_trees(departments: QuerySet[Department]) -> list[DepartmentNode]:
    """
    Return the departments as trees in their order, with headcounts, by two queries.

    A department whose parent is not among the given ones is a root.
    """
    counts = headcounts()
    nodes = {each.pk: DepartmentNode(each, counts.get(each.pk, Headcount())) for each in departments}
    roots: list[DepartmentNode] = []
    for node in nodes.values():
        above = nodes.get(node.department.parent_id or 0)
        (above.children if above else roots).append(node)
    return roots


def with_actual_headcount(positions: QuerySet[Position]) -> QuerySet[Position]:
    """Add to positions ``actual_headcount``, people on the payroll, and ``open_headcount``, planned less actual."""
    filled = Count("employees", filter=Q(employees__status__in=ACTIVE_STATUSES))
    return positions.annotate(actual_headcount=filled).annotate(
        open_headcount=F("planned_headcount") - F("actual_headcount")
    )


def staff_in_roles(*codes: str) -> QuerySet[User]:
    """Return the active staff who have at least one of the standard roles with these codes."""
    roles = Group.objects.filter(standard__code__in=codes)
    return User.objects.filter(is_active=True, kind=UserKind.STAFF, groups__in=roles).distinct()


def misplaced_employees() -> QuerySet[Employee]:
    """
    Return people on the payroll without department, position or manager.

    Whoever heads a company's top department has nobody above and needs no manager.
    """
    tops = Department.objects.filter(parent__isnull=True, head=OuterRef("pk"))
    has_superior = Q(manager__isnull=False) | Exists(tops)
    return active_employees().exclude(has_superior, department__isnull=False, position__isnull=False)
