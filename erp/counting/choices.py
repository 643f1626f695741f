"""Choices of stock counting."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class CountStatus(TextChoices):
    """States of a count sheet 盘点单."""

    DRAFT = "DRAFT", _("Draft")
    COUNTING = "COUNTING", _("Counting")
    REVIEWING = "REVIEWING", _("Recount")
    APPROVING = "APPROVING", _("In approval")
    POSTED = "POSTED", _("Posted")
    CANCELLED = "CANCELLED", _("Cancelled")


class CountScope(TextChoices):
    """What of a warehouse is counted."""

    ALL = "ALL", _("Everything")
    CATEGORY = "CATEGORY", _("One category")
    ITEMS = "ITEMS", _("Chosen items")
    MOVED = "MOVED", _("What moved since a day")


# The count is going on: its stock is on no other sheet.
OPEN_COUNTS = frozenset({CountStatus.COUNTING, CountStatus.REVIEWING, CountStatus.APPROVING})
