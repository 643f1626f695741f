"""Choices of training and skills."""

from __future__ import annotations

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SessionStatus(TextChoices):
    """How far a training session has come."""

    PLANNED = "PLANNED", pgettext_lazy("training", "Planned")
    HELD = "HELD", pgettext_lazy("training", "Held")
    CANCELLED = "CANCELLED", _("Cancelled")


class EnrolmentStatus(TextChoices):
    """What became of somebody's place in a session."""

    ENROLLED = "ENROLLED", _("Enrolled")
    PASSED = "PASSED", _("Passed")
    FAILED = "FAILED", pgettext_lazy("training", "Failed")
    ABSENT = "ABSENT", pgettext_lazy("training", "Absent")
    WITHDRAWN = "WITHDRAWN", _("Withdrawn")


# Who takes a place of a session.
TAKING_PLACE = frozenset(EnrolmentStatus) - {EnrolmentStatus.WITHDRAWN}
# Who was there.
ATTENDED = frozenset({EnrolmentStatus.PASSED, EnrolmentStatus.FAILED})


class SkillLevel(IntegerChoices):
    """How well somebody can do something."""

    LEARNING = 1, _("Under guidance")
    INDEPENDENT = 2, _("On their own")
    EXPERIENCED = 3, _("Experienced")
    TEACHING = 4, _("Teaches others")
