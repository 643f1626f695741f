"""What notices do by themselves."""

from __future__ import annotations

from datetime import datetime

from oa.notices.services import publish_due_notices, remind_all_readers
from suite.modules.registry import periodic


@periodic("minute")
def publish_in_time(at: datetime) -> int:
    """Publish what waited for its time; return how many."""
    return publish_due_notices(actor=None, at=at)


@periodic("night")
def remind_of_reading(at: datetime) -> int:
    """Remind of what must be read; return of how many notices."""
    return remind_all_readers(actor=None, at=at)
