"""Work after the commit: done once, and without harm to what is committed when it fails."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from suite.core.commit import after_commit
from suite.masters.models import Item
from tests.factories.masters import ItemFactory


def fail(words: str) -> None:
    raise ConnectionError(words)


@pytest.mark.django_db(transaction=True)
def test_work_waits_for_the_commit_and_is_forgotten_with_a_rollback() -> None:
    done: list[int] = []

    with transaction.atomic():
        after_commit(done.append, 1)
        waiting = list(done)
    with transaction.atomic():
        after_commit(done.append, 2)
        transaction.set_rollback(True)

    assert (waiting, done) == ([], [1])


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("work", [fail, partial(fail)])
def test_what_fails_after_the_commit_is_logged_and_takes_nothing_back(work: Any, caplog: Any) -> None:
    with caplog.at_level(logging.ERROR), transaction.atomic():
        ItemFactory(code="甲")
        after_commit(work, "broker is down")

    assert Item.objects.filter(code="甲").exists()
    assert "broker is down" in caplog.text
