"""Web hooks: signed, sent after the commit, tried again, logged, turned off after long failure, never to the inside."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from crm.contracts.choices import ContractStatus
from crm.contracts.services import confirm_receipt, sign_contract
from crm.customers.services import create_lead
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, WrongState
from suite.webhooks import services, tasks
from suite.webhooks.choices import DeliveryStatus
from suite.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookSubscription
from suite.webhooks.sending import Answer, check_url, is_public, post, sign
from suite.webhooks.services import (
    DISABLE_AFTER,
    MAX_ATTEMPTS,
    disable_subscription,
    due_messages,
    enable_subscription,
    note_answer,
    renew_secret,
    resend_message,
    send_all,
    wait_after,
)
from tests.crm.kit import Sales, open_crm, signed_in, with_token
from tests.factories.crm import ContractFactory, ReceiptFactory
from tests.factories.webhooks import WebhookDeliveryFactory, WebhookSubscriptionFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
OK = Answer(200, "ok", "", 12)
BROKEN = Answer(500, "oops", "answered 500", 12)


@dataclass
class Program:
    """Another program on this machine: keeps what it is told, and answers what it was told to."""

    status: int = 200
    location: str = ""
    heard: list[tuple[dict[str, str], str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def program(settings: Any) -> Iterator[Program]:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    settings.WEBHOOK_TIMEOUT = 5
    told = Program()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            told.heard.append((dict(self.headers.items()), body))
            self.send_response(told.status)
            if told.location:
                self.send_header("Location", told.location)
            self.end_headers()
            self.wfile.write(b"heard " + b"x" * 5000)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_port}/hook?from=suite"
    Thread(target=server.serve_forever, daemon=True).start()
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def sales() -> Sales:
    return open_crm(AT)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What a worker is asked to send; no worker runs."""
    pks: list[int] = []
    monkeypatch.setattr(tasks.send_messages, "delay", pks.extend)
    return pks


# -- the message -------------------------------------------------------------------------------


def test_the_signature_is_that_of_timestamp_and_body() -> None:
    expected = hmac.new(b"whsec_test", b'1700000000.{"a": "\xe6\xb7\xb1"}', hashlib.sha256).hexdigest()

    assert sign(secret="whsec_test", timestamp=1_700_000_000, body='{"a": "深"}') == f"v1={expected}"


def test_a_message_arrives_signed_and_is_logged(program: Program) -> None:
    delivery = WebhookDeliveryFactory(subscription__url=program.url, body='{"id": 1}', next_attempt_at=AT)

    sent = send_all(pks=[delivery.pk], at=AT)

    ((headers, body),) = program.heard
    timestamp = int(headers["X-Suite-Timestamp"])
    assert sent == 1
    assert body == '{"id": 1}'
    assert headers["X-Suite-Signature"] == sign(secret="whsec_test", timestamp=timestamp, body=body)
    assert (headers["X-Suite-Event"], headers["X-Suite-Delivery"]) == ("crm.lead.created", str(delivery.uid))
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts, delivery.delivered_at) == (DeliveryStatus.DELIVERED, 1, AT)
    attempt = WebhookAttempt.objects.get()
    assert (attempt.response_status, attempt.url, attempt.error) == (200, program.url, "")
    assert attempt.response_excerpt == "heard " + "x" * 1994
    assert "X-Suite-Signature" not in attempt.headers


def test_what_arrived_is_not_sent_again(program: Program) -> None:
    delivery = WebhookDeliveryFactory(subscription__url=program.url, next_attempt_at=AT)

    send_all(pks=[delivery.pk, delivery.pk], at=AT)

    assert len(program.heard) == 1


def test_a_redirect_is_not_followed(program: Program) -> None:
    program.status, program.location = 302, f"{program.url}&again=1"
    delivery = WebhookDeliveryFactory(subscription__url=program.url, next_attempt_at=AT)

    send_all(pks=[delivery.pk], at=AT)

    assert len(program.heard) == 1
    delivery.refresh_from_db()
    assert delivery.status == DeliveryStatus.PENDING
    attempt = WebhookAttempt.objects.get()
    assert attempt.response_status == 302
    assert attempt.error


