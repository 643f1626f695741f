"""Meetings to come are organised by whoever takes over."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet
from django.utils import timezone

from oa.meetings.choices import MeetingStatus
from oa.meetings.models import Meeting, MeetingParticipant
from suite.access.models import User
from suite.access.ownership import hands_over


def to_come(user: User) -> QuerySet[Meeting]:
    """The meetings that somebody organises and that are not over."""
    return Meeting.objects.filter(owner=user, status=MeetingStatus.BOOKED, ends_at__gt=timezone.now())


@hands_over(Meeting, held=to_come)
def give_meetings(rows: QuerySet[Meeting], *, leaver: User, to: User, actor: User | None, at: datetime) -> int:
    """A colleague organises them; who organises is not invited as well."""
    keys = list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    MeetingParticipant.objects.filter(meeting__in=keys, user=to).delete()
    return Meeting.objects.filter(pk__in=keys).update(owner=to, version=F("version") + 1, updated_at=at)
