"""Choices of leave."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class LeaveKind(TextChoices):
    """What a type of leave is in law, whatever a company calls it."""

    ANNUAL = "ANNUAL", _("Annual leave")
    COMP = "COMP", _("Time off for overtime")
    PERSONAL = "PERSONAL", _("Personal leave")
    SICK = "SICK", _("Sick leave")
    MARRIAGE = "MARRIAGE", _("Marriage leave")
    MATERNITY = "MATERNITY", _("Maternity leave")
    PATERNITY = "PATERNITY", _("Paternity leave")
    BEREAVEMENT = "BEREAVEMENT", _("Bereavement leave")
    INJURY = "INJURY", _("Work injury leave")
    NURSING = "NURSING", _("Nursing time")
    CHILDCARE = "CHILDCARE", _("Childcare leave")
    OTHER = "OTHER", _("Other leave")


class LeaveUnit(TextChoices):
    """The smallest part of a leave."""

    DAY = "DAY", _("Day")
    HALF_DAY = "HALF_DAY", _("Half day")
    HOUR = "HOUR", _("Hour")


class LeaveCount(TextChoices):
    """Which days a leave takes."""

    WORKING = "WORKING", _("Working days")
    CALENDAR = "CALENDAR", _("Calendar days")
    CALENDAR_WITHOUT_STATUTORY = "CALENDAR_WITHOUT_STATUTORY", _("Calendar days but statutory holidays")


class EntrySource(TextChoices):
    """What an entry of the ledger comes from."""

    GRANT = "GRANT", _("Grant of a year")
    COMP = "COMP", _("Overtime")
    ADJUSTMENT = "ADJUSTMENT", _("Adjustment")
    REQUEST = "REQUEST", _("Leave taken")
    RETURN = "RETURN", _("Given back")
    EXPIRY = "EXPIRY", _("Expired")
    TAKE_BACK = "TAKE_BACK", _("Taken back")


class PayableReason(TextChoices):
    """Why hours of a balance are to be paid."""

    EXPIRED = "EXPIRED", pgettext_lazy("leave", "Not used in time")
    LEFT = "LEFT", pgettext_lazy("leave", "Not used when leaving")


class DayPart(TextChoices):
    """The part of the day on which a leave begins or ends."""

    FIRST = "FIRST", _("First half")
    SECOND = "SECOND", _("Second half")
