"""Pages of the web hooks."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from suite.core.text import listed
from suite.pages.actions import Action
from suite.pages.columns import Column, badge
from suite.pages.pageset import PageSet, View
from suite.pages.panels import Attributes, Children
from suite.pages.registry import register, tab
from suite.webhooks import services
from suite.webhooks.choices import DeliveryStatus
from suite.webhooks.forms import SubscriptionForm
from suite.webhooks.models import WebhookDelivery, WebhookSubscription
from suite.webhooks.registry import all_offers


def event_titles(codes: Any) -> str:
    """The events by what they are called."""
    titles = {services.TEST_EVENT: _t("Test message"), **{each.code: each.title for each in all_offers()}}
    return listed(titles.get(code, code) for code in codes)


def state_badge(row: WebhookSubscription) -> Any:
    """On, off, failing, or still without secret."""
    if not row.secret:
        return badge(_t("No secret yet"), "wait")
    if not row.is_active:
        return badge(_t("Turned off after failures") if row.disabled_at else _t("Off"), "void")
    return badge(_t("Failing"), "hold") if row.failing_since else badge(_t("On"), "done")


def delivery_badge(row: WebhookDelivery) -> Any:
    """The state of a message."""
    return badge(row.get_status_display(), row.tone)


def moment(name: str, **more: Any) -> Column:
    """A column of a time to the second, as a log needs it."""

    def render(row: Any) -> Any:
        at = getattr(row, name)
        return f"{timezone.localtime(at):%m-%d %H:%M:%S}" if at is not None else None

    return Column(name, render=render, **more)


STATE = Column("state", render=state_badge, label=_("State"), sort="", phone="p-end")
EVENTS = Column("events", render=lambda row: event_titles(row.events), label=_("Events"), sort="", phone="p-full")


def _why_on(row: WebhookSubscription, user: Any) -> Any:
    if row.is_active:
        return _t("It is on already.")
    return "" if row.secret else _t("Make a secret first; that turns it on.")


def _why_off(row: WebhookSubscription, user: Any) -> Any:
    return "" if row.is_active else _t("It is off already.")


def _why_no_test(row: WebhookSubscription, user: Any) -> Any:
    return "" if row.is_active else _t("Turn it on first.")


@register
class WebhookSubscriptionPages(PageSet):
    """Which programs are told of what."""

    model = WebhookSubscription
    icon = "webhook"
    description = _("Addresses of other programs that are told at once when something happens here.")
    columns = (
        "name",
        Column("url", label=_("Address"), phone="p-full"),
        EVENTS,
        STATE,
        "owner",
        Column("failing_since"),
    )
    filters = ("is_active", "owner")
    ordering = "name"
    summary = (STATE, "owner", Column("failing_since"))
    panels = (
        Attributes(Column("url", label=_("Address")), EVENTS, "disabled_at", title=_("What is sent where")),
        Children(
            "deliveries",
            moment("created_at", label=_("Since")),
            Column("event", render=lambda row: event_titles([row.event]), label=_("Event")),
            Column("status", render=delivery_badge, label=pgettext_lazy("message", "status")),
            "attempts",
            link=True,
            limit=20,
            title=_("Last messages"),
        ),
    )
    fields = ("name", "url", "events", "owner")
    form = SubscriptionForm
    create_service = services.create_subscription
    update_service = services.update_subscription
    actions = (
        Action(
            services.ping_subscription,
            _("Send a test message"),
            "change",
            icon="send",
            name="test",
            refusal=_why_no_test,
        ),
        Action(services.enable_subscription, _("Turn on"), "change", icon="player-play", refusal=_why_on),
        Action(services.disable_subscription, _("Turn off"), "change", icon="player-pause", refusal=_why_off),
    )
    permissions = {"renew": _("Make and renew secrets")}
    is_small = True

    def initial(self, request: Any) -> dict[str, Any]:
        return {"owner": request.user.pk}


@tab(WebhookSubscription, title=_("Secret"), permission="suite.renew_webhooksubscription", code="secret")
def secret_tab(request: HttpRequest, obj: WebhookSubscription) -> tuple[str, dict[str, Any]]:
    """Where the secret is made; it is shown by the answer alone."""
    return "webhooks/_secret.html", {"subscription": obj}


def _may_resend(row: WebhookDelivery, user: Any) -> Any:
    return "" if row.subscription.is_active else _t("Turn the web hook on first.")


@register
class WebhookDeliveryPages(PageSet):
    """What was sent, and what came back."""

    model = WebhookDelivery
    icon = "send"
    description = _("Every message to another program: when it was sent, and what came back.")
    columns = (
        moment("created_at", label=_("Since"), phone="p-end"),
        Column("event", render=lambda row: event_titles([row.event]), label=_("Event")),
        Column("subscription", phone="p-full"),
        Column("status", render=delivery_badge, label=pgettext_lazy("message", "status"), phone="p-start"),
        "attempts",
        moment("next_attempt_at"),
        moment("delivered_at"),
    )
    optional_columns = ("uid",)
    filters = ("subscription", "status", "event", "created_at")
    ordering = "-created_at"
    views = (View(_("Given up"), "status=FAILED", is_hot=True), View(_("To be sent"), "status=PENDING"))
    summary = (
        "subscription",
        "attempts",
        moment("next_attempt_at"),
        moment("delivered_at"),
    )
    panels = (
        Attributes("uid", "event", "body", title=_("Message")),
        Children(
            "log",
            moment("at"),
            "url",
            "response_status",
            "duration_ms",
            "error",
            "response_excerpt",
            title=_("Attempts"),
        ),
    )
    operations = frozenset()
    actions = (
        Action(
            services.resend_message,
            _("Send again"),
            "resend",
            icon="refresh",
            refusal=_may_resend,
            bulk=True,
            primary_in={DeliveryStatus.FAILED},
        ),
    )
    has_activity = False

    def heading(self, obj: WebhookDelivery) -> tuple[Any, Any]:
        return str(obj.uid), event_titles([obj.event])