def test_nobody_listening_is_a_failure_that_is_logged(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = True
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    delivery = WebhookDeliveryFactory(subscription__url=f"http://127.0.0.1:{port}/", next_attempt_at=AT)

    send_all(pks=[delivery.pk], at=AT)

    attempt = WebhookAttempt.objects.get()
    assert attempt.response_status is None
    assert "refused" in attempt.error.lower()


# -- never to the inside -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        str(ipaddress.IPv4Address(0)),
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
    ],
)
def test_internal_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "223.5.5.5", "2400:3200::1", "::ffff:8.8.8.8"])
def test_public_addresses_are(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "https:///nowhere",
        "https://user:secret@example.com/",
        "http://127.0.0.1/",
        "http://localhost:8000/",
        "http://db.internal/",
        "http://[::1]/",
    ],
)
def test_such_addresses_cannot_be_entered(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_url(url)


def test_a_name_that_leads_inside_is_not_called(program: Program, settings: Any, monkeypatch: Any) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    port = int(program.url.split(":")[2].split("/")[0])
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: inside)

    answer = post(url=f"http://hooks.example.com:{port}/", body="{}", headers={})

    assert program.heard == []
    assert (answer.status, answer.is_success) == (None, False)
    assert "127.0.0.1" in answer.error


# -- again, and off ----------------------------------------------------------------------------


def test_waits_grow_to_half_a_day() -> None:
    minutes = [wait_after(n).total_seconds() / 60 for n in range(1, 8)]

    assert minutes == [1, 4, 16, 64, 256, 720, 720]


def test_a_failure_is_tried_again_until_it_is_given_up(program: Program) -> None:
    program.status = 503
    delivery = WebhookDeliveryFactory(subscription__url=program.url, next_attempt_at=AT)

    send_all(pks=[delivery.pk], at=AT)
    too_early = due_messages(at=AT + timedelta(seconds=59))
    due = due_messages(at=AT + timedelta(minutes=1))
    WebhookDelivery.objects.update(attempts=MAX_ATTEMPTS - 1, next_attempt_at=AT)
    send_all(pks=[delivery.pk], at=AT)

    delivery.refresh_from_db()
    assert (too_early, due) == ([], [delivery.pk])
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.FAILED, MAX_ATTEMPTS)
    assert due_messages(at=AT + timedelta(days=9)) == []


def test_long_failure_turns_it_off_and_tells_its_owner() -> None:
    subscription = WebhookSubscriptionFactory()
    delivery = WebhookDeliveryFactory(subscription=subscription, next_attempt_at=AT)

    for days in (0, 1, 2):
        note_answer(pk=delivery.pk, url="", headers={}, answer=BROKEN, at=AT + timedelta(days=days))
    subscription.refresh_from_db()
    was_on = subscription.is_active
    note_answer(pk=delivery.pk, url="", headers={}, answer=BROKEN, at=AT + DISABLE_AFTER)

    subscription.refresh_from_db()
    assert was_on
    assert (subscription.is_active, subscription.disabled_at) == (False, AT + DISABLE_AFTER)
    assert Notification.objects.get().recipient == subscription.owner
    assert due_messages(at=AT + timedelta(days=9)) == []


def test_one_success_ends_a_failure() -> None:
    delivery = WebhookDeliveryFactory(next_attempt_at=AT)
    note_answer(pk=delivery.pk, url="", headers={}, answer=BROKEN, at=AT)

    note_answer(pk=delivery.pk, url="", headers={}, answer=OK, at=AT + timedelta(days=2))
    note_answer(pk=delivery.pk, url="", headers={}, answer=BROKEN, at=AT + DISABLE_AFTER)

    delivery.subscription.refresh_from_db()
    assert delivery.subscription.is_active
    assert delivery.subscription.failing_since == AT + DISABLE_AFTER


def test_a_message_is_sent_again_by_hand_with_its_key(program: Program, sales: Sales) -> None:
    delivery = WebhookDeliveryFactory(
        subscription__url=program.url, status=DeliveryStatus.FAILED, attempts=MAX_ATTEMPTS, next_attempt_at=AT
    )

    resend_message(delivery=delivery, actor=sales.administrator, at=AT)
    send_all(pks=[delivery.pk], at=AT)

    assert [headers["X-Suite-Delivery"] for headers, _body in program.heard] == [str(delivery.uid)]
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 1)


