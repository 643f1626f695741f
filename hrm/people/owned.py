"""Whose tasks for joiners and leavers go to a colleague."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from hrm.people.choices import TaskStatus
from hrm.people.models import StaffTask
from suite.access.models import User
from suite.access.ownership import change_owner, hands_over


def tasks_for_others(user: User) -> QuerySet[StaffTask]:
    """Open tasks that somebody does for others; what a joiner or leaver does themselves nobody else can do."""
    return StaffTask.objects.filter(assignee=user, status=TaskStatus.OPEN).exclude(employee__user=user)


@hands_over(StaffTask, held=tasks_for_others)
def give_tasks(rows: QuerySet[StaffTask], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Let a colleague do open tasks."""
    return change_owner(rows, leaver=leaver, to=to, actor=actor, at=at, column="assignee")
