"""Choices of the three-way match."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MatchStatus(TextChoices):
    """States of a billed line: only what fits, or was released, may be paid."""

    ENTERED = "ENTERED", pgettext_lazy("invoice", "Entered")
    MATCHED = "MATCHED", pgettext_lazy("invoice", "Matched")
    BLOCKED = "BLOCKED", _("Payment blocked")
    RELEASED = "RELEASED", pgettext_lazy("invoice", "Released for payment")
    REJECTED = "REJECTED", _("Sent back to the supplier")
