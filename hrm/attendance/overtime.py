"""
What overtime costs and when it is allowed.

劳动法 36, 41, 44 and 工资支付暂行规定 13; hours of a month by 人社部发〔2025〕2号. Wages are of a month or an hour,
hours and results Decimal; a pay is rounded once, halves up, to 0.01.
"""

from __future__ import annotations

import calendar
import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from hrm.attendance.choices import WorkingTimeSystem
from hrm.calendar.engine import DayKind
from suite.core.errors import DomainError
from suite.masters.decimals import round_exact

ZERO = Decimal(0)
# Days that a monthly wage pays: (365 - 104) / 12 (人社部发〔2025〕2号, as 劳社部发〔2008〕3号 before it).
PAY_DAYS = Decimal("21.75")
HOURS_OF_DAY = Decimal(8)
MINUTES_OF_HOUR = Decimal(60)
# What is paid for an hour, in hourly wages (劳动法 44).
MULTIPLES = {DayKind.WORKDAY: Decimal("1.5"), DayKind.REST: Decimal(2), DayKind.STATUTORY: Decimal(3)}
# Hours beyond which a reason is needed (劳动法 41).
DAY_LIMIT = Decimal(3)
MONTH_LIMIT = Decimal(36)
# From which month of pregnancy on there is no overtime or night work (女职工劳动保护特别规定 6).
PROTECTED_FROM_MONTH = 7
# Night is from 22:00 to 06:00 of the next day (劳安字〔1989〕1号).
NIGHT_START, NIGHT_END = 22 * 60, 30 * 60
DAY = 24 * 60
# Digits enough for a rate that is only rounded as part of a pay.
RATE_DIGITS = 50
# A pay that lies exactly on half a cent may miss it by the rate's last digit.
RATE_ERROR_DECIMALS = 20


class Limit(StrEnum):
    """Which limit of overtime is exceeded."""

    DAY = "DAY"
    MONTH = "MONTH"


class Protection(StrEnum):
    """Why a woman may do no overtime and no night work."""

    PREGNANT = "PREGNANT"
    NURSING = "NURSING"


class ReasonRequired(DomainError):
    """Overtime exceeds what is lawful without a special reason, and none is given."""

    code = "reason-required"


@dataclass(frozen=True, slots=True)
class Overtime:
    """
    Overtime of one day.

    :param hours: that are paid or taken off, whatever their rate; not negative.
    """

    date: datetime.date
    hours: Decimal
    kind: DayKind = DayKind.WORKDAY


@dataclass(frozen=True, slots=True)
class LimitWarning:
    """
    A limit that is exceeded: no refusal, but it needs a reason.

    :param date: the day, or the first of the month.
    :param hours: of overtime in that time.
    """

    limit: Limit
    date: datetime.date
    hours: Decimal
    allowed: Decimal


def daily_rate(monthly_wage: Decimal) -> Decimal:
    """
    Return the wage of a day, month/21.75, not rounded.

    :raises ValueError: for a negative wage.
    """
    _not_negative("monthly_wage", monthly_wage)
    with localcontext(prec=RATE_DIGITS):
        return monthly_wage / PAY_DAYS


def hours_of(minutes: int) -> Decimal:
    """Return minutes as hours, not rounded: what they pay is."""
    with localcontext(prec=RATE_DIGITS):
        return Decimal(minutes) / MINUTES_OF_HOUR


def hourly_rate(monthly_wage: Decimal) -> Decimal:
    """
    Return the wage of an hour, month/21.75/8, not rounded.

    The wage is that of a full month: days of absence neither lower nor raise the hour.

    :raises ValueError: for a negative wage.
    """
    _not_negative("monthly_wage", monthly_wage)
    with localcontext(prec=RATE_DIGITS):
        return monthly_wage / (PAY_DAYS * HOURS_OF_DAY)


def round_pay(*factors: Decimal) -> Decimal:
    """
    Return the product of hours, rates and multiples, rounded half up to 0.01; the one rounding of a pay.

    :raises ValueError: for a negative factor.
    """
    product = Decimal(1)
    with localcontext(prec=2 * RATE_DIGITS):
        for factor in factors:
            _not_negative("figure", factor)
            product *= factor
    return round_exact(round_exact(product, RATE_ERROR_DECIMALS), 2)


