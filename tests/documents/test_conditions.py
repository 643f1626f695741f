"""Conditions of check constraints that Python judges without the database, and columns written by one statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F, Q, Value
from django.db.models.functions import Upper

from suite.core.bulk import set_columns
from suite.core.conditions import surely_holds
from suite.masters.models import Item
from tests.factories.masters import ItemFactory


def _item(**values: Any) -> Item:
    return Item(**{"code": "A", "name": "B", "list_price": Decimal(10), "version": 3, **values})


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Q(list_price__gte=0), True),
        (Q(list_price__gt=10), False),
        (Q(list_price__range=(0, 10)), True),
        (Q(list_price=F("version") + 7), True),
        (Q(list_price=F("version") - Value(7)), False),
        (Q(list_price__lt=5) | Q(version__lte=3), True),
        (~Q(code=""), True),
        (~Q(code="A", version=3), False),
        (Q(code__in=["A", "C"]), True),
    ],
)
def test_what_python_compares_as_the_database_does(condition: Q, expected: bool) -> None:
    assert surely_holds(condition, _item()) is expected


@pytest.mark.parametrize(
    "condition",
    [
        Q(code__gt="0"),
        Q(code=Upper("code")),
        Q(base_unit=1),
        Q(list_price__gte=0) | Q(base_unit=1),
        ~Q(base_unit=1),
        Q(code__startswith="A"),
        Q(list_price__gt=date(2026, 1, 1)),
        Q(Q(version__gte=0), Upper("code")),
        Q(base_unit__code="PCS"),
    ],
)
def test_what_only_the_database_knows_is_not_sure(condition: Q) -> None:
    assert surely_holds(condition, _item(base_unit=None)) is False


@pytest.mark.django_db
def test_columns_are_written_by_one_statement(django_assert_num_queries: Callable[..., Any]) -> None:
    first, second, other = ItemFactory.create(), ItemFactory.create(), ItemFactory.create(list_price=Decimal(1))
    first.list_price, second.list_price = Decimal("2.5"), Decimal(3)

    with django_assert_num_queries(1):
        count = set_columns([first, second], ["list_price"])

    assert count == 2
    assert list(Item.objects.order_by("pk").values_list("list_price", flat=True)) == [
        Decimal("2.5"),
        Decimal(3),
        Decimal(1),
    ]
    assert set_columns([], ["list_price"]) == 0
    assert Item.objects.get(pk=other.pk).version == other.version
