"""Pay runs: what is calculated, from which data, and how many statements it takes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hrm.org.models import Employee
from hrm.payroll import services
from hrm.payroll.choices import FaultCode, ItemKind, ItemSource, RunStatus, Taxation
from hrm.payroll.models import (
    PayInput,
    PayRun,
    SalaryArchive,
    SalaryArchiveItem,
    SocialEnrolment,
    SpecialDeductionClaim,
    YearToDate,
)
from hrm.payroll.times import MonthTime
from suite.core.errors import InvalidInput, WrongState
from tests.factories.hrm import EmployeeFactory
from tests.factories.hrm_payroll import (
    AT,
    PayGroupFactory,
    PayInputFactory,
    PayItemFactory,
    SalaryArchiveFactory,
    SpecialDeductionClaimFactory,
    YearToDateFactory,
)
from tests.factories.hrm_people import MinimumWageFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal


def test_published_example_runs_through_three_months(pay: Pay) -> None:
    """
    30,000 a month, 4,500 for insurance and fund, 2,000 special deductions: 555, 625 and 1,850.

    国家税务总局公告2018年第61号, 解读: 18,500 a month are left of it, to date 18,500, 37,000 and 55,500.
    """
    pay.insure(employee_rate=15)
    person = pay.hire(30000, social_wage=30000)
    SpecialDeductionClaimFactory(employee=person)

    taxes, nets = [], []
    for month in (1, 2, 3):
        run = pay.lock(date(2026, month, 1))
        slip = pay.slip(run, person)
        taxes.append(slip.tax)
        nets.append(slip.net)

    assert taxes == [D("555.00"), D("625.00"), D("1850.00")]
    assert nets == [D("24945.00"), D("24875.00"), D("23650.00")]
    year = YearToDate.objects.get(employee=person, next=None)
    assert (year.month, year.months, year.withheld, year.special) == (3, 3, D("3030.00"), D("6000.00"))


def test_a_second_calculation_gives_the_same_figures(pay: Pay) -> None:
    pay.insure()
    pay.formula("SENIORITY", "50 * min(SERVICE_YEARS, 10)")
    for number in range(3):
        pay.hire(10000 + number, social_wage=8000 + number)
    run = pay.calculate()
    first = [_figures(slip) for slip in run.payslips.order_by("employee")]

    services.calculate_run(payrun=run, actor=pay.actor, at=AT)

    assert [_figures(slip) for slip in run.payslips.order_by("employee")] == first
    assert len(first) == 3


def test_totals_are_the_sum_of_the_payslips(pay: Pay) -> None:
    pay.insure(employee_rate=10, employer_rate=20)
    pay.hire(10000, social_wage=8000)
    pay.hire(5000, social_wage=5000)

    run = pay.calculate()

    run.refresh_from_db()
    # 10,000 − 800 − 5,000 = 4,200 × 3 % = 126; 5,000 − 500 stays below the basic deduction.
    assert (run.people, run.gross_total, run.social_total) == (2, D("15000.00"), D("1300.00"))
    assert (run.tax_total, run.net_total) == (D("126.00"), D("13574.00"))
    assert (run.employer_social_total, run.employer_total) == (D("2600.00"), D("17600.00"))
    assert run.status == RunStatus.CALCULATED


def test_the_year_begins_anew_with_the_pay_date(pay: Pay) -> None:
    """个人所得税法实施条例 and 公告2018年第61号 第6条: the tax year is that of the day of payment, not of the work."""
    person = pay.hire(50000)
    pay.lock(date(2026, 11, 1), date(2026, 12, 10))

    run = pay.lock(date(2026, 12, 1), date(2027, 1, 10))

    slip = pay.slip(run, person)
    # December's wage is the first of 2027: (50,000 − 5,000) to 36,000 at 3 %, above at 10 %.
    assert slip.tax == D("1980.00")
    assert slip.tax_snapshot["before"]["income"] == "0"
    assert sorted(YearToDate.objects.values_list("year", "month", "income")) == [
        (2026, 12, D("50000.00")),
        (2027, 1, D("50000.00")),
    ]


def test_what_was_paid_before_the_suite_began_counts(pay: Pay) -> None:
    """公告2018年第61号 第6条: 60,000 and 1,000 withheld in January and February, then 10,000 in March."""
    person = pay.hire(10000)
    YearToDateFactory(employee=person, month=2, months=2, income=D(60000), basic=D(10000), withheld=D(2480))

    run = pay.lock(date(2026, 3, 1))

    # (70,000 − 15,000) × 10 % − 2,520 = 2,980, of which 2,480 are withheld.
    assert pay.slip(run, person).tax == D("500.00")
    assert YearToDate.objects.get(next=None).months == 3


@pytest.mark.parametrize(
    ("hired", "left", "days"),
    [
        # January 2026 has 22 weekdays.
        (date(2026, 1, 19), None, 10),
        (date(2025, 1, 1), date(2026, 1, 16), 12),
        (date(2026, 1, 12), date(2026, 1, 13), 2),
    ],
)
def test_who_joins_or_leaves_within_the_month_is_paid_by_pay_days(
    pay: Pay, hired: date, left: date | None, days: int
) -> None:
    """人社部发〔2025〕2号: a day is a month's wage / 21.75, statutory holidays among the weekdays are paid."""
    person = pay.hire(21750, hire_date=hired, leave_date=left)

    run = pay.calculate()

    assert pay.slip(run, person).gross == D(1000 * days)


