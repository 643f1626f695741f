"""What every test can count on: an own database with the needed extensions, a clean cache, files of its own."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pgtrigger
import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.db.models.signals import pre_migrate

EXTENSIONS = ("pg_trgm", "btree_gist")


def pytest_configure() -> None:
    pre_migrate.connect(create_extensions, dispatch_uid="tests.create_extensions")


def create_extensions(**kwargs: Any) -> None:
    """Make what the tables need before they are made, also where migrations are not run."""
    with connection.cursor() as cursor:
        for name in EXTENSIONS:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    """Give tables that were made without migrations (--nomigrations) the triggers that migrations would bring."""
    if request.config.getoption("nomigrations"):
        with django_db_blocker.unblock():
            pgtrigger.install()


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep uploaded files of a test away from those of every other."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media", numbered=True)


@pytest.fixture(autouse=True)
def clean_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let no test find what another one cached, once it has used the database."""
    yield
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        cache.clear()


@pytest.fixture(scope="session")
def trial_data() -> Path:
    """Return the directory of real data that nobody here made; TRIAL_DATA names it."""
    path = Path(os.environ.get("TRIAL_DATA", ""))
    if not os.environ.get("TRIAL_DATA") or not path.is_dir():
        pytest.skip("Set TRIAL_DATA to the directory of the trial data to run this test.")
    return path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    """Forget the object types after a test that emptied the tables: they are made anew, with other keys."""
    yield
    marker = item.get_closest_marker("django_db")
    if (marker is not None and marker.kwargs.get("transaction")) or "transactional_db" in getattr(
        item, "fixturenames", ()
    ):
        ContentType.objects.clear_cache()
