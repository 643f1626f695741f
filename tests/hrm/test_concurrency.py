"""Two people change the organisation at the same moment: real threads, real commits."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import OperationalError

from hrm.org import accounts, services
from hrm.org.errors import OrganisationCycle
from hrm.org.models import Department, Employee
from tests.factories.hrm import DepartmentFactory, EmployeeFactory

pytestmark = pytest.mark.django_db(transaction=True)
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run the functions at the same moment, each in its own thread and connection; return results or exceptions."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=10)
            return work()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def paths_agree_with_parents() -> bool:
    rows = {d.pk: d for d in Department.objects.all()}
    return all(d.path == [*(rows[d.parent_id].path if d.parent_id else []), d.pk] for d in rows.values())


@pytest.mark.parametrize("attempt", range(5))
def test_two_moves_never_close_a_circle(attempt: int) -> None:
    top = DepartmentFactory()
    one, two = DepartmentFactory(parent=top), DepartmentFactory(parent=top)
    below = DepartmentFactory(parent=one)

    results = at_once(
        lambda: services.move_department(department=one, parent=two, actor=None, at=AT),
        lambda: services.move_department(department=two, parent=below, actor=None, at=AT),
    )

    assert sum(isinstance(each, OrganisationCycle) for each in results) == 1
    assert sum(isinstance(each, Department) for each in results) == 1
    assert paths_agree_with_parents()


@pytest.mark.parametrize("attempt", range(5))
def test_moves_of_a_department_and_of_one_below_it_both_count(attempt: int) -> None:
    top = DepartmentFactory()
    one, two, three = (DepartmentFactory(parent=top) for _ in range(3))
    below = DepartmentFactory(parent=one)
    deep = DepartmentFactory(parent=below)

    results = at_once(
        lambda: services.move_department(department=one, parent=two, actor=None, at=AT),
        lambda: services.move_department(department=below, parent=three, actor=None, at=AT),
    )

    assert all(isinstance(each, Department) for each in results)
    assert Department.objects.get(pk=one.pk).path == [top.pk, two.pk, one.pk]
    assert Department.objects.get(pk=deep.pk).path == [top.pk, three.pk, below.pk, deep.pk]


def test_department_created_below_one_that_moves_lands_in_the_right_place() -> None:
    top = DepartmentFactory()
    one, two = DepartmentFactory(parent=top), DepartmentFactory(parent=top)

    at_once(
        lambda: services.move_department(department=one, parent=two, actor=None, at=AT),
        lambda: services.create_department(company=top.company, code="NEW", name="new", parent=one, actor=None, at=AT),
    )

    assert Department.objects.get(code="NEW").path[:-1] == [top.pk, two.pk, one.pk]
    assert paths_agree_with_parents()


def test_writes_past_the_services_never_close_a_circle_either() -> None:
    top = DepartmentFactory()
    one, two = DepartmentFactory(parent=top), DepartmentFactory(parent=top)

    def put(child: Department, parent: Department) -> None:
        with transaction.atomic():
            Department.objects.filter(pk=child.pk).update(parent=parent)

    results = at_once(lambda: put(one, two), lambda: put(two, one))

    assert sum(isinstance(each, IntegrityError | OperationalError) for each in results) == 1
    assert paths_agree_with_parents()


@pytest.mark.parametrize("attempt", range(5))
def test_two_people_never_manage_each_other(attempt: int) -> None:
    one = EmployeeFactory()
    two = EmployeeFactory()

    results = at_once(
        lambda: services.update_employee(employee=one, manager=two, actor=None, at=AT),
        lambda: services.update_employee(employee=two, manager=one, actor=None, at=AT),
    )

    assert sum(isinstance(each, OrganisationCycle) for each in results) == 1
    assert Employee.objects.filter(manager__isnull=False).count() == 1


def test_nobody_lands_in_a_department_that_is_being_closed() -> None:
    top = DepartmentFactory()
    closing = DepartmentFactory(parent=top)
    person = EmployeeFactory(department=top)

    at_once(
        lambda: services.close_department(department=closing, actor=None, at=AT),
        lambda: services.transfer_employee(employee=person, department=closing, actor=None, at=AT),
    )

    closing.refresh_from_db()
    person.refresh_from_db()
    assert (closing.is_active, person.department_id) in {(False, top.pk), (True, closing.pk)}


def test_one_account_is_never_linked_twice() -> None:
    from tests.factories.hrm import UserFactory

    user = UserFactory()
    one, two = EmployeeFactory(), EmployeeFactory()

    at_once(
        lambda: accounts.link_employee_user(employee=one, user=user, actor=None, at=AT),
        lambda: accounts.link_employee_user(employee=two, user=user, actor=None, at=AT),
    )

    assert Employee.objects.filter(user=user).count() == 1