def test_more_weekdays_than_pay_days_are_not_paid_twice(pay: Pay) -> None:
    """Hired on the second weekday of July 2026, which has 23: 22 weekdays of 21.75 are the whole wage."""
    person = pay.hire(10000, hire_date=date(2026, 7, 2))

    run = pay.calculate(date(2026, 7, 1))

    assert pay.slip(run, person).gross == D("10000.00")


def test_a_raise_within_the_month_counts_from_its_day(pay: Pay) -> None:
    person = pay.hire(11000)
    person_archive = person_archives(person).get()
    person_archive.valid_to = date(2026, 1, 16)
    person_archive.save()
    SalaryArchiveFactory(employee=person, pay_group=pay.group, valid_from=date(2026, 1, 17), amounts={pay.base: 22000})

    run = pay.calculate()

    # 12 of 22 weekdays at 11,000 and 10 at 22,000.
    assert pay.slip(run, person).gross == D("16000.00")


def test_formulas_read_items_and_time(pay: Pay, monkeypatch: pytest.MonkeyPatch) -> None:
    pay.formula("HALF", "BASE / 2", sort_order=5)
    pay.formula("ABSENCE", "-MONTHLY_WAGE / PAY_DAYS * ABSENT_DAYS", sort_order=6)
    pay.formula("QUARTER", "HALF / 2", sort_order=4)
    person = pay.hire(8700)
    given_time(monkeypatch, person.pk, absent_days=D(2))

    run = pay.calculate()

    amounts = dict(pay.slip(run, person).lines.values_list("item__code", "amount"))
    assert amounts == {"BASE": D(8700), "HALF": D(4350), "QUARTER": D(2175), "ABSENCE": D(-800)}


def test_overtime_is_paid_in_three_classes(pay: Pay, monkeypatch: pytest.MonkeyPatch) -> None:
    """劳动法 44: 1.5, 2 and 3 times the hour of month / 21.75 / 8."""
    pay.item("OVERTIME", source=ItemSource.OVERTIME)
    person = pay.hire(17400)
    given_time(monkeypatch, person.pk, overtime_hours=D(2), rest_hours=D(3), statutory_hours=D(1))

    run = pay.calculate()

    # 100 an hour: 2 × 150 + 3 × 200 + 300.
    assert pay.slip(run, person).lines.get(item__code="OVERTIME").amount == D("1200.00")


