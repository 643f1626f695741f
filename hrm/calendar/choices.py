"""Choices of the calendar and of requests about working time."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class DayType(TextChoices):
    """What people do on a day of the calendar."""

    WORKDAY = "WORKDAY", _("Working day")
    REST = "REST", _("Day of rest")


class RequestStatus(TextChoices):
    """States of a request about working time."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("In approval")
    APPROVED = "APPROVED", _("Approved")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")


# The request has been handed in and not been refused.
LIVE_REQUESTS = (RequestStatus.APPROVING, RequestStatus.APPROVED)
