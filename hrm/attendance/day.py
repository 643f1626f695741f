"""
From punches, shift and calendar to the result of a day, for one person at a time.

Every planned minute ends in one place: worked, late, early, absent, on leave, working elsewhere, or unresolved where a
punch is missing and somebody has to say what happened. Overtime counts as far as it was approved and worked, by the
kind of the calendar day on which its minutes fall. Nothing here knows the time or a time zone.
"""

from __future__ import annotations

import datetime
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hrm.attendance.intervals import Interval, before, intersect, length, merge, subtract
from hrm.attendance.matching import Block, Event, collapse, deal, even_out
from hrm.attendance.shift import DAY, REPEAT, DayPlan, Punch, Shift
from hrm.calendar.engine import DayKind

# How far a window of overtime apart from a shift reaches beyond the overtime, at least.
OVERTIME_MARGIN = 120


class Status(StrEnum):
    """What can be said of a day; more than one may hold."""

    NORMAL = "NORMAL"
    LATE = "LATE"
    EARLY = "EARLY"
    ABSENT = "ABSENT"
    MISSING_PUNCH = "MISSING_PUNCH"
    LEAVE = "LEAVE"
    OUTING = "OUTING"
    OVERTIME = "OVERTIME"
    OFF = "OFF"


class Problem(StrEnum):
    """What somebody has to look into."""

    MISSING_START = "MISSING_START"
    MISSING_END = "MISSING_END"
    UNMATCHED_PUNCH = "UNMATCHED_PUNCH"
    OVERTIME_WITHOUT_PUNCH = "OVERTIME_WITHOUT_PUNCH"


class End(StrEnum):
    """Which end of a segment a punch served."""

    START = "START"
    END = "END"


@dataclass(frozen=True, slots=True)
class DayException:
    """
    Something to resolve.

    :param segment: number of the segment it is about, from 0; None for overtime apart from a shift and for a punch.
    :param key: of the punch, for one that belongs nowhere.
    """

    problem: Problem
    segment: int | None = None
    key: Hashable | None = None


@dataclass(frozen=True, slots=True)
class UsedPunch:
    """Which punch served which end; ``segment`` is None for overtime apart from a shift."""

    key: Hashable
    segment: int | None
    end: End


@dataclass(slots=True)
class DayResult:
    """
    A day of a person, in minutes.

    ``planned`` is the sum of ``worked``, ``late``, ``early``, ``absent``, ``leave``, ``outing`` and ``unresolved``.

    :ivar statutory: what of ``worked`` and ``outing`` fell on a statutory holiday, which pays 300 %.
    :ivar overtime: approved and worked, outside the plan, by the kind of the day.
    :ivar used: the punches that served an end.
    :ivar spare: keys of punches within a window that no end needed.
    """

    day: datetime.date
    kind: DayKind
    planned: int = 0
    worked: int = 0
    late: int = 0
    early: int = 0
    absent: int = 0
    leave: int = 0
    outing: int = 0
    unresolved: int = 0
    statutory: int = 0
    overtime: dict[DayKind, int] = field(default_factory=dict)
    exceptions: list[DayException] = field(default_factory=list)
    used: list[UsedPunch] = field(default_factory=list)
    spare: list[Hashable] = field(default_factory=list)

    @property
    def statuses(self) -> tuple[Status, ...]:
        """What can be said of the day: NORMAL or OFF alone, or all that differs from it."""
        missing = any(item.problem in (Problem.MISSING_START, Problem.MISSING_END) for item in self.exceptions)
        found = {
            Status.LATE: self.late,
            Status.EARLY: self.early,
            Status.ABSENT: self.absent,
            Status.MISSING_PUNCH: missing,
            Status.LEAVE: self.leave,
            Status.OUTING: self.outing,
            Status.OVERTIME: self.overtime,
        }
        return tuple(status for status, value in found.items() if value) or (
            Status.NORMAL if self.planned else Status.OFF,
        )


@dataclass(slots=True)
class _Work:
    """A plan on its way to a result; spans in wall minutes."""

    plan: DayPlan
    result: DayResult
    midnight: int
    next_kind: DayKind | None
    planned: tuple[Interval, ...] = ()
    outing: tuple[Interval, ...] = ()
    overtime: tuple[Interval, ...] = ()
    blocks: list[Block] = field(default_factory=list)


def day_result(plan: DayPlan, punches: Iterable[Punch]) -> DayResult:
    """
    Return the result of one day.

    :raises ValueError: as :func:`match_days` does.
    """
    return match_days([plan], punches)[0]


