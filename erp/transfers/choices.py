"""Choices of transfers."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TransferStatus(TextChoices):
    """States of a transfer order 调拨单."""

    DRAFT = "DRAFT", _("Draft")
    CONFIRMED = "CONFIRMED", pgettext_lazy("transfer order", "Confirmed")
    SHIPPED = "SHIPPED", _("On its way")
    DONE = "DONE", _("Completed")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


class StepKind(TextChoices):
    """What was done with a transfer."""

    SHIP = "SHIP", _("Shipped")
    RECEIVE = "RECEIVE", _("Goods received")
    RETURN = "RETURN", _("Brought back")
    CONSUME = "CONSUME", _("Consumed")
    LOSE = "LOSE", _("Written off")


# Something may still be sent.
OPEN_TRANSFERS = frozenset({TransferStatus.CONFIRMED, TransferStatus.SHIPPED})
