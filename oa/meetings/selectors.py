"""Who meets when: what is taken, who is busy, and what a calendar shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q, QuerySet
from django.utils import timezone

from oa.meetings.choices import Answer, MeetingStatus
from oa.meetings.models import Meeting, MeetingParticipant, Room

WEEK = timedelta(days=7)


class Span(NamedTuple):
    """From a moment up to another."""

    start: datetime
    end: datetime

    def meets(self, other: Span) -> bool:
        """Whether both have a moment in common."""
        return self.start < other.end and other.start < self.end


def weekly(first: Span, count: int) -> list[Span]:
    """The same hours on so many days, a week apart by the calendar of the company."""
    return [Span(_later(first.start, number), _later(first.end, number)) for number in range(count)]


def held(first: datetime, last: datetime) -> QuerySet[Meeting]:
    """The meetings that take place, in whole or in part, between two moments."""
    return Meeting.objects.filter(status=MeetingStatus.BOOKED, starts_at__lt=last, ends_at__gt=first)


def overlapping(spans: Sequence[Span]) -> QuerySet[Meeting]:
    """The meetings that take place in one of the spans."""
    within = (Q(starts_at__lt=span.end, ends_at__gt=span.start) for span in spans)
    return Meeting.objects.filter(reduce(or_, within), status=MeetingStatus.BOOKED)


def of_people(meetings: QuerySet[Meeting], users: Collection[int]) -> QuerySet[Meeting]:
    """Those of the meetings that one of the people organises or has not declined."""
    coming = MeetingParticipant.objects.filter(user__in=users).exclude(answer=Answer.DECLINED)
    return meetings.filter(Q(owner__in=users) | Q(pk__in=coming.values("meeting")))


def taken_by(room: Room, spans: Sequence[Span]) -> QuerySet[Meeting]:
    """The meetings that have a room in one of the spans."""
    return overlapping(spans).filter(room=room).select_related("owner").order_by("starts_at")


def busy_times(users: Collection[int], spans: Sequence[Span]) -> dict[int, list[Meeting]]:
    """The meetings of each of the people in the spans, by two queries; people without any are left out."""
    meetings = list(of_people(overlapping(spans), users).order_by("starts_at"))
    coming = MeetingParticipant.objects.filter(meeting__in=meetings, user__in=users).exclude(answer=Answer.DECLINED)
    people: dict[int, set[int]] = defaultdict(set)
    for key, user in coming.values_list("meeting", "user"):
        people[key].add(user)
    found: dict[int, list[Meeting]] = defaultdict(list)
    for meeting in meetings:
        for user in sorted(people[meeting.pk] | ({meeting.owner_id} & set(users))):
            found[user].append(meeting)
    return dict(found)


def following(meeting: Meeting) -> QuerySet[Meeting]:
    """A meeting and those of its weekly booking that come later."""
    if meeting.series is None:
        return Meeting.objects.filter(pk=meeting.pk)
    return Meeting.objects.filter(series=meeting.series, starts_at__gte=meeting.starts_at, status=MeetingStatus.BOOKED)


def _later(moment: datetime, weeks: int) -> datetime:
    local = timezone.localtime(moment)
    return timezone.make_aware(local.replace(tzinfo=None) + weeks * WEEK)