def test_annual_bonus_is_taxed_by_itself_once_a_year(pay: Pay) -> None:
    """财政部 税务总局公告2023年第30号: 36,000 by itself costs 3 %; a second time in a year is refused."""
    item = pay.item("BONUS", source=ItemSource.INPUT, taxation=Taxation.BONUS)
    person = pay.hire(5000)
    PayInputFactory(employee=person, item=item, month=date(2026, 1, 1), amount=D(36000))
    PayInputFactory(employee=person, item=item, month=date(2026, 2, 1), amount=D(100))
    first = pay.lock(date(2026, 1, 1))

    second = pay.calculate(date(2026, 2, 1))

    slip = pay.slip(first, person)
    assert (slip.bonus, slip.tax, slip.net) == (D("36000.00"), D("1080.00"), D("39920.00"))
    assert faults(second) == {FaultCode.BONUS}


def test_deductions_before_tax_lower_the_tax(pay: Pay) -> None:
    item = pay.item("PENSION", source=ItemSource.INPUT, kind=ItemKind.DEDUCTION, taxation=Taxation.DEDUCTIBLE)
    person = pay.hire(10000)
    PayInputFactory(employee=person, item=item, amount=D(1000))

    run = pay.calculate()

    slip = pay.slip(run, person)
    assert (slip.tax, slip.other, slip.net) == (D("120.00"), D("1000.00"), D("8880.00"))


def test_negative_net_is_a_fault_that_nobody_accepts(pay: Pay) -> None:
    item = pay.item("LOAN", source=ItemSource.INPUT, kind=ItemKind.DEDUCTION, taxation=Taxation.NONE)
    person = pay.hire(3000)
    PayInputFactory(employee=person, item=item, amount=D(4000))
    run = pay.calculate()

    with pytest.raises(InvalidInput):
        services.accept_fault(fault=run.faults.get(), reason="?", actor=pay.actor, at=AT)
    with pytest.raises(services.HasFaults):
        services.submit_run(payrun=run, actor=pay.actor, at=AT)

    run.refresh_from_db()
    assert faults(run) == {FaultCode.NEGATIVE_NET}
    assert (run.status, YearToDate.objects.count()) == (RunStatus.CALCULATED, 0)


def test_missing_archive_and_enrolment_block_until_somebody_answers_for_them(pay: Pay) -> None:
    pay.hire(3000, insured=False)
    EmployeeFactory(company=pay.company)
    run = pay.calculate()
    assert faults(run) == {FaultCode.NO_ARCHIVE, FaultCode.NO_ENROLMENT}

    for fault in run.faults.all():
        services.accept_fault(fault=fault, reason="由派遣单位参保", actor=pay.actor, at=AT)
    services.calculate_run(payrun=run, actor=pay.actor, at=AT)

    assert services.submit_run(payrun=run, actor=pay.actor, at=AT).status == RunStatus.LOCKED
    assert set(run.faults.values_list("reason", flat=True)) == {"由派遣单位参保"}


def test_damage_and_minimum_wage_are_guarded(pay: Pay) -> None:
    """工资支付暂行规定 16: a fifth of the wage at most; 最低工资规定 12: not below the minimum wage."""
    pay.insure(employee_rate=0, employer_rate=0)
    MinimumWageFactory(company=pay.company, monthly=D(2500), valid_from=date(2026, 1, 1), valid_to=date(2026, 1, 31))
    item = pay.item("DAMAGE", source=ItemSource.INPUT, kind=ItemKind.DEDUCTION, taxation=Taxation.NONE, is_damage=True)
    careless, poor = pay.hire(10000), pay.hire("2499.99")
    PayInputFactory(employee=careless, item=item, amount=D("2000.01"))

    run = pay.calculate()

    found = set(run.faults.values_list("employee", "code"))
    assert found == {(careless.pk, FaultCode.DAMAGE), (poor.pk, FaultCode.MINIMUM_WAGE)}


def test_an_entry_that_no_item_pays_is_named(pay: Pay) -> None:
    person = pay.hire(3000)
    PayInputFactory(employee=person, amount=D(100))

    run = pay.calculate()

    assert faults(run) == {FaultCode.UNUSED_INPUT}


