"""Periodic work on duplicates."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.duplicates.models import DuplicatePair
from crm.duplicates.nightly import fill_missing_keys, find_pairs
from suite.modules.registry import periodic

# Nights on which nothing ran are made up for.
OVERLAP = timedelta(days=7)


@periodic("night")
def find_duplicates(at: datetime) -> int:
    """Note customers and leads that look like one, to be merged or told apart by people."""
    fill_missing_keys()
    is_first = not DuplicatePair.objects.exists()
    return find_pairs(at=at, since=None if is_first else at - OVERLAP)
