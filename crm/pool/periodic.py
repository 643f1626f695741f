"""What happens to customers every night."""

from __future__ import annotations

from datetime import datetime

from crm.pool.recycling import recycle_customers, remind_owners
from suite.modules.registry import periodic


@periodic("night")
def recycle_by_rules(at: datetime) -> int:
    """Put customers back that the rules take, then tell the owners of the next ones."""
    taken = recycle_customers(at=at)
    remind_owners(at=at)
    return taken