def test_what_waits_is_sent_when_it_is_turned_on_again(
    queued: list[int], sales: Sales, django_capture_on_commit_callbacks: Any
) -> None:
    subscription = WebhookSubscriptionFactory(is_active=False)
    delivery = WebhookDeliveryFactory(subscription=subscription, next_attempt_at=AT)

    with django_capture_on_commit_callbacks(execute=True):
        enable_subscription(subscription=subscription, actor=sales.administrator, at=AT)
    with pytest.raises(WrongState):
        enable_subscription(subscription=subscription, actor=sales.administrator, at=AT)
    disable_subscription(subscription=subscription, actor=sales.administrator, at=AT)
    with pytest.raises(WrongState):
        resend_message(delivery=delivery, actor=sales.administrator, at=AT)

    assert queued == [delivery.pk]


# -- events ------------------------------------------------------------------------------------


def test_a_lead_is_told_of_after_the_commit(
    queued: list[int], sales: Sales, django_capture_on_commit_callbacks: Any
) -> None:
    subscription = WebhookSubscriptionFactory()
    WebhookSubscriptionFactory(is_active=False)
    WebhookSubscriptionFactory(events=["crm.contract.signed"])

    with django_capture_on_commit_callbacks(execute=True):
        lead = create_lead(
            name="方可心",
            company_name="启岳数码",
            mobile="138 0013 8000",
            estimated_amount=Decimal("1200.50"),
            actor=sales.seller,
            at=AT,
        )
        before_commit = list(queued)

    delivery = WebhookDelivery.objects.get()
    body = json.loads(delivery.body)
    assert before_commit == []
    assert queued == [delivery.pk]
    assert (delivery.subscription, delivery.event, delivery.status) == (subscription, "crm.lead.created", "PENDING")
    assert (body["id"], body["event"]) == (str(delivery.uid), "crm.lead.created")
    assert datetime.fromisoformat(body["created_at"]).tzinfo is not None
    assert body["data"] == {
        "id": lead.pk,
        "number": lead.number,
        "name": "方可心",
        "company_name": "启岳数码",
        "mobile": "138 0013 8000",
        "email": "",
        "source": None,
        "requirement": "",
        "estimated_amount": "1200.50",
        "owner": sales.seller.username,
        "status": "NEW",
        "created_at": AT.isoformat(),
    }


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_loses_nothing(sales: Sales, monkeypatch: pytest.MonkeyPatch) -> None:
    WebhookSubscriptionFactory()

    def down(_pks: list[int]) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.send_messages, "delay", down)

    lead = create_lead(name="方可心", actor=sales.seller, at=AT)

    delivery = WebhookDelivery.objects.get()
    assert json.loads(delivery.body)["data"]["id"] == lead.pk
    assert due_messages(at=timezone.now()) == [delivery.pk]


def test_what_is_rolled_back_is_not_told(queued: list[int], sales: Sales) -> None:
    WebhookSubscriptionFactory()

    def enter_and_fail() -> None:
        with transaction.atomic():
            create_lead(name="方可心", actor=sales.seller, at=AT)
            raise LookupError

    with pytest.raises(LookupError):
        enter_and_fail()

    assert WebhookDelivery.objects.count() == 0


def test_a_message_whose_task_was_lost_is_found(queued: list[int]) -> None:
    delivery = WebhookDeliveryFactory(next_attempt_at=AT)

    tasks.send_due_messages(AT)

    assert queued == [delivery.pk]


def test_a_signed_contract_and_a_confirmed_receipt_are_told_of(sales: Sales) -> None:
    WebhookSubscriptionFactory(events=["crm.contract.signed", "crm.receipt.confirmed"])
    contract = ContractFactory()
    contract.become(ContractStatus.APPROVING, actor=sales.manager, at=timezone.now())
    contract.become(ContractStatus.APPROVED, actor=sales.manager, at=timezone.now())
    sign_contract(contract=contract, actor=sales.manager, at=AT, signed_on=date(2026, 11, 19))
    receipt = ReceiptFactory(contract=contract)
    confirm_receipt(receipt=receipt, actor=sales.manager, at=AT)

    signed, confirmed = (json.loads(each.body) for each in WebhookDelivery.objects.order_by("pk"))

    assert signed["event"] == "crm.contract.signed"
    assert signed["data"]["number"] == contract.number
    assert (signed["data"]["gross_total"], signed["data"]["signed_at"]) == ("1130.00", AT.isoformat())
    assert signed["data"]["customer"]["code"] == contract.customer.party.code
    assert confirmed["event"] == "crm.receipt.confirmed"
    assert (confirmed["data"]["amount"], confirmed["data"]["received_on"]) == ("10.00", "2026-11-01")
    assert confirmed["data"]["contract"] == {"id": contract.pk, "number": contract.number}


