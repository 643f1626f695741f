"""Choices of the stock ledger."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class StockStatus(TextChoices):
    """What may be done with stock; only good stock can be promised, reserved and shipped."""

    PENDING = "PENDING", _("To be inspected")
    GOOD = "GOOD", _("Good")
    HOLD = "HOLD", _("On hold")
    REJECT = "REJECT", _("Rejected")


class MoveKind(TextChoices):
    """Why stock moves."""

    RECEIPT = "RECEIPT", _("Receipt")
    SUPPLIER_RETURN = "SUPPLIER_RETURN", _("Return to supplier")
    SHIPMENT = "SHIPMENT", _("Shipment")
    CUSTOMER_RETURN = "CUSTOMER_RETURN", _("Return of a customer")
    TRANSFER = "TRANSFER", pgettext_lazy("stock", "Transfer")
    STATUS = "STATUS", _("Change of status")
    COUNT = "COUNT", _("Count")
    LOSS = "LOSS", _("Loss")
    OPENING = "OPENING", _("Opening stock")
    ISSUE = "ISSUE", _("Issue to production")
    COMPLETION = "COMPLETION", _("Completion")


class EntryKind(TextChoices):
    """Why the value of stock changed."""

    MOVE = "MOVE", _("Move")
    REPLAY = "REPLAY", _("Recomputed after a back-dated move")
    PRICE = "PRICE", _("Price known later")
