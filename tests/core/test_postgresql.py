"""How statements reach the server."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DataError, connection

from suite.core.postgresql.base import MOST_PARAMETERS
from suite.masters.models import Party

pytestmark = pytest.mark.django_db


def prepared() -> int:
    """How many statements on partners the server keeps prepared for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%suite_party%'")
        return int(cursor.fetchone()[0])


def asked_at(other: Any) -> datetime:
    """When another connection was asked something the last time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT query_start FROM pg_stat_activity WHERE pid = %s", [other.connection.info.backend_pid])
        found: datetime = cursor.fetchone()[0]
    return found


def test_a_statement_that_comes_again_is_prepared() -> None:
    before = prepared()

    for n in range(6):
        list(Party.objects.filter(code=f"P-{n}", note="prepared"))

    assert prepared() == before + 1


def test_a_statement_may_have_more_parameters_than_the_protocol_carries() -> None:
    party = Party.objects.create(code="P-100%", name="甲")

    found = Party.objects.filter(pk__in=[party.pk, *range(-MOST_PARAMETERS, 0)], code="P-100%")

    assert list(found) == [party]


def test_parameters_are_written_into_a_statement() -> None:
    with connection.cursor() as cursor:
        text = cursor.mogrify("SELECT %s, %s", [1, "a'b"])

    assert text == "SELECT 1, 'a''b'"


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-22 23:18:38.123456",
        "2026-11-22 23:18:38.1",
        "2026-02-28 23:59:59",
        "0001-01-01 00:00",
        "9999-12-31 23:59",
    ],
)
def test_times_are_read_to_the_microsecond_in_utc(written: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamp AT TIME ZONE 'UTC'", [written])
        assert cursor.fetchone() == (datetime.fromisoformat(written).replace(tzinfo=UTC),)


@pytest.mark.parametrize("written", ["infinity", "12000-01-01 00:00", "0044-01-01 00:00 BC"])
def test_a_time_that_python_does_not_know_is_refused(written: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamp AT TIME ZONE 'UTC'", [written])
        with pytest.raises(DataError):
            cursor.fetchone()


@pytest.mark.django_db(transaction=True)
def test_a_connection_is_asked_for_its_health_once_in_a_while_and_found_dead_at_once() -> None:
    other = connection.copy()
    try:
        other.connect()
        assert other.is_usable()
        before = asked_at(other)

        assert other.is_usable()
        assert asked_at(other) == before

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [other.connection.info.backend_pid])
        assert not other.is_usable()
    finally:
        other.close()
