"""Search texts that follow other rows."""

from __future__ import annotations

from celery import shared_task
from django.apps import apps

from suite.search.services import reindex_rows_showing


@shared_task
def reindex_dependants(label: str, pk: int) -> int:
    """Bring the search texts up to date that show columns of one row, e.g. contracts after a customer's new name."""
    return reindex_rows_showing(model=apps.get_model(label), pk=pk)