def match_days(plans: Sequence[DayPlan], punches: Iterable[Punch]) -> list[DayResult]:
    """
    Return the results of a sequence of days of one person, in their order.

    Give the days around the period as well where shifts reach over midnight, so that their punches find their owner.
    Punches on days without a plan that no window wants are left out.

    :param plans: by date, each date once.
    :param punches: of the person, in any order.
    :raises ValueError: for dates out of order, overtime before its day, or work past midnight into a day of unknown
        kind.
    """
    works = []
    for index, plan in enumerate(plans):
        if index and plan.day <= plans[index - 1].day:
            raise ValueError(f"{plan.day} does not come after {plans[index - 1].day}")
        following = plans[index + 1] if index + 1 < len(plans) else None
        works.append(_prepare(plan, following))
    unmatched = deal([block for work in works for block in work.blocks], collapse(punches))
    for work in works:
        even_out(work.blocks)
        _evaluate(work)
    _report(unmatched, works)
    return [work.result for work in works]


def _prepare(plan: DayPlan, following: DayPlan | None) -> _Work:
    midnight = plan.day.toordinal() * DAY
    next_kind = plan.next_kind
    if next_kind is None and following is not None and following.day.toordinal() == plan.day.toordinal() + 1:
        next_kind = following.kind
    work = _Work(plan, DayResult(plan.day, plan.kind), midnight, next_kind)
    if plan.shift is not None:
        _plan_shift(work, plan.shift)
    if plan.overtime:
        _plan_overtime(work)
    last = max((spans[-1][1] for spans in (work.planned, work.overtime) if spans), default=midnight)
    if last > midnight + DAY and next_kind is None:
        raise ValueError(f"Work of {plan.day} reaches the next day, whose kind is unknown")
    return work


def _plan_shift(work: _Work, shift: Shift) -> None:
    plan, midnight, result = work.plan, work.midnight, work.result
    result.planned = shift.planned
    work.planned = _at(shift.planned_spans, midnight)
    leave = _at(merge(plan.leave), midnight) if plan.leave else ()
    if leave:
        result.leave = length(intersect(work.planned, leave))
    if plan.outing:
        work.outing = subtract(_at(merge(plan.outing), midnight), leave)
        result.outing = length(intersect(work.planned, work.outing))
    off = merge((*leave, *work.outing)) if leave or work.outing else ()
    for number, (segment, working) in enumerate(zip(shift.segments, shift.working, strict=True)):
        spans = subtract(_at(working, midnight), off)
        if not spans:
            continue
        start, end, flexible = spans[0][0], spans[-1][1], shift.flexible
        work.blocks.append(
            Block(
                segment=number,
                opens=midnight + segment.start - shift.early,
                closes=midnight + segment.end + shift.late,
                spans=spans,
                starts=(start - flexible, start + flexible),
                ends=(end - flexible, end + flexible),
                repeat=shift.repeat,
                elsewhere_at_start=bool(work.outing) and any(first < start <= last for first, last in work.outing),
                elsewhere_at_end=bool(work.outing) and any(first <= end < last for first, last in work.outing),
            )
        )


def _plan_overtime(work: _Work) -> None:
    """Let overtime widen what comes before or after the shift, or stand alone on a day without work."""
    plan, midnight = work.plan, work.midnight
    if min(start for start, _ in plan.overtime) < 0:
        raise ValueError(f"Overtime of {plan.day} begins before the day")
    work.overtime = subtract(_at(merge(plan.overtime), midnight), work.planned)
    if not work.overtime:
        return
    if not work.blocks:
        first, last = work.overtime[0][0], work.overtime[-1][1]
        opens = min(midnight + plan.day_cut, first - OVERTIME_MARGIN)
        closes = max(midnight + plan.day_cut + DAY - 1, last + OVERTIME_MARGIN)
        repeat = plan.shift.repeat if plan.shift else REPEAT
        work.blocks.append(Block(None, opens, closes, (), (first, first), (last, last), repeat))
        return
    for start, end in work.overtime:
        block = next((block for block in reversed(work.blocks) if block.spans[-1][1] <= start), None)
        if block is None:
            block = work.blocks[0]
            block.opens = min(block.opens, start - (block.spans[0][0] - block.opens))
            block.starts = (min(block.starts[0], start), block.starts[1])
        else:
            block.closes = max(block.closes, end + (block.closes - block.spans[-1][1]))
            block.ends = (block.ends[0], max(block.ends[1], end))


def _evaluate(work: _Work) -> None:
    shift = work.plan.shift
    presence: list[Interval] = []
    done: list[Interval] = []
    for block in work.blocks:
        came, went = _used(block, work.result)
        if shift is not None and block.segment is not None:
            done += _judge(work, shift, block, came, went)
        if came is not None and went is not None:
            presence.append((came, went))
        elif block.segment is None:
            _missing(work.result, block, came, went)
    if work.overtime:
        _count_overtime(work, presence)
    if DayKind.STATUTORY in (work.plan.kind, work.next_kind):
        spans = (*done, *intersect(work.planned, work.outing))
        counted = sum(minutes for kind, minutes in _by_kind(work, spans).items() if kind is DayKind.STATUTORY)
        work.result.statutory = min(counted, work.result.worked + work.result.outing)


