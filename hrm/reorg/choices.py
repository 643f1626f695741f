"""Choices of reorganisations."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ReorganisationStatus(TextChoices):
    """How far a reorganisation has come."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    APPROVED = "APPROVED", _("Approved")
    APPLIED = "APPLIED", _("In force")
    CANCELLED = "CANCELLED", _("Cancelled")


class StepKind(TextChoices):
    """What happens to a department."""

    MOVE = "MOVE", _("Moves below another")
    HEAD = "HEAD", _("Gets another head")
    RENAME = "RENAME", _("Gets another name")
    CLOSE = "CLOSE", _("Is closed")
