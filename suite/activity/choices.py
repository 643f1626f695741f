"""Choices of the activity slice."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class NotificationKind(TextChoices):
    """Why somebody is told; a person chooses for each kind whether it comes by mail as well."""

    MENTION = "MENTION", _("Mentions")
    ASSIGNMENT = "ASSIGNMENT", _("Assigned to me")
    APPROVAL = "APPROVAL", _("Approvals")
    REMINDER = "REMINDER", _("Reminders")
    ALERT = "ALERT", _("Warnings")
    JOB = "JOB", _("Background jobs")


ICONS: dict[str, str] = {
    NotificationKind.MENTION: "at",
    NotificationKind.ASSIGNMENT: "user-check",
    NotificationKind.APPROVAL: "checkup-list",
    NotificationKind.REMINDER: "alarm",
    NotificationKind.ALERT: "alert-triangle",
    NotificationKind.JOB: "progress",
}

# Kinds that come by mail to a person who chose nothing.
MAILED_BY_DEFAULT: frozenset[str] = frozenset(
    {NotificationKind.MENTION, NotificationKind.ASSIGNMENT, NotificationKind.APPROVAL}
)


class MailStatus(TextChoices):
    """What became of the mail of a notification."""

    NONE = "NONE", _("No mail")
    PENDING = "PENDING", _("To be sent")
    SENT = "SENT", _("Sent")
    FAILED = "FAILED", _("Failed")


class StreamTab(TextChoices):
    """What the activity stream is narrowed to."""

    ALL = "all", _("Activity")
    COMMENTS = "comments", _("Comments")
    CHANGES = "changes", _("Changes")
