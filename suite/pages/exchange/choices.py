"""Choices of imports."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RowAction(TextChoices):
    """What happens to a row of a file."""

    CREATE = "CREATE", _("New")
    UPDATE = "UPDATE", _("Changed")
    UNCHANGED = "UNCHANGED", _("Unchanged")


class RunState(TextChoices):
    """How far an import has come."""

    UPLOADED = "UPLOADED", _("Uploaded")
    CHECKING = "CHECKING", _("Being checked")
    CHECKED = "CHECKED", _("Checked")
    IMPORTING = "IMPORTING", _("Being imported")
    DONE = "DONE", _("Imported")
