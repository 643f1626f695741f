"""Whose rows are listed: one statement for all who have the same permissions, with the key of who asks put in."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from suite.access.choices import ScopeLevel
from suite.access.grants import grants_of
from suite.access.models import User
from suite.access.restrict import stand_in
from suite.core.reading import STAND_IN, put_in
from suite.pages.pageset import PageSet
from suite.pages.registry import pagesets
from tests.factories.hrm import DepartmentFactory, EmployeeFactory, UserFactory
from tests.kit.objects import give

PLAIN = sorted((each for each in pagesets(enabled_only=False) if each.is_plain), key=lambda p: p.model._meta.label)
ACTIONS = ("view", "export")
pytestmark = pytest.mark.usefixtures("all_on")


@pytest.fixture
def staff() -> list[User]:
    """Two colleagues of different departments and one without a place in the organisation."""
    users = [UserFactory() for _each in range(3)]
    for user in users[:2]:
        employee = EmployeeFactory(user=user, department=DepartmentFactory())
        user.companies.add(employee.company)
    return users


def refuse() -> None:
    raise AssertionError("a scope asks what time it is")


def composed(pageset: PageSet, user: User, action: str) -> tuple[str, list[Any]]:
    """Statement and parameters, which nothing was read for, nor the time asked."""
    grants_of(user)
    with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as captured:
        patch.setattr(timezone, "now", refuse)
        try:
            statement, parameters = pageset.queryset(user, action).query.sql_with_params()
        except EmptyResultSet:
            statement, parameters = "", ()
    # Within the transaction of a test, which modules are on is read from their table.
    assert [query["sql"] for query in captured if "suite_modulestate" not in query["sql"]] == []
    return statement, list(parameters)


@pytest.mark.parametrize("pageset", PLAIN, ids=lambda pageset: pageset.model._meta.label)
def test_rows_of_a_scope_follow_from_the_key_and_the_permissions(pageset: PageSet, staff: list[User]) -> None:
    for level, user in product(ScopeLevel.values, staff):
        asking = give(user, pageset, ACTIONS, level)
        for action in ACTIONS:
            for_all, open_parameters = composed(pageset, stand_in(asking), action)
            own, parameters = composed(pageset, asking, action)

            assert (for_all, put_in(open_parameters, asking.pk)) == (own, parameters), level
            assert STAND_IN not in parameters
