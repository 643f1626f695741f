"""Whose training sessions a colleague holds."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from hrm.org.models import Employee
from hrm.talent.training.choices import SessionStatus
from hrm.talent.training.models import TrainingSession
from suite.access.models import User
from suite.access.ownership import change_owner, hands_over


def planned_sessions(user: User) -> QuerySet[TrainingSession]:
    """Sessions that somebody is still to hold."""
    return TrainingSession.objects.filter(trainer__user=user, status=SessionStatus.PLANNED)


@hands_over(TrainingSession, held=planned_sessions)
def give_sessions(rows: QuerySet[TrainingSession], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Let a colleague hold planned sessions."""
    taker = Employee.objects.get(user=to)
    return change_owner(rows, leaver=leaver, to=taker, actor=actor, at=at, column="trainer")
