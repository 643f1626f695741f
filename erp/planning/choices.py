"""Choices of planning."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Grain(TextChoices):
    """Length of the periods that demand is counted in."""

    WEEK = "WEEK", _("Weeks")
    MONTH = "MONTH", _("Months")


class SuggestionStatus(TextChoices):
    """States of a suggestion to buy 补货建议."""

    OPEN = "OPEN", pgettext_lazy("suggestion", "Open")
    ACCEPTED = "ACCEPTED", pgettext_lazy("suggestion", "Accepted")
    DISMISSED = "DISMISSED", _("Dismissed")


class Cause(TextChoices):
    """Why something should be bought."""

    SHORTAGE = "SHORTAGE", _("Orders wait")
    MINIMUM = "MINIMUM", _("Below the minimum")
    REORDER = "REORDER", _("Reorder point reached")


class Method(TextChoices):
    """How the demand to come was forecast; see :mod:`erp.planning.forecast`."""

    NAIVE = "NAIVE", _("Last period again")
    MOVING_AVERAGE_3 = "MOVING_AVERAGE_3", _("Mean of 3 periods")
    MOVING_AVERAGE_6 = "MOVING_AVERAGE_6", _("Mean of 6 periods")
    SEASONAL_NAIVE = "SEASONAL_NAIVE", _("Last season again")
    EXPONENTIAL_SMOOTHING = "EXPONENTIAL_SMOOTHING", _("Exponential smoothing")
    CROSTON = "CROSTON", _("Croston (rare demand)")
    SBA = "SBA", _("Croston, corrected (rare demand)")
    TSB = "TSB", _("Falling demand (TSB)")
    DAMPED_HOLT = "DAMPED_HOLT", _("Damped trend")
    HOLT = "HOLT", _("Trend")


class AbcClass(TextChoices):
    """Class of an item by its part of the value of consumption."""

    A = "A", "A"
    B = "B", "B"
    C = "C", "C"


class XyzClass(TextChoices):
    """Class of an item by how steadily it is consumed."""

    X = "X", "X"
    Y = "Y", "Y"
    Z = "Z", "Z"


class AlertKind(TextChoices):
    """What is wrong with the stock of an item 库存预警."""

    SHORTAGE = "SHORTAGE", _("Orders wait for stock")
    BELOW_MINIMUM = "BELOW_MINIMUM", _("Below the minimum")
    EXPIRY = "EXPIRY", _("Expires")
    SLOW = "SLOW", _("Slow-moving")
    OVERSTOCK = "OVERSTOCK", _("Too much")


class Age(TextChoices):
    """How bad it is, where that goes by days."""

    EXPIRED = "EXPIRED", pgettext_lazy("lot", "Expired")
    SOON = "SOON", _("Expires soon")
    RECENT = "RECENT", _("Less than 90 days")
    DAYS_90 = "DAYS_90", _("90 days and more")
    DAYS_180 = "DAYS_180", _("180 days and more")
    DAYS_365 = "DAYS_365", _("A year and more")
