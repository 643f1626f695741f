from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from hrm.org import services
from hrm.org.choices import EmployeeStatus
from hrm.org.errors import OrganisationCycle, StillInUse
from hrm.org.models import Department
from hrm.org.selectors import Headcount, department_trees, headcounts, subtree, with_actual_headcount
from suite.core.errors import InvalidInput, VersionConflict, WrongState
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, PositionFactory
from tests.factories.masters import CompanyFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 2, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def tree() -> dict[str, Department]:
    """Company > sales > east > shanghai, company > works."""
    top = DepartmentFactory(name="company")
    sales = DepartmentFactory(name="sales", parent=top)
    east = DepartmentFactory(name="east", parent=sales)
    shanghai = DepartmentFactory(name="shanghai", parent=east)
    works = DepartmentFactory(name="works", parent=top)
    return {"top": top, "sales": sales, "east": east, "shanghai": shanghai, "works": works}


def path_of(department: Department) -> list[int]:
    return Department.objects.get(pk=department.pk).path


def test_department_path_runs_from_the_root_to_itself(tree: dict[str, Department]) -> None:
    assert path_of(tree["top"]) == [tree["top"].pk]
    assert path_of(tree["shanghai"]) == [tree[n].pk for n in ("top", "sales", "east", "shanghai")]


def test_moving_a_department_takes_everything_below_along(tree: dict[str, Department]) -> None:
    moved = services.move_department(department=tree["sales"], parent=tree["works"], actor=None, at=AT)

    assert moved.path == [tree[n].pk for n in ("top", "works", "sales")]
    assert path_of(tree["shanghai"]) == [tree[n].pk for n in ("top", "works", "sales", "east", "shanghai")]


def test_department_becomes_the_top_of_a_tree(tree: dict[str, Department]) -> None:
    services.move_department(department=tree["east"], parent=None, actor=None, at=AT)

    assert path_of(tree["east"]) == [tree["east"].pk]
    assert path_of(tree["shanghai"]) == [tree["east"].pk, tree["shanghai"].pk]
    assert path_of(tree["sales"]) == [tree["top"].pk, tree["sales"].pk]


@pytest.mark.parametrize("below", ["sales", "east", "shanghai"])
def test_department_cannot_stand_above_itself(tree: dict[str, Department], below: str) -> None:
    with pytest.raises(OrganisationCycle):
        services.move_department(department=tree["sales"], parent=tree[below], actor=None, at=AT)

    assert Department.objects.get(pk=tree["sales"].pk).parent_id == tree["top"].pk
    assert path_of(tree["sales"]) == [tree["top"].pk, tree["sales"].pk]


def test_database_refuses_a_circle_written_past_the_services(tree: dict[str, Department]) -> None:
    with pytest.raises(IntegrityError, match="would stand above itself"), transaction.atomic():
        Department.objects.filter(pk=tree["sales"].pk).update(parent=tree["shanghai"])

    assert Department.objects.get(pk=tree["sales"].pk).parent_id == tree["top"].pk


def test_stale_instance_cannot_write_a_wrong_path(tree: dict[str, Department]) -> None:
    stale = Department.objects.get(pk=tree["shanghai"].pk)
    services.move_department(department=tree["east"], parent=tree["works"], actor=None, at=AT)
    stale.path = [1, 2, 3]
    stale.name = "Shanghai"

    stale.save()

    assert path_of(tree["shanghai"]) == [tree[n].pk for n in ("top", "works", "east", "shanghai")]


def test_department_stays_within_its_company(tree: dict[str, Department]) -> None:
    other = DepartmentFactory()

    with pytest.raises(InvalidInput):
        services.move_department(department=tree["east"], parent=other, actor=None, at=AT)
    with pytest.raises(InvalidInput):
        services.create_department(company=tree["top"].company, code="X", name="x", parent=other, actor=None, at=AT)

    assert path_of(tree["east"]) == [tree["top"].pk, tree["sales"].pk, tree["east"].pk]
    assert not Department.objects.filter(code="X").exists()


