"""How statements reach the server."""

from __future__ import annotations

import pytest
from django.db import connection

from suite.core.postgresql.base import MOST_PARAMETERS
from suite.masters.models import Party

pytestmark = pytest.mark.django_db


def prepared() -> int:
    """How many statements on partners the server keeps prepared for this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%suite_party%'")
        return int(cursor.fetchone()[0])


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
