"""Operations of the activity slice."""

from suite.activity.services.attachments import attach_file, delete_attachment
from suite.activity.services.comments import add_comment, delete_comment, edit_comment
from suite.activity.services.notifications import (
    Draft,
    mark_all_read,
    mark_read,
    notify,
    notify_each,
    set_mail_preferences,
)
from suite.activity.services.reminders import complete_reminder, set_reminder

__all__ = [
    "Draft",
    "add_comment",
    "attach_file",
    "complete_reminder",
    "delete_attachment",
    "delete_comment",
    "edit_comment",
    "mark_all_read",
    "mark_read",
    "notify",
    "notify_each",
    "set_mail_preferences",
    "set_reminder",
]
