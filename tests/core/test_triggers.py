"""What the triggers of the database are told of whoever acts, and which of them are told to leave rows alone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from suite.core.triggers import authored, ignoring_triggers
from suite.masters.models import Party

AT = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)


def authors(party: Party) -> list[dict[str, Any] | None]:
    """Who is named in the history of a partner, oldest row first."""
    rows = party.events.order_by("pgh_id").select_related("pgh_context")  # type: ignore[attr-defined]
    return [row.pgh_context.metadata if row.pgh_context else None for row in rows]


@pytest.mark.django_db
def test_only_what_is_written_meanwhile_names_the_author() -> None:
    with authored(user=7, at=AT):
        party = Party.objects.create(code="A-1", name="甲")
    Party.objects.filter(pk=party.pk).update(note="乙")

    assert authors(party) == [{"user": 7, "at": AT.isoformat()}, None]


@pytest.mark.django_db
def test_an_inner_author_gives_way_to_the_outer_one_again() -> None:
    with authored(user=7, at=AT):
        with authored(user=8, at=AT):
            party = Party.objects.create(code="A-1", name="甲")
        Party.objects.filter(pk=party.pk).update(note="乙")

    assert [each and each["user"] for each in authors(party)] == [8, 7]


@pytest.mark.django_db
def test_the_author_is_still_known_after_a_savepoint_was_rolled_back() -> None:
    with authored(user=7, at=AT):
        other = Party.objects.create(code="A-1", name="甲")
        with pytest.raises(IntegrityError), transaction.atomic():
            Party.objects.create(code=other.code, name="乙")
        party = Party.objects.create(code="A-2", name="丙")

    assert [each and each["user"] for each in authors(party)] == [7]


@pytest.mark.django_db
def test_an_author_inside_a_transaction_that_failed_is_forgotten_with_it() -> None:
    Party.objects.create(code="A-1", name="甲")
    with pytest.raises(IntegrityError), transaction.atomic(), authored(user=7, at=AT):
        Party.objects.create(code="A-1", name="乙")
    party = Party.objects.create(code="A-2", name="丙")

    assert authors(party) == [None]


@pytest.mark.django_db(transaction=True)
def test_a_new_connection_is_told_the_author_of_all_that_act() -> None:
    with authored(user=7, at=AT), authored(user=8, at=AT):
        connection.close()
        party = Party.objects.create(code="A-1", name="甲")

    assert [each and each["user"] for each in authors(party)] == [8]


@pytest.mark.django_db
def test_triggers_leave_alone_what_is_written_while_they_are_ignored() -> None:
    with ignoring_triggers():
        party = Party.objects.create(code="A-1", name="甲")
    Party.objects.filter(pk=party.pk).update(note="乙")

    assert [row.note for row in party.events.order_by("pgh_id")] == ["乙"]  # type: ignore[attr-defined]


@pytest.mark.django_db
def test_only_the_triggers_that_are_named_leave_rows_alone() -> None:
    with ignoring_triggers("update_update"):
        party = Party.objects.create(code="A-1", name="甲")
        Party.objects.filter(pk=party.pk).update(note="乙")

    assert [row.note for row in party.events.order_by("pgh_id")] == [""]  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_triggers_cannot_be_ignored() -> None:
    with pytest.raises(TransactionManagementError), ignoring_triggers():
        pass
