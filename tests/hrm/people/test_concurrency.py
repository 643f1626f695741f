"""Two people change personnel at the same moment: real threads, real commits."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from hrm.org import services
from hrm.org.choices import EmployeeStatus
from hrm.org.models import Employee
from hrm.people import alerts, changes, contracts
from hrm.people.models import Assignment, LaborContract, PersonnelChange, StaffAlert
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.hrm.people.kit import people_out_of_step
from tests.hrm.test_concurrency import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hrm_on")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def hired() -> Employee:
    department = DepartmentFactory()
    return services.hire_employee(
        company=department.company,
        department=department,
        number="E1",
        name="林志远",
        hire_date=date(2026, 1, 5),
        status=EmployeeStatus.REGULAR,
        actor=None,
        at=AT,
    )


@pytest.mark.parametrize("attempt", range(3))
def test_places_never_overlap_and_agree_with_the_person(attempt: int) -> None:
    person = hired()
    one, two = (DepartmentFactory(company=person.company) for _n in range(2))

    results = at_once(
        lambda: services.transfer_employee(employee=person, department=one, actor=None, at=AT),
        lambda: services.transfer_employee(employee=person, department=two, actor=None, at=AT),
    )

    assert all(isinstance(each, Employee) for each in results)
    assert people_out_of_step() == []
    dates = Assignment.objects.order_by("valid_from").values_list("valid_from", "valid_to")
    assert list(dates) == [(date(2026, 1, 5), date(2026, 3, 1)), (date(2026, 3, 2), None)]


@pytest.mark.parametrize("attempt", range(3))
def test_change_and_leaving_at_once_end_in_one_order_or_the_other(attempt: int) -> None:
    boss = UserFactory(is_superuser=True)
    person = hired()
    change = changes.create_change(
        employee=person,
        kind="TRANSFER",
        effective_on=AT.date(),
        department=DepartmentFactory(company=person.company),
        reason="x",
        actor=boss,
        at=AT,
    )

    results = at_once(
        lambda: changes.submit_change(change=change, actor=boss, at=AT),
        lambda: services.end_employment(employee=person, leave_date=AT.date(), actor=boss, at=AT),
    )

    assert any(isinstance(each, Employee) for each in results), results
    assert Employee.objects.get(pk=person.pk).status == EmployeeStatus.LEFT
    assert PersonnelChange.objects.get(pk=change.pk).status in {"DONE", "CANCELLED"}
    assert not Assignment.objects.filter(valid_to=None).exists()


@pytest.mark.parametrize("attempt", range(3))
def test_contracts_never_overlap(attempt: int) -> None:
    person = hired()

    def draw_up() -> LaborContract:
        return contracts.create_contract(employee=person, kind="OPEN", starts_on=date(2026, 3, 1), actor=None, at=AT)

    results = at_once(draw_up, draw_up)

    assert sum(isinstance(each, ValidationError | IntegrityError) for each in results) == 1
    assert LaborContract.objects.count() == 1


def test_two_nights_at_once_find_everything_once() -> None:
    for _n in range(5):
        EmployeeFactory(hire_date=date(2026, 1, 5))

    at_once(lambda: alerts.refresh_alerts(at=AT), lambda: alerts.refresh_alerts(at=AT))

    assert StaffAlert.objects.count() == 5
