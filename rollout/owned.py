"""Who leads the introduction of a system, and who answers for it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Q, QuerySet

from hrm.org.models import Employee
from rollout.models import Stage
from suite.access.models import User
from suite.access.ownership import hands_over


@hands_over(Stage, held=lambda user: Stage.objects.filter(Q(owner__user=user) | Q(sponsor__user=user)))
def give_stages(rows: QuerySet[Stage], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Name a colleague the owner of systems, their sponsor, or both."""
    locked = Stage.objects.lock_many(list(rows.values_list("pk", flat=True)))
    taker, changed = Employee.objects.get(user=to), {"version": F("version") + 1, "updated_at": at}
    Stage.objects.filter(owner__user=leaver).update(owner=taker, **changed)
    Stage.objects.filter(sponsor__user=leaver).update(sponsor=taker, **changed)
    return len(locked)
