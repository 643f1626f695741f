"""
What is paid for time off and annual leave that nobody used; touches neither database nor clock.

Time off stands for overtime on rest days only, so that its hours pay 200 % once they can no longer be taken
(劳动法 44). Days of annual leave pay 300 % of the day rate, of which the wage of the month has paid one part already
(职工带薪年休假条例 5, 企业职工带薪年休假实施办法 10-12). Who gave days up in writing is only due the normal wage: these
days are taken out of the balance by an adjustment before they end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hrm.attendance.overtime import hourly_rate, overtime_multiple, overtime_pay
from hrm.calendar.engine import DayKind
from hrm.leave.annual import FULL_MULTIPLE, NORMAL_MULTIPLE, average_wage, unused_pay
from hrm.payroll.choices import ItemSource
from suite.masters.decimals import round_exact

CENTS, QUANTITY = 2, 4
ZERO = Decimal(0)
MEASURES = "企业职工带薪年休假实施办法 第10–12条"


@dataclass(frozen=True)
class Due:
    """
    Hours of time off, or days of annual leave, that a month pays.

    :param expired: whose last day lies in the month.
    :param left: that somebody who leaves could not take any more.
    :param set_off: of those that expired, what was paid before, when the person was to leave.
    """

    expired: Decimal = ZERO
    left: Decimal = ZERO
    set_off: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        """All that is paid."""
        return self.expired + self.left

    def less(self, prepaid: Decimal) -> Due:
        """
        Return what is still due after what earlier months paid because the person was to leave.

        All that is left at the end of employment is one figure: what was paid of it before is not paid again, whatever
        day it is moved to. When they stay, it covers what expires later.
        """
        rest = max(ZERO, prepaid - self.left)
        covered = min(rest, self.expired)
        return Due(self.expired - covered, max(ZERO, self.left - prepaid), self.set_off + covered)

    def as_data(self) -> dict[str, str]:
        """Return it in types of JSON; :mod:`hrm.payroll.balances` reads it from the payslips of later runs."""
        return {"expired": f"{self.expired:f}", "left": f"{self.left:f}", "set_off": f"{self.set_off:f}"}


NOTHING_DUE = Due()


@dataclass(frozen=True)
class Unused:
    """
    What a month pays one person for time not used.

    :param comp: hours of time off.
    :param annual: days of annual leave.
    :param wages: wage and the overtime pay in it of each month of the year before, oldest first.
    """

    comp: Due = NOTHING_DUE
    annual: Due = NOTHING_DUE
    wages: tuple[tuple[Decimal, Decimal], ...] = ()

    def of(self, source: str) -> Due:
        """Return what an item of a source pays."""
        return {ItemSource.COMP: self.comp, ItemSource.ANNUAL: self.annual}[ItemSource(source)]


NOTHING_UNUSED = Unused()


def comp_time_line(due: Due, monthly_wage: Decimal, article: str) -> tuple[Decimal, dict[str, Any]]:
    """Return the pay of hours of time off, at 200 % of the hourly wage, and where it comes from."""
    hourly = hourly_rate(monthly_wage)
    amount = overtime_pay(due.total, DayKind.REST, hourly)
    basis = {
        "hours": f"{round_exact(due.total, QUANTITY):f}",
        "monthly": f"{monthly_wage:f}",
        "hourly": f"{round_exact(hourly, CENTS):f}",
        "multiple": f"{overtime_multiple(DayKind.REST):f}",
        "article": article,
        "due": due.as_data(),
    }
    return amount, basis


def annual_leave_line(
    due: Due, wages: Sequence[tuple[Decimal, Decimal]], monthly_wage: Decimal, article: str
) -> tuple[Decimal, dict[str, Any]]:
    """
    Return what days of annual leave pay beside the normal wage, and where it comes from.

    :param wages: of the twelve months before; without any the agreed wage of the month stands for their average.
    """
    average = average_wage(wages) if wages else monthly_wage
    amount = unused_pay(due.total, average).extra
    basis = {
        "days": f"{round_exact(due.total, QUANTITY):f}",
        "months": len(wages[-12:]),
        "average": f"{round_exact(average, CENTS):f}",
        "multiple": f"{FULL_MULTIPLE - NORMAL_MULTIPLE:f}",
        "article": f"{article}；{MEASURES}",
        "due": due.as_data(),
    }
    return amount, basis
