"""Codes of forms."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class FieldKind(TextChoices):
    """What a field of a form holds."""

    TEXT = "TEXT", _("Text")
    LONG_TEXT = "LONG_TEXT", _("Long text")
    NUMBER = "NUMBER", pgettext_lazy("form", "Number")
    MONEY = "MONEY", _("Money")
    DATE = "DATE", _("Date")
    DATE_RANGE = "DATE_RANGE", _("Date range")
    TIME = "TIME", _("Time")
    DATETIME = "DATETIME", _("Date and time")
    CHOICE = "CHOICE", _("One of several")
    CHOICES = "CHOICES", _("Several of several")
    YES_NO = "YES_NO", _("Yes or no")
    PERSON = "PERSON", _("Person")
    DEPARTMENT = "DEPARTMENT", _("Department")
    ITEM = "ITEM", _("Item")
    PARTY = "PARTY", _("Business partner")
    ATTACHMENT = "ATTACHMENT", _("Attachments")
    TABLE = "TABLE", _("Table")
    FORMULA = "FORMULA", _("Formula")
    HEADING = "HEADING", _("Heading")
    NOTE = "NOTE", pgettext_lazy("form", "Note")


class Category(TextChoices):
    """Under which heading a form is found."""

    TIME = "TIME", _("Attendance and leave")
    MONEY = "MONEY", _("Money and expenses")
    PURCHASE = "PURCHASE", pgettext_lazy("kind of form", "Purchasing")
    OFFICE = "OFFICE", _("Administration")
    BUSINESS = "BUSINESS", pgettext_lazy("kind of form", "Business")
    OTHER = "OTHER", pgettext_lazy("form", "Other")


class Audience(TextChoices):
    """Who may use a form."""

    EVERYONE = "EVERYONE", _("Everybody")
    CHOSEN = "CHOSEN", _("Chosen roles and departments")


class RequestStatus(TextChoices):
    """Where a request stands."""

    DRAFT = "DRAFT", _("Draft")
    APPROVING = "APPROVING", _("Being approved")
    APPROVED = "APPROVED", _("Approved")
    REJECTED = "REJECTED", _("Rejected")
    CANCELLED = "CANCELLED", _("Cancelled")
