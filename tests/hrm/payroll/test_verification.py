"""Locking proves that the stored figures still are what the calculation gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hrm.org.models import Employee
from hrm.payroll import services
from hrm.payroll.choices import FaultCode, ItemSource, RunStatus
from hrm.payroll.models import (
    PayInput,
    PayItem,
    SalaryArchiveItem,
    SocialEnrolment,
    YearToDate,
)
from tests.factories.hrm import EmployeeFactory
from tests.factories.hrm_payroll import AT, PayInputFactory, SpecialDeductionClaimFactory, YearToDateFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db
D = Decimal
MONTH = date(2026, 1, 1)


@pytest.fixture
def person(pay: Pay) -> Employee:
    pay.insure()
    bonus = pay.item("PERFORMANCE", source=ItemSource.INPUT)
    person = pay.hire(30000, social_wage=8000)
    PayInputFactory(employee=person, item=bonus, month=MONTH, amount=D(500))
    return person


CHANGES: dict[str, Callable[[Pay, Employee], Any]] = {
    "entry changed": lambda pay, person: PayInput.objects.update(amount=D(600)),
    "entry removed": lambda pay, person: PayInput.objects.all().delete(),
    "salary changed": lambda pay, person: SalaryArchiveItem.objects.update(amount=D(30001)),
    "insured wage changed": lambda pay, person: SocialEnrolment.objects.update(social_wage=D(9000)),
    "deduction claimed": lambda pay, person: SpecialDeductionClaimFactory(employee=person),
    "earlier pay entered": lambda pay, person: YearToDateFactory(employee=person, month=1, income=D(90000)),
    "item left the group": lambda pay, person: pay.group.items.remove(PayItem.objects.get(code="PERFORMANCE")),
    "person left before": lambda pay, person: Employee.objects.update(leave_date=date(2025, 12, 31)),
    "person came": lambda pay, person: pay.hire(5000),
    "person without salary came": lambda pay, person: EmployeeFactory(company=pay.company),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_since_the_calculation_is_calculated_again_first(pay: Pay, person: Employee, change: str) -> None:
    run = pay.calculate()
    CHANGES[change](pay, person)
    before = (list(run.payslips.values()), YearToDate.objects.count())

    with pytest.raises(services.NotCalculated) as refusal:
        services.submit_run(payrun=run, actor=pay.actor, at=AT)

    run.refresh_from_db()
    assert run.status == RunStatus.CALCULATED
    assert (list(run.payslips.values()), YearToDate.objects.count()) == before
    assert run.number in str(refusal.value)


def test_the_refusal_names_up_to_five_people(pay: Pay, person: Employee) -> None:
    others = [pay.hire(5000, name=f"员工{n}") for n in range(6)]
    run = pay.calculate()
    SalaryArchiveItem.objects.filter(archive__employee__in=others).update(amount=D(6000))

    with pytest.raises(services.NotCalculated) as refusal:
        services.submit_run(payrun=run, actor=pay.actor, at=AT)

    assert [each.name in str(refusal.value) for each in (person, *others)] == [False, *[True] * 5, False]


def test_a_change_while_the_run_waits_for_approval_is_found(pay: Pay, person: Employee) -> None:
    run = pay.calculate()
    run = services.PayRun.objects.get(pk=run.pk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE hrm_payrun SET status = 'APPROVING' WHERE id = %s", [run.pk])
    PayInput.objects.update(amount=D(600))

    with pytest.raises(services.NotCalculated):
        services.approve_run(payrun=run, actor=pay.actor, at=AT)

    run.refresh_from_db()
    assert run.status == RunStatus.APPROVING


def test_what_somebody_answered_for_is_asked_again_when_it_is_another_figure(pay: Pay, person: Employee) -> None:
    other = PayInputFactory(employee=person, month=MONTH, amount=D(100))
    run = pay.calculate()
    services.accept_fault(fault=run.faults.get(), reason="下月再付", actor=pay.actor, at=AT)
    PayInput.objects.filter(pk=other.pk).update(amount=D(90000))

    services.calculate_run(payrun=run, actor=pay.actor, at=AT)

    fault = run.faults.get()
    assert (fault.code, fault.is_blocking, fault.accepted_by, fault.reason) == (
        FaultCode.UNUSED_INPUT,
        True,
        None,
        "",
    )


def test_several_entries_that_nothing_pays_are_all_named(pay: Pay, person: Employee) -> None:
    entries = [PayInputFactory(employee=person, month=MONTH, amount=D(amount)) for amount in (100, 200)]

    run = pay.calculate()

    assert run.faults.get().text == "; ".join(f"{entry.item.code} {entry.amount}.00" for entry in entries)


def test_proving_takes_as_many_statements_for_thirty_people_as_for_three(pay: Pay) -> None:
    pay.insure()
    counts = []
    for month, number in ((1, 3), (2, 27)):
        for _n in range(number):
            pay.hire(10000, social_wage=8000)
        run = pay.calculate(date(2026, month, 1))
        with CaptureQueriesContext(connection) as captured:
            services.submit_run(payrun=run, actor=pay.actor, at=AT)
        counts.append(len(captured))

    assert counts[1] <= counts[0] + 1
    assert counts[1] < 90
