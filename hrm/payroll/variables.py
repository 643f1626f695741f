"""What formulas of pay items can read beside other items; all in Decimal."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext_lazy as _

from hrm.payroll.parameters import Statute
from hrm.payroll.times import MonthTime
from suite.masters.decimals import round_exact

# Shares are cut after so many digits: far behind the cents that come of them.
SHARE_DIGITS = 20
VARIABLES: Mapping[str, Any] = {
    "MONTHLY_WAGE": _("Wage of a full month: the items that count for the hourly wage"),
    "SERVICE_SHARE": _("Part of the month in service, 1 for all of it"),
    "SERVICE_YEARS": _("Full years of service at the end of the month"),
    "PAY_DAYS": _("Days that a monthly wage pays (21.75)"),
    "HOURS_DAY": _("Hours of a working day"),
    "PLANNED_DAYS": _("Planned working days"),
    "WORKED_DAYS": _("Days worked"),
    "ABSENT_DAYS": _("Days of absence without leave"),
    "UNPAID_LEAVE_DAYS": _("Days of unpaid leave"),
    "SICK_LEAVE_DAYS": _("Days of sick leave"),
    "OVERTIME_HOURS": _("Overtime that pays 150 %, hours"),
    "REST_HOURS": _("Overtime that pays 200 %, hours"),
    "STATUTORY_HOURS": _("Overtime that pays 300 %, hours"),
    "LATE_MINUTES": _("Minutes late"),
    "LATE_TIMES": _("Times late"),
    "PERFORMANCE_COEFFICIENT": _("Bonus coefficient of the last closed appraisal, 1 without one"),
    "SOCIAL": _("Own part of social insurance and housing fund"),
}


def values_of(
    time: MonthTime,
    working: Statute,
    *,
    monthly_wage: Decimal,
    service_share: Fraction,
    service_years: int,
    performance: Decimal,
    social: Decimal,
) -> dict[str, Decimal]:
    """
    Return the value of each variable for a person's month.

    :param working: the row of :attr:`Code.WORKING_TIME` in force.
    """
    return {
        "MONTHLY_WAGE": monthly_wage,
        "SERVICE_SHARE": round_exact(service_share, SHARE_DIGITS),
        "SERVICE_YEARS": Decimal(service_years),
        "PAY_DAYS": working.number("pay_days"),
        "HOURS_DAY": working.number("hours_day"),
        "PLANNED_DAYS": time.planned_days,
        "WORKED_DAYS": time.worked_days,
        "ABSENT_DAYS": time.absent_days,
        "UNPAID_LEAVE_DAYS": time.unpaid_leave_days,
        "SICK_LEAVE_DAYS": time.sick_leave_days,
        "OVERTIME_HOURS": time.overtime_hours,
        "REST_HOURS": time.rest_hours,
        "STATUTORY_HOURS": time.statutory_hours,
        "LATE_MINUTES": Decimal(time.late_minutes),
        "LATE_TIMES": Decimal(time.late_times),
        "PERFORMANCE_COEFFICIENT": performance,
        "SOCIAL": social,
    }
