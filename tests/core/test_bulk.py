"""What many rows at once leave behind."""

from __future__ import annotations

import pytest
from django.db import connection

from suite.core.bulk import refresh_statistics

pytestmark = pytest.mark.django_db

# What the planner knows outlives a rollback's rows and TRUNCATE, so a table of the suite may carry what another test
# left; nobody else sees this one, and it is gone with the test.
TABLE = "filled_by_this_test"


def fill(rows: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} SELECT generate_series(1, %s)", [rows])


def known_columns() -> int:
    """For how many columns of the table the planner knows what they hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = %s", [TABLE])
        return int(cursor.fetchone()[0])


def test_planner_learns_of_a_table_that_was_filled_and_not_of_a_few_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TABLE} (number integer)")
    fill(5)
    refresh_statistics()
    few = known_columns()

    fill(600)
    refresh_statistics()

    assert few == 0
    assert known_columns() == 1