def _used(block: Block, result: DayResult) -> tuple[int | None, int | None]:
    """Return when the person came and went, and note the punches; working elsewhere stands for a punch."""
    came = block.spans[0][0] if block.elsewhere_at_start else None
    went = block.spans[-1][1] if block.elsewhere_at_end else None
    if block.came:
        first = block.came[0]
        came = first.first
        result.used.append(UsedPunch(first.first_key, block.segment, End.START))
    if block.went:
        last = block.went[-1]
        went = last.last
        result.used.append(UsedPunch(last.last_key, block.segment, End.END))
    if len(block.came) > 1 or len(block.went) > 1:
        result.spare += [event.first_key for event in (*block.came[1:], *block.went[:-1])]
    return came, went


def _judge(work: _Work, shift: Shift, block: Block, came: int | None, went: int | None) -> tuple[Interval, ...]:
    """Put the minutes of a segment where they belong, and return when it was worked."""
    result = work.result
    due = length(block.spans)
    if came is None or went is None:
        if came is None and went is None:
            result.absent += due
        else:
            result.unresolved += due
            _missing(result, block, came, went)
        return ()
    start, end = block.spans[0][0], block.spans[-1][1]
    moved = max(-shift.flexible, min(shift.flexible, came - start)) if shift.flexible and block.came else 0
    if moved:
        # What the day begins earlier or ends later by is part of the plan, and no overtime.
        work.overtime = subtract(work.overtime, ((end, end + moved) if moved > 0 else (start + moved, start),))
        came, went = came - moved, went - moved
    if came <= start and went >= end:
        result.worked += due
        return block.spans
    missed_first, missed_last = before(block.spans, came), due - before(block.spans, went)
    if missed_first <= shift.late_grace:
        came, missed_first = start, 0
    if missed_last <= shift.leave_grace:
        went, missed_last = end, 0
    first_absent, last_absent = _absence(shift, missed_first, due), _absence(shift, missed_last, due)
    late = 0 if first_absent else missed_first
    early = 0 if last_absent else missed_last
    absent = min(first_absent + last_absent, due - late - early)
    result.late += late
    result.early += early
    result.absent += absent
    result.worked += due - late - early - absent
    return intersect(block.spans, ((came, went),))


def _absence(shift: Shift, missed: int, due: int) -> int:
    """Return how many minutes of absence it makes to miss so many at one end of a segment."""
    if shift.absent_after is not None and missed > shift.absent_after:
        return due
    if shift.half_day_after is not None and missed > shift.half_day_after:
        return max(missed, min(due, (shift.planned + 1) // 2))
    return 0


def _missing(result: DayResult, block: Block, came: int | None, went: int | None) -> None:
    if came is None and went is None:
        return
    problem = Problem.MISSING_START if came is None else Problem.MISSING_END
    result.exceptions.append(DayException(problem, block.segment))


def _count_overtime(work: _Work, presence: Sequence[Interval]) -> None:
    spans = merge(span for span in presence if span[0] < span[1])
    work.result.overtime = _by_kind(work, intersect(work.overtime, spans))
    if not work.result.overtime and not work.result.exceptions:
        work.result.exceptions.append(DayException(Problem.OVERTIME_WITHOUT_PUNCH))


def _by_kind(work: _Work, spans: Iterable[Interval]) -> dict[DayKind, int]:
    tomorrow = work.midnight + DAY
    totals: dict[DayKind, int] = {}
    for start, end in spans:
        today = max(0, min(end, tomorrow) - start)
        for kind, minutes in ((work.plan.kind, today), (work.next_kind, end - start - today)):
            if minutes and kind is not None:
                totals[kind] = totals.get(kind, 0) + minutes
    return totals


def _report(unmatched: Iterable[Event], works: Sequence[_Work]) -> None:
    """Lay each punch that belongs nowhere before the day on which it was made, as its day cut has it."""
    by_day: Mapping[int, _Work] = {work.midnight // DAY: work for work in works} if unmatched else {}
    for event in unmatched:
        day, minute = divmod(event.first, DAY)
        today, yesterday = by_day.get(day), by_day.get(day - 1)
        deciding = today or yesterday
        work = yesterday if deciding is not None and minute < deciding.plan.day_cut else today
        if work is not None:
            work.result.exceptions.append(DayException(Problem.UNMATCHED_PUNCH, key=event.first_key))


def _at(spans: Sequence[Interval], midnight: int) -> tuple[Interval, ...]:
    return tuple((start + midnight, end + midnight) for start, end in spans)
