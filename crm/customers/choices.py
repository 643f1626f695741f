"""Choices of leads and customers."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LeadStatus(TextChoices):
    """States of a lead 线索."""

    NEW = "NEW", _("New lead")
    CONTACTED = "CONTACTED", _("Contacted")
    QUALIFIED = "QUALIFIED", _("Qualified")
    CONVERTED = "CONVERTED", _("Converted")
    INVALID = "INVALID", _("Invalid")


class Tier(TextChoices):
    """How important a customer is."""

    A = "A", _("A: key customer")
    B = "B", _("B: important")
    C = "C", _("C: ordinary")
    D = "D", _("D: occasional")


class CustomerStage(TextChoices):
    """How far the business with a customer has come."""

    NEW = "NEW", _("Awaiting first contact")
    FOLLOWING = "FOLLOWING", _("In contact")
    DEAL = "DEAL", _("Has ordered")
    DORMANT = "DORMANT", _("Dormant")


class FollowUpKind(TextChoices):
    """How somebody was contacted."""

    CALL = "CALL", _("Phone call")
    VISIT = "VISIT", _("Visit")
    WECHAT = "WECHAT", _("WeChat")
    EMAIL = "EMAIL", _("E-mail")
    MEETING = "MEETING", _("Meeting")
    SAMPLE = "SAMPLE", _("Sample sent")
    OTHER = "OTHER", _("Other")


class OwnerChangeTrigger(TextChoices):
    """Why a customer got another owner."""

    CREATED = "CREATED", _("Created")
    CONVERTED = "CONVERTED", _("Converted from a lead")
    TRANSFER = "TRANSFER", _("Transferred")
    CLAIM = "CLAIM", _("Claimed from the pool")
    RETURN = "RETURN", _("Returned to the pool")
    RECYCLE = "RECYCLE", _("Recycled")
    RULE = "RULE", _("Assigned by rule")
    IMPORT = "IMPORT", _("Imported")
    HANDOVER = "HANDOVER", _("Handover on leaving")
