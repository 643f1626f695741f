"""What the calendar and the search for a free time show."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from hrm.attendance.boards import Column
from oa.meetings.models import Meeting, Room
from oa.meetings.selectors import Span, busy_times, held, of_people, taken_by
from suite.access.models import User
from suite.access.restrict import restrict

ONE_DAY = timedelta(days=1)
SLOT = timedelta(minutes=30)
DAY_BEGINS, DAY_ENDS = time(8), time(20)


@dataclass(frozen=True)
class Item:
    """
    A meeting as a calendar shows it on one day.

    :param url: empty for who may not see more than that the time is taken.
    """

    start: datetime
    end: datetime
    title: str = ""
    url: str = ""
    place: str = ""
    is_own: bool = False


@dataclass
class Day:
    """A day of the calendar."""

    column: Column
    is_today: bool
    is_other_month: bool = False
    items: list[Item] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A person or room and whether each slot of the day is taken."""

    name: str
    slots: tuple[bool, ...]


@dataclass(frozen=True)
class Plan:
    """
    A day cut into slots.

    :param free: slots in which everybody asked and the room are free.
    """

    starts: tuple[datetime, ...]
    rows: tuple[Row, ...]
    free: tuple[bool, ...]


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of a day."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + 6 * ONE_DAY


def month_of(day: date) -> tuple[date, date]:
    """The Monday before, and the Sunday after, the month of a day."""
    last = day.replace(day=monthrange(day.year, day.month)[1])
    return week_of(day.replace(day=1))[0], week_of(last)[1]


def calendar_days(
    *, user: User, first: date, last: date, person: User | None, room: Room | None, month: int | None = None
) -> list[Day]:
    """
    The days of a period with the meetings of a person or room, the own ones without either; by two queries.

    Others see that a person or room is taken, and no more.
    """
    today = timezone.localdate()
    days = {
        first + n * ONE_DAY: Day(Column(first + n * ONE_DAY, None), first + n * ONE_DAY == today)
        for n in range((last - first).days + 1)
    }
    for day, shown in days.items():
        shown.is_other_month = month is not None and day.month != month
    begin, end = _midnight(first), _midnight(last + ONE_DAY)
    meetings = held(begin, end)
    if room is not None:
        meetings = meetings.filter(room=room)
    if person is not None or room is None:
        meetings = of_people(meetings, [(person or user).pk])
    rows = list(meetings.select_related("room").order_by("starts_at", "pk"))
    seen = set(restrict(Meeting.objects.filter(pk__in=[m.pk for m in rows]), user=user).values_list("pk", flat=True))
    for meeting in rows:
        item = _item(meeting, meeting.pk in seen, user)
        begins, ends = timezone.localdate(meeting.starts_at), timezone.localdate(meeting.ends_at - timedelta.resolution)
        for n in range((ends - begins).days + 1):
            if begins + n * ONE_DAY in days:
                days[begins + n * ONE_DAY].items.append(item)
    return list(days.values())


def weeks_of(days: Sequence[Day]) -> list[list[Day]]:
    """Days in weeks."""
    return [list(days[n : n + 7]) for n in range(0, len(days), 7)]


def free_busy(*, day: date, people: Sequence[User], room: Room | None) -> Plan:
    """When on a day people and a room are taken, in slots of half an hour; by a fixed number of queries."""
    starts = tuple(_slots(day))
    whole = [Span(starts[0], starts[-1] + SLOT)]
    busy: dict[int, list[Meeting]] = defaultdict(list, busy_times([user.pk for user in people], whole))
    rows = [Row(str(user), _taken(starts, busy[user.pk])) for user in people]
    if room is not None:
        rows.append(Row(str(room), _taken(starts, list(taken_by(room, whole)))))
    now = timezone.now()
    free = tuple(start + SLOT > now and not any(row.slots[n] for row in rows) for n, start in enumerate(starts))
    return Plan(starts, tuple(rows), free)


def _slots(day: date) -> Any:
    start, end = _at(day, DAY_BEGINS), _at(day, DAY_ENDS)
    while start < end:
        yield start
        start += SLOT


def _taken(starts: Sequence[datetime], meetings: Sequence[Meeting]) -> tuple[bool, ...]:
    spans = [Span(meeting.starts_at, meeting.ends_at) for meeting in meetings]
    return tuple(any(span.meets(Span(start, start + SLOT)) for span in spans) for start in starts)


def _item(meeting: Meeting, is_seen: bool, user: User) -> Item:
    if not is_seen:
        return Item(meeting.starts_at, meeting.ends_at)
    return Item(
        meeting.starts_at,
        meeting.ends_at,
        meeting.title,
        meeting.get_absolute_url(),
        str(meeting.room or ""),
        meeting.owner_id == user.pk,
    )


def _at(day: date, moment: time) -> datetime:
    return timezone.make_aware(datetime.combine(day, moment))


def _midnight(day: date) -> datetime:
    return _at(day, time.min)
