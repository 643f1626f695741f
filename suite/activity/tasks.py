"""Background work of the activity slice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from celery import shared_task
from django.utils import timezone

from suite.activity.services.notifications import resend_lost_mails, send_mails
from suite.activity.services.reminders import notify_due_reminders
from suite.modules.registry import periodic


@shared_task(bind=True, max_retries=None)
def send_notification_mails(self: Any, pks: list[int]) -> None:
    """Send mails; those that fail are tried again after 1, 5, 25 and 125 minutes."""
    again = send_mails(pks=pks, at=timezone.now())
    if again:
        raise self.retry(args=[again], countdown=60 * 5**self.request.retries)


@periodic("minute")
def remind(at: datetime) -> int:
    """Notify the owners of reminders that are due."""
    return notify_due_reminders(at=at)


@periodic("hour")
def find_lost_mails(at: datetime) -> int:
    """Send mails whose task was lost."""
    return resend_lost_mails(at=at)
