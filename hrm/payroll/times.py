"""The time of a month, as pay needs it: from attendance, as far as days were computed there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hrm.attendance.overtime import hours_of
from hrm.attendance.selectors import MonthTotals, month_totals
from hrm.org.models import Employee
from hrm.payroll.service_days import service_in, weekdays

ZERO = Decimal(0)


@dataclass(frozen=True)
class MonthTime:
    """
    The time of a person in a period, as pay needs it.

    :param overtime_hours, rest_hours, statutory_hours: that pay 150 %, 200 % and 300 %, after compensatory time off;
        not rounded.
    """

    planned_days: Decimal = ZERO
    worked_days: Decimal = ZERO
    absent_days: Decimal = ZERO
    unpaid_leave_days: Decimal = ZERO
    sick_leave_days: Decimal = ZERO
    overtime_hours: Decimal = ZERO
    rest_hours: Decimal = ZERO
    statutory_hours: Decimal = ZERO
    late_minutes: int = 0
    late_times: int = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing of the time was missed."""
        return not (self.absent_days or self.unpaid_leave_days or self.sick_leave_days)


def month_time(employee_pks: Collection[int], first: date, last: date) -> dict[int, MonthTime]:
    """
    Return the time of people in a period, by their key, by a fixed number of queries.

    Whose days nobody computes, since they belong to no schedule, was there on every weekday of service.
    """
    people = Employee.objects.filter(pk__in=employee_pks).values_list("pk", "hire_date", "leave_date")
    totals = month_totals(employee_pks, first, last)
    return {
        pk: _as_paid(totals[pk]) if totals[pk].days else full_time(first, last, hired, left)
        for pk, hired, left in people
    }


def _as_paid(totals: MonthTotals) -> MonthTime:
    return MonthTime(
        planned_days=totals.planned_days,
        worked_days=totals.worked_days,
        absent_days=totals.absent_days,
        unpaid_leave_days=totals.unpaid_leave_days,
        sick_leave_days=totals.sick_leave_days,
        overtime_hours=hours_of(totals.pay_150_minutes),
        rest_hours=hours_of(totals.pay_200_minutes),
        statutory_hours=hours_of(totals.pay_300_minutes),
        late_minutes=totals.late_minutes,
        late_times=totals.late_times,
    )


def full_time(first: date, last: date, hired: date, left: date | None) -> MonthTime:
    """Return the time of somebody who was there on every weekday of service."""
    served = service_in(first, last, hired, left)
    days = Decimal(weekdays(*served)) if served else ZERO
    return MonthTime(planned_days=days, worked_days=days)
