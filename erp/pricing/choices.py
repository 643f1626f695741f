"""Choices of price lists and price agreements."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Audience(TextChoices):
    """Whom a price list is for."""

    EVERYBODY = "EVERYBODY", _("Every customer")
    REGION = "REGION", _("Customers of a province")
    CHOSEN = "CHOSEN", _("Chosen customers and groups")


class AgreementStatus(TextChoices):
    """States of a price agreement 采购价格协议."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    ACTIVE = "ACTIVE", _("In force")
    ENDED = "ENDED", _("Ended")
