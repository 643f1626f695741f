"""Choices of meetings."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class MeetingStatus(TextChoices):
    """Whether a meeting takes place."""

    BOOKED = "BOOKED", _("Booked")
    CANCELLED = "CANCELLED", _("Cancelled")


class Answer(TextChoices):
    """What somebody who is invited said."""

    OPEN = "OPEN", _("No answer yet")
    ACCEPTED = "ACCEPTED", pgettext_lazy("meeting", "Accepted")
    DECLINED = "DECLINED", pgettext_lazy("meeting", "Declined")
