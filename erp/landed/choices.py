"""Choices of landed costs."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LandedStatus(TextChoices):
    """States of a landed cost 采购费用."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    POSTED = "POSTED", _("Posted")
    REVERSED = "REVERSED", _("Reversed")
    CANCELLED = "CANCELLED", _("Cancelled")


class CostKind(TextChoices):
    """What was paid for besides the goods."""

    FREIGHT = "FREIGHT", _("Freight")
    CUSTOMS = "CUSTOMS", _("Customs duty")
    INSURANCE = "INSURANCE", _("Insurance")
    HANDLING = "HANDLING", _("Handling")
    OTHER = "OTHER", _("Other")


class Basis(TextChoices):
    """What a cost is shared out by."""

    VALUE = "VALUE", _("By value")
    QUANTITY = "QUANTITY", _("By quantity")
    LINES = "LINES", _("Equally for each line")
