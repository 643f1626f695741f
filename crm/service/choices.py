"""Choices of service tickets."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class TicketStatus(TextChoices):
    """States of a ticket 工单."""

    NEW = "NEW", pgettext_lazy("ticket", "New")
    ASSIGNED = "ASSIGNED", pgettext_lazy("ticket", "Assigned")
    IN_PROGRESS = "IN_PROGRESS", pgettext_lazy("ticket", "In progress")
    WAITING = "WAITING", _("Waiting for the customer")
    SOLVED = "SOLVED", _("Solved")
    CLOSED = "CLOSED", pgettext_lazy("ticket", "Closed")


# What somebody still has to do something about.
OPEN = frozenset({TicketStatus.NEW, TicketStatus.ASSIGNED, TicketStatus.IN_PROGRESS, TicketStatus.WAITING})
# The clock stands still while the customer has to answer.
RUNNING = OPEN - {TicketStatus.WAITING}
ENDED = frozenset({TicketStatus.SOLVED, TicketStatus.CLOSED})


class TicketKind(TextChoices):
    """What a customer wants."""

    INQUIRY = "INQUIRY", _("Inquiry")
    DELIVERY = "DELIVERY", _("Delivery question")
    COMPLAINT = "COMPLAINT", _("Complaint")
    REPAIR = "REPAIR", _("Repair")
    RETURN = "RETURN", _("Return or exchange")
    INVOICE = "INVOICE", _("Invoice question")
    OTHER = "OTHER", _("Other")


class Priority(TextChoices):
    """How urgent a ticket is."""

    URGENT = "URGENT", _("Urgent")
    HIGH = "HIGH", pgettext_lazy("priority", "High")
    NORMAL = "NORMAL", pgettext_lazy("priority", "Normal")
    LOW = "LOW", pgettext_lazy("priority", "Low")


class Channel(TextChoices):
    """How a customer and we reach each other."""

    PHONE = "PHONE", _("Phone")
    WECHAT = "WECHAT", _("WeChat")
    EMAIL = "EMAIL", _("E-mail")
    WEB = "WEB", _("Web site")
    VISIT = "VISIT", _("Visit")
    OTHER = "OTHER", _("Other")


class Direction(TextChoices):
    """Who said it."""

    OUT = "OUT", _("To the customer")
    IN = "IN", _("From the customer")


class DispatchMethod(TextChoices):
    """Who of a team gets the next ticket."""

    LEAST_LOADED = "LEAST_LOADED", _("Whoever has the fewest open tickets")
    ROUND_ROBIN = "ROUND_ROBIN", _("In turn")


class AssignmentTrigger(TextChoices):
    """Why a ticket got its person."""

    RULE = "RULE", _("By a dispatch rule")
    CUSTOMER_OWNER = "CUSTOMER_OWNER", _("Owner of the customer")
    NOBODY = "NOBODY", _("Nobody on duty")
    CHOSEN = "CHOSEN", _("Chosen by a colleague")
    TAKEN = "TAKEN", _("Taken")
    TRANSFER = "TRANSFER", _("Followed its customer")
    HANDOVER = "HANDOVER", _("Handover on leaving")


class RatingSource(TextChoices):
    """Who entered a rating."""

    CUSTOMER = "CUSTOMER", _("By the customer")
    STAFF = "STAFF", _("Recorded by a colleague")
