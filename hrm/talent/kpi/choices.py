"""Choices of performance."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Direction(TextChoices):
    """Which actual figures of an indicator are good ones; codes of :class:`hrm.talent.scoring.Direction`."""

    HIGHER = "HIGHER", _("More is better")
    LOWER = "LOWER", _("Less is better")
    BAND = "BAND", _("Within a range")


class PlanStatus(TextChoices):
    """How far an appraisal has come."""

    DRAFT = "DRAFT", _("Draft")
    OPEN = "OPEN", _("Self-assessment")
    SCORING = "SCORING", _("Scoring")
    CALIBRATING = "CALIBRATING", _("Calibration")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


class SheetStatus(TextChoices):
    """How far the appraisal of one person has come."""

    OPEN = "OPEN", _("To be assessed")
    ASSESSED = "ASSESSED", _("Self-assessed")
    SCORED = "SCORED", _("Scored")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


# Sheets that nobody scored yet.
UNSCORED = frozenset({SheetStatus.OPEN, SheetStatus.ASSESSED})
# Sheets that count.
COUNTING = frozenset(SheetStatus) - {SheetStatus.CANCELLED}


class Grade(TextChoices):
    """What an appraisal comes to; the best one first."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"
    D = "D", "D"
