"""What people are to do on each day, from schedules, rosters and the calendar: read once for all of them."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from hrm.attendance import shift as engine
from hrm.attendance.choices import RestRule, WorkingTimeSystem
from hrm.attendance.models import RosterDay, ScheduleMember, Shift, WorkSchedule
from hrm.calendar.engine import DayKind

# For somebody without a schedule a day begins at four in the morning.
DAY_CUT = 240


@dataclass(frozen=True, slots=True)
class Planned:
    """
    What somebody is to do on a day.

    :param shift: None on a day off, and while nothing is planned.
    :param schedule: None for somebody whom only the roster names.
    :param is_missing: the schedule leaves the day to the roster, which does not name it.
    """

    shift: Shift | None
    schedule: WorkSchedule | None
    is_missing: bool = False

    @property
    def system(self) -> str:
        """How working time is measured."""
        return self.schedule.system if self.schedule is not None else WorkingTimeSystem.STANDARD

    @property
    def needs_punches(self) -> bool:
        """Whether only what was punched counts."""
        return self.schedule is None or self.schedule.needs_punches

    @property
    def day_cut(self) -> int:
        """When the day begins for punches that no shift wants, in minutes."""
        return engine.parse_time(self.schedule.day_cut) if self.schedule is not None else DAY_CUT


class PlanBook:
    """
    Shifts, memberships and rosters of people in a period, by a fixed number of queries.

    :param kinds: of the days of the period that the calendar knows.
    """

    def __init__(self, employees: Collection[int], first: date, last: date, kinds: dict[date, DayKind]) -> None:
        self.kinds = kinds
        self.roster: dict[tuple[int, date], int | None] = {
            (pk, day): shift
            for pk, day, shift in RosterDay.objects.filter(
                employee__in=employees, date__range=(first, last)
            ).values_list("employee", "date", "shift")
        }
        self.schedules: dict[int, WorkSchedule] = {}
        self._periods: dict[int, list[tuple[date, date, int]]] = defaultdict(list)
        self._read_members(employees, first, last)
        wanted = {shift for shift in self.roster.values() if shift is not None}
        wanted |= {s.default_shift_id for s in self.schedules.values() if s.default_shift_id is not None}
        self.shifts = {each.pk: each for each in Shift.objects.filter(pk__in=wanted).prefetch_related("segments")}
        self._engines: dict[int, engine.Shift] = {}

    def _read_members(self, employees: Collection[int], first: date, last: date) -> None:
        members = ScheduleMember.objects.filter(employee__in=employees, valid_from__lte=last)
        members = members.exclude(valid_to__lt=first).order_by("employee", "valid_from")
        for pk, schedule, start, end in members.values_list("employee", "schedule", "valid_from", "valid_to"):
            self._periods[pk].append((start, end or date.max, schedule))
        wanted = {schedule for periods in self._periods.values() for _start, _end, schedule in periods}
        self.schedules = {each.pk: each for each in WorkSchedule.objects.filter(pk__in=wanted)}

    def schedule_of(self, employee: int, day: date) -> WorkSchedule | None:
        """The schedule that somebody works by on a day."""
        periods = self._periods.get(employee, ())
        place = bisect_right([start for start, _end, _schedule in periods], day) - 1
        if place < 0 or periods[place][1] < day:
            return None
        return self.schedules[periods[place][2]]

    def planned(self, employee: int, day: date) -> Planned | None:
        """What somebody is to do on a day of known kind; None: nobody plans the time of this person."""
        schedule = self.schedule_of(employee, day)
        if (employee, day) in self.roster:
            shift = self.roster[employee, day]
            return Planned(self.shifts[shift] if shift is not None else None, schedule)
        if schedule is None:
            return None
        if schedule.rest_rule == RestRule.ROSTER:
            return Planned(None, schedule, is_missing=True)
        works = self.kinds[day] is DayKind.WORKDAY and schedule.default_shift_id is not None
        return Planned(self.shifts[schedule.default_shift_id] if works else None, schedule)  # type: ignore[index]

    def engine(self, shift: Shift) -> engine.Shift:
        """A shift as the engine takes it, made once."""
        made = self._engines.get(shift.pk)
        if made is None:
            made = self._engines[shift.pk] = shift.to_engine()
        return made
