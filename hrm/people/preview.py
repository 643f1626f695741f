"""What a personnel change would do, before it is approved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from hrm.org.choices import EmployeeStatus
from hrm.org.models import Department, Employee
from hrm.people.choices import ChangeKind, TaskStatus
from hrm.people.contract_rules import earliest_last_day
from hrm.people.models import AssetLoan, PersonnelChange, StaffTask
from suite.access.choices import ScopeLevel
from suite.access.models import RoleScope

FOLLOWING = (ScopeLevel.DEPARTMENT, ScopeLevel.DEPARTMENT_TREE)


@dataclass(frozen=True)
class Move:
    """One fact of the place, before and after."""

    label: Any
    before: Any
    after: Any

    @property
    def differs(self) -> bool:
        """Whether it changes."""
        return bool(self.before != self.after)


@dataclass(frozen=True)
class ScopeMove:
    """What a role lets the person see by department, and so sees elsewhere afterwards."""

    role: str
    level: Any
    object_types: list[str]


@dataclass(frozen=True)
class Preview:
    """
    What a change does.

    :param scopes: what the account of the person sees by department, and will see of the new one instead.
    :param follows_head: who heads the old and the new department, and so loses or gains sight of the person's rows.
    :param reports: how many people the person manages; ``headed``: the departments they head.
    :param notice_until: the first last day that the law leaves, when the chosen one is earlier.
    """

    moves: list[Move]
    scopes: list[ScopeMove] = field(default_factory=list)
    follows_head: Move | None = None
    reports: int = 0
    headed: list[Department] = field(default_factory=list)
    open_tasks: int = 0
    open_loans: int = 0
    notice_until: date | None = None
    is_leaving: bool = False


def preview_of(change: PersonnelChange, *, today: date) -> Preview:
    """Return what a change does to place, sight and lead; a fixed number of queries."""
    employee = change.employee
    moves = [
        Move(_("Department"), change.from_department, change.department),
        Move(_("Position"), change.from_position, change.position),
        Move(_("Manager"), change.from_manager, change.manager),
    ]
    is_leaving = change.kind == ChangeKind.LEAVE
    moves_department = change.from_department_id != change.department_id
    return Preview(
        moves=moves,
        scopes=_scopes(employee) if moves_department or is_leaving else [],
        follows_head=_heads(change) if moves_department else None,
        reports=Employee.objects.filter(manager=employee).exclude(status=EmployeeStatus.LEFT).count(),
        headed=list(Department.objects.filter(head=employee, is_active=True)),
        open_tasks=StaffTask.objects.filter(employee=employee, status=TaskStatus.OPEN).count(),
        open_loans=AssetLoan.objects.filter(employee=employee, returned_on__isnull=True).count(),
        notice_until=_short_notice(change, employee, today) if is_leaving else None,
        is_leaving=is_leaving,
    )


def _scopes(employee: Employee) -> list[ScopeMove]:
    if employee.user_id is None:
        return []
    rows = RoleScope.objects.filter(role__user=employee.user_id, level__in=FOLLOWING)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in rows.select_related("role", "content_type").order_by("role__name", "level", "content_type"):
        model = row.content_type.model_class()
        if model is not None:
            found[str(row.role), row.level].append(capfirst(str(model._meta.verbose_name_plural)))
    return [ScopeMove(role, ScopeLevel(level).label, sorted(names)) for (role, level), names in found.items()]


def _heads(change: PersonnelChange) -> Move:
    before, after = change.from_department, change.department
    return Move(_("Head"), before and before.head, after and after.head)


def _short_notice(change: PersonnelChange, employee: Employee, today: date) -> date | None:
    given_on = min(today, timezone.localdate(change.created_at))
    first = earliest_last_day(given_on, in_probation=employee.status == EmployeeStatus.PROBATION)
    return first if change.effective_on < first else None
