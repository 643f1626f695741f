"""Locks that the triggers of the organisation take too; taken first, so that waiting never turns into a deadlock."""

from __future__ import annotations

from django.db import connection


def lock_departments(company_pk: int) -> None:
    """Let one transaction at a time change the department tree of a company."""
    _advisory("hrm_department", company_pk)


def lock_managers() -> None:
    """Let one transaction at a time change who manages whom."""
    _advisory("hrm_employee", 0)


def _advisory(name: str, key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))", [name, key])
