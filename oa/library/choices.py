"""Choices of the document centre."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DocumentStatus(TextChoices):
    """Whether the content of a document is still there."""

    KEPT = "KEPT", _("Kept")
    DISCARDED = "DISCARDED", _("Discarded")
