"""Factories of web hooks."""

from __future__ import annotations

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from suite.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookSubscription
from tests.factories.hrm import UserFactory


class WebhookSubscriptionFactory(DjangoModelFactory[WebhookSubscription]):
    """A web hook that is on."""

    class Meta:
        model = WebhookSubscription

    name = factory.Sequence(lambda n: f"接口{n}")
    url = "https://hooks.example.com/in"
    events = factory.LazyFunction(lambda: ["crm.lead.created"])
    secret = "whsec_test"
    is_active = True
    owner = factory.SubFactory(UserFactory)


class WebhookDeliveryFactory(DjangoModelFactory[WebhookDelivery]):
    class Meta:
        model = WebhookDelivery

    subscription = factory.SubFactory(WebhookSubscriptionFactory)
    event = "crm.lead.created"
    body = "{}"
    next_attempt_at = factory.LazyFunction(timezone.now)


class WebhookAttemptFactory(DjangoModelFactory[WebhookAttempt]):
    class Meta:
        model = WebhookAttempt

    delivery = factory.SubFactory(WebhookDeliveryFactory)
    at = factory.LazyFunction(timezone.now)
    url = "https://hooks.example.com/in"
    response_status = 200
