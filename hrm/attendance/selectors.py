"""Questions about working time, each answered by a fixed number of queries for all people."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DecimalField, ExpressionWrapper, F, IntegerField, Q, QuerySet, Sum, When
from django.db.models.functions import Cast

from hrm.attendance.choices import OvertimeClass, WorkingTimeSystem
from hrm.attendance.models import AttendanceDay, OvertimeRequest, Punch
from hrm.attendance.overtime import Overtime, hours_of
from hrm.calendar.choices import LIVE_REQUESTS
from hrm.calendar.engine import DayKind
from hrm.calendar.selectors import month_range
from hrm.leave.choices import LeaveKind
from hrm.leave.selectors import LeaveTotal, leave_totals
from suite.masters.decimals import round_exact

ZERO = Decimal(0)

DECIMALS = 4
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class MonthTotals:
    """
    What a period of a person came to: days as parts of their planned days, hours, both with four decimals.

    :param planned_days: on which a shift was planned, statutory holidays that were planned included.
    :param paid_leave_days: leave with pay, weighted with the share that is paid, without sick leave.
    :param unpaid_leave_days: the unpaid rest of leave, without sick leave.
    :param sick_leave_days: whatever is paid for them; ``leave`` has the share.
    :param unresolved_days: parts of days about which nobody has decided yet.
    :param pay_150_minutes, pay_200_minutes, pay_300_minutes: approved and worked overtime by what it pays (劳动法 44),
        without what became time off. Planned work on statutory holidays pays 300 % too. Comprehensive hours know no
        rest days, these pay 150 % (劳部发〔1997〕271号 5); who has no fixed hours is exempt (工资支付暂行规定 13).
    :param comp_hours: overtime on days of rest that became time off.
    :param leave: by type of leave.
    :param open_exceptions: days that somebody has to look into.
    :param is_locked: all days are final.
    """

    planned_days: Decimal = ZERO
    planned_hours: Decimal = ZERO
    worked_days: Decimal = ZERO
    worked_hours: Decimal = ZERO
    absent_days: Decimal = ZERO
    absent_hours: Decimal = ZERO
    paid_leave_days: Decimal = ZERO
    unpaid_leave_days: Decimal = ZERO
    sick_leave_days: Decimal = ZERO
    elsewhere_days: Decimal = ZERO
    unresolved_days: Decimal = ZERO
    late_minutes: int = 0
    late_times: int = 0
    early_minutes: int = 0
    early_times: int = 0
    pay_150_minutes: int = 0
    pay_200_minutes: int = 0
    pay_300_minutes: int = 0
    comp_hours: Decimal = ZERO
    leave: tuple[LeaveTotal, ...] = ()
    days: int = 0
    open_exceptions: int = 0
    is_locked: bool = False

    @property
    def pay_150_hours(self) -> Decimal:
        """Overtime that pays 150 %, rounded to be shown."""
        return _shown(self.pay_150_minutes)

    @property
    def pay_200_hours(self) -> Decimal:
        """Overtime that pays 200 %, rounded to be shown."""
        return _shown(self.pay_200_minutes)

    @property
    def pay_300_hours(self) -> Decimal:
        """Overtime and planned work that pay 300 %, rounded to be shown."""
        return _shown(self.pay_300_minutes)


def _shown(minutes: int) -> Decimal:
    return round_exact(hours_of(minutes), DECIMALS)


MINUTES = (
    "planned",
    "worked",
    "absent",
    "late",
    "left_early",
    "comp",
)
# Of each system: which minutes pay with which multiple of the hourly wage, in percent; time off is subtracted.
REST = F("overtime_rest") - F("comp")
STATUTORY = F("overtime_statutory") + F("statutory_worked")
PAID: Mapping[WorkingTimeSystem, Mapping[int, Any]] = {
    WorkingTimeSystem.STANDARD: {150: F("overtime_workday"), 200: REST, 300: STATUTORY},
    WorkingTimeSystem.COMPREHENSIVE: {150: F("overtime_workday") + REST, 300: STATUTORY},
    WorkingTimeSystem.FLEXIBLE: {},
}
PARTS = ("worked", "absent", "elsewhere", "unresolved")


def effective_punches() -> QuerySet[Punch]:
    """Return the punches that count: neither replaced by another nor void."""
    return Punch.objects.filter(replaced_by__isnull=True, is_void=False)


def month_totals(employee_pks: Collection[int], first: date, last: date) -> dict[int, MonthTotals]:
    """
    Return what a period came to for each of the people, by two queries; nothing computed yet is all zero.

    :param first, last: usually of a month, both included.
    """
    rows = AttendanceDay.objects.filter(employee__in=employee_pks, date__range=(first, last)).order_by()
    sums = rows.values("employee").annotate(
        days=Count("pk"),
        planned_days=Count("pk", filter=Q(planned__gt=0)),
        late_times=Count("pk", filter=Q(late__gt=0)),
        early_times=Count("pk", filter=Q(left_early__gt=0)),
        open_exceptions=Count("pk", filter=Q(has_exception=True)),
        locked=Count("pk", filter=Q(is_locked=True)),
        **{f"{name}_minutes": Sum(name) for name in MINUTES},
        **{f"pay_{percent}_minutes": Sum(_paid(percent)) for percent in (150, 200, 300)},
        **{f"{name}_part": Sum(_share(name), filter=Q(planned__gt=0), default=ZERO) for name in PARTS},
    )
    leave = leave_totals(employee_pks, first, last)
    found: dict[int, dict[str, Any]] = {row["employee"]: dict(row) for row in sums}
    return {pk: _totals(found.get(pk, {}), leave.get(pk, ())) for pk in employee_pks}


def _paid(percent: int) -> Any:
    """The minutes of a day that pay so many percent, by its system."""
    whens = (When(system=system, then=paid[percent]) for system, paid in PAID.items() if percent in paid)
    return Case(*whens, default=0, output_field=IntegerField())


def _share(name: str) -> Any:
    numeric = DecimalField(max_digits=20, decimal_places=12)
    return ExpressionWrapper(Cast(F(name), numeric) / Cast(F("planned"), numeric), output_field=numeric)


def _totals(row: dict[str, Any], leave: Sequence[LeaveTotal]) -> MonthTotals:
    def hours(name: str) -> Decimal:
        return round_exact(hours_of(row.get(f"{name}_minutes", 0)), DECIMALS)

    def days(name: str) -> Decimal:
        return round_exact(Decimal(row.get(f"{name}_part", 0)), DECIMALS)

    others = [each for each in leave if each.kind is not LeaveKind.SICK]
    paid = sum((each.days * each.paid_percent / HUNDRED for each in others), ZERO)
    return MonthTotals(
        planned_days=Decimal(row.get("planned_days", 0)),
        planned_hours=hours("planned"),
        worked_days=days("worked"),
        worked_hours=hours("worked"),
        absent_days=days("absent"),
        absent_hours=hours("absent"),
        paid_leave_days=round_exact(paid, DECIMALS),
        unpaid_leave_days=round_exact(sum((each.days for each in others), ZERO) - paid, DECIMALS),
        sick_leave_days=sum((each.days for each in leave if each.kind is LeaveKind.SICK), ZERO),
        elsewhere_days=days("elsewhere"),
        unresolved_days=days("unresolved"),
        late_minutes=row.get("late_minutes", 0),
        late_times=row.get("late_times", 0),
        early_minutes=row.get("left_early_minutes", 0),
        early_times=row.get("early_times", 0),
        pay_150_minutes=row.get("pay_150_minutes", 0),
        pay_200_minutes=row.get("pay_200_minutes", 0),
        pay_300_minutes=row.get("pay_300_minutes", 0),
        comp_hours=hours("comp"),
        leave=tuple(leave),
        days=row.get("days", 0),
        open_exceptions=row.get("open_exceptions", 0),
        is_locked=bool(row.get("days")) and row["days"] == row["locked"],
    )


def overtime_of_month(request: OvertimeRequest) -> list[Overtime]:
    """Return the other overtime of the person in the month of a request, as far as it was not refused."""
    first, last = month_range(request.date)
    others = OvertimeRequest.objects.filter(
        employee=request.employee_id, date__range=(first, last), status__in=LIVE_REQUESTS
    ).exclude(pk=request.pk)
    return [as_overtime(other) for other in others]


def as_overtime(request: OvertimeRequest) -> Overtime:
    """A request as the rules about overtime take it."""
    minutes = request.approved_minutes or request.planned_minutes
    return Overtime(request.date, hours_of(minutes), DayKind(OvertimeClass(request.kind).value))
