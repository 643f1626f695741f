"""Subscribing to events, and telling subscribers."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from suite.access.models import User
from suite.activity.choices import NotificationKind
from suite.activity.services import notify
from suite.core.commit import after_commit
from suite.core.errors import InvalidInput, WrongState
from suite.events import Event
from suite.webhooks.choices import DeliveryStatus
from suite.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookSubscription
from suite.webhooks.registry import Offer, all_offers
from suite.webhooks.sending import Answer, check_url, post, sign

# After the first attempt; each wait is four times the one before, at most half a day: 1, 4, 16, 64 minutes …
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=12)
MAX_ATTEMPTS = 10
# For so long every attempt may fail before the subscription is turned off.
DISABLE_AFTER = timedelta(days=3)
# An attempt whose process died is repeated after this time.
LEASE = timedelta(minutes=5)
BATCH = 500
TEST_EVENT = "suite.test"


# -- subscriptions -----------------------------------------------------------------------------


@transaction.atomic
def create_subscription(
    *, name: str, url: str, events: Collection[str], actor: User, at: datetime, owner: User | None = None
) -> WebhookSubscription:
    """
    Note an address and what it is to be told; it is told nothing before it gets a secret.

    :raises InvalidInput: for an internal address or an event that nobody offers.
    :raises ValidationError: if a value is wrong.
    """
    row = WebhookSubscription(name=name, url=url, events=_known(events), owner=owner or actor, created_at=at)
    check_url(url)
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def update_subscription(
    *, webhooksubscription: WebhookSubscription, actor: User, at: datetime, **changes: Any
) -> WebhookSubscription:
    """
    Change an address or what it is told.

    :raises InvalidInput: for an internal address or an event that nobody offers.
    :raises ValidationError: if a value is wrong.
    """
    row = WebhookSubscription.objects.lock(webhooksubscription)
    for name, value in changes.items():
        setattr(row, name, _known(value) if name == "events" else value)
    check_url(row.url)
    row.full_clean()
    row.save()
    return row


def _known(events: Collection[str]) -> list[str]:
    wanted = sorted(set(events))
    if not wanted or set(wanted) - {each.code for each in all_offers()}:
        raise InvalidInput(_("Choose at least one of the events that are offered."), field="events")
    return wanted


@transaction.atomic
def renew_secret(*, subscription: WebhookSubscription, actor: User, at: datetime) -> str:
    """
    Give a subscription a new secret, turn it on, and return the secret: nobody can read it again.

    What is sent from now on is signed by it.
    """
    row = WebhookSubscription.objects.lock(subscription)
    row.secret = f"whsec_{secrets.token_urlsafe(32)}"
    row.is_active, row.failing_since, row.disabled_at = True, None, None
    row.save()
    _send_after_commit(list(_waiting(row).values_list("pk", flat=True)[:BATCH]))
    return str(row.secret)


@transaction.atomic
def enable_subscription(*, subscription: WebhookSubscription, actor: User, at: datetime) -> WebhookSubscription:
    """
    Turn a subscription on again; what waited meanwhile is sent.

    :raises WrongState: when it is on, or has no secret yet.
    """
    row = WebhookSubscription.objects.lock(subscription)
    if row.is_active:
        raise WrongState(_("It is on already."))
    if not row.secret:
        raise WrongState(_("Make a secret first; that turns it on."))
    row.is_active, row.failing_since, row.disabled_at = True, None, None
    row.save()
    _waiting(row).update(next_attempt_at=at)
    _send_after_commit(list(_waiting(row).values_list("pk", flat=True)[:BATCH]))
    return row


@transaction.atomic
def disable_subscription(*, subscription: WebhookSubscription, actor: User, at: datetime) -> WebhookSubscription:
    """
    Turn a subscription off: nothing is sent or noted for it.

    :raises WrongState: when it is off.
    """
    row = WebhookSubscription.objects.lock(subscription)
    if not row.is_active:
        raise WrongState(_("It is off already."))
    row.is_active = False
    row.save()
    return row


@transaction.atomic
def ping_subscription(*, subscription: WebhookSubscription, actor: User, at: datetime) -> WebhookDelivery:
    """
    Send a message that says nothing, to try the way.

    :raises WrongState: when the subscription is off.
    """
    row = WebhookSubscription.objects.lock(subscription)
    if not row.is_active:
        raise WrongState(_("Turn it on first."))
    delivery = _message(row, TEST_EVENT, {"message": "test"}, at)
    delivery.save(force_insert=True)
    _send_after_commit([delivery.pk])
    return delivery


def _waiting(row: WebhookSubscription) -> Any:
    return WebhookDelivery.objects.filter(subscription=row, status=DeliveryStatus.PENDING)


# -- messages ----------------------------------------------------------------------------------


def keep_event(*, offer: Offer, event: Event) -> int:
    """
    Write the messages of an event in its own transaction, and send them when it is committed; return how many.

    A worker or broker that is down loses nothing: every minute what is due is looked for.
    """
    subscriptions = list(WebhookSubscription.objects.filter(is_active=True, events__contains=[offer.code]))
    if not subscriptions:
        return 0
    at = timezone.now()
    messages = [
        _message(subscription, offer.code, payload, at)
        for payload in offer.payloads(event)
        for subscription in subscriptions
    ]
    made = WebhookDelivery.objects.bulk_create(messages)
    _send_after_commit([each.pk for each in made])
    return len(made)


def _message(subscription: WebhookSubscription, code: str, data: Any, at: datetime) -> WebhookDelivery:
    uid = uuid.uuid4()
    body = {"id": str(uid), "event": code, "created_at": at.isoformat(), "data": data}
    return WebhookDelivery(
        uid=uid,
        subscription=subscription,
        event=code,
        body=json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False, sort_keys=True),
        next_attempt_at=at,
        created_at=at,
    )


def _send_after_commit(pks: list[int]) -> None:
    if pks:
        after_commit(enqueue, pks)


def enqueue(pks: list[int]) -> None:
    """Let a worker send messages."""
    from suite.webhooks.tasks import send_messages

    for start in range(0, len(pks), BATCH):
        send_messages.delay(pks[start : start + BATCH])


def due_messages(*, at: datetime) -> list[int]:
    """Return the keys of messages whose time has come, the oldest first."""
    due = WebhookDelivery.objects.filter(
        status=DeliveryStatus.PENDING, next_attempt_at__lte=at, subscription__is_active=True
    )
    return list(due.order_by("next_attempt_at", "pk").values_list("pk", flat=True)[:BATCH])


def send_all(*, pks: Iterable[int], at: datetime) -> int:
    """
    Send messages whose time has come, each by at most one process at once; return how many arrived.

    Nothing is locked while the network is waited for.
    """
    return sum(_send(pk, at) for pk in pks)


def _send(pk: int, at: datetime) -> bool:
    with transaction.atomic():
        row = (
            WebhookDelivery.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("subscription")
            .filter(pk=pk, status=DeliveryStatus.PENDING, next_attempt_at__lte=at, subscription__is_active=True)
            .first()
        )
        if row is None:
            return False
        row.attempts += 1
        row.next_attempt_at = at + LEASE
        row.save(update_fields=["attempts", "next_attempt_at"])
    subscription = row.subscription
    timestamp = int(timezone.now().timestamp())
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Suite-Webhooks/1",
        "X-Suite-Event": row.event,
        "X-Suite-Delivery": str(row.uid),
        "X-Suite-Timestamp": str(timestamp),
    }
    signature = sign(secret=subscription.secret, timestamp=timestamp, body=row.body)
    answer = post(url=subscription.url, body=row.body, headers={**headers, "X-Suite-Signature": signature})
    note_answer(pk=row.pk, url=subscription.url, headers=headers, answer=answer, at=at)
    return answer.is_success


@transaction.atomic
def note_answer(*, pk: int, url: str, headers: dict[str, str], answer: Answer, at: datetime) -> WebhookDelivery:
    """Log an attempt, and decide what follows: done, again later, or given up; long failure turns the hook off."""
    row = WebhookDelivery.objects.lock(pk)
    WebhookAttempt.objects.create(
        delivery=row,
        at=at,
        url=url,
        headers=headers,
        response_status=answer.status,
        response_excerpt=answer.excerpt,
        error=answer.error,
        duration_ms=answer.duration_ms,
    )
    if answer.is_success:
        row.status, row.delivered_at = DeliveryStatus.DELIVERED, at
    elif row.attempts >= MAX_ATTEMPTS:
        row.status = DeliveryStatus.FAILED
    else:
        row.next_attempt_at = at + wait_after(row.attempts)
    row.save(update_fields=["status", "delivered_at", "next_attempt_at"])
    _note_health(row.subscription_id, answer, at)
    return row


def wait_after(attempts: int) -> timedelta:
    """Return how long is waited after the first, second, third … attempt."""
    return min(FIRST_WAIT * int(4 ** (attempts - 1)), LONGEST_WAIT)


def _note_health(pk: int, answer: Answer, at: datetime) -> None:
    subscriptions = WebhookSubscription.objects.filter(pk=pk)
    if answer.is_success:
        subscriptions.filter(failing_since__isnull=False).update(failing_since=None)
        return
    subscriptions.filter(failing_since__isnull=True).update(failing_since=at)
    off = subscriptions.filter(is_active=True, failing_since__lte=at - DISABLE_AFTER).update(
        is_active=False, disabled_at=at, version=F("version") + 1, updated_at=at
    )
    if off:
        row = WebhookSubscription.objects.select_related("owner").get(pk=pk)
        notify(
            recipients=[row.owner],
            kind=NotificationKind.ALERT,
            title=gettext_noop("The web hook “%(name)s” was turned off: for three days nothing arrived."),
            params={"name": row.name},
            body=answer.error,
            obj=row,
            at=at,
        )


@transaction.atomic
def resend_message(*, delivery: WebhookDelivery, actor: User, at: datetime) -> WebhookDelivery:
    """
    Send a message once more, with the same key and a fresh count of attempts.

    :raises WrongState: when its subscription is off.
    """
    row = WebhookDelivery.objects.lock(delivery)
    if not row.subscription.is_active:
        raise WrongState(_("Turn the web hook on first."))
    row.status, row.attempts, row.next_attempt_at, row.delivered_at = DeliveryStatus.PENDING, 0, at, None
    row.save()
    _send_after_commit([row.pk])
    return row
