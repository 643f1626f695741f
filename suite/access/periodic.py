"""Nightly housekeeping of the access model."""

from __future__ import annotations

from datetime import datetime, timedelta

from suite.access.models import IdempotencyRecord
from suite.modules.registry import periodic

KEEP = timedelta(days=2)


@periodic("night")
def forget_old_keys(at: datetime) -> int:
    """Delete keys that no retry will use any more."""
    return IdempotencyRecord.objects.filter(created_at__lt=at - KEEP).delete()[0]
