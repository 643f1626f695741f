"""Time off and annual leave that nobody used: what it pays, once, and how the payslip says so."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hrm.leave.accounts import grant_annual_leave
from hrm.leave.choices import LeaveKind
from hrm.leave.models import LeaveType
from hrm.org.models import Employee
from hrm.payroll import services
from hrm.payroll.backfill import prepare_payroll
from hrm.payroll.choices import FaultCode, ItemSource
from hrm.payroll.models import PayItem, PayRun
from hrm.payroll.unused import Due
from hrm.payroll.wording import line_in_words
from tests.factories.hrm_payroll import AT, PayInputFactory, PayItemFactory
from tests.factories.hrm_time import LeaveEntryFactory, LeaveTypeFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


@pytest.fixture
def comp(pay: Pay) -> LeaveType:
    pay.item("COMP_TIME_PAY", source=ItemSource.COMP)
    return LeaveTypeFactory(kind=LeaveKind.COMP, needs_balance=True, unit="HOUR")


@pytest.fixture
def annual(pay: Pay) -> LeaveType:
    pay.item("ANNUAL_LEAVE_PAY", source=ItemSource.ANNUAL)
    return LeaveTypeFactory(kind=LeaveKind.ANNUAL, needs_balance=True)


def grant(person: Employee, kind: LeaveType, hours: int, until: date) -> None:
    LeaveEntryFactory(employee=person, leave_type=kind, hours=hours, on=date(2025, 12, 1), expires_on=until)


def leave_on(person: Employee, day: date | None) -> None:
    Employee.objects.filter(pk=person.pk).update(leave_date=day)


def paid(pay: Pay, run: PayRun, person: Employee) -> dict[str, Decimal]:
    return dict(pay.slip(run, person).lines.exclude(item=pay.base).values_list("item__code", "amount"))


def test_time_off_that_ended_pays_200_percent_of_the_hourly_wage(pay: Pay, comp: LeaveType) -> None:
    """劳动法 44: 10,000 / 21.75 / 8 = 57.4713; eight hours of rest-day overtime are 919.54."""
    person = pay.hire(10000)
    grant(person, comp, 8, date(2026, 1, 31))

    run = pay.calculate(JANUARY)

    line = pay.slip(run, person).lines.get(item__code="COMP_TIME_PAY")
    assert line.amount == D("919.54")
    assert line_in_words(line).article == "劳动法 第41、44条"
    assert line_in_words(line).text == ("未休调休8小时：小时工资10,000.00 ÷ 21.75 ÷ 8 = 57.47，× 2。")
    assert pay.slip(run, person).gross == D("10919.54")


def test_annual_leave_that_ended_pays_200_percent_beside_the_normal_wage(pay: Pay, annual: LeaveType) -> None:
    """职工带薪年休假条例 5, 实施办法 10: two days of 10,000 / 21.75 = 459.7701, twice beside the wage: 1,839.08."""
    person = pay.hire(10000)
    grant(person, annual, 16, date(2026, 1, 31))

    run = pay.calculate(JANUARY)

    line = pay.slip(run, person).lines.get(item__code="ANNUAL_LEAVE_PAY")
    assert line.amount == D("1839.08")
    assert line_in_words(line).article == "职工带薪年休假条例 第2–5条；企业职工带薪年休假实施办法 第10–12条"
    assert line_in_words(line).text == ("未休2天 × 10,000.00 ÷ 21.75 × 2（正常工资之外）；无此前月份。")


def test_the_day_rate_is_the_average_of_the_year_before_without_overtime(
    pay: Pay, comp: LeaveType, annual: LeaveType
) -> None:
    """实施办法 11: (10,000 + 10,870) / 2 = 10,435; the 919.54 of January are overtime pay and do not count."""
    bonus = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    person = pay.hire(10000)
    grant(person, comp, 8, date(2026, 1, 31))
    PayInputFactory(employee=person, item=bonus, month=FEBRUARY, amount=D(870))
    grant(person, annual, 16, date(2026, 3, 31))
    assert pay.slip(pay.lock(JANUARY), person).gross == D("10919.54")
    assert pay.slip(pay.lock(FEBRUARY), person).gross == D("10870.00")

    run = pay.calculate(MARCH)

    line = pay.slip(run, person).lines.get(item__code="ANNUAL_LEAVE_PAY")
    # 10,435 / 21.75 = 479.770…; two days, twice.
    assert line.amount == D("1919.08")
    assert line_in_words(line).text == ("未休2天 × 10,435.00 ÷ 21.75 × 2（正常工资之外）；前2个月平均工资。")


def test_who_leaves_is_paid_the_days_due_until_then(pay: Pay, annual: LeaveType) -> None:
    """实施办法 12: until June 30, 181 of 365 days of 10 are 4.96, cut to 4; one was taken, three days are paid."""
    person = pay.hire(10000, work_start_date=date(2010, 1, 1))
    grant_annual_leave(year=2026, actor=None, at=AT)
    LeaveEntryFactory(
        employee=person, leave_type=annual, hours=-8, on=date(2026, 3, 2), source="REQUEST", expires_on=None
    )
    leave_on(person, date(2026, 6, 30))

    run = pay.calculate(date(2026, 6, 1))

    # 3 × 10,000 / 21.75 × 2
    assert paid(pay, run, person) == {"ANNUAL_LEAVE_PAY": D("2758.62")}


def test_what_a_locked_run_paid_is_not_paid_again(pay: Pay, comp: LeaveType) -> None:
    person = pay.hire(17400)
    grant(person, comp, 8, date(2026, 1, 31))

    first, second = pay.lock(JANUARY), pay.lock(FEBRUARY)

    # 17,400 / 174 = 100 an hour.
    assert paid(pay, first, person) == {"COMP_TIME_PAY": D("1600.00")}
    assert paid(pay, second, person) == {}


def test_a_second_calculation_pays_the_same(pay: Pay, comp: LeaveType) -> None:
    person = pay.hire(17400)
    grant(person, comp, 8, date(2026, 1, 31))
    run = pay.calculate(JANUARY)

    services.calculate_run(payrun=run, actor=pay.actor, at=AT)

    assert paid(pay, run, person) == {"COMP_TIME_PAY": D("1600.00")}


def test_a_leaving_date_that_moves_pays_only_what_came_on_top(pay: Pay, comp: LeaveType) -> None:
    person = pay.hire(17400)
    grant(person, comp, 6, date(2026, 12, 31))
    leave_on(person, date(2026, 1, 31))
    first = pay.lock(JANUARY)
    leave_on(person, date(2026, 2, 28))
    grant(person, comp, 2, date(2026, 12, 31))

    second = pay.lock(FEBRUARY)

    assert paid(pay, first, person) == {"COMP_TIME_PAY": D("1200.00")}
    assert paid(pay, second, person) == {"COMP_TIME_PAY": D("400.00")}


def test_who_stays_after_all_is_not_paid_twice_for_what_expires(pay: Pay, comp: LeaveType) -> None:
    person = pay.hire(17400)
    grant(person, comp, 6, date(2026, 2, 28))
    leave_on(person, date(2026, 1, 31))
    pay.lock(JANUARY)
    leave_on(person, None)
    grant(person, comp, 3, date(2026, 3, 31))

    second, third = pay.lock(FEBRUARY), pay.lock(MARCH)

    line = pay.slip(second, person).lines.get(item__code="COMP_TIME_PAY")
    assert line.amount == 0
    assert line_in_words(line).text.endswith("其中6已在此前按离职折算支付。")
    assert paid(pay, third, person) == {"COMP_TIME_PAY": D("600.00")}


@pytest.mark.parametrize(
    ("due", "prepaid", "expected"),
    [
        (Due(expired=D(5)), D(0), Due(expired=D(5))),
        (Due(left=D(5)), D(3), Due(left=D(2))),
        (Due(left=D(5)), D(7), Due()),
        (Due(expired=D(5)), D(3), Due(expired=D(2), set_off=D(3))),
        (Due(expired=D(4), left=D(5)), D(7), Due(expired=D(2), set_off=D(2))),
    ],
)
def test_what_was_prepaid_is_taken_off(due: Due, prepaid: Decimal, expected: Due) -> None:
    assert due.less(prepaid) == expected


def test_a_group_without_the_item_says_that_leave_is_not_paid(pay: Pay) -> None:
    kind = LeaveTypeFactory(kind=LeaveKind.COMP, needs_balance=True, unit="HOUR")
    person = pay.hire(10000)
    grant(person, kind, 8, date(2026, 1, 31))

    run = pay.calculate(JANUARY)

    fault = run.faults.get(employee=person, code=FaultCode.UNPAID_LEAVE)
    assert (fault.text, fault.is_blocking) == ("COMP 8", True)
    assert pay.slip(run, person).gross == D("10000.00")


def test_unused_leave_costs_the_same_for_3_and_30_people(pay: Pay, comp: LeaveType, annual: LeaveType) -> None:
    run = pay.open(JANUARY)

    def queries(number: int) -> int:
        for _ in range(number):
            person = pay.hire(10000)
            grant(person, comp, 4, date(2026, 1, 31))
            grant(person, annual, 8, date(2026, 1, 31))
        with CaptureQueriesContext(connection) as asked:
            services.calculate_run(payrun=run, actor=pay.actor, at=AT)
        return len(asked)

    queries(1)
    assert queries(3) == queries(27)


def test_missing_usual_items_are_added_and_edited_ones_stay() -> None:
    PayItemFactory(code="BASE", name="本公司基本工资", sort_order=7, is_active=False)
    own = PayItemFactory(code="OWN", name="自定")

    added = prepare_payroll(actor=None, at=AT)["pay_items"]

    base = PayItem.objects.get(code="BASE")
    assert (base.name, base.sort_order, base.is_active) == ("本公司基本工资", 7, False)
    sources = dict(PayItem.objects.filter(code__in=("COMP_TIME_PAY", "ANNUAL_LEAVE_PAY")).values_list("code", "source"))
    assert sources == {"COMP_TIME_PAY": "COMP", "ANNUAL_LEAVE_PAY": "ANNUAL"}
    assert PayItem.objects.filter(code__in=("SEVERANCE", "SEVERANCE_TAX")).count() == 2
    assert PayItem.objects.exclude(pk__in=(base.pk, own.pk)).count() == added
    assert prepare_payroll(actor=None, at=AT)["pay_items"] == 0