def test_create_department_refuses_a_code_that_is_taken() -> None:
    company = CompanyFactory()
    first = services.create_department(company=company, code="S", name="Sales", actor=None, at=AT)

    with pytest.raises(InvalidInput) as refusal:
        services.create_department(company=company, code="S", name="Service", actor=None, at=AT)

    assert refusal.value.field == "code"
    assert list(Department.objects.all()) == [first]
    assert (first.valid_from, first.path) == (date(2026, 3, 2), [first.pk])


def test_head_must_be_on_the_payroll(tree: dict[str, Department]) -> None:
    joining = EmployeeFactory(department=tree["sales"], status=EmployeeStatus.PENDING)
    regular = EmployeeFactory(department=tree["sales"])

    with pytest.raises(InvalidInput):
        services.set_department_head(department=tree["sales"], head=joining, actor=None, at=AT)
    services.set_department_head(department=tree["sales"], head=regular, actor=None, at=AT)

    assert Department.objects.get(pk=tree["sales"].pk).head == regular


def test_update_refuses_what_started_from_an_older_version(tree: dict[str, Department]) -> None:
    seen = tree["sales"].version
    services.update_department(department=tree["sales"], name="Sales A", expected_version=seen, actor=None, at=AT)

    with pytest.raises(VersionConflict):
        services.update_department(department=tree["sales"], name="Sales B", expected_version=seen, actor=None, at=AT)

    assert Department.objects.get(pk=tree["sales"].pk).name == "Sales A"


def test_department_in_use_cannot_be_closed(tree: dict[str, Department]) -> None:
    person = EmployeeFactory(department=tree["shanghai"])

    with pytest.raises(StillInUse):
        services.close_department(department=tree["east"], actor=None, at=AT)
    with pytest.raises(StillInUse):
        services.close_department(department=tree["shanghai"], actor=None, at=AT)
    assert Department.objects.filter(is_active=False).count() == 0

    services.transfer_employee(employee=person, department=tree["works"], actor=None, at=AT)
    closed = services.close_department(department=tree["shanghai"], actor=None, at=AT)

    assert (closed.is_active, closed.valid_to) == (False, date(2026, 3, 2))
    with pytest.raises(WrongState):
        services.close_department(department=tree["shanghai"], actor=None, at=AT)
    with pytest.raises(InvalidInput):
        services.transfer_employee(employee=person, department=tree["shanghai"], actor=None, at=AT)


def test_subtree_holds_the_department_and_all_below(tree: dict[str, Department]) -> None:
    assert set(subtree([tree["sales"].pk])) == {tree["sales"], tree["east"], tree["shanghai"]}
    assert set(subtree(Department.objects.filter(name="works"))) == {tree["works"]}
    assert set(subtree([])) == set()


def test_headcounts_count_the_payroll_in_one_query(
    tree: dict[str, Department], django_assert_num_queries: object
) -> None:
    EmployeeFactory.create_batch(2, department=tree["shanghai"])
    EmployeeFactory(department=tree["sales"])
    EmployeeFactory(department=tree["sales"], status=EmployeeStatus.PENDING)

    with django_assert_num_queries(1):  # type: ignore[operator]
        counts = headcounts()

    assert counts == {
        tree["top"].pk: Headcount(0, 3),
        tree["sales"].pk: Headcount(1, 3),
        tree["east"].pk: Headcount(0, 2),
        tree["shanghai"].pk: Headcount(2, 2),
    }


def test_department_trees_nest_in_two_queries(tree: dict[str, Department], django_assert_num_queries: object) -> None:
    EmployeeFactory(department=tree["works"])

    with django_assert_num_queries(2):  # type: ignore[operator]
        (root,) = department_trees(Department.objects.all())

    assert [node.department.name for node in root.children] == ["sales", "works"]
    assert root.children[0].children[0].children[0].department == tree["shanghai"]
    assert root.headcount == Headcount(0, 1)


def test_planned_and_actual_headcount_of_positions() -> None:
    clerk = PositionFactory(planned_headcount=3)
    EmployeeFactory.create_batch(2, position=clerk)
    EmployeeFactory(position=clerk, status=EmployeeStatus.PENDING)

    (row,) = with_actual_headcount(type(clerk).objects.all())

    assert (row.planned_headcount, row.actual_headcount, row.open_headcount) == (3, 2, 1)
