"""Choices of requests for quotation, quotes and blanket orders."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RequestStatus(TextChoices):
    """States of a request for quotation 询价单."""

    DRAFT = "DRAFT", _("Draft")
    SENT = "SENT", _("Sent to suppliers")
    COMPARED = "COMPARED", _("Being compared")
    AWARDED = "AWARDED", _("Awarded")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


# Suppliers may still quote.
OPEN_REQUESTS = (RequestStatus.SENT, RequestStatus.COMPARED)
# What it asks for is not asked for by another one.
LIVE_REQUESTS = (RequestStatus.DRAFT, *OPEN_REQUESTS)


class QuoteStatus(TextChoices):
    """States of a quote of a supplier 供应商报价."""

    RECEIVED = "RECEIVED", _("Quoted")
    REPLACED = "REPLACED", _("Replaced by a newer one")
    AWARDED = "AWARDED", _("Awarded")
    DECLINED = "DECLINED", _("Not chosen")


class BlanketStatus(TextChoices):
    """States of a blanket order 框架订单."""

    DRAFT = "DRAFT", _("Draft")
    ACTIVE = "ACTIVE", _("In force")
    FULFILLED = "FULFILLED", _("Called off in full")
    ENDED = "ENDED", _("Ended")
