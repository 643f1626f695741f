"""Choices of the figures."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Unit(TextChoices):
    """What a figure counts."""

    MONEY = "CNY", _("Yuan")
    PERCENT = "%", "%"
    DAYS = "days", _("days")
    HOURS = "hours", _("hours")
    COUNT = "count", ""
    TIMES = "times", pgettext_lazy("ratio", "times")


class Grain(TextChoices):
    """The usual period of a figure."""

    MONTH = "month", _("Month")
    QUARTER = "quarter", _("Quarter")
    YEAR = "year", _("Year")


class Direction(TextChoices):
    """Which way of a figure is the good one."""

    UP = "up", _("More is better")
    DOWN = "down", _("Less is better")


class Trust(TextChoices):
    """How far a figure can be relied on."""

    COMPLETE = "COMPLETE", _("Reliable")
    DOUBT = "DOUBT", _("Partly reliable")
    STALE = "STALE", _("Out of date")


class Comparison(TextChoices):
    """How an alert rule compares a figure with its threshold."""

    BELOW = "BELOW", _("Below")
    ABOVE = "ABOVE", _("Above")


class Severity(TextChoices):
    """How urgent an alert is."""

    NOTICE = "NOTICE", _("Notice")
    WARNING = "WARNING", _("Warning")
    CRITICAL = "CRITICAL", _("Critical")


class AlertStatus(TextChoices):
    """What became of an alert."""

    OPEN = "OPEN", _("Open")
    ACKNOWLEDGED = "ACKNOWLEDGED", _("Acknowledged")
    CLOSED = "CLOSED", _("Closed")


# Colour of a severity, one of the look's tones.
SEVERITY_TONES: dict[str, str] = {Severity.NOTICE: "go", Severity.WARNING: "wait", Severity.CRITICAL: "late"}
