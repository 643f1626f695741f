"""What people are responsible for in the organisation: departments they head, colleagues they manage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from hrm.org.choices import EmployeeStatus
from hrm.org.locks import lock_managers
from hrm.org.models import Department, Employee
from hrm.org.services import give_people
from suite.access.models import User
from suite.access.ownership import hands_over


@hands_over(Department, held=lambda user: Department.objects.filter(head__user=user))
def give_departments(rows: QuerySet[Department], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Name a colleague the head of departments."""
    locked = Department.objects.lock_many(list(rows.values_list("pk", flat=True)))
    fresh = Department.objects.filter(pk__in=[row.pk for row in locked])
    return fresh.update(head=Employee.objects.get(user=to), version=F("version") + 1, updated_at=at)


@hands_over(Employee, held=lambda user: Employee.objects.filter(manager__user=user).exclude(status=EmployeeStatus.LEFT))
def give_reports(rows: QuerySet[Any], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Name a colleague the manager of people; one of them takes the place of their manager."""
    lock_managers()
    count = rows.count()
    give_people(leaver=Employee.objects.get(user=leaver), successor=Employee.objects.get(user=to), actor=actor, at=at)
    return count
