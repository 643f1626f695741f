"""Background work of the web hooks."""

from __future__ import annotations

from datetime import datetime, timedelta

from celery import shared_task
from django.utils import timezone

from suite.modules.registry import periodic
from suite.webhooks.choices import DeliveryStatus
from suite.webhooks.models import WebhookDelivery
from suite.webhooks.services import due_messages, enqueue, send_all

KEEP = timedelta(days=90)


@shared_task
def send_messages(pks: list[int]) -> int:
    """Send messages that are due."""
    return send_all(pks=pks, at=timezone.now())


@periodic("minute")
def send_due_messages(at: datetime) -> int:
    """Let messages be sent whose time has come: again after a failure, or because their task was lost."""
    pks = due_messages(at=at)
    enqueue(pks)
    return len(pks)


@periodic("night")
def forget_old_messages(at: datetime) -> int:
    """Delete messages that were settled long ago."""
    settled = WebhookDelivery.objects.exclude(status=DeliveryStatus.PENDING)
    return settled.filter(created_at__lt=at - KEEP).delete()[0]
