"""Choices of the duplicates slice."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MatchField(TextChoices):
    """What two entries can have in common."""

    USCC = "USCC", _("unified social credit code")
    MOBILE = "MOBILE", _("mobile number")
    EMAIL = "EMAIL", _("e-mail address")
    PHONE = "PHONE", _("landline number")
    NAME = "NAME", _("company name")


class MatchEffect(TextChoices):
    """What happens when a new entry has it in common with another one."""

    BLOCK = "BLOCK", _("Refuse")
    WARN = "WARN", _("Warn")
    IGNORE = "IGNORE", _("Ignore")


class RecordKind(TextChoices):
    """The object types that are compared."""

    CUSTOMER = "customer", _("customer")
    CONTACT = "contact", _("contact")
    LEAD = "lead", _("lead")


class PairStatus(TextChoices):
    """What became of two entries that look alike."""

    OPEN = "OPEN", _("To be decided")
    DISMISSED = "DISMISSED", _("Not a duplicate")