def test_amounts_of_the_archive_that_nothing_pays_are_named(pay: Pay) -> None:
    person = pay.hire(3000)
    archive = person_archives(person).get()
    idle = pay.item("IDLE", is_active=False)
    outside = PayItemFactory(code="OUTSIDE")
    for item, amount in ((idle, 100), (outside, 200), (PayItemFactory(), 0)):
        SalaryArchiveItem.objects.create(archive=archive, item=item, amount=D(amount))

    run = pay.calculate()

    assert list(run.faults.values_list("code", "text")) == [(FaultCode.UNUSED_AMOUNT, "IDLE 100.00; OUTSIDE 200.00")]


def test_days_of_service_without_an_archive_are_named(pay: Pay) -> None:
    person = pay.hire(22000, hire_date=date(2026, 1, 5))
    person_archives(person).update(valid_from=date(2026, 1, 8), valid_to=date(2026, 1, 16))
    SalaryArchiveFactory(employee=person, pay_group=pay.group, valid_from=date(2026, 1, 19), amounts={pay.base: 22000})

    run = pay.calculate()

    assert list(run.faults.values_list("code", "text")) == [
        (FaultCode.UNCOVERED_DAYS, "2026-01-05 – 2026-01-07; 2026-01-17 – 2026-01-18")
    ]


def test_a_wage_for_the_fund_without_a_fund_in_the_scheme_is_named(pay: Pay) -> None:
    pay.insure()
    person = pay.hire(8000, social_wage=8000)
    SocialEnrolment.objects.filter(employee=person).update(fund_wage=D(7000))

    run = pay.calculate()

    assert faults(run) == {FaultCode.NO_FUND}


def test_the_hourly_wage_comes_of_the_archive_only(pay: Pay) -> None:
    item = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    item.is_overtime_base = True

    with pytest.raises(ValidationError) as refusal:
        item.full_clean()

    assert set(refusal.value.message_dict) == {"is_overtime_base"}


def test_rent_and_interest_in_one_year_are_a_fault(pay: Pay) -> None:
    """国发〔2018〕41号 20: never both; entered behind the check, the calculation still finds it."""
    person = pay.hire(3000)
    SpecialDeductionClaim.objects.bulk_create(
        SpecialDeductionClaim(employee=person, kind=kind, valid_from=date(2026, 1, 1), tier=tier)
        for kind, tier in (("RENT", "A"), ("INTEREST", ""))
    )

    run = pay.calculate()

    assert faults(run) == {FaultCode.SPECIAL}


def test_statements_do_not_grow_with_people(pay: Pay) -> None:
    pay.insure()
    pay.formula("SENIORITY", "50 * SERVICE_YEARS")
    counts = []
    for month, number in ((1, 3), (2, 27)):
        for _n in range(number):
            SpecialDeductionClaimFactory(employee=pay.hire(10000, social_wage=8000))
        run = pay.open(date(2026, month, 1))
        with CaptureQueriesContext(connection) as calculated:
            services.calculate_run(payrun=run, actor=pay.actor, at=AT)
        with CaptureQueriesContext(connection) as locked:
            services.submit_run(payrun=run, actor=pay.actor, at=AT)
        counts.append((len(calculated), len(locked)))

    assert PayRun.objects.get(month=date(2026, 2, 1)).people == 30
    # The first run continues nobody's year, the second that of three people: one question more.
    assert counts[1][0] == counts[0][0]
    assert counts[1][1] <= counts[0][1] + 1
    assert counts[1][0] < 70


def test_five_hundred_people_in_a_bounded_number_of_statements(pay: Pay) -> None:
    pay.insure()
    people = Employee.objects.bulk_create(
        Employee(company=pay.company, number=f"B{n:04}", name=f"员工{n}", hire_date=date(2024, 1, 1))
        for n in range(500)
    )
    archives = SalaryArchive.objects.bulk_create(
        SalaryArchive(employee=each, pay_group=pay.group, valid_from=date(2024, 1, 1)) for each in people
    )
    SalaryArchiveItem.objects.bulk_create(
        SalaryArchiveItem(archive=each, item=pay.base, amount=D(8000 + n)) for n, each in enumerate(archives)
    )
    SocialEnrolment.objects.bulk_create(
        SocialEnrolment(employee=each, city="深圳", social_wage=D(8000), valid_from=date(2024, 1, 1)) for each in people
    )
    run = pay.open()

    with CaptureQueriesContext(connection) as captured:
        services.calculate_run(payrun=run, actor=pay.actor, at=AT)

    run.refresh_from_db()
    assert (run.people, run.faults.count()) == (500, 0)
    assert run.gross_total == sum(D(8000 + n) for n in range(500))
    assert len(captured) < 70


