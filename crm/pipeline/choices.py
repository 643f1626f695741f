"""Choices of the sales pipeline."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OpportunityStatus(TextChoices):
    """States of an opportunity 商机."""

    OPEN = "OPEN", _("Open opportunity")
    WON = "WON", _("Won")
    LOST = "LOST", _("Lost")
    INVALID = "INVALID", _("Invalid")
