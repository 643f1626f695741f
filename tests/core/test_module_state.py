"""Which modules are on, as several processes know it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test import Client

from suite.modules import state
from suite.modules.models import ModuleState
from tests.factories.hrm import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    ModuleState.objects.create(code="crm", is_enabled=False)
    state.start_request()
    yield
    state.end_request()


def turn_on_elsewhere() -> None:
    """What another process does."""
    ModuleState.objects.filter(code="crm").update(is_enabled=True)
    with connection.cursor() as cursor:
        cursor.execute(state.RAISE_GENERATION)


def test_answer_stands_for_a_request_and_the_next_one_knows_better() -> None:
    turn_on_elsewhere()

    during = state.is_enabled("crm")
    state.start_request()

    assert (during, state.is_enabled("crm")) == (False, True)


def test_request_of_somebody_signed_in_knows_better_too() -> None:
    client = Client()
    client.force_login(UserFactory(is_superuser=True), backend="suite.access.backends.RoleBackend")
    state.end_request()
    before = client.get("/crm/leads/").status_code

    turn_on_elsewhere()

    assert (before, client.get("/crm/leads/").status_code) == (404, 200)


def test_what_a_transaction_saw_is_not_kept() -> None:
    state.end_request()
    with transaction.atomic():
        turn_on_elsewhere()
        within = state.is_enabled("crm")
        transaction.set_rollback(True)

    assert (within, state.is_enabled("crm")) == (True, False)


def test_forgetting_reaches_who_read_before_the_transaction_ended() -> None:
    state.end_request()
    with transaction.atomic():
        ModuleState.objects.filter(code="crm").update(is_enabled=True)
        state.forget()
        # Another process reads the table meanwhile: the old rows, under the number raised just now.
        state._kept = (state._ask(f"SELECT {state.GENERATION}"), frozenset())

    assert state.is_enabled("crm")
