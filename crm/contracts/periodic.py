"""Periodic work on quotations."""

from __future__ import annotations

from datetime import datetime

from crm.contracts.quotations import expire_quotations
from suite.modules.registry import periodic


@periodic("night")
def expire_overdue_quotations(at: datetime) -> int:
    """Mark sent quotations whose validity has passed."""
    return expire_quotations(at=at)