def test_old_messages_are_forgotten_but_none_that_waits() -> None:
    waiting = WebhookDeliveryFactory(next_attempt_at=AT)
    WebhookDeliveryFactory(status=DeliveryStatus.DELIVERED)
    WebhookDelivery.objects.update(created_at=AT - timedelta(days=91))

    tasks.forget_old_messages(AT)

    assert list(WebhookDelivery.objects.all()) == [waiting]


# -- pages, API, permission --------------------------------------------------------------------


def test_an_administrator_makes_one_and_sees_its_secret_once(sales: Sales) -> None:
    client = signed_in(sales.administrator)
    values = {
        "name": "网站",
        "url": "https://hooks.example.com/in",
        "events": ["crm.lead.created", "crm.contract.signed"],
        "owner": sales.administrator.pk,
    }

    made = client.post(reverse("suite:webhooksubscription-create"), values)
    row = WebhookSubscription.objects.get()
    was_active = row.is_active
    shown = client.post(reverse("webhooks:secret", args=(row.pk,)))
    row.refresh_from_db()
    later = client.get(row.get_absolute_url()).content.decode()
    by_api = client.get(f"/api/masters/webhook-subscriptions/{row.pk}/").json()

    assert made.status_code == 302
    assert (was_active, row.is_active) == (False, True)
    assert row.events == ["crm.contract.signed", "crm.lead.created"]
    assert row.secret.startswith("whsec_")
    assert row.secret in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert row.secret not in later
    assert "secret" not in by_api


def test_the_secret_is_stored_encrypted() -> None:
    row = WebhookSubscriptionFactory(secret="whsec_readable")

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM suite_webhooksubscription WHERE id = %s", [row.pk])
        stored = cursor.fetchone()[0]

    assert "readable" not in stored
    assert WebhookSubscription.objects.get().secret == "whsec_readable"


def test_a_new_secret_takes_the_place_of_the_old_one(sales: Sales) -> None:
    row = WebhookSubscriptionFactory(is_active=False, failing_since=AT, disabled_at=AT)

    secret = renew_secret(subscription=row, actor=sales.administrator, at=AT)

    row.refresh_from_db()
    assert row.secret == secret != "whsec_test"
    assert (row.is_active, row.failing_since, row.disabled_at) == (True, None, None)


def test_internal_addresses_and_unknown_events_are_refused_on_the_page(sales: Sales) -> None:
    client = signed_in(sales.administrator)
    values = {
        "name": "内网",
        "url": "http://127.0.0.1:9000/",
        "events": ["crm.lead.created"],
        "owner": sales.manager.pk,
    }

    inside = client.post(reverse("suite:webhooksubscription-create"), values)
    unknown = client.post(
        reverse("suite:webhooksubscription-create"), {**values, "url": "https://example.com/", "events": ["a.b"]}
    )

    assert (inside.status_code, unknown.status_code) == (422, 422)
    assert WebhookSubscription.objects.count() == 0


def test_by_the_api(sales: Sales, client: Any, queued: list[int]) -> None:
    headers = with_token(sales.administrator)
    body = {
        "name": "网站",
        "url": "https://hooks.example.com/in",
        "events": ["crm.lead.created"],
        "owner": sales.administrator.pk,
    }
    made = client.post(
        "/api/masters/webhook-subscriptions/", body, content_type="application/json", headers=headers
    ).json()

    secret = client.post(reverse("api-webhook-secret", args=(made["id"],)), headers=headers)
    tested = client.post(f"/api/masters/webhook-subscriptions/{made['id']}/test/", headers=headers)

    assert (secret.status_code, tested.status_code) == (201, 200)
    row = WebhookSubscription.objects.get()
    assert secret.json() == {"secret": row.secret}
    assert WebhookDelivery.objects.get().event == services.TEST_EVENT


def test_only_administrators_may(sales: Sales, client: Any) -> None:
    row = WebhookSubscriptionFactory()
    delivery = WebhookDeliveryFactory(subscription=row)
    browser = signed_in(sales.manager)
    before = row.secret

    answers = [
        browser.get(row.get_absolute_url()),
        browser.get(delivery.get_absolute_url()),
        browser.post(reverse("webhooks:secret", args=(row.pk,))),
        client.post(reverse("api-webhook-secret", args=(row.pk,)), headers=with_token(sales.manager)),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403, 403]
    row.refresh_from_db()
    assert row.secret == before
