"""What many rows at once leave behind."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection

from hrm.calendar.models import HolidayDay
from suite.core.bulk import copy_rows, refresh_statistics

pytestmark = pytest.mark.django_db


def statistics() -> int:
    """For how many columns of the table the planner knows what they hold."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'hrm_holidayday'")
        return int(cursor.fetchone()[0])


def days(first: date, number: int) -> list[HolidayDay]:
    return [HolidayDay(date=first + timedelta(days=place), kind="WORKDAY") for place in range(number)]


def test_planner_learns_of_a_table_that_was_filled_and_not_of_a_few_rows() -> None:
    with connection.cursor() as cursor:
        # Another test may have filled it; its rows are gone and so must be what was known of them.
        cursor.execute("ANALYZE hrm_holidayday")
    copy_rows(days(date(2024, 1, 1), 5))
    refresh_statistics()
    few = statistics()

    copy_rows(days(date(2025, 1, 1), 600))
    refresh_statistics()

    assert few == 0
    assert statistics() > 0
