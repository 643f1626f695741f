"""Choices of handovers."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class HandoverStatus(TextChoices):
    """How far a handover has come."""

    OPEN = "OPEN", _("In preparation")
    RUNNING = "RUNNING", _("Being handed over")
    DONE = "DONE", _("Handed over")
    CANCELLED = "CANCELLED", _("Cancelled")
