"""Choices of sales orders."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class OrderStatus(TextChoices):
    """States of a sales order 销售订单."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    CONFIRMED = "CONFIRMED", pgettext_lazy("sales order", "Confirmed")
    PARTIAL = "PARTIAL", _("Partly delivered")
    DELIVERED = "DELIVERED", _("Delivered")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


# Orders that something is still to be delivered on.
OPEN = frozenset({OrderStatus.CONFIRMED, OrderStatus.PARTIAL})
# Orders that customers count on, or could.
AGREED = frozenset({*OPEN, OrderStatus.DELIVERED, OrderStatus.CLOSED})


class DeliveryStatus(TextChoices):
    """States of a delivery 发货单."""

    SHIPPED = "SHIPPED", _("Shipped")
    SIGNED = "SIGNED", _("Signed for")


class ReturnStatus(TextChoices):
    """States of a return 退货."""

    RECEIVED = "RECEIVED", pgettext_lazy("goods", "Received")
