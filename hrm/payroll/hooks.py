"""What pay asks of others: the time of a month, and commission."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hrm.org.models import Employee
from hrm.payroll.service_days import service_in, weekdays
from suite.hooks import Gather, Hook
from suite.masters.models import Company

ZERO = Decimal(0)


@dataclass(frozen=True)
class MonthTime:
    """
    The time of a person in a period, as pay needs it.

    :param overtime_hours, rest_hours, statutory_hours: to be paid, after compensatory time off; on working days, rest
        days and statutory holidays.
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
    night_shifts: int = 0

    @property
    def is_full(self) -> bool:
        """Whether nothing of the time was missed."""
        return not (self.absent_days or self.unpaid_leave_days or self.sick_leave_days)


@Hook
def month_time(employee_pks: Collection[int], first: date, last: date) -> Mapping[int, MonthTime]:
    """
    Return the time of people in a period, by their key; who is left out was there on every day of service.

    Without attendance everybody works on every weekday between the hire and the leave date.
    """
    people = Employee.objects.filter(pk__in=employee_pks).values_list("pk", "hire_date", "leave_date")
    return {pk: full_time(first, last, hired, left) for pk, hired, left in people}


def full_time(first: date, last: date, hired: date, left: date | None) -> MonthTime:
    """Return the time of somebody who was there on every weekday of service."""
    served = service_in(first, last, hired, left)
    days = Decimal(weekdays(*served)) if served else ZERO
    return MonthTime(planned_days=days, worked_days=days)


@dataclass(frozen=True)
class CommissionEntry:
    """
    Commission that somebody earned.

    :param item_pk: the pay item it is paid as.
    :param explanation: such as the numbers of the receipts and the rate.
    """

    employee_pk: int
    item_pk: int
    amount: Decimal
    explanation: str


@Gather
def commission_entries(company: Company, first: date, last: date) -> Collection[CommissionEntry]:
    """Return the commission that people of a company earned in a period."""
    raise NotImplementedError
