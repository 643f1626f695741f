"""Choices of campaigns."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class CampaignKind(TextChoices):
    """What kind of campaign it is."""

    EXHIBITION = "EXHIBITION", _("Exhibition")
    SEMINAR = "SEMINAR", _("Seminar")
    ADVERTISING = "ADVERTISING", _("Advertising")
    ONLINE = "ONLINE", _("Online promotion")
    MAILING = "MAILING", _("Mailing")
    PROMOTION = "PROMOTION", _("Sales promotion")
    REFERRAL = "REFERRAL", _("Referral programme")
    OTHER = "OTHER", _("Other")


class CampaignStatus(TextChoices):
    """States of a campaign."""

    PLANNED = "PLANNED", pgettext_lazy("campaign", "Planned")
    RUNNING = "RUNNING", pgettext_lazy("campaign", "Running")
    FINISHED = "FINISHED", pgettext_lazy("campaign", "Finished")
    CANCELLED = "CANCELLED", pgettext_lazy("campaign", "Cancelled")


class CostKind(TextChoices):
    """What money of a campaign was spent on."""

    VENUE = "VENUE", _("Booth and venue")
    MEDIA = "MEDIA", _("Media and advertising")
    MATERIAL = "MATERIAL", _("Printed matter and samples")
    GIFT = "GIFT", _("Gifts")
    TRAVEL = "TRAVEL", _("Travel and entertainment")
    SERVICE = "SERVICE", _("Services of others")
    OTHER = "OTHER", pgettext_lazy("campaign cost", "Other")


class Response(TextChoices):
    """How a member of a campaign reacted."""

    INVITED = "INVITED", _("Invited")
    RESPONDED = "RESPONDED", _("Responded")
    ATTENDED = "ATTENDED", _("Attended")
    DECLINED = "DECLINED", _("Declined")
