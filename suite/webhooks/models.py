"""Who is told of what happens here, and what they were told."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from suite.core.encryption import EncryptedField
from suite.core.models import Model
from suite.masters.fields import WebsiteField
from suite.webhooks.choices import TONES, DeliveryStatus


class WebhookSubscription(Model):
    """
    One address of another program that is told of some events.

    It is active only with a secret, which signs what is sent; people see it once, when it is made.
    """

    name = models.CharField(_("name"), max_length=80)
    url = WebsiteField(_("address"), max_length=500, help_text=_("https://… of the program that is told."))
    events = ArrayField(models.CharField(max_length=60), verbose_name=_("events"), default=list)
    secret = EncryptedField(_("secret"), max_length=100, blank=True, default="", editable=False)
    is_active = models.BooleanField(_("active"), default=False, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="webhook_subscriptions",
        verbose_name=_("responsible"),
        help_text=_("Is told when it fails for long."),
    )
    failing_since = models.DateTimeField(_("failing since"), null=True, editable=False)
    disabled_at = models.DateTimeField(_("turned off after failures"), null=True, editable=False)

    class Meta:
        verbose_name = _("web hook")
        verbose_name_plural = _("web hooks")
        ordering = ("name", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(is_active=False) | ~Q(secret=""), name="webhook_active_has_secret"),
        )

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(Model):
    """
    One message for one subscription, written in the transaction of what it tells of, so that none is lost.

    ``uid`` stays the same however often it is sent: by it the other program knows what it has already.
    """

    uid = models.UUIDField(_("message key"), default=uuid.uuid4, unique=True, editable=False)
    subscription = models.ForeignKey(
        WebhookSubscription, models.CASCADE, related_name="deliveries", verbose_name=_("web hook")
    )
    event = models.CharField(_("event"), max_length=60)
    body = models.TextField(_("content"))
    status = models.CharField(
        pgettext_lazy("message", "status"), max_length=10, choices=DeliveryStatus, default=DeliveryStatus.PENDING
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True)
    delivered_at = models.DateTimeField(pgettext_lazy("message", "delivered"), null=True)

    class Meta:
        verbose_name = _("web hook message")
        verbose_name_plural = _("web hook messages")
        ordering = ("-pk",)
        indexes = (
            models.Index(
                fields=("next_attempt_at", "id"), condition=Q(status=DeliveryStatus.PENDING), name="webhookdelivery_due"
            ),
            models.Index(fields=("subscription", "-id"), name="webhookdelivery_sub"),
            models.Index(fields=("created_at", "id"), name="webhookdelivery_created"),
        )
        constraints = (
            models.CheckConstraint(
                condition=~Q(status=DeliveryStatus.PENDING) | Q(next_attempt_at__isnull=False),
                name="webhookdelivery_pending_has_time",
            ),
        )

    def __str__(self) -> str:
        return f"{self.event} {self.uid}"

    @property
    def tone(self) -> str:
        """The colour of the state."""
        return TONES[self.status]


class WebhookAttempt(models.Model):
    """One time that a message was sent, and what came back; never edited."""

    delivery = models.ForeignKey(
        WebhookDelivery, models.CASCADE, related_name="log", verbose_name=_("web hook message")
    )
    at = models.DateTimeField(_("at"))
    url = models.CharField(_("address"), max_length=500)
    headers = models.JSONField(_("headers"), default=dict)
    response_status = models.PositiveSmallIntegerField(_("answer"), null=True)
    response_excerpt = models.TextField(_("beginning of the answer"), blank=True)
    error = models.CharField(_("fault"), max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), default=0)

    class Meta:
        verbose_name = _("attempt to send")
        verbose_name_plural = _("attempts to send")
        default_permissions = ()
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.delivery} {self.response_status or self.error}"
