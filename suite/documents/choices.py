"""Choices of the documents."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# The colours of states: the mock's classes; empty is the grey of a draft.
TONES = frozenset({"", "wait", "go", "part", "done", "late", "hold", "void"})


class Reset(TextChoices):
    """When a series of numbers begins again with 1."""

    NEVER = "NEVER", _("Never")
    YEAR = "YEAR", _("Every year")
    MONTH = "MONTH", _("Every month")
    DAY = "DAY", _("Every day")


class LinkKind(TextChoices):
    """What one document is to another that came before it."""

    FOLLOWS = "FOLLOWS", _("follows from")
    REPLACES = "REPLACES", _("replaces")
    REVERSES = "REVERSES", _("reverses")
    SETTLES = "SETTLES", _("settles")
