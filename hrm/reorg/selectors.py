"""What a reorganisation would change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hrm.org.models import Department, Employee
from hrm.org.selectors import active_employees
from hrm.reorg.choices import StepKind
from hrm.reorg.models import Reorganisation, ReorganisationStep
from hrm.reorg.preview import Change, Node, Reader, apply, reach_changes
from suite.access.choices import ScopeLevel
from suite.access.models import RoleScope


@dataclass(frozen=True)
class ScopeChange:
    """What somebody will see of, and what they will no longer see of."""

    person: Employee
    gained: list[Department]
    lost: list[Department]


def changes_of(steps: Iterable[ReorganisationStep]) -> list[Change]:
    """Return the steps as the preview takes them."""
    return [
        Change(
            step.department_id,
            moves=step.kind == StepKind.MOVE,
            parent=step.parent_id if step.kind == StepKind.MOVE else None,
            changes_head=step.kind == StepKind.HEAD,
            head=step.head_id if step.kind == StepKind.HEAD else None,
        )
        for step in steps
    ]


def scope_changes(reorganisation: Reorganisation) -> list[ScopeChange]:
    """
    Return whose data scope changes, by five queries.

    :raises TreeCycleError: when a department would stand above itself.
    """
    departments = {each.pk: each for each in Department.objects.filter(company=reorganisation.company_id)}
    tree = {pk: Node(each.parent_id, each.head_id) for pk, each in departments.items()}
    after = apply(tree, changes_of(reorganisation.lines.order_by("position")))
    people = {each.pk: each for each in active_employees().filter(user__is_active=True).select_related("position")}
    found = reach_changes(tree, after, _readers(people.values()))
    return [
        ScopeChange(
            people[each.person],
            [departments[key] for key in sorted(each.gained)],
            [departments[key] for key in sorted(each.lost)],
        )
        for each in found
    ]


def _readers(people: Iterable[Employee]) -> list[Reader]:
    """Return people whose scope depends on departments, widest level first; who sees all sees all afterwards too."""
    levels = (ScopeLevel.DEPARTMENT, ScopeLevel.DEPARTMENT_TREE)
    granted = RoleScope.objects.filter(level__in=levels).values_list("role__user", "level").distinct()
    by_user: dict[int, set[str]] = {}
    for user, level in granted:
        by_user.setdefault(user, set()).add(level)
    return [
        Reader(each.pk, each.department_id, ScopeLevel.DEPARTMENT_TREE in by_user[each.user_id])
        for each in people
        if each.user_id in by_user
    ]
