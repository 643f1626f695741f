"""
How much of a leave account a leave takes: hours and days, from what was planned for each day of it.

Most kinds count what would have been worked. Some count calendar days, days of rest included, such as maternity leave
(女职工劳动保护特别规定 7). The spans of each day are those that attendance leaves out of the plan.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from hrm.attendance.intervals import Interval, intersect, length
from hrm.attendance.shift import DAY, wall_minute
from hrm.calendar.engine import DayKind, dates_between
from suite.core.errors import DomainError
from suite.masters.decimals import round_exact

HOUR = 60
DECIMALS = 4
# Days of maternity leave, and more for a difficult birth and each further child (特别规定 7).
MATERNITY_DAYS, DIFFICULT_DAYS, FURTHER_CHILD_DAYS = 98, 15, 15
# Days after a miscarriage before and from the fourth month of pregnancy (特别规定 7).
EARLY_MISCARRIAGE_DAYS, LATE_MISCARRIAGE_DAYS = 15, 42
LATE_MISCARRIAGE_MONTH = 4


class Count(StrEnum):
    """
    Which days a leave takes: those of work, all, or all but statutory holidays 遇法定节假日顺延.

    A statutory holiday on which the person was to work is not one of work: it is never charged (职工带薪年休假条例 3).
    """

    WORKING = "WORKING"
    CALENDAR = "CALENDAR"
    CALENDAR_WITHOUT_STATUTORY = "CALENDAR_WITHOUT_STATUTORY"


class Unit(StrEnum):
    """The smallest part of a leave."""

    DAY = "DAY"
    HALF_DAY = "HALF_DAY"
    HOUR = "HOUR"


class MissingPlan(DomainError):
    """
    Nobody has planned a day of the leave, and it is not guessed.

    :ivar day: without a plan.
    """

    code = "missing-plan"

    def __init__(self, day: datetime.date) -> None:
        super().__init__(_("%(date)s has no roster yet.") % {"date": day}, date=day.isoformat())
        self.day = day


class WrongUnit(DomainError):
    """The kind of leave is not taken in parts so small."""

    code = "wrong-unit"


@dataclass(frozen=True, slots=True)
class LeaveRule:
    """
    How a kind of leave is counted.

    :param step: for hours, minutes up to whose next multiple each day's leave counts, at most all of the day.
    :param day_hours: of a day of the account, which a calendar day takes.
    """

    count: Count = Count.WORKING
    unit: Unit = Unit.HALF_DAY
    step: int = HOUR
    day_hours: Decimal = Decimal(8)


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """
    What a day would be without the leave.

    :param spans: of work, sorted, in minutes after midnight of the day and past it (``Shift.planned_spans``); none on a
        day off.
    """

    kind: DayKind
    spans: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class DayShare:
    """
    What the leave takes of one day.

    :param spans: of the plan that are not worked, in minutes after its midnight.
    :param minutes: that the account is charged; a step may make more of them than the spans have.
    :param part: of the day that these are.
    """

    date: datetime.date
    spans: tuple[Interval, ...]
    minutes: Fraction
    part: Fraction


@dataclass(frozen=True, slots=True)
class LeaveSpan:
    """
    What a leave takes of the account.

    :param hours, days: with four decimals; a day is one of the person's plan, however long.
    """

    hours: Decimal
    days: Decimal
    shares: tuple[DayShare, ...]


def count_days(
    first: datetime.date,
    last: datetime.date,
    plans: Mapping[datetime.date, PlannedDay],
    rule: LeaveRule,
    *,
    from_second_half: bool = False,
    to_first_half: bool = False,
) -> LeaveSpan:
    """
    Return what a leave takes that is given in days and halves of days.

    A day is that of the plan: a night shift belongs to the day it begins on. Half of it is half of its minutes.

    :param from_second_half: the first day is worked in its first half.
    :param to_first_half: the last day is worked in its second half.
    :raises WrongUnit: for half a day of a leave that is counted in calendar days or only in whole ones.
    :raises MissingPlan: for a day without a plan.
    :raises ValueError: for a last day before the first, or both halves of one day left out.
    """
    if last < first or (first == last and from_second_half and to_first_half):
        raise ValueError(f"No leave from {first} to {last}")
    if (from_second_half or to_first_half) and (rule.unit is Unit.DAY or rule.count is not Count.WORKING):
        raise WrongUnit(_("This leave is taken in whole days."))
    shares = []
    for day in dates_between(first, last):
        plan = _plan(plans, day)
        halves = halve(plan.spans)
        if from_second_half and day == first:
            shares += _share(day, plan, rule, halves[1], Fraction(1, 2))
        elif to_first_half and day == last:
            shares += _share(day, plan, rule, halves[0], Fraction(1, 2))
        else:
            shares += _share(day, plan, rule, plan.spans, Fraction(1))
    return _sum(shares)


def count_hours(start: int, end: int, plans: Mapping[datetime.date, PlannedDay], rule: LeaveRule) -> LeaveSpan:
    """
    Return what a leave takes that is given from a moment to another.

    :param start, end: wall minutes (:func:`hrm.attendance.shift.wall_minute`).
    :param plans: of each day that it touches; of the day before too, if its shift reaches past midnight.
    :raises WrongUnit: for a leave that is not counted in hours.
    :raises MissingPlan: for a day without a plan, but for the day before.
    :raises ValueError: unless the end is after the start.
    """
    if rule.unit is not Unit.HOUR or rule.count is not Count.WORKING:
        raise WrongUnit(_("This leave is not taken in hours."))
    if end <= start:
        raise ValueError("A leave ends after it starts")
    shares: list[DayShare] = []
    before = datetime.date.fromordinal(start // DAY - 1)
    for day in dates_between(before, datetime.date.fromordinal((end - 1) // DAY)):
        if day == before and day not in plans:
            continue
        plan, midnight = _plan(plans, day), wall_minute(day)
        spans = intersect(plan.spans, ((start - midnight, end - midnight),))
        if spans:
            whole = length(plan.spans)
            stepped = min(whole, -(-length(spans) // rule.step) * rule.step)
            minutes = stepped if _counts(plan, rule) else 0
            shares.append(DayShare(day, spans, Fraction(minutes), Fraction(minutes, whole)))
    return _sum(shares)


def halve(spans: tuple[Interval, ...]) -> tuple[tuple[Interval, ...], tuple[Interval, ...]]:
    """Return the spans of the first and of the second half of their minutes; an odd minute is in the second."""
    left = length(spans) // 2
    first: list[Interval] = []
    second: list[Interval] = []
    for start, end in spans:
        middle = min(end, start + left)
        left -= middle - start
        if start < middle:
            first.append((start, middle))
        if middle < end:
            second.append((middle, end))
    return tuple(first), tuple(second)


def maternity_days(*, children: int = 1, difficult: bool = False) -> int:
    """
    Return the calendar days of maternity leave: 98, 15 more for a difficult birth, 15 for each further child.

    女职工劳动保护特别规定 7; 15 of the 98 may be taken before the birth. What a province adds is not in it.

    :raises ValueError: without a child.
    """
    if children < 1:
        raise ValueError("Maternity leave has a child")
    return MATERNITY_DAYS + DIFFICULT_DAYS * difficult + FURTHER_CHILD_DAYS * (children - 1)


def miscarriage_days(months: int) -> int:
    """
    Return the calendar days of leave after a miscarriage: 15, or 42 from four months of pregnancy (特别规定 7).

    :param months: completed.
    :raises ValueError: for a negative number.
    """
    if months < 0:
        raise ValueError("Months of pregnancy are not negative")
    return EARLY_MISCARRIAGE_DAYS if months < LATE_MISCARRIAGE_MONTH else LATE_MISCARRIAGE_DAYS


def _counts(plan: PlannedDay, rule: LeaveRule) -> bool:
    if rule.count is Count.WORKING:
        return bool(plan.spans) and plan.kind is not DayKind.STATUTORY
    return rule.count is Count.CALENDAR or plan.kind is not DayKind.STATUTORY


def _share(
    day: datetime.date, plan: PlannedDay, rule: LeaveRule, spans: tuple[Interval, ...], part: Fraction
) -> list[DayShare]:
    """Return the share of a day; none if the rule passes it over and nothing is planned."""
    if not _counts(plan, rule):
        # Nobody works on leave, even where the account is not charged for it.
        return [DayShare(day, spans, Fraction(0), Fraction(0))] if spans else []
    whole = Fraction(length(plan.spans)) if rule.count is Count.WORKING else Fraction(rule.day_hours) * HOUR
    return [DayShare(day, spans, whole * part, part)]


def _sum(shares: list[DayShare]) -> LeaveSpan:
    minutes = sum((share.minutes for share in shares), Fraction(0))
    days = sum((share.part for share in shares), Fraction(0))
    return LeaveSpan(round_exact(minutes / HOUR, DECIMALS), round_exact(days, DECIMALS), tuple(shares))


def _plan(plans: Mapping[datetime.date, PlannedDay], day: datetime.date) -> PlannedDay:
    plan = plans.get(day)
    if plan is None:
        raise MissingPlan(day)
    return plan
