"""Dated places: written by the changes of the organisation, never overlapping, the last one as the person stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from hrm.org import services
from hrm.org.choices import EmployeeStatus, PlaceChange
from hrm.org.models import Employee
from hrm.people.backfill import carry_over
from hrm.people.models import Assignment, TaskTemplate
from hrm.people.placing import place_people
from suite.core.errors import InvalidInput
from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory
from tests.factories.hrm_people import AssignmentFactory
from tests.factories.masters import CompanyFactory
from tests.hrm.people.kit import people_out_of_step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hrm_on")]
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TODAY = AT.date()


def hired(**fields: Any) -> Employee:
    company = fields.pop("company", None) or CompanyFactory()
    values = {"number": "E1", "name": "林志远", "hire_date": date(2026, 1, 5), "status": EmployeeStatus.PROBATION}
    return services.hire_employee(company=company, actor=None, at=AT, **{**values, **fields})


def places(employee: Employee) -> list[tuple[Any, ...]]:
    rows = Assignment.objects.filter(employee=employee).order_by("valid_from")
    return [(row.valid_from, row.valid_to, row.kind, row.department_id, row.manager_id) for row in rows]


def test_first_place_begins_on_the_hire_date() -> None:
    department = DepartmentFactory()

    person = hired(company=department.company, department=department)

    assert places(person) == [(date(2026, 1, 5), None, "HIRED", department.pk, None)]


def test_a_transfer_ends_one_place_and_begins_the_next() -> None:
    old = DepartmentFactory()
    head = EmployeeFactory(department=old)
    new = DepartmentFactory(company=old.company, head=head)
    person = hired(company=old.company, department=old)

    services.transfer_employee(employee=person, department=new, actor=None, at=AT)

    assert places(person) == [
        (date(2026, 1, 5), date(2026, 3, 1), "HIRED", old.pk, None),
        (TODAY, None, "TRANSFERRED", new.pk, head.pk),
    ]


def test_two_changes_of_one_day_leave_one_place() -> None:
    top = DepartmentFactory()
    one, two = DepartmentFactory(parent=top), DepartmentFactory(parent=top)
    person = hired(company=top.company, department=top)

    for department in (one, two):
        services.transfer_employee(employee=person, department=department, actor=None, at=AT)

    assert [row[3] for row in places(person)] == [top.pk, two.pk]


def test_what_is_no_place_begins_no_place() -> None:
    person = hired()

    services.update_employee(employee=person, phone="13900000000", actor=None, at=AT)

    assert len(places(person)) == 1


def test_confirmation_begins_a_place_of_its_own() -> None:
    person = hired()

    services.confirm_employee(employee=person, on=date(2026, 2, 1), actor=None, at=AT)

    assert [row[:3] for row in places(person)] == [
        (date(2026, 1, 5), date(2026, 1, 31), "HIRED"),
        (date(2026, 2, 1), None, "CONFIRMED"),
    ]


def test_people_of_a_leaver_get_a_place_under_the_successor() -> None:
    department = DepartmentFactory()
    leaver = hired(company=department.company, department=department)
    successor = hired(company=department.company, department=department, number="E2")
    below = hired(company=department.company, department=department, number="E3", manager=leaver)

    services.end_employment(employee=leaver, leave_date=TODAY, successor=successor, actor=None, at=AT)

    assert places(below)[-1] == (TODAY, None, "CORRECTED", department.pk, successor.pk)
    assert places(leaver) == [(date(2026, 1, 5), TODAY, "HIRED", department.pk, None)]
    assert people_out_of_step() == []


def test_what_would_begin_after_leaving_never_came_to_be() -> None:
    old = DepartmentFactory()
    new = DepartmentFactory(company=old.company)
    person = hired(company=old.company, department=old)
    services.transfer_employee(employee=person, department=new, actor=None, at=AT)

    services.end_employment(employee=person, leave_date=date(2026, 2, 27), actor=None, at=AT)

    assert places(person) == [(date(2026, 1, 5), date(2026, 2, 27), "HIRED", old.pk, None)]


def test_another_hire_date_moves_the_first_place() -> None:
    person = hired(hire_date=date(2026, 4, 1), status=EmployeeStatus.PENDING)

    services.update_employee(employee=person, hire_date=date(2026, 4, 15), actor=None, at=AT)

    assert places(person)[0][0] == date(2026, 4, 15)


def test_hire_date_never_moves_behind_the_next_place() -> None:
    old = DepartmentFactory()
    person = hired(company=old.company, department=old)
    services.transfer_employee(employee=person, department=DepartmentFactory(company=old.company), actor=None, at=AT)
    before = places(person)

    with pytest.raises(InvalidInput) as refused:
        services.update_employee(employee=person, hire_date=TODAY, actor=None, at=AT)

    assert refused.value.field == "hire_date"
    assert places(person) == before
    assert Employee.objects.get(pk=person.pk).hire_date == date(2026, 1, 5)


def test_places_of_a_person_never_overlap_whoever_writes_them() -> None:
    place = AssignmentFactory(valid_to=date(2025, 12, 31))

    with pytest.raises(IntegrityError, match="assignment_no_overlap"), transaction.atomic():
        AssignmentFactory(employee=place.employee, valid_from=date(2025, 12, 31))

    AssignmentFactory(employee=place.employee, valid_from=date(2026, 1, 1))
    assert Assignment.objects.filter(employee=place.employee).count() == 2


def test_organisation_works_while_human_resources_are_off_and_is_caught_up_with() -> None:
    ModuleState.objects.filter(code="hrm").update(is_enabled=False)
    state.forget()
    old = DepartmentFactory()
    new = DepartmentFactory(company=old.company)
    person = hired(company=old.company, department=old)
    services.transfer_employee(employee=person, department=new, actor=None, at=AT)
    gone = hired(company=old.company, department=old, number="E2")
    services.end_employment(employee=gone, leave_date=date(2026, 2, 28), actor=None, at=AT)
    assert not Assignment.objects.exists()

    first = carry_over(actor=None, at=AT)
    again = carry_over(actor=None, at=AT + timedelta(days=1))

    assert first == {"hrm.assignment": 2, "hrm.tasktemplate": 15}
    assert again == {}
    assert places(person) == [(date(2026, 1, 5), None, "HIRED", new.pk, None)]
    assert places(gone) == [(date(2026, 1, 5), date(2026, 2, 28), "HIRED", old.pk, None)]


def test_catching_up_closes_what_changed_meanwhile_and_keeps_own_templates() -> None:
    old = DepartmentFactory()
    new = DepartmentFactory(company=old.company)
    person, gone = hired(company=old.company, department=old), hired(company=old.company, number="E2")
    TaskTemplate.objects.create(occasion="ONBOARDING", title="带去食堂")
    ModuleState.objects.filter(code="hrm").update(is_enabled=False)
    state.forget()
    services.transfer_employee(employee=person, department=new, actor=None, at=AT)
    services.end_employment(employee=gone, leave_date=date(2026, 2, 28), actor=None, at=AT)

    counts = carry_over(actor=None, at=AT)

    assert counts == {"hrm.assignment": 1}
    assert [row[:3] for row in places(person)] == [
        (date(2026, 1, 5), date(2026, 3, 1), "HIRED"),
        (TODAY, None, "CORRECTED"),
    ]
    assert [row[:2] for row in places(gone)] == [(date(2026, 1, 5), date(2026, 2, 28))]
    assert people_out_of_step() == []


def test_many_people_are_placed_by_as_many_queries_as_few() -> None:
    position = PositionFactory()

    def queries(number: int) -> int:
        people = [EmployeeFactory(position=position) for _n in range(number)]
        with CaptureQueriesContext(connection) as captured:
            placed = place_people([p.pk for p in people], kind=PlaceChange.HIRED, on=TODAY, at=AT)
        assert placed == number
        return len(captured)

    assert queries(3) == queries(30)
