"""Kinds of jobs to run."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation

from suite.access.models import User
from suite.jobs.registry import job, kinds
from suite.modules.registry import Module, registry
from tests.factories.activity import ColleagueFactory
from tests.factories.masters import CompanyFactory


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Work in English."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def module() -> Iterator[None]:
    """Let the tests be a system of their own, which is on."""
    registry.add(Module("tests.jobs", "Tests", is_always_on=True))
    yield
    del registry.modules["tests.jobs"]


@pytest.fixture
def make_kind() -> Iterator[Callable[..., Any]]:
    """Register kinds of jobs and forget them afterwards."""
    made = []

    def make(run: Any, **options: Any) -> str:
        code = f"tests.{run.__name__}"
        job(code, title="Counting", **options)(run)
        made.append(code)
        return code

    yield make
    for code in made:
        del kinds[code]


@pytest.fixture
def owner(db: None) -> User:
    """Who starts jobs."""
    CompanyFactory()
    return ColleagueFactory(username="owner", language="en")