def test_a_handed_in_run_is_not_calculated_again(pay: Pay) -> None:
    pay.hire(3000)
    run = pay.lock()

    with pytest.raises(WrongState):
        services.calculate_run(payrun=run, actor=pay.actor, at=AT)

    assert run.payslips.count() == 1


def test_a_payment_locked_in_between_makes_a_run_stale(pay: Pay) -> None:
    person = pay.hire(30000)
    february = pay.calculate(date(2026, 2, 1))
    january = pay.calculate(date(2026, 1, 1), date(2026, 2, 5))
    services.submit_run(payrun=january, actor=pay.actor, at=AT)

    with pytest.raises(services.NotCalculated):
        services.submit_run(payrun=february, actor=pay.actor, at=AT)
    services.calculate_run(payrun=february, actor=pay.actor, at=AT)
    february = services.submit_run(payrun=february, actor=pay.actor, at=AT)

    # 60,000 − 10,000 = 50,000: 2,480 to date, of which the first payment withheld (30,000 − 10,000) × 3 %.
    assert pay.slip(february, person).tax == D("1880.00")


def test_month_of_two_groups_pays_insurance_and_entries_once(pay: Pay) -> None:
    pay.insure()
    bonus = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    other = PayGroupFactory(company=pay.company, items=[pay.base, bonus])
    person = pay.hire(22000, social_wage=8000)
    person_archives(person).update(valid_to=date(2026, 1, 16))
    SalaryArchiveFactory(employee=person, pay_group=other, valid_from=date(2026, 1, 17), amounts={pay.base: 22000})
    first = pay.lock()
    pay.group = other
    PayInputFactory(employee=person, item=bonus, amount=D(100))
    second = pay.lock()

    with pytest.raises(IntegrityError), transaction.atomic():
        PayInput.objects.update(amount=D(200))
    slips = [pay.slip(run, person) for run in (first, second)]

    assert [slip.social for slip in slips] == [D(0), D(800)]
    # 12 and 10 of the 22 weekdays: together the whole wage, and the entry.
    assert [slip.gross for slip in slips] == [D("12000.00"), D("10100.00")]


def test_items_not_paid_by_days_are_paid_by_one_of_two_groups(pay: Pay) -> None:
    meal = pay.item("MEAL", is_prorated=False)
    other = PayGroupFactory(company=pay.company, items=[pay.base, meal])
    person = pay.hire(22000)
    person_archives(person).update(valid_to=date(2026, 1, 16))
    SalaryArchiveItem.objects.create(archive=person_archives(person).get(), item=meal, amount=D(300))
    SalaryArchiveFactory(
        employee=person, pay_group=other, valid_from=date(2026, 1, 17), amounts={pay.base: 22000, meal: 300}
    )

    first = pay.lock()
    pay.group = other
    second = pay.lock()

    assert [pay.slip(run, person).gross for run in (first, second)] == [D("12000.00"), D("10300.00")]


def person_archives(person: Any) -> Any:
    return SalaryArchive.objects.filter(employee=person)


def given_time(monkeypatch: pytest.MonkeyPatch, employee_pk: int, **values: Any) -> None:
    """Let somebody answer for the time of a person."""
    monkeypatch.setattr("hrm.payroll.loading.month_time", lambda *_args: {employee_pk: MonthTime(**values)})


def faults(run: PayRun) -> set[str]:
    return set(run.faults.values_list("code", flat=True))


def _figures(slip: Any) -> tuple[Any, ...]:
    lines = tuple(slip.lines.values_list("item", "amount", "position"))
    return slip.employee_id, slip.gross, slip.social, slip.tax, slip.net, str(slip.tax_snapshot), lines
