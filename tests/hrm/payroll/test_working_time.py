"""Working time and pay: what attendance computed is paid, and what is paid stays as it was computed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from hrm.attendance.computing import compute_attendance
from hrm.attendance.models import AttendanceDay
from hrm.attendance.services import ExceptionsOpen
from hrm.calendar.engine import DayKind
from hrm.calendar.selectors import day_kinds
from hrm.calendar.services import seed_year
from hrm.org.models import Employee
from hrm.payroll import services
from hrm.payroll.choices import ItemSource, RunStatus
from hrm.payroll.models import PayRun, SalaryArchiveItem
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm_payroll import AT
from tests.factories.hrm_time import AttendanceDayFactory, ScheduleMemberFactory
from tests.hrm.attendance.kit import punch, schedule_of, shift_of
from tests.hrm.payroll.conftest import Pay

D = Decimal
MONTH = date(2026, 1, 1)
LAST = date(2026, 1, 31)


@pytest.fixture(autouse=True)
def hrm_on(db: None) -> Iterator[None]:
    ModuleState.objects.update_or_create(code="hrm", defaults={"is_enabled": True})
    state.forget()
    yield
    state.forget()


@pytest.fixture
def person(pay: Pay) -> Employee:
    """Somebody of 21.75 × 800 a month, paid for presence, who comes every working day of January but the 5th."""
    seed_year(year=2026, actor=None, at=AT)
    seed_year(year=2025, actor=None, at=AT)
    pay.insure(0, 0)
    pay.formula("ABSENCE", "-(MONTHLY_WAGE / PAY_DAYS * ABSENT_DAYS)")
    pay.item("OVERTIME", source=ItemSource.OVERTIME)
    person = pay.hire(17400)
    schedule = schedule_of(pay.company, shift_of(pay.company))
    ScheduleMemberFactory(employee=person, schedule=schedule, valid_from=date(2025, 12, 1))
    for day, kind in day_kinds(MONTH, LAST).items():
        if kind == DayKind.WORKDAY and day != date(2026, 1, 5):
            punch(person, day, "08:55", "18:05")
    return person


def compute(pay: Pay, at_day: int = 0) -> None:
    """Compute January."""
    compute_attendance(company=pay.company, first=MONTH, last=LAST, actor=None, at=AT + timedelta(days=at_day))


def test_a_day_of_absence_costs_a_day_of_pay(pay: Pay, person: Employee) -> None:
    """工资支付暂行规定 18 with 人社部发〔2025〕2号: a day is the month's wage / 21.75, here 800."""
    compute(pay)

    run = pay.calculate()

    slip = pay.slip(run, person)
    absence = slip.lines.get(item__code="ABSENCE")
    assert AttendanceDay.objects.get(employee=person, date=date(2026, 1, 5)).absent == 480
    assert absence.amount == D("-800.00")


def test_whose_time_nobody_plans_is_paid_in_full(pay: Pay, person: Employee) -> None:
    other = pay.hire(17400)
    compute(pay)

    run = pay.calculate()

    assert not AttendanceDay.objects.filter(employee=other).exists()
    assert pay.slip(run, other).gross == D("17400.00")


def test_locking_the_run_makes_the_month_final(pay: Pay, person: Employee) -> None:
    compute(pay)
    run = pay.calculate()

    services.submit_run(payrun=run, actor=pay.actor, at=AT)

    assert PayRun.objects.get(pk=run.pk).status == RunStatus.LOCKED
    assert not AttendanceDay.objects.filter(is_locked=False).exists()
    assert AttendanceDay.objects.count() == 31


def test_time_that_changed_since_is_calculated_again_first(pay: Pay, person: Employee) -> None:
    compute(pay)
    run = pay.calculate()
    # The punches of the 5th turn up after the calculation.
    punch(person, date(2026, 1, 5), "08:50", "18:10")
    compute(pay, at_day=1)

    with pytest.raises(services.NotCalculated, match="考勤"):
        services.submit_run(payrun=run, actor=pay.actor, at=AT + timedelta(days=2))
    run.refresh_from_db()
    assert run.status == RunStatus.CALCULATED
    assert not AttendanceDay.objects.filter(is_locked=True).exists()

    run = services.calculate_run(payrun=run, actor=pay.actor, at=AT + timedelta(days=2))
    services.submit_run(payrun=run, actor=pay.actor, at=AT + timedelta(days=2))
    assert pay.slip(run, person).gross == D("17400.00")


def test_days_that_wait_for_a_decision_hold_the_run_up(pay: Pay, person: Employee) -> None:
    punch(person, date(2026, 1, 5), "08:50")
    compute(pay)
    run = pay.calculate()

    with pytest.raises(ExceptionsOpen):
        services.submit_run(payrun=run, actor=pay.actor, at=AT)

    run.refresh_from_db()
    assert run.status == RunStatus.CALCULATED


@pytest.mark.parametrize(
    ("system", "amount"),
    [
        # 100 an hour: 1 h × 1.5, 2 h × 2, 1 h + 2 h × 3.
        ("STANDARD", "1450.00"),
        # 劳部发〔1997〕271号 5: rest days pay 1.5.
        ("COMPREHENSIVE", "1350.00"),
        # 工资支付暂行规定 13: exempt.
        ("FLEXIBLE", None),
    ],
)
def test_overtime_is_paid_by_the_working_time_system(
    pay: Pay, person: Employee, system: str, amount: str | None
) -> None:
    for day, minutes in (
        (date(2026, 1, 6), {"overtime_workday": 60}),
        (date(2026, 1, 10), {"overtime_rest": 180, "comp": 60}),
        (date(2026, 1, 1), {"overtime_statutory": 60, "statutory_worked": 120}),
    ):
        AttendanceDayFactory(employee=person, date=day, system=system, **minutes)

    run = pay.calculate()

    paid = list(pay.slip(run, person).lines.filter(item__code="OVERTIME").values_list("amount", flat=True))
    assert paid == ([] if amount is None else [D(amount)])


def test_minutes_are_paid_as_they_are_and_rounded_once(pay: Pay, person: Employee) -> None:
    """20 minutes are a third of an hour, which has no end of digits."""
    AttendanceDayFactory(employee=person, date=date(2026, 1, 6), overtime_workday=20)
    SalaryArchiveItem.objects.update(amount=D(174_000_000))

    run = pay.calculate()

    line = pay.slip(run, person).lines.get(item__code="OVERTIME")
    # A million an hour × 1.5 / 3; 0.3333 h would be 499,950.
    assert line.amount == D("500000.00")
    assert line.basis["parts"][0]["hours"] == "0.33"
