"""Choices of the public pool."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class HiddenField(TextChoices):
    """What of a customer in a pool is shown to nobody but the pool's administrators."""

    PHONE = "PHONE", _("Phone numbers")
    EMAIL = "EMAIL", _("E-mail addresses")
    WEBSITE = "WEBSITE", _("Web site")
    USCC = "USCC", _("Unified social credit code")
    CONTACTS = "CONTACTS", pgettext_lazy("of a customer", "Contacts")
    FOLLOW_UPS = "FOLLOW_UPS", _("Follow-ups")


class CapacityScope(TextChoices):
    """For whom a capacity holds 库容; the later ones go before the earlier ones."""

    EVERYBODY = "EVERYBODY", _("Everybody")
    ROLE = "ROLE", _("A role")
    DEPARTMENT = "DEPARTMENT", _("A department and those below it")
    PERSON = "PERSON", _("One person")


class Cause(TextChoices):
    """By which clause of a rule a customer is recycled."""

    DEAL = "DEAL", _("No order since it was taken over")
    CONTACT = "CONTACT", _("No contact")
    NEVER_DEALT = "NEVER_DEALT", _("No order for months")
    CONTRACT = "CONTRACT", _("The last contract has ended")
