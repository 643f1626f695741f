"""Choices of assignment rules."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AssignmentTarget(TextChoices):
    """What a rule gives to people."""

    LEAD = "LEAD", _("Leads")
    CUSTOMER = "CUSTOMER", _("Customers in the pool")


class AssignmentStrategy(TextChoices):
    """How a rule chooses among those who can take one more."""

    LEAST_LOADED = "LEAST_LOADED", _("Who has least, by weight")
    ROUND_ROBIN = "ROUND_ROBIN", _("In turn, by weight")


class CandidateState(TextChoices):
    """Whether a member of a rule can take one more."""

    FREE = "FREE", _("Could take it")
    OFF_DUTY = "OFF_DUTY", _("Off duty")
    ON_LEAVE = "ON_LEAVE", _("On leave")
    INACTIVE = "INACTIVE", _("Account closed")
    FULL = "FULL", _("Full")


class AssignmentOutcome(TextChoices):
    """What a rule decided."""

    ASSIGNED = "ASSIGNED", _("Assigned")
    FALLBACK = "FALLBACK", _("Given to the fallback")
    STAYED = "STAYED", _("Stayed where it was")
