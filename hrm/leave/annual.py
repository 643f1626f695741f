"""
Statutory paid annual leave 带薪年休假.

The regulation is 职工带薪年休假条例 (国务院令514号), articles 3-5, the measures are 企业职工带薪年休假实施办法
(人社部令第1号), articles 3-12.
Days of a part of a year are cut to whole days, never rounded. Pay is rounded once, halves up, to 0.01.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from itertools import pairwise

from hrm.attendance.overtime import RATE_DIGITS, add_months, daily_rate, round_pay
from hrm.calendar.engine import days_between

ZERO = Decimal(0)
# A year has 365 days for this, also a leap year (measures 5, 12).
DAYS_OF_YEAR = 365
# Years of work from which on so many days are due (regulation 3), highest first.
BANDS = ((20, 15), (10, 10), (1, 5))
# Months of sick leave in a year that forfeit it, by entitlement (regulation 4).
SICK_MONTHS = {5: Decimal(2), 10: Decimal(3), 15: Decimal(4)}
# Days of personal leave with full pay that forfeit it (regulation 4).
PERSONAL_DAYS = Decimal(20)
CONTINUOUS_MONTHS = 12
# Unused leave pays three day rates, of which one is the normal wage (regulation 5, measures 10).
FULL_MULTIPLE, NORMAL_MULTIPLE = Decimal(3), Decimal(1)


class BandChange(StrEnum):
    """
    What a year gives in which ten or twenty years of work are reached.

    No rule says so: PRORATED gives each part of the year its own days and is common practice, HIGHER gives the higher
    number for the whole year.
    """

    PRORATED = "PRORATED"
    HIGHER = "HIGHER"


class Loss(StrEnum):
    """Why no annual leave is due (regulation 4)."""

    SCHOOL_HOLIDAY = "SCHOOL_HOLIDAY"
    PERSONAL_LEAVE = "PERSONAL_LEAVE"
    SICK_LEAVE = "SICK_LEAVE"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """
    What is left of the annual leave of a year.

    :param days: due in the year; with a school holiday that is shorter, what is missing to the full number.
    :param loss: why none is due, or would be if it were not taken already.
    :param next_year_lost: it was taken before, so that next year's is lost instead.
    """

    days: int
    loss: Loss | None = None
    next_year_lost: bool = False


@dataclass(frozen=True, slots=True)
class UnusedPay:
    """
    Pay of annual leave not taken because the work needed it.

    :param total: 300 % of the day rate.
    :param normal: the part that the normal wage of the days has paid already.
    :param extra: what is still due.
    """

    total: Decimal
    normal: Decimal
    extra: Decimal


def statutory_days(
    work_start: datetime.date, on: datetime.date, *, continuous_since: datetime.date | None = None
) -> int:
    """
    Return the days of annual leave of a year that the work done until a day entitles to: 0, 5, 10 or 15.

    Regulation 2-3, measures 3-4. Years count from the day of the same date, in February the 28th where there is no
    29th (民法典 202).

    :param work_start: from which all work counts, here and with others 累计工龄起点.
    :param continuous_since: since when the person has worked without interruption, with whatever employer, if not since
        ``work_start``; twelve months are needed.
    """
    if on < add_months(continuous_since or work_start, CONTINUOUS_MONTHS):
        return 0
    return next((days for years, days in BANDS if on >= add_months(work_start, 12 * years)), 0)


def year_days(
    year: int,
    work_start: datetime.date,
    *,
    first: datetime.date | None = None,
    last: datetime.date | None = None,
    continuous_since: datetime.date | None = None,
    band_change: BandChange = BandChange.PRORATED,
) -> int:
    """
    Return the days of a year, in which somebody may join, leave, or reach another band; cut to whole days once.

    :param first, last: of the employment, if within the year; the regular end of a joiner's or leaver's year.
    """
    start = max(first or datetime.date.min, datetime.date(year, 1, 1))
    end = min(last or datetime.date.max, datetime.date(year, 12, 31))
    if end < start:
        return 0
    changes = [add_months(continuous_since or work_start, CONTINUOUS_MONTHS)]
    changes += [add_months(work_start, 12 * years) for years, _ in BANDS]
    marks = sorted({start, *(day for day in changes if start < day <= end)})
    parts = [
        ((following - mark).days, statutory_days(work_start, mark, continuous_since=continuous_since))
        for mark, following in pairwise([*marks, end + datetime.timedelta(days=1)])
    ]
    highest = max(days for _, days in parts)
    if band_change is BandChange.HIGHER:
        parts = [(length, highest if days else 0) for length, days in parts]
    return min(highest, _whole(sum(length * days for length, days in parts)))


def joiner_days(joined: datetime.date, entitlement: int) -> int:
    """
    Return the days in the year of joining: ⌊remaining calendar days / 365 × entitlement⌋ (measures 5).

    :param joined: first day of work; it is the first of the remaining ones.
    :param entitlement: days of a whole year.
    :raises ValueError: for a negative entitlement.
    """
    _not_negative(entitlement)
    remaining = days_between(joined, datetime.date(joined.year, 12, 31))
    return min(entitlement, _whole(remaining * entitlement))


def leaver_days(
    left: datetime.date, entitlement: int, taken: Decimal = ZERO, *, joined: datetime.date | None = None
) -> Decimal:
    """
    Return the days to be paid when leaving: ⌊elapsed calendar days / 365 × entitlement⌋ − taken (measures 12).

    Days taken beyond that are never claimed back: the result is zero then.

    :param left: last day of work; it is the last of the elapsed ones.
    :param entitlement: days of a whole year.
    :param taken: or planned and taken in this year.
    :param joined: first day of work, if it is in the same year.
    :raises ValueError: for a negative figure, or leaving before joining.
    """
    _not_negative(entitlement)
    _not_negative(taken)
    if joined is not None and left < joined:
        raise ValueError(f"Left on {left} before joining on {joined}")
    begin = max(joined or datetime.date.min, datetime.date(left.year, 1, 1))
    due = min(entitlement, _whole(days_between(begin, left) * entitlement))
    return max(ZERO, due - taken)


def entitled_days(
    entitlement: int,
    *,
    taken: Decimal = ZERO,
    sick_months: Decimal = ZERO,
    paid_personal_days: Decimal = ZERO,
    school_holiday_days: int = 0,
) -> Entitlement:
    """
    Return what is due of a year's annual leave after longer absences (regulation 4, measures 7-8).

    :param entitlement: 5, 10 or 15 days, by the years of work; 0 when none is due.
    :param taken: of this year's annual leave. If any was, sick or personal leave costs next year's instead.
    :param sick_months: of sick leave in the year, summed up.
    :param paid_personal_days: of personal leave 事假 in the year without any loss of pay.
    :param school_holiday_days: of a school's holidays 寒暑假, if the person has them. Days that they fall short of the
        annual leave are made up.
    :raises ValueError: for another entitlement or a negative figure.
    """
    for value in (taken, sick_months, paid_personal_days, school_holiday_days):
        _not_negative(value)
    if entitlement == 0:
        return Entitlement(0)
    if entitlement not in SICK_MONTHS:
        raise ValueError(f"Annual leave has 5, 10 or 15 days, not {entitlement}")
    if school_holiday_days > entitlement:
        return Entitlement(0, Loss.SCHOOL_HOLIDAY)
    days = entitlement - school_holiday_days
    if paid_personal_days >= PERSONAL_DAYS:
        loss = Loss.PERSONAL_LEAVE
    elif sick_months >= SICK_MONTHS[entitlement]:
        loss = Loss.SICK_LEAVE
    else:
        return Entitlement(days)
    return Entitlement(days, loss, next_year_lost=True) if taken else Entitlement(0, loss)


def average_wage(months: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    """
    Return the average monthly wage without overtime pay of the last twelve months, not rounded (measures 11).

    :param months: wage and the overtime pay in it, oldest first; of more than twelve the last count, of fewer all.
    :raises ValueError: without a month.
    """
    counted = months[-12:]
    if not counted:
        raise ValueError("No month to take the average of")
    with localcontext(prec=RATE_DIGITS):
        return sum((wage - overtime for wage, overtime in counted), ZERO) / len(counted)


def unused_pay(days: Decimal, average_wage: Decimal) -> UnusedPay:
    """
    Return the pay of days not taken: 300 % of average wage / 21.75, the normal wage included (measures 10-11).

    :param average_wage: of a month, from :func:`average_wage`.
    :raises ValueError: for a negative figure.
    """
    total = round_pay(days, daily_rate(average_wage), FULL_MULTIPLE)
    extra = round_pay(days, daily_rate(average_wage), FULL_MULTIPLE - NORMAL_MULTIPLE)
    return UnusedPay(total, total - extra, extra)


def _whole(weighted_days: int) -> int:
    """Return calendar days times entitlement as whole days of leave."""
    return weighted_days // DAYS_OF_YEAR


def _not_negative(value: Decimal | int) -> None:
    if not Decimal(value).is_finite() or value < 0:
        raise ValueError(f"{value} is a number and not negative")
