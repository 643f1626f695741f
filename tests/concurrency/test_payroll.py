"""Two people at one pay run, with real threads and real commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from hrm.payroll import services
from hrm.payroll.choices import RunStatus
from hrm.payroll.models import PayRun, YearToDate
from hrm.payroll.services import NotCalculated
from suite.core.errors import DomainError
from tests.concurrency.test_crm import at_once, winners
from tests.factories.hrm_payroll import AT, PayGroupFactory, SalaryArchiveFactory
from tests.hrm.payroll.conftest import Pay

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


@pytest.fixture
def pay(transactional_db: None) -> Pay:
    return Pay()


def locking(pay: Pay, run: PayRun) -> Callable[[], Any]:
    return lambda: services.submit_run(payrun=PayRun.objects.get(pk=run.pk), actor=pay.actor, at=AT)


def test_two_people_lock_a_run_and_one_succeeds(pay: Pay) -> None:
    person = pay.hire(30000)
    run = pay.calculate()

    results = at_once(locking(pay, run), locking(pay, run))

    assert len(winners(results)) == 1
    assert all(isinstance(each, DomainError) for each in results if isinstance(each, Exception))
    run.refresh_from_db()
    assert run.status == RunStatus.LOCKED
    assert YearToDate.objects.get(employee=person).income == D(30000)


def test_two_runs_of_one_person_are_not_taxed_by_the_same_year(pay: Pay) -> None:
    person = pay.hire(22000)
    archive = person_archive(person)
    archive.valid_to = date(2026, 1, 16)
    archive.save()
    other = PayGroupFactory(company=pay.company, items=[pay.base])
    SalaryArchiveFactory(employee=person, pay_group=other, valid_from=date(2026, 1, 17), amounts={pay.base: 22000})
    first = pay.calculate()
    pay.group = other
    second = pay.calculate()

    results = at_once(locking(pay, first), locking(pay, second))

    # Whoever comes second has to calculate again: the year has gone on.
    (refused,) = [each for each in results if isinstance(each, Exception)]
    assert isinstance(refused, services.NotCalculated)
    assert YearToDate.objects.count() == 1


def test_a_payslip_changed_while_its_run_is_locked_is_refused_or_comes_before(pay: Pay) -> None:
    pay.hire(30000)
    run = pay.calculate()
    slip = run.payslips.get()

    def change() -> str:
        with transaction.atomic():
            run.payslips.filter(pk=slip.pk).update(employer_cost=D(1))
        return "changed"

    changed, locked = at_once(change, locking(pay, run))

    slip.refresh_from_db()
    assert (slip.employer_cost == D(1)) == (changed == "changed")
    assert changed == "changed" or isinstance(changed, IntegrityError)
    if changed == "changed":
        # The run no longer is what the calculation gives.
        assert isinstance(locked, NotCalculated)
    else:
        assert isinstance(locked, PayRun)
        with pytest.raises(IntegrityError):
            change()


def person_archive(person: Any) -> Any:
    from hrm.payroll.models import SalaryArchive

    return SalaryArchive.objects.get(employee=person)
