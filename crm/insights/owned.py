"""How attempts to win customers back go to a colleague."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from crm.insights.choices import WinBackStatus
from crm.insights.models import WinBack
from suite.access.models import User
from suite.access.ownership import change_owner, hands_over


def _in_progress(user: User) -> QuerySet[WinBack]:
    return WinBack.objects.filter(owner=user, status=WinBackStatus.OPEN)


@hands_over(WinBack, held=_in_progress)
def give_win_backs(rows: QuerySet[WinBack], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Attempts in progress go to a colleague; what was ended stays with whoever ended it."""
    return change_owner(rows, leaver=leaver, to=to, actor=actor, at=at)
