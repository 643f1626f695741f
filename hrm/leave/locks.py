"""Accounts of leave, one transaction at a time."""

from __future__ import annotations

from django.db import connection


def lock_account(employee_pk: int) -> None:
    """Let one transaction at a time use the accounts of somebody; work on all accounts waits."""
    _run("SELECT pg_advisory_xact_lock_shared(hashtextextended('hrm_leave_all', 0))")
    _run("SELECT pg_advisory_xact_lock(hashtextextended('hrm_leave', %s))", employee_pk)


def lock_all_accounts() -> None:
    """Wait until nobody uses an account of leave, and let nobody until the end of the transaction."""
    _run("SELECT pg_advisory_xact_lock(hashtextextended('hrm_leave_all', 0))")


def _run(statement: str, *values: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(values))
