"""Choices of requisitions, purchase orders and receipts."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RequestStatus(TextChoices):
    """States of a requisition 请购."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    APPROVED = "APPROVED", _("Approved")
    ORDERED = "ORDERED", _("Ordered")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


class RequestOrigin(TextChoices):
    """What a requisition was raised by."""

    MANUAL = "MANUAL", _("By hand")
    SHORTAGE = "SHORTAGE", _("Shortage of an order")
    REPLENISHMENT = "REPLENISHMENT", _("Replenishment")


class OrderStatus(TextChoices):
    """States of a purchase order 采购订单."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    RELEASED = "RELEASED", _("Released")
    PARTIAL = "PARTIAL", _("Partly received")
    RECEIVED = "RECEIVED", _("Received in full")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


# The supplier delivers on these.
OPEN_ORDERS = (OrderStatus.RELEASED, OrderStatus.PARTIAL)
# Something may still come of these.
LIVE_ORDERS = (OrderStatus.DRAFT, OrderStatus.APPROVING, *OPEN_ORDERS, OrderStatus.RECEIVED)


class PostedStatus(TextChoices):
    """The only state of what exists by being posted."""

    POSTED = "POSTED", _("Posted")
