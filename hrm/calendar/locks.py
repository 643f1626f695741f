"""Locks that let a month be closed only while nothing of it is being changed."""

from __future__ import annotations

from django.db import connection


def hold_time_open(company_pk: int) -> None:
    """Let no month of a company be closed until the end of the transaction; many may hold this at once."""
    _lock("SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, %s))", "hrm_time", company_pk)


def close_time(company_pk: int) -> None:
    """Wait until nobody changes the working time of a company, and let nobody until the end of the transaction."""
    _lock("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", "hrm_time", company_pk)


def one_at_a_time(name: str, key: int) -> None:
    """Let one transaction at a time do something about a thing."""
    _lock("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", name, key)


def _lock(statement: str, name: str, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [name, key])
