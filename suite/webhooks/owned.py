"""Who is told of web hooks that fail, after somebody left."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from suite.access.models import User
from suite.access.ownership import change_owner, hands_over
from suite.webhooks.models import WebhookSubscription


@hands_over(WebhookSubscription, held=lambda user: WebhookSubscription.objects.filter(owner=user))
def give_subscriptions(
    rows: QuerySet[WebhookSubscription], *, leaver: User, to: User, actor: User | None, at: datetime
) -> int:
    """Web hooks go on as they are; somebody else is told when they fail."""
    return change_owner(rows, leaver=leaver, to=to, actor=actor, at=at)
