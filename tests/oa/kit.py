"""Helpers of the office's tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.pages.registry import pageset_of
from tests.factories.hrm import UserFactory
from tests.kit.objects import give


def allow(user: User, model: type[models.Model], actions: Iterable[str], level: str = ScopeLevel.OWN) -> User:
    """Let somebody do this with rows of a model; returns them as a new request reads them."""
    pageset = pageset_of(model)
    assert pageset is not None
    return give(user, pageset, actions, level)


def staff(model: type[models.Model], *actions: str, level: str = ScopeLevel.OWN, **values: Any) -> User:
    """A new colleague who may do this with rows of a model, and see the others."""
    return allow(allow(UserFactory(**values), User, ["view"], ScopeLevel.ALL), model, actions, level)


def browser(user: User) -> Client:
    """A browser of somebody."""
    client = Client()
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def queries(client: Client, url: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)
