"""Rows that are read, locked and added by statements whose text is kept: the same rows as Django's."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from hrm.org.models import Department, Employee
from hrm.services import update_personnel_file
from suite.core.bulk import add_rows
from suite.core.reading import Composed, read_where
from suite.masters.models import Item
from tests.factories.erp_sales import SalesOrderFactory, SalesOrderLineFactory
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.factories.masters import ItemFactory
from tests.factories.oa_flows import FlowVersionFactory

pytestmark = pytest.mark.django_db


def columns(row: Any) -> dict[str, Any]:
    """Return every column of a row."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_documents_structures_arrays_and_secrets_read_like_those_of_django() -> None:
    employee = EmployeeFactory()
    update_personnel_file(
        employee=employee,
        id_number="11010519491231002X",
        bank_account="6222021234567890",
        birth_date=None,
        actor=UserFactory(),
        at=timezone.now(),
    )
    rows = [SalesOrderFactory(), FlowVersionFactory(), DepartmentFactory(), employee]

    for row in rows:
        model = type(row)
        (read,) = read_where(model, "WHERE t.id = %s", [row.pk])

        assert columns(read) == columns(model._default_manager.get(pk=row.pk))
        assert not read._state.adding
    assert read_where(Employee, "WHERE t.id = %s", [employee.pk])[0].id_number == "11010519491231002X"


def test_a_row_of_a_query_set_with_conditions_is_locked_under_them() -> None:
    item = ItemFactory(code="甲")

    with transaction.atomic():
        locked = Item.objects.filter(code="甲").lock(item)
        with pytest.raises(Item.DoesNotExist):
            Item.objects.filter(code="乙").lock(item)
        with pytest.raises(Item.DoesNotExist):
            Item.objects.lock(0)

    assert locked == item


def test_many_rows_are_locked_in_the_order_of_their_keys() -> None:
    items = [ItemFactory() for _n in range(3)]
    keys = [item.pk for item in items]

    with transaction.atomic():
        locked = Item.objects.lock_many([keys[2], keys[0], keys[1], 0])
        some = Item.objects.exclude(pk=keys[1]).lock_many(keys)
        none = Item.objects.lock_many([])

    assert [item.pk for item in locked] == keys
    assert [item.pk for item in some] == [keys[0], keys[2]]
    assert none == []


def test_rows_are_added_by_one_statement_and_get_their_keys_in_order(django_assert_num_queries: Any) -> None:
    order = SalesOrderFactory()
    lines = [
        SalesOrderLineFactory.build(
            document=order, position=n, quantity=Decimal(n), description=f"{{引号'{n}\\", requested_on=date(2026, 3, n)
        )
        for n in (1, 2, 3)
    ]

    with django_assert_num_queries(1):
        added = add_rows(lines)

    stored = list(order.lines.order_by("position"))
    assert [line.pk for line in added] == [line.pk for line in stored]
    assert [line.quantity for line in stored] == [1, 2, 3]
    assert [line.description for line in stored] == [f"{{引号'{n}\\" for n in (1, 2, 3)]
    assert add_rows([]) == []


def test_a_refused_row_adds_none() -> None:
    item = ItemFactory(code="有")
    new = [Item(code="新", name="新", base_unit=item.base_unit), Item(code="有", name="有", base_unit=item.base_unit)]

    with pytest.raises(IntegrityError), transaction.atomic():
        add_rows(new)

    assert not Item.objects.filter(code="新").exists()


def test_a_model_with_a_column_of_arrays_is_copied_instead() -> None:
    with pytest.raises(ValueError, match="arrays"):
        add_rows([Department(name="部门", code="A")])

    assert not Department.objects.filter(code="A").exists()


def test_subquery_composed_once_finds_for_each_number_what_the_query_set_finds() -> None:
    first, second, other = DepartmentFactory(), DepartmentFactory(), DepartmentFactory()
    people = [EmployeeFactory(department=each) for each in (first, first, second)]

    def colleagues(key: int) -> Any:
        own = Employee.objects.filter(pk=key).values("department")
        return Employee.objects.filter(Q(pk=key) | Q(department__in=own), pk__gt=0).order_by().values("pk")

    composed = Composed(colleagues)

    found = [set(Employee.objects.filter(pk__in=composed(each.pk))) for each in people]
    assert found == [set(people[:2]), set(people[:2]), {people[2]}]
    assert found == [set(Employee.objects.filter(pk__in=colleagues(each.pk))) for each in people]
    assert not Employee.objects.filter(department=other, pk__in=composed(people[0].pk)).exists()


def test_subquery_that_can_find_nothing_finds_nothing() -> None:
    person = EmployeeFactory()
    nothing = Composed(lambda key: Department.objects.filter(pk__in=()).values("pk"))

    assert not Employee.objects.filter(department__in=nothing(1)).exists()
    assert Employee.objects.filter(Q(department__in=nothing(1)) | Q(pk=person.pk)).get() == person
