"""Whose interviews a colleague holds."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from hrm.recruiting.choices import Verdict
from hrm.recruiting.models import Interview
from suite.access.models import User
from suite.access.ownership import change_owner, hands_over


@hands_over(Interview, held=lambda user: Interview.objects.filter(interviewer=user, verdict=Verdict.OPEN))
def give_interviews(rows: QuerySet[Interview], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Let a colleague hold interviews that nobody judged yet."""
    return change_owner(rows, leaver=leaver, to=to, actor=actor, at=at, column="interviewer")
