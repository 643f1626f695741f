"""
Shifts, what is planned for a person on a day, and punches.

A time of a shift is in minutes after midnight of the day the shift belongs to, and runs on past midnight: 26:00 is two
o'clock of the next day. A punch has one number for day and minute, :func:`wall_minute`: the clock on the wall of the
place of work, so that whoever stores moments converts them first.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from hrm.attendance.intervals import Interval, length, merge, subtract
from hrm.calendar.engine import DayKind

DAY = 24 * 60
# Two punches closer than this are one made twice, where a shift does not say otherwise.
REPEAT = 30
# The last minute that a shift can name: 47:59.
LAST_MINUTE = 2 * DAY - 1
TIME = re.compile(r"([0-4]?\d):([0-5]\d)")


def parse_time(text: str) -> int:
    """
    Return the minutes of a time such as "08:30" or "26:00".

    :raises ValueError: for anything but 00:00 to 47:59.
    """
    found = TIME.fullmatch(text.strip())
    minutes = int(found[1]) * 60 + int(found[2]) if found else LAST_MINUTE + 1
    if minutes > LAST_MINUTE:
        raise ValueError(f"{text!r} is no time from 00:00 to 47:59")
    return minutes


def format_time(minutes: int) -> str:
    """
    Return the time as "HH:MM", with hours up to 47.

    :raises ValueError: for minutes outside 00:00 to 47:59.
    """
    if not 0 <= minutes <= LAST_MINUTE:
        raise ValueError(f"{minutes} minutes are no time from 00:00 to 47:59")
    return f"{minutes // 60:02}:{minutes % 60:02}"


def wall_minute(day: datetime.date, minutes: int = 0) -> int:
    """Return the number of a minute, counted over days without gap."""
    return day.toordinal() * DAY + minutes


@dataclass(frozen=True, slots=True)
class Segment:
    """
    A stretch of work with a punch at either end.

    :param start, end: minutes after midnight of the shift's day.
    :param breaks: unpaid pauses within it, which nobody punches.
    :raises ValueError: for times out of range or order.
    """

    start: int
    end: int
    breaks: tuple[Interval, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= LAST_MINUTE:
            raise ValueError(f"A segment from {self.start} to {self.end} is not within 00:00 to 47:59")
        if any(start <= self.start or end >= self.end for start, end in merge(self.breaks)):
            raise ValueError("A break lies within its segment")

    @property
    def working(self) -> tuple[Interval, ...]:
        """The segment without its breaks."""
        return subtract(((self.start, self.end),), merge(self.breaks))


@dataclass(frozen=True)
class Shift:
    """
    Segments of work and how their punches are judged. All figures are minutes.

    :param early, late: a punch counts for a segment from ``early`` before its start to ``late`` after its end.
    :param late_grace, leave_grace: coming so much late or leaving so much early is forgiven; a minute more, and all of
        it counts.
    :param half_day_after: who comes later or leaves earlier than this is absent for half the day at least; None: never.
    :param absent_after: who does so by more than this is absent for the whole segment; None: never.
    :param flexible: who comes up to so much earlier or later may leave as much earlier, or must leave as much later;
        for a shift of one segment.
    :param repeat: two punches closer than this, with none for the other end, are one made twice, not coming and going.
    :raises ValueError: for segments or limits out of order, or figures below zero.
    """

    segments: tuple[Segment, ...]
    early: int = 120
    late: int = 360
    late_grace: int = 0
    leave_grace: int = 0
    half_day_after: int | None = None
    absent_after: int | None = None
    flexible: int = 0
    repeat: int = REPEAT

    def __post_init__(self) -> None:
        if not self.segments or any(first.end > second.start for first, second in pairwise(self.segments)):
            raise ValueError("A shift has segments, in order and apart")
        if self.flexible and len(self.segments) > 1:
            raise ValueError("Only a shift of one segment is flexible")
        if min(self.early, self.late, self.late_grace, self.leave_grace, self.flexible, self.repeat) < 0:
            raise ValueError("No minutes of a shift are negative")
        grace = max(self.late_grace, self.leave_grace)
        limits = [grace, *(limit for limit in (self.half_day_after, self.absent_after) if limit is not None)]
        if limits != sorted(limits):
            raise ValueError("Grace, half day and absence come in this order")

    @cached_property
    def working(self) -> tuple[tuple[Interval, ...], ...]:
        """For each segment the spans that are worked."""
        return tuple(segment.working for segment in self.segments)

    @cached_property
    def planned(self) -> int:
        """Minutes to work."""
        return sum(map(length, self.working))

    @cached_property
    def planned_spans(self) -> tuple[Interval, ...]:
        """The spans that are worked, of all segments."""
        return merge(span for spans in self.working for span in spans)


@dataclass(frozen=True, slots=True)
class DayPlan:
    """
    What a person is to do on a day, and what was approved to differ.

    Spans are in minutes after midnight of the day. They may reach beyond it: only what meets the plan counts.

    :param kind: of the calendar day.
    :param shift: None on a day off.
    :param next_kind: of the day after; needed when work reaches it and the next plan is not given.
    :param leave: approved absence; it wins over an outing.
    :param outing: approved work elsewhere 外勤, 出差: counts as worked, without punches at an end that it covers.
    :param overtime: approved; what was worked of it, outside the plan, counts.
    :param day_cut: when the day begins for punches that belong to no shift.
    """

    day: datetime.date
    kind: DayKind
    shift: Shift | None = None
    next_kind: DayKind | None = None
    leave: tuple[Interval, ...] = ()
    outing: tuple[Interval, ...] = ()
    overtime: tuple[Interval, ...] = ()
    day_cut: int = 240


@dataclass(frozen=True, slots=True)
class Punch:
    """
    One pass at a clock.

    :param key: names the punch in results; unique among those given together.
    :param at: :func:`wall_minute`, seconds cut off.
    """

    key: Hashable
    at: int
