"""What people are reminded of goes to whoever takes over the object."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Exists, F, OuterRef, QuerySet

from suite.access.models import User
from suite.access.ownership import hands_over
from suite.activity.models import Reminder


@hands_over(Reminder, held=lambda user: Reminder.objects.filter(owner=user, done_at__isnull=True))
def give_reminders(rows: QuerySet[Reminder], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """Open reminders go to a colleague; one that the colleague has for the same moment already is done."""
    keys = list(rows.select_for_update().order_by("pk").values_list("pk", flat=True))
    mine = Reminder.objects.filter(pk__in=keys)
    same = Reminder.objects.filter(
        owner=to,
        done_at__isnull=True,
        content_type=OuterRef("content_type"),
        object_id=OuterRef("object_id"),
        due_at=OuterRef("due_at"),
    )
    twice = mine.filter(Exists(same)).update(done_at=at, version=F("version") + 1, updated_at=at)
    return twice + mine.filter(done_at__isnull=True).update(owner=to, version=F("version") + 1, updated_at=at)
