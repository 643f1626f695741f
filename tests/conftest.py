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
from django.test import TransactionTestCase
from django.utils import translation
from hypothesis import HealthCheck, settings

from suite.modules import state

FLUSH = TransactionTestCase._fixture_teardown
EXTENSIONS = ("pg_trgm", "btree_gist")
# Deletes every row but those that migrating makes. Truncating hundreds of tables, as Django does, takes seconds, and
# making object types and permissions anew as long again.
EMPTY = """
    DO $$
    DECLARE name text; found boolean;
    BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN
            SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname = current_schema()
              AND tablename NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
        LOOP
            EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO found;
            IF found THEN EXECUTE 'DELETE FROM ' || name; END IF;
        END LOOP;
    END $$
"""


# Whether the tests pass must not depend on the machine's load or on luck. To look for new counterexamples, give
# --hypothesis-profile=default.
settings.register_profile(
    "suite", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")


def pytest_configure() -> None:
    pre_migrate.connect(create_extensions, dispatch_uid="tests.create_extensions")
    TransactionTestCase._fixture_teardown = empty_tables


def empty_tables(case: TransactionTestCase) -> None:
    """Leave the tables after a test with real commits as it found them; who is no superuser waits for Django to."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        if cursor.fetchone()[0]:
            cursor.execute(EMPTY)
        else:
            FLUSH(case)
    # No modules are on any more, which who knew them by their number is to see.
    state.forget()


def create_extensions(**kwargs: Any) -> None:
    """Make what the tables need before they are made, also where migrations are not run."""
    with connection.cursor() as cursor:
        for name in EXTENSIONS:
            cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> None:
    """Give tables that were made without migrations (--nomigrations) what only migrations would bring."""
    # Without a test that asks for the database none was made, and the connection still leads to the real one.
    is_own = str(connection.settings_dict["NAME"]).startswith("test_")
    if is_own and request.config.getoption("nomigrations"):
        with django_db_blocker.unblock():
            pgtrigger.install()
            with connection.cursor() as cursor:
                cursor.execute("CREATE SEQUENCE IF NOT EXISTS suite_module_generation")
                cursor.execute(state.RAISE_GENERATION)


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep uploaded files of a test away from those of every other."""
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media", numbered=True)


@pytest.fixture(autouse=True)
def usual_language(settings: Any) -> None:
    """Begin every test in the language of the installation, whatever a request of the one before asked for."""
    translation.activate(settings.LANGUAGE_CODE)


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
