"""Choices of what orders tell about customers."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Segment(TextChoices):
    """The eight classes of RFM, by whether recency, frequency and money are high (R F M)."""

    IMPORTANT_VALUE = "IMPORTANT_VALUE", _("Important: keep close")
    IMPORTANT_DEVELOP = "IMPORTANT_DEVELOP", _("Important: develop")
    IMPORTANT_KEEP = "IMPORTANT_KEEP", _("Important: bring back")
    IMPORTANT_RESCUE = "IMPORTANT_RESCUE", _("Important: win back")
    GENERAL_VALUE = "GENERAL_VALUE", _("General: keep close")
    GENERAL_DEVELOP = "GENERAL_DEVELOP", _("General: develop")
    GENERAL_KEEP = "GENERAL_KEEP", _("General: bring back")
    GENERAL_RESCUE = "GENERAL_RESCUE", _("General: win back")


class ChurnState(TextChoices):
    """How long a customer has been without an order, against the interval in which it usually orders."""

    NONE = "NONE", _("No order yet")
    ACTIVE = "ACTIVE", _("Buys as usual")
    WARNING = "WARNING", pgettext_lazy("churn", "Warning")
    CRITICAL = "CRITICAL", pgettext_lazy("churn", "About to be lost")


class RfmMethod(TextChoices):
    """What a figure of a customer is compared with."""

    QUARTILES = "QUARTILES", _("Quartiles (scores 1 to 4)")
    MEAN = "MEAN", _("Above or below the mean (scores 1 and 2)")


class WinBackStatus(TextChoices):
    """What became of the attempt to win a customer back 挽回."""

    OPEN = "OPEN", pgettext_lazy("win-back", "In progress")
    WON_BACK = "WON_BACK", _("Won back")
    GIVEN_UP = "GIVEN_UP", _("Given up")


class SuggestionStatus(TextChoices):
    """What became of a suggested tier."""

    OPEN = "OPEN", pgettext_lazy("tier suggestion", "To be decided")
    ACCEPTED = "ACCEPTED", pgettext_lazy("tier suggestion", "Accepted")
    DISMISSED = "DISMISSED", pgettext_lazy("tier suggestion", "Dismissed")


class TagColor(TextChoices):
    """Colours of tags, those of the look."""

    GREY = "", _("Grey")
    BLUE = "go", _("Blue")
    GREEN = "done", _("Green")
    AMBER = "wait", _("Amber")
    RED = "late", _("Red")
    VIOLET = "part", _("Violet")
