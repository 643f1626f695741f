"""A database for measuring, made and dropped by the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import connection
from django.utils import timezone


@contextmanager
def own_database(name: str) -> Iterator[None]:
    """Work on a fresh, migrated database with one company and CRM on."""
    previous = connection.settings_dict["NAME"]
    _recreate(name)
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        call_command("migrate", verbosity=0)
        _prepare()
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = previous
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _recreate(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')


def _prepare() -> None:
    from suite.masters.models import Company, Currency
    from suite.masters.services import load_reference_data
    from suite.modules.services import enable_module

    load_reference_data()
    Company.objects.create(code="BENCH", name="澜拓电子配件", base_currency=Currency.objects.get(code="CNY"))
    enable_module(code="crm", actor=None, at=timezone.now())
