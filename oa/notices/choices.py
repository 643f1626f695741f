"""Choices of notices."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class NoticeKind(TextChoices):
    """What is made known."""

    NOTICE = "NOTICE", pgettext_lazy("notice", "Notice")
    ANNOUNCEMENT = "ANNOUNCEMENT", _("Announcement")
    RULE = "RULE", _("Company rule")
    APPOINTMENT = "APPOINTMENT", _("Appointment or award")
    EVENT = "EVENT", pgettext_lazy("notice", "Event")
    SAFETY = "SAFETY", _("Safety notice")


class NoticeStatus(TextChoices):
    """States of a notice."""

    DRAFT = "DRAFT", _("Draft")
    SCHEDULED = "SCHEDULED", _("To be published")
    PUBLISHED = "PUBLISHED", _("Published")
    SUPERSEDED = "SUPERSEDED", _("Superseded")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("notice", "Withdrawn")
