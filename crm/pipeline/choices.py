"""Choices of the sales pipeline."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OpportunityStatus(TextChoices):
    """States of an opportunity 商机."""

    OPEN = "OPEN", _("Open opportunity")
    WON = "WON", _("Won")
    LOST = "LOST", _("Lost")
    INVALID = "INVALID", _("Invalid")


class ConditionKind(TextChoices):
    """What an opportunity must have before it leaves a stage forward 阶段推进条件."""

    AMOUNT = "AMOUNT", _("Amount above")
    CLOSE_DATE = "CLOSE_DATE", _("Expected close that is still to come")
    CONTACT = "CONTACT", _("Contact person")
    DECISION_MAKER = "DECISION_MAKER", _("Decision maker known")
    FOLLOW_UP = "FOLLOW_UP", _("Follow-up in this stage within days")
    LINES = "LINES", _("Products entered")
    QUOTATION = "QUOTATION", _("Quotation sent")
    FIELD = "FIELD", _("Field filled in")


class RequiredField(TextChoices):
    """Fields of an opportunity that a condition may ask for."""

    SOURCE = "source", _("source")
    NEXT_STEP = "next_step", _("next step")
    NEXT_CONTACT = "next_contact_at", _("next contact")
    NOTE = "note", _("note")
