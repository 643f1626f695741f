"""Choices of the web hooks."""

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy


class DeliveryStatus(TextChoices):
    """What became of a message to another program."""

    PENDING = "PENDING", pgettext_lazy("message", "To be sent")
    DELIVERED = "DELIVERED", pgettext_lazy("message", "Delivered")
    FAILED = "FAILED", pgettext_lazy("message", "Given up")


TONES: dict[str, str] = {
    DeliveryStatus.PENDING: "wait",
    DeliveryStatus.DELIVERED: "done",
    DeliveryStatus.FAILED: "void",
}