def overtime_multiple(day_kind: DayKind, system: WorkingTimeSystem = WorkingTimeSystem.STANDARD) -> Decimal:
    """
    Return what overtime pays, in hourly wages: 1.5, 2 or 3 (劳动法 44).

    Comprehensive hours know no rest days: what is more than the standard pays 1.5, statutory holidays 3
    (劳部发〔1997〕271号 5). Who works without fixed hours is exempt (工资支付暂行规定 13): 0.
    """
    if system is WorkingTimeSystem.FLEXIBLE:
        return ZERO
    if system is WorkingTimeSystem.COMPREHENSIVE and day_kind is DayKind.REST:
        return MULTIPLES[DayKind.WORKDAY]
    return MULTIPLES[day_kind]


def overtime_pay(
    hours: Decimal, day_kind: DayKind, hourly: Decimal, *, system: WorkingTimeSystem = WorkingTimeSystem.STANDARD
) -> Decimal:
    """
    Return the pay of overtime, rounded half up to 0.01.

    :param hourly: from :func:`hourly_rate`, not rounded.
    :raises ValueError: for a negative figure.
    """
    return round_pay(hours, hourly, overtime_multiple(day_kind, system))


def may_be_compensated(day_kind: DayKind) -> bool:
    """
    Return whether time off may replace the pay of overtime: on rest days only (劳动法 44).

    Longer hours on working days and work on statutory holidays are always paid.
    """
    return day_kind is DayKind.REST


def check_limits(overtime: Iterable[Overtime]) -> list[LimitWarning]:
    """
    Return where overtime exceeds 3 hours of a working day or 36 hours of a month (劳动法 41), by date.

    A day's limit is about the longer day of work; all overtime counts for the month. Exactly the limit is lawful.

    :raises ValueError: for negative hours.
    """
    days: defaultdict[datetime.date, Decimal] = defaultdict(Decimal)
    months: defaultdict[datetime.date, Decimal] = defaultdict(Decimal)
    for item in overtime:
        _not_negative("hours", item.hours)
        months[item.date.replace(day=1)] += item.hours
        if item.kind is DayKind.WORKDAY:
            days[item.date] += item.hours
    exceeded = [LimitWarning(Limit.MONTH, day, hours, MONTH_LIMIT) for day, hours in months.items()]
    exceeded += [LimitWarning(Limit.DAY, day, hours, DAY_LIMIT) for day, hours in days.items()]
    return sorted((item for item in exceeded if item.hours > item.allowed), key=lambda item: (item.date, item.limit))


def require_reason(warnings: Collection[LimitWarning], reason: str) -> None:
    """
    Let overtime pass that keeps the limits or has a reason.

    :raises ReasonRequired: for warnings and a blank reason.
    """
    if warnings and not reason.strip():
        raise ReasonRequired(
            _("This overtime exceeds 3 hours a day or 36 hours a month. Give the reason."),
            field="reason",
            warnings=[_facts(warning) for warning in warnings],
        )


def protection(
    on: datetime.date, *, pregnant_since: datetime.date | None = None, nursing_born: datetime.date | None = None
) -> Protection | None:
    """
    Return why a woman may do neither overtime nor night work on the day, or None.

    女职工劳动保护特别规定 6 (from the end of the seventh month of pregnancy) and 9 (nursing a child under one year).

    :param pregnant_since: first day of the pregnancy, by the medical certificate; None when it is over.
    :param nursing_born: birthday of the youngest child she nurses.
    """
    if pregnant_since is not None and on >= add_months(pregnant_since, PROTECTED_FROM_MONTH):
        return Protection.PREGNANT
    if nursing_born is not None and nursing_born <= on < add_months(nursing_born, 12):
        return Protection.NURSING
    return None


def night_minutes(start: int, end: int) -> int:
    """
    Return how many minutes of a span are night work, 22:00 to 06:00.

    :param start, end: minutes after midnight of the day; past 1440 on the next.
    :raises ValueError: when the end is before the start.
    """
    if end < start:
        raise ValueError(f"{end} is before {start}")
    first, last = (start - NIGHT_END) // DAY, end // DAY
    return sum(
        max(0, min(end, NIGHT_END + day * DAY) - max(start, NIGHT_START + day * DAY)) for day in range(first, last + 1)
    )


def add_months(day: datetime.date, months: int) -> datetime.date:
    """Return the same day some months later, or the last of that month if it has none such (民法典 202)."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _facts(warning: LimitWarning) -> dict[str, Any]:
    return {
        "limit": warning.limit,
        "date": warning.date.isoformat(),
        "hours": str(warning.hours),
        "allowed": str(warning.allowed),
    }


def _not_negative(name: str, value: Decimal) -> None:
    if not value.is_finite() or value < 0:
        raise ValueError(f"{name} is a number and not negative, not {value}")
