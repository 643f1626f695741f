"""A person with a password, and their browser."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.utils import translation

from suite.access.models import User
from tests.factories.activity import ColleagueFactory
from tests.factories.masters import CompanyFactory

PASSWORD = "circumspect-otter-92"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Work in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def person(db: None) -> User:
    """Somebody of the company."""
    CompanyFactory()
    user = ColleagueFactory(username="min", full_name="周敏", email="min@example.com", language="en")
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def visitor(person: User) -> Client:
    """The browser in which the person is signed in."""
    client = Client()
    client.force_login(person)
    return client
