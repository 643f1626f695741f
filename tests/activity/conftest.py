"""Users who may see parties, one who may not, and a party to talk about."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import translation

from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.masters.models import Party
from tests.factories.activity import AT, ColleagueFactory
from tests.factories.masters import PartyFactory


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Work in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def viewer_role(db: None) -> Group:
    """A role that sees all parties and may not change them."""
    return define_role(name="Viewer", grants={Party: (["view"], ScopeLevel.ALL)}, actor=None, at=AT)


@pytest.fixture
def colleague(viewer_role: Group) -> Callable[..., User]:
    """Make colleagues who see parties."""

    def make(**fields: Any) -> User:
        user = ColleagueFactory(**fields)
        user.groups.add(viewer_role)
        return user

    return make


@pytest.fixture
def author(colleague: Callable[..., User]) -> User:
    """A colleague who writes."""
    return colleague(username="chen", full_name="陈嘉豪", language="en")


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody who sees no party."""
    return ColleagueFactory(username="stranger", full_name="陌生人", language="en")


@pytest.fixture
def party(db: None) -> Party:
    """A party to talk about."""
    return PartyFactory(name="启岳数码")
