"""
Which punch is whose: punches of a person are dealt to the starts and ends of what was planned.

A punch belongs to the window of a piece of work, whatever its calendar date, and within it to the nearest start or end,
to one only. Of several the first counts for a start, the last for an end. What a start or end has to spare goes to the
neighbour of the same day that has none.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from hrm.attendance.intervals import Interval
from hrm.attendance.shift import Punch

# Punches so close are one: people press twice, machines send twice.
SAME_PUNCH = 1


class Event(NamedTuple):
    """Punches within a minute: the first counts where one comes, the last where one goes."""

    first: int
    first_key: Hashable
    last: int
    last_key: Hashable


@dataclass(slots=True)
class Block:
    """
    A piece of work that begins and ends with a punch. Times are wall minutes.

    :param segment: number of the segment, or None for overtime apart from a shift.
    :param opens, closes: the window; a punch at either minute is inside.
    :param spans: what is to be worked.
    :param starts, ends: where a punch is expected; with overtime before or after, from its edge to that of the plan.
    :param repeat: see :class:`~hrm.attendance.shift.Shift`.
    :param elsewhere_at_start, elsewhere_at_end: no punch is needed there, since the person works elsewhere.
    """

    segment: int | None
    opens: int
    closes: int
    spans: tuple[Interval, ...]
    starts: Interval
    ends: Interval
    repeat: int
    elsewhere_at_start: bool = False
    elsewhere_at_end: bool = False
    came: list[Event] = field(default_factory=list)
    went: list[Event] = field(default_factory=list)


def collapse(punches: Iterable[Punch]) -> list[Event]:
    """Return the punches by time, those within a minute of the first of them as one."""
    events: list[Event] = []
    for punch in sorted(punches, key=_time):
        if events and punch.at - events[-1].first <= SAME_PUNCH:
            events[-1] = events[-1]._replace(last=punch.at, last_key=punch.key)
        else:
            events.append(Event(punch.at, punch.key, punch.at, punch.key))
    return events


def deal(blocks: Sequence[Block], events: Sequence[Event]) -> list[Event]:
    """
    Put each event to the nearest start or end whose window holds it, and return those that no window holds.

    :param events: as :func:`collapse` gives them.
    """
    waiting = sorted(blocks, key=_opening, reverse=True)
    active: list[Block] = []
    unmatched = []
    for event in events:
        while waiting and waiting[-1].opens <= event.first:
            active.append(waiting.pop())
        active = [block for block in active if block.closes >= event.first]
        nearest = _nearest(active, event.first)
        if nearest is None:
            unmatched.append(event)
        else:
            nearest.append(event)
    return unmatched


def even_out(blocks: Sequence[Block]) -> None:
    """Give what a start or end of a day has to spare to the neighbour that has none; the blocks are one day's."""
    ends = [(block, events) for block in blocks for events in (block.came, block.went)]
    for (block, events), (other, without) in pairwise(ends):
        if len(events) > 1 and not without and _may_end(events[0], events[-1], block, other):
            without.append(events.pop())
    for (block, events), (other, without) in pairwise(reversed(ends)):
        if len(events) > 1 and not without and _may_start(events[0], events[-1], block, other):
            without.append(events.pop(0))


def _nearest(active: Iterable[Block], moment: int) -> list[Event] | None:
    best: list[Event] | None = None
    least = -1
    for block in active:
        for (low, high), events in ((block.starts, block.came), (block.ends, block.went)):
            distance = low - moment if moment < low else moment - high if moment > high else 0
            # Of two that are as near, the earlier is served first.
            if best is None or distance < least or (distance == least and best and not events):
                best, least = events, distance
    return best


def _may_end(first: Event, last: Event, block: Block, other: Block) -> bool:
    """Return whether the last event may serve the next end, of the same block or the start of the other."""
    if block is other:
        return last.last - first.first >= block.repeat and last.last > block.starts[1]
    return other.opens <= last.first <= other.closes


def _may_start(first: Event, last: Event, block: Block, other: Block) -> bool:
    """Return whether the first event may serve the end before, of the same block or the end of the other."""
    if block is other:
        return last.last - first.first >= block.repeat and first.first < block.ends[0]
    return other.opens <= first.first <= other.closes


def _time(punch: Punch) -> int:
    return punch.at


def _opening(block: Block) -> int:
    return block.opens
