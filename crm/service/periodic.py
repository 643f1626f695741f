"""What tickets do by themselves."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.service.services import close_solved
from crm.service.watching import time_unknown, watch_tickets
from suite.modules.registry import periodic

# Nobody took it up again: the customer is content.
CLOSES_AFTER = timedelta(days=7)


@periodic("minute")
def watch_clocks(at: datetime) -> int:
    """Tell who has to know about tickets that are due soon or late."""
    return watch_tickets(at=at)


@periodic("night")
def tidy_tickets(at: datetime) -> int:
    """Time tickets again that waited for the calendar, and close those that stayed solved for a week."""
    return time_unknown(at=at) + close_solved(before=at - CLOSES_AFTER, at=at)
